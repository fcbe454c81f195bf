// SPDX-License-Identifier: BSL-1.0

#include <connectex/detail/platform.hpp>

#if CONNECTEX_DETAIL_WINDOWS
#if !defined(WIN32_LEAN_AND_MEAN)
#define WIN32_LEAN_AND_MEAN
#endif
#if !defined(NOMINMAX)
#define NOMINMAX
#endif
#include <winsock2.h>
#include <ws2tcpip.h>
#else
#include <netinet/in.h>
#include <sys/socket.h>
#endif

#include <connectex/detail/system/socket_address.hpp>

#include <cstddef>
#include <cstring>

namespace connectex::detail
{

namespace
{

std::uint16_t to_host_order(std::uint16_t port) noexcept
{
  unsigned char bytes[sizeof(port)];
  std::memcpy(bytes, &port, sizeof(port));
  return static_cast<std::uint16_t>(bytes[0] << 8 | bytes[1]);
}

/// @param address Four bytes.
void read_ipv4(socket_address& read, const unsigned char* address) noexcept
{
  const unsigned char any[4] = {};
  read.is_ipv4 = true;
  read.is_unspecified = std::memcmp(address, any, sizeof(any)) == 0;
  read.is_loopback = address[0] == 127;
  read.is_link_local = address[0] == 169 && address[1] == 254;
}

/// @param address Sixteen bytes.
void read_ipv6(socket_address& read, const unsigned char* address) noexcept
{
  // ::ffff:0.0.0.0 reaches a dual-stack socket as 0.0.0.0, so it is the unspecified address too.
  const unsigned char mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  if (std::memcmp(address, mapped, sizeof(mapped)) == 0)
    return read_ipv4(read, address + sizeof(mapped));
  const unsigned char any[16] = {};
  const unsigned char loopback[16] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
  read.is_unspecified = std::memcmp(address, any, sizeof(any)) == 0;
  read.is_loopback = std::memcmp(address, loopback, sizeof(loopback)) == 0;
  read.is_link_local = address[0] == 0xfe && (address[1] & 0xc0) == 0x80;
}

void copy_member(const void* from, void* to, std::size_t offset, std::size_t size) noexcept
{
  std::memcpy(static_cast<unsigned char*>(to) + offset,
      static_cast<const unsigned char*>(from) + offset, size);
}

} // namespace

socket_address read_socket_address(const void* name, std::size_t size) noexcept
{
  socket_address read;
  sockaddr header;
  if (size < sizeof(header))
    return read;
  std::memcpy(&header, name, sizeof(header));
  if (header.sa_family == AF_INET && size >= sizeof(sockaddr_in))
  {
    sockaddr_in v4;
    std::memcpy(&v4, name, sizeof(v4));
    read.is_internet = true;
    read.port = to_host_order(v4.sin_port);
    read_ipv4(read, reinterpret_cast<const unsigned char*>(&v4.sin_addr));
  }
  else if (header.sa_family == AF_INET6 && size >= sizeof(sockaddr_in6))
  {
    sockaddr_in6 v6;
    std::memcpy(&v6, name, sizeof(v6));
    read.is_internet = true;
    read.port = to_host_order(v6.sin6_port);
    read_ipv6(read, reinterpret_cast<const unsigned char*>(&v6.sin6_addr));
  }
  return read;
}

void copy_port_and_scope(const void* from, void* to) noexcept
{
  sockaddr header;
  std::memcpy(&header, from, sizeof(header));
  if (header.sa_family == AF_INET)
    copy_member(from, to, offsetof(sockaddr_in, sin_port), sizeof(sockaddr_in::sin_port));
  if (header.sa_family != AF_INET6)
    return;
  copy_member(from, to, offsetof(sockaddr_in6, sin6_port), sizeof(sockaddr_in6::sin6_port));
  copy_member(from, to, offsetof(sockaddr_in6, sin6_scope_id), sizeof(sockaddr_in6::sin6_scope_id));
}

} // namespace connectex::detail
