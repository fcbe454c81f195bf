// SPDX-License-Identifier: BSL-1.0

#include "../error/native_code.hpp"

#include <connectex/detail/attempt/preconditions.hpp>
#include <connectex/detail/attempt/to_portable.hpp>
#include <connectex/detail/system/posix.hpp>

#include <cstring>
#include <optional>

#include <connectex/detail/platform.hpp>

#if CONNECTEX_DETAIL_WINDOWS
#include <ws2tcpip.h>
#else
#include <netinet/in.h>
#include <sys/socket.h>
#endif

namespace connectex::detail
{

namespace
{

struct internet_name
{
  bool unspecified;
  bool port_is_zero;
};

internet_name read_ipv4(const void* name) noexcept
{
  sockaddr_in v4;
  std::memcpy(&v4, name, sizeof(v4));
  return {v4.sin_addr.s_addr == 0, v4.sin_port == 0};
}

internet_name read_ipv6(const void* name) noexcept
{
  sockaddr_in6 v6;
  std::memcpy(&v6, name, sizeof(v6));

  // ::ffff:0.0.0.0 reaches a dual-stack socket as 0.0.0.0, so it is the unspecified address too.
  const unsigned char v4_mapped_any[16] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  const unsigned char any[16] = {};
  const bool unspecified = std::memcmp(&v6.sin6_addr, any, sizeof(any)) == 0
      || std::memcmp(&v6.sin6_addr, v4_mapped_any, sizeof(v4_mapped_any)) == 0;
  return {unspecified, v6.sin6_port == 0};
}

std::optional<internet_name> read_name(const void* name, std::size_t size) noexcept
{
  sockaddr header;
  if (size < sizeof(header))
    return std::nullopt;
  std::memcpy(&header, name, sizeof(header));
  if (header.sa_family == AF_INET)
    return read_ipv4(name);
  if (header.sa_family == AF_INET6 && size >= sizeof(sockaddr_in6))
    return read_ipv6(name);
  return std::nullopt;
}

bool is_connection_oriented(int type) noexcept
{
  return type == SOCK_STREAM || type == SOCK_SEQPACKET || type == SOCK_RDM;
}

} // namespace

boost::system::error_code check_peer(const void* peer, std::size_t peer_size) noexcept
{
  const auto name = read_name(peer, peer_size);
  if (name && (name->unspecified || name->port_is_zero))
    return error_code_of(native_code::address_not_available);
  return {};
}

bool has_port(const void* name, std::size_t size) noexcept
{
  const auto read = read_name(name, size);
  return read && !read->port_is_zero;
}

boost::system::error_code check_socket(native_socket socket, int peer_family) noexcept
{
  socket_kind kind;
  if (const native_error error = os::get_socket_kind(socket, kind))
    return portable_error(error);

  // The page names no code for a datagram socket; WSAEINVAL is the one it gives to a socket `s`
  // that is in no state to be connected.
  if (!is_connection_oriented(kind.type))
    return error_code_of(native_code::invalid_argument);

  if (kind.family != peer_family)
    return error_code_of(native_code::family_not_supported);

#if CONNECTEX_DETAIL_POSIX
  // Linux takes one more connect on a socket whose first one completed in the background, and says
  // success without connecting it anew.
  bool connected = false;
  if (const native_error error = os::get_connected(socket, connected))
    return portable_error(error);
  if (connected)
    return error_code_of(native_code::already_connected);
#endif
  return {};
}

} // namespace connectex::detail
