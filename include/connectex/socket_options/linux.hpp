// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_SOCKET_OPTIONS_LINUX_HPP
#define CONNECTEX_SOCKET_OPTIONS_LINUX_HPP

#include <connectex/detail/platform.hpp>

#if CONNECTEX_DETAIL_LINUX

#include <connectex/detail/boolean_socket_option.hpp>
#include <connectex/detail/number_socket_option.hpp>
#include <connectex/detail/system/option_numbers.hpp>

#include <cstdint>

namespace connectex
{

/// Linux socket option: choose the local port not in bind() but in the connect.
/**
 * For sockets that a program binds to an address and to port 0 before it connects them. bind() has
 * to choose a port that nobody else has, so connections from one address run out of ports although
 * their peers differ; the connect knows the peer, and shares. It has to be set before the socket is
 * bound. Sockets that are not bound need nothing of the kind. It is made from a `bool`, which
 * `value()` gives back.
 *
 * A retry keeps the address and may get another port.
 *
 * @par Errors
 * `no_protocol_option` before Linux 4.2.
 *
 * @par Thread Safety
 * @e Distinct @e objects: Safe.@n
 * @e Shared @e objects: Unsafe.
 *
 * @par Example
 * @code
 * socket.set_option(connectex::bind_address_no_port(true));
 * socket.bind(tcp::endpoint(address, 0)); @endcode
 *
 * @par Source
 * IP_BIND_ADDRESS_NO_PORT in the manual page ip(7).
 */
class bind_address_no_port : public detail::boolean_socket_option<detail::os::ipproto_ip,
                                 detail::os::ip_bind_address_no_port>
{
public:
  using boolean_socket_option::boolean_socket_option;
};

/// Linux socket option: how often a connect sends its SYN again before it fails.
/**
 * To be set before the connect. The waits between them usually begin with one second and double: a
 * connect that nobody answers fails with `timed_out` after some 3 seconds for 1, after 7 for 2, and
 * for the usual 6 after more than two minutes. connect_options::attempt_timeout is exact.
 *
 * @par Errors
 * `invalid_argument` for a number that is not from 1 to 127.
 *
 * @par Thread Safety
 * @e Distinct @e objects: Safe.@n
 * @e Shared @e objects: Unsafe.
 *
 * @par Example
 * @code
 * socket.set_option(connectex::syn_count(2)); @endcode
 *
 * @par Source
 * TCP_SYNCNT in the manual page tcp(7).
 */
class syn_count
  : public detail::number_socket_option<detail::os::ipproto_tcp, detail::os::tcp_syn_count>
{
public:
  /// For a value to be read.
  syn_count() = default;

  /// @param count How often the SYN is sent again, from 1 to 127.
  explicit syn_count(int count) noexcept : number_socket_option(static_cast<std::uint32_t>(count))
  {
  }

  /// How often the SYN is sent again.
  int value() const noexcept { return static_cast<int>(number()); }
};

/// Linux socket option: the local ports that the system may choose from.
/**
 * To be set before the port is chosen: before bind(), or before the connect of a socket that is not
 * bound or has bind_address_no_port. For programs behind a translator of addresses that gives each
 * of them some ports. Ports outside the system's own range (`net.ipv4.ip_local_port_range`) are
 * left out; if none remains the system's range holds. Sockets of IPv6 take it as well.
 *
 * A connect that finds no port of the range free fails with `asio::error::address_in_use`.
 *
 * @par Errors
 * `no_protocol_option` before Linux 6.3. `invalid_argument` if the first is above the last.
 *
 * @par Thread Safety
 * @e Distinct @e objects: Safe.@n
 * @e Shared @e objects: Unsafe.
 *
 * @par Example
 * @code
 * socket.set_option(connectex::local_port_range(40000, 40999)); @endcode
 *
 * @par Source
 * IP_LOCAL_PORT_RANGE in the manual page ip(7).
 */
class local_port_range
  : public detail::number_socket_option<detail::os::ipproto_ip, detail::os::ip_local_port_range>
{
public:
  /// For a value to be read; set, it is the system's own range.
  local_port_range() = default;

  /// @param first The lowest port; 0: that of the system's own range.
  ///
  /// @param last The highest port; 0: that of the system's own range.
  local_port_range(std::uint16_t first, std::uint16_t last) noexcept
    : number_socket_option(std::uint32_t{last} << 16 | first)
  {
  }

  /// The lowest port; 0: that of the system's own range.
  std::uint16_t first() const noexcept { return static_cast<std::uint16_t>(number() & 0xFFFF); }

  /// The highest port; 0: that of the system's own range.
  std::uint16_t last() const noexcept { return static_cast<std::uint16_t>(number() >> 16); }
};

} // namespace connectex

#endif // CONNECTEX_DETAIL_LINUX

#endif // CONNECTEX_SOCKET_OPTIONS_LINUX_HPP
