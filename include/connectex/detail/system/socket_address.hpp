// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_DETAIL_SYSTEM_SOCKET_ADDRESS_HPP
#define CONNECTEX_DETAIL_SYSTEM_SOCKET_ADDRESS_HPP

#include <connectex/detail/platform.hpp>

#include <cstddef>
#include <cstdint>

namespace connectex::detail
{

/// The facts that a sockaddr tells. All false and 0 for a family other than those of the internet.
struct socket_address
{
  bool is_internet = false;

  /// An address of IPv4, by itself or mapped into IPv6.
  bool is_ipv4 = false;

  /// The wildcard address, which no connection can be made to.
  bool is_unspecified = false;

  /// An address of this machine by its form: 127.0.0.0/8 or ::1.
  bool is_loopback = false;

  /// An address that is good on one link: 169.254.0.0/16 or fe80::/10.
  bool is_link_local = false;

  /// In the byte order of the host.
  std::uint16_t port = 0;
};

/// Reads the @p size bytes at @p name, a sockaddr. An IPv4 address that is mapped into IPv6 is
/// taken for itself.
CONNECTEX_DECL socket_address read_socket_address(const void* name, std::size_t size) noexcept;

/// Copies the port of one internet address to another of the same family, and the scope of IPv6.
CONNECTEX_DECL void copy_port_and_scope(const void* from, void* to) noexcept;

} // namespace connectex::detail

#endif // CONNECTEX_DETAIL_SYSTEM_SOCKET_ADDRESS_HPP
