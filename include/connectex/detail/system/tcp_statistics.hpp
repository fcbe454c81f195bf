// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_DETAIL_SYSTEM_TCP_STATISTICS_HPP
#define CONNECTEX_DETAIL_SYSTEM_TCP_STATISTICS_HPP

#include <cstdint>

namespace connectex::detail
{

/// What the system counts of a TCP connection. Times are in microseconds.
struct tcp_statistics
{
  std::uint32_t round_trip = 0;
  std::uint32_t minimum_round_trip = 0;

  /// Linux counts SYNs and segments of data that were sent again in one number.
  std::uint32_t segments_retransmitted = 0;
  std::uint32_t syn_retransmissions = 0;

  std::uint64_t bytes_retransmitted = 0;
  std::uint64_t bytes_sent = 0;
  std::uint64_t bytes_received = 0;
};

} // namespace connectex::detail

#endif // CONNECTEX_DETAIL_SYSTEM_TCP_STATISTICS_HPP
