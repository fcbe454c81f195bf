// SPDX-License-Identifier: BSL-1.0

#include <connectex/detail/platform.hpp>

#if CONNECTEX_DETAIL_WINDOWS
// Headers show it to programs for Windows 10 1703 and later alone.
#undef NTDDI_VERSION
#define NTDDI_VERSION 0x0A000003
#include <winsock2.h>
#include <mstcpip.h>
#else
// glibc's own header lacks the later members.
#include <linux/tcp.h>
#endif

#include <connectex/detail/system/tcp_info.hpp>

#include "support/catch.hpp"

#include <cstddef>

#define SAME_PLACE(ours, theirs)                                                                   \
  STATIC_REQUIRE(offsetof(our_info, ours) == offsetof(their_info, theirs));                        \
  STATIC_REQUIRE(sizeof(our_info::ours) == sizeof(their_info::theirs))

#if CONNECTEX_DETAIL_WINDOWS

using our_info = connectex::detail::tcp_info_v0;
using their_info = TCP_INFO_v0;

TEST_CASE("what is read of a connection lies where the header of Windows has it")
{
  STATIC_REQUIRE(sizeof(our_info) == sizeof(their_info));
  SAME_PLACE(state, State);
  SAME_PLACE(max_segment, Mss);
  SAME_PLACE(lifetime_milliseconds, ConnectionTimeMs);
  SAME_PLACE(timestamps, TimestampsEnabled);
  SAME_PLACE(round_trip, RttUs);
  SAME_PLACE(minimum_round_trip, MinRttUs);
  SAME_PLACE(bytes_in_flight, BytesInFlight);
  SAME_PLACE(congestion_window, Cwnd);
  SAME_PLACE(send_window, SndWnd);
  SAME_PLACE(receive_window, RcvWnd);
  SAME_PLACE(receive_buffer, RcvBuf);
  SAME_PLACE(bytes_out, BytesOut);
  SAME_PLACE(bytes_in, BytesIn);
  SAME_PLACE(bytes_reordered, BytesReordered);
  SAME_PLACE(bytes_retransmitted, BytesRetrans);
  SAME_PLACE(fast_retransmissions, FastRetrans);
  SAME_PLACE(duplicate_acknowledgements, DupAcksIn);
  SAME_PLACE(timeout_episodes, TimeoutEpisodes);
  SAME_PLACE(syn_retransmissions, SynRetrans);
}

#else

using our_info = connectex::detail::linux_tcp_info;
using their_info = tcp_info;

TEST_CASE("what is read of a connection lies where the kernel's header has it")
{
  STATIC_REQUIRE(sizeof(our_info) <= sizeof(their_info));
  SAME_PLACE(state, tcpi_state);
  SAME_PLACE(round_trip, tcpi_rtt);
  SAME_PLACE(segments_retransmitted, tcpi_total_retrans);
  SAME_PLACE(bytes_received, tcpi_bytes_received);
  SAME_PLACE(minimum_round_trip, tcpi_min_rtt);
  SAME_PLACE(bytes_sent, tcpi_bytes_sent);
  SAME_PLACE(bytes_retransmitted, tcpi_bytes_retrans);
}

#endif
