// SPDX-License-Identifier: BSL-1.0

#include "support/scripted.hpp"

#include <connectex/connection_statistics.hpp>

#include <cstdint>

namespace test::scripted::connection_statistics_windows_tests
{

namespace
{

using connectex::connection_statistics;
using connectex::detail::tcp_info_v0;

tcp_info_v0 sample()
{
  tcp_info_v0 info;
  info.state = 4; // TCPSTATE_ESTABLISHED
  info.round_trip = 31200;
  info.minimum_round_trip = 30900;
  info.syn_retransmissions = 2;
  info.bytes_retransmitted = 1448;
  info.bytes_out = 5000000000;
  info.bytes_in = 6000000000;
  return info;
}

connection_statistics statistics_of(const tcp_info_v0& info, error_code& error)
{
  asio::io_context context;
  tcp::socket socket(context, tcp::v4());
  session told;
  told.tcp_info = info;
  return connectex::get_connection_statistics(socket, error);
}

} // namespace

TEST_CASE("every number of Winsock's gets to its field")
{
  error_code error = asio::error::fault;
  const connection_statistics statistics = statistics_of(sample(), error);
  CHECK_FALSE(error);
  CHECK(statistics.round_trip_time == 31200us);
  CHECK(statistics.minimum_round_trip_time == 30900us);
  CHECK(statistics.syn_retransmissions == 2u);
  CHECK(statistics.bytes_retransmitted == 1448u);
  CHECK(statistics.bytes_sent == 5000000000u);
  CHECK(statistics.bytes_received == 6000000000u);
}

TEST_CASE("the attempt that has connected tells what Winsock has told")
{
  scripted_connect op;
  op.options.statistics = true;
  op.session.tcp_info = sample();
  op.run();
  CHECK(op.result.is_success(5));
  REQUIRE(op.report.attempts.size() == 1);
  REQUIRE(op.report.attempts[0].statistics);
  CHECK(op.report.attempts[0].statistics->round_trip_time == 31200us);
}

TEST_CASE("a round trip that was never measured is not known")
{
  tcp_info_v0 info = sample();
  info.round_trip = 0;
  info.minimum_round_trip = 0xFFFFFFFF;
  error_code error;
  const connection_statistics statistics = statistics_of(info, error);
  CHECK_FALSE(error);
  CHECK_FALSE(statistics.round_trip_time);
  CHECK_FALSE(statistics.minimum_round_trip_time);
}

TEST_CASE("a socket that was never connected is told from one whose connection has ended")
{
  struct row
  {
    std::uint32_t state;
    std::uint32_t round_trip;
    error_code expected;
  };
  const row rows[] = {
      {0, 0, asio::error::not_connected}, // TCPSTATE_CLOSED
      {0, 31200, {}},
      {1, 0, asio::error::not_connected}, // TCPSTATE_LISTEN
      {2, 0, {}}, // TCPSTATE_SYN_SENT
      {4, 31200, {}},
  };
  for (const row& r : rows)
  {
    CAPTURE(r.state, r.round_trip);
    tcp_info_v0 info = sample();
    info.state = r.state;
    info.round_trip = r.round_trip;
    error_code error = asio::error::fault;
    statistics_of(info, error);
    CHECK(error == r.expected);
  }
}

} // namespace test::scripted::connection_statistics_windows_tests
