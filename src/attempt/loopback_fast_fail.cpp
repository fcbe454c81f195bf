// SPDX-License-Identifier: BSL-1.0

#include <connectex/detail/platform.hpp>

#if CONNECTEX_DETAIL_WINDOWS
#if !defined(WIN32_LEAN_AND_MEAN)
#define WIN32_LEAN_AND_MEAN
#endif
#include <winsock2.h>
#include <ws2tcpip.h>
#else
#include <netinet/in.h>
#include <sys/socket.h>
#endif

#include <connectex/detail/attempt/loopback_fast_fail.hpp>
#include <connectex/detail/system/winsock.hpp>

#include <cstring>

namespace connectex::detail
{

bool is_loopback(const void* peer, std::size_t peer_size) noexcept
{
  sockaddr_in6 name{};
  std::memcpy(&name, peer, peer_size < sizeof(name) ? peer_size : sizeof(name));
  const auto family = reinterpret_cast<const sockaddr*>(&name)->sa_family;

  if (family == AF_INET && peer_size >= sizeof(sockaddr_in))
  {
    unsigned char address[4];
    std::memcpy(address, &reinterpret_cast<const sockaddr_in*>(&name)->sin_addr, sizeof(address));
    return address[0] == 127;
  }
  if (family == AF_INET6 && peer_size >= sizeof(sockaddr_in6))
  {
    const unsigned char loopback[16] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
    const unsigned char mapped_127[13] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 127};
    return std::memcmp(&name.sin6_addr, loopback, sizeof(loopback)) == 0
        || std::memcmp(&name.sin6_addr, mapped_127, sizeof(mapped_127)) == 0;
  }
  return false;
}

#if CONNECTEX_DETAIL_WINDOWS

namespace
{

constexpr std::uint16_t unspecified_rtt = 0xFFFF; // TCP_INITIAL_RTO_UNSPECIFIED_RTT

/// Once per process: a question at each connect has cost others time, and once a crash.
std::uint32_t windows_build() noexcept
{
  static const std::uint32_t build = []
  {
    std::uint32_t value = 0;
    return os::get_windows_build(value) == 0 ? value : 0;
  }();
  return build;
}

} // namespace

std::uint8_t fewest_syn_retransmissions(std::uint32_t build) noexcept
{
  // None at all since Windows 10 1709; the constant would be an absurd count to an older system.
  return build >= 16299 ? 0xFE /* TCP_INITIAL_RTO_NO_SYN_RETRANSMISSIONS */ : 1;
}

void fail_fast_on_loopback(native_socket socket, const void* peer, std::size_t peer_size) noexcept
{
  if (is_loopback(peer, peer_size))
    os::set_initial_rto(socket, unspecified_rtt, fewest_syn_retransmissions(windows_build()));
}

#endif

} // namespace connectex::detail
