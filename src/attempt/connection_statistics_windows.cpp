// SPDX-License-Identifier: BSL-1.0

#include <connectex/detail/platform.hpp>

#if CONNECTEX_DETAIL_WINDOWS

#include "connection_statistics.hpp"

#include "../error/winsock_codes.hpp"

#include <connectex/connection_info.hpp>
#include <connectex/detail/attempt/native_error.hpp>
#include <connectex/detail/system/tcp_info.hpp>
#include <connectex/detail/system/winsock.hpp>

namespace connectex::detail
{

using boost::system::error_code;

namespace
{

// TCPSTATE_LISTEN; before it there is only TCPSTATE_CLOSED.
constexpr std::uint32_t listening = 1;

} // namespace

connection_statistics get_connection_statistics(native_socket socket, error_code& ec) noexcept
{
  tcp_info_v0 info;
  if (const native_error error = os::get_tcp_info(socket, info))
  {
    ec = to_portable(error);
    return {};
  }
  if (info.state <= listening && info.round_trip == 0)
  {
    ec = wsa::to_portable(wsa::not_connected);
    return {};
  }

  connection_statistics statistics;
  statistics.round_trip_time = to_round_trip(info.round_trip);
  statistics.minimum_round_trip_time = to_round_trip(info.minimum_round_trip);
  statistics.syn_retransmissions = info.syn_retransmissions;
  statistics.bytes_retransmitted = info.bytes_retransmitted;
  statistics.bytes_sent = info.bytes_out;
  statistics.bytes_received = info.bytes_in;
  ec = {};
  return statistics;
}

} // namespace connectex::detail

#endif // CONNECTEX_DETAIL_WINDOWS
