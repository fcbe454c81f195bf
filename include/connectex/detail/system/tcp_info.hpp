// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_DETAIL_SYSTEM_TCP_INFO_HPP
#define CONNECTEX_DETAIL_SYSTEM_TCP_INFO_HPP

#include <connectex/detail/platform.hpp>

#include <cstdint>

// What systems tell of a TCP connection, laid out as they write it. Older headers lack the whole or
// the later half. A test compares these with those that the system's headers have.

namespace connectex::detail
{

#if CONNECTEX_DETAIL_WINDOWS

/// TCP_INFO_v0. Times are in microseconds but for the lifetime.
struct tcp_info_v0
{
  std::uint32_t state = 0;
  std::uint32_t max_segment = 0;
  std::uint64_t lifetime_milliseconds = 0;
  std::uint8_t timestamps = 0;
  std::uint32_t round_trip = 0;
  std::uint32_t minimum_round_trip = 0;
  std::uint32_t bytes_in_flight = 0;
  std::uint32_t congestion_window = 0;
  std::uint32_t send_window = 0;
  std::uint32_t receive_window = 0;
  std::uint32_t receive_buffer = 0;
  std::uint64_t bytes_out = 0;
  std::uint64_t bytes_in = 0;
  std::uint32_t bytes_reordered = 0;
  std::uint32_t bytes_retransmitted = 0;
  std::uint32_t fast_retransmissions = 0;
  std::uint32_t duplicate_acknowledgements = 0;
  std::uint32_t timeout_episodes = 0;
  std::uint8_t syn_retransmissions = 0;
};

#endif

#if CONNECTEX_DETAIL_LINUX

/// The kernel's tcp_info, as of Linux 4.19. Times are in microseconds.
struct linux_tcp_info
{
  std::uint8_t state = 0;
  std::uint8_t bytes_of_state[7] = {};
  std::uint32_t before_round_trip[15] = {};
  std::uint32_t round_trip = 0;
  std::uint32_t before_retransmissions[7] = {};

  /// Of SYNs, data and FINs together.
  std::uint32_t segments_retransmitted = 0;

  std::uint64_t before_bytes_received[3] = {};
  std::uint64_t bytes_received = 0; // From Linux 4.1.
  std::uint32_t before_minimum_round_trip[3] = {};
  std::uint32_t minimum_round_trip = 0; // From Linux 4.6.
  std::uint32_t data_segments[2] = {};
  std::uint64_t before_bytes_sent[5] = {};
  std::uint64_t bytes_sent = 0; // From Linux 4.19.
  std::uint64_t bytes_retransmitted = 0; // From Linux 4.19.
};

#endif

} // namespace connectex::detail

#endif // CONNECTEX_DETAIL_SYSTEM_TCP_INFO_HPP
