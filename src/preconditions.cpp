// SPDX-License-Identifier: BSL-1.0

// Boost.System may include <windows.h>, before which <winsock2.h> must come.
#if defined(_WIN32)
#if !defined(WIN32_LEAN_AND_MEAN)
#define WIN32_LEAN_AND_MEAN
#endif
#include <winsock2.h>
#include <ws2tcpip.h>
#endif

#include <connectex/detail/portable_error.hpp>
#include <connectex/detail/preconditions.hpp>
#include <connectex/detail/system.hpp>

#include <cstring>

#if !defined(_WIN32)
#include <cerrno>
#include <netinet/in.h>
#include <sys/socket.h>
#endif

namespace connectex::detail
{

namespace
{

#if defined(_WIN32)
enum : native_error
{
  invalid_argument = WSAEINVAL,
  address_not_available = WSAEADDRNOTAVAIL,
  family_not_supported = WSAEAFNOSUPPORT
};
#else
enum : native_error
{
  invalid_argument = EINVAL,
  address_not_available = EADDRNOTAVAIL,
  already_connected = EISCONN,
  family_not_supported = EAFNOSUPPORT
};
#endif

struct peer_name
{
  bool unspecified;
  bool port_is_zero;
};

peer_name read_ipv4(const void* peer) noexcept
{
  sockaddr_in name;
  std::memcpy(&name, peer, sizeof(name));
  return {name.sin_addr.s_addr == 0, name.sin_port == 0};
}

peer_name read_ipv6(const void* peer) noexcept
{
  sockaddr_in6 name;
  std::memcpy(&name, peer, sizeof(name));

  // ::ffff:0.0.0.0 reaches a dual-stack socket as 0.0.0.0, so it is the unspecified address too.
  const unsigned char v4_mapped_any[16] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  const unsigned char any[16] = {};
  const bool unspecified = std::memcmp(&name.sin6_addr, any, sizeof(any)) == 0
      || std::memcmp(&name.sin6_addr, v4_mapped_any, sizeof(v4_mapped_any)) == 0;
  return {unspecified, name.sin6_port == 0};
}

bool is_connection_oriented(int type) noexcept
{
  return type == SOCK_STREAM || type == SOCK_SEQPACKET || type == SOCK_RDM;
}

} // namespace

boost::system::error_code check_peer(const void* peer, std::size_t peer_size) noexcept
{
  sockaddr header{};
  std::memcpy(&header, peer, peer_size < sizeof(header) ? peer_size : sizeof(header));

  peer_name name{};
  if (header.sa_family == AF_INET && peer_size >= sizeof(sockaddr_in))
    name = read_ipv4(peer);
  else if (header.sa_family == AF_INET6 && peer_size >= sizeof(sockaddr_in6))
    name = read_ipv6(peer);
  else
    return {};

  return portable_error(
      name.unspecified || name.port_is_zero ? address_not_available : native_error{0});
}

boost::system::error_code check_socket(native_socket socket, int peer_family) noexcept
{
  socket_kind kind;
  if (const native_error error = os::get_socket_kind(socket, kind))
    return portable_error(error);

  // The page names no code for a datagram socket; WSAEINVAL is the one it gives to a socket `s`
  // that is in no state to be connected.
  if (!is_connection_oriented(kind.type))
    return portable_error(invalid_argument);

  if (kind.family != peer_family)
    return portable_error(family_not_supported);

#if !defined(_WIN32)
  // Linux takes one more connect on a socket whose first one completed in the background, and says
  // success without connecting it anew.
  bool connected = false;
  if (const native_error error = os::get_connected(socket, connected))
    return portable_error(error);
  if (connected)
    return portable_error(already_connected);
#endif
  return {};
}

} // namespace connectex::detail
