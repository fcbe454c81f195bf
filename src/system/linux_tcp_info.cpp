// SPDX-License-Identifier: BSL-1.0

#include <connectex/detail/platform.hpp>

#if CONNECTEX_DETAIL_LINUX

#include <connectex/detail/system/linux.hpp>

// The kernel's own header: glibc's lacks what the kernel has counted since 2013, and the two cannot
// be included together.
#include <linux/tcp.h>

#include <cerrno>
#include <cstddef>
#include <netinet/in.h>
#include <sys/socket.h>

namespace connectex::detail::os
{

native_error get_tcp_statistics(native_socket socket, tcp_statistics& statistics) noexcept
{
  tcp_info info{};
  socklen_t size = sizeof(info);
  if (::getsockopt(socket, IPPROTO_TCP, TCP_INFO, &info, &size) != 0)
    return static_cast<native_error>(errno);

  // A kernel before 4.19 fills less.
  if (size < offsetof(tcp_info, tcpi_bytes_retrans) + sizeof(info.tcpi_bytes_retrans))
    return EOPNOTSUPP;
  statistics.round_trip = info.tcpi_rtt;
  statistics.minimum_round_trip = info.tcpi_min_rtt;
  statistics.segments_retransmitted = info.tcpi_total_retrans;
  statistics.bytes_retransmitted = info.tcpi_bytes_retrans;
  statistics.bytes_sent = info.tcpi_bytes_sent;
  statistics.bytes_received = info.tcpi_bytes_received;
  return 0;
}

} // namespace connectex::detail::os

#endif // CONNECTEX_DETAIL_LINUX
