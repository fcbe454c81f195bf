// SPDX-License-Identifier: BSL-1.0

#include "support/scripted.hpp"

#include <connectex/connection_statistics.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>

#include <netinet/tcp.h>

namespace test::scripted::connection_statistics_linux_tests
{

namespace
{

using connectex::connection_statistics;
using connectex::detail::linux_tcp_info;

constexpr std::size_t whole = sizeof(linux_tcp_info);

linux_tcp_info sample()
{
  linux_tcp_info info;
  info.state = TCP_ESTABLISHED;
  info.round_trip = 31200;
  info.minimum_round_trip = 30900;
  info.segments_retransmitted = 2;
  info.bytes_sent = 5000000000;
  info.bytes_received = 6000000000;
  return info;
}

connection_statistics statistics_of(const linux_tcp_info& info, std::size_t size, error_code& error)
{
  asio::io_context context;
  tcp::socket socket(context, tcp::v4());
  session told;
  told.tcp_info = info;
  told.tcp_info_size = size;
  return connectex::get_connection_statistics(socket, error);
}

connection_statistics statistics_of(const linux_tcp_info& info, std::size_t size = whole)
{
  error_code error = asio::error::fault;
  const connection_statistics statistics = statistics_of(info, size, error);
  CHECK_FALSE(error);
  return statistics;
}

} // namespace

TEST_CASE("every number of the kernel's gets to its field")
{
  const connection_statistics statistics = statistics_of(sample());
  CHECK(statistics.round_trip_time == 31200us);
  CHECK(statistics.minimum_round_trip_time == 30900us);
  CHECK(statistics.syn_retransmissions == 2u);
  CHECK(statistics.bytes_retransmitted == 0u);
  CHECK(statistics.bytes_sent == 5000000000u);
  CHECK(statistics.bytes_received == 6000000000u);
}

TEST_CASE("what an older kernel does not fill is not known")
{
  struct row
  {
    std::size_t size;
    bool minimum_round_trip_time;
    bool syn_retransmissions;
    bool bytes_retransmitted;
    bool bytes_sent;
    bool bytes_received;
  };
  const row rows[] = {
      {whole + 64, true, true, true, true, true}, {whole, true, true, true, true, true},
      {whole - 1, true, false, false, true, true},
      {offsetof(linux_tcp_info, bytes_retransmitted), true, false, false, true, true},
      {offsetof(linux_tcp_info, bytes_sent) + 7, true, false, false, false, true},
      {192, true, false, false, false, true}, // Linux 4.9
      {136, false, false, false, false, true}, // Linux 4.1
      {104, false, false, false, false, false}, // Linux 3.2
  };
  for (const row& r : rows)
  {
    CAPTURE(r.size);
    const connection_statistics statistics = statistics_of(sample(), r.size);
    CHECK(statistics.round_trip_time == 31200us);
    CHECK(statistics.minimum_round_trip_time.has_value() == r.minimum_round_trip_time);
    CHECK(statistics.syn_retransmissions.has_value() == r.syn_retransmissions);
    CHECK(statistics.bytes_retransmitted.has_value() == r.bytes_retransmitted);
    CHECK(statistics.bytes_sent.has_value() == r.bytes_sent);
    CHECK(statistics.bytes_received.has_value() == r.bytes_received);
  }
}

TEST_CASE("retransmissions count as those of SYNs where they can be nothing else")
{
  struct row
  {
    int state;
    std::uint32_t segments;
    std::uint64_t bytes;
    std::size_t size;
    std::optional<std::uint32_t> expected;
  };
  const row rows[] = {
      {TCP_SYN_SENT, 3, 0, whole, 3},
      {TCP_SYN_RECV, 3, 0, whole, 3},
      {TCP_ESTABLISHED, 3, 0, whole, 3},
      {TCP_CLOSE_WAIT, 3, 0, whole, 3},
      {TCP_ESTABLISHED, 3, 1, whole, std::nullopt},

      // A FIN that was sent again has no bytes.
      {TCP_FIN_WAIT1, 3, 0, whole, std::nullopt},
      {TCP_FIN_WAIT2, 3, 0, whole, std::nullopt},
      {TCP_CLOSING, 3, 0, whole, std::nullopt},
      {TCP_LAST_ACK, 3, 0, whole, std::nullopt},
      {TCP_TIME_WAIT, 3, 0, whole, std::nullopt},
      {TCP_CLOSE, 3, 0, whole, std::nullopt},

      // Where nothing was sent again, no SYN was.
      {TCP_ESTABLISHED, 0, 0, whole, 0},
      {TCP_CLOSE, 0, 0, whole, 0},
      {TCP_ESTABLISHED, 0, 0, 104, 0},
  };
  for (const row& r : rows)
  {
    CAPTURE(r.state, r.segments, r.bytes, r.size);
    linux_tcp_info info = sample();
    info.state = static_cast<std::uint8_t>(r.state);
    info.segments_retransmitted = r.segments;
    info.bytes_retransmitted = r.bytes;
    CHECK(statistics_of(info, r.size).syn_retransmissions == r.expected);
  }
}

TEST_CASE("a round trip that was never measured is not known")
{
  linux_tcp_info info = sample();
  info.round_trip = 0;
  info.minimum_round_trip = 0xFFFFFFFF;
  const connection_statistics statistics = statistics_of(info);
  CHECK_FALSE(statistics.round_trip_time);
  CHECK_FALSE(statistics.minimum_round_trip_time);
}

TEST_CASE("a socket that was never connected is told from one whose connection has ended")
{
  struct row
  {
    int state;
    std::uint32_t round_trip;
    error_code expected;
  };
  const row rows[] = {
      {TCP_CLOSE, 0, asio::error::not_connected},
      {TCP_CLOSE, 31200, {}},
      {TCP_LISTEN, 0, asio::error::not_connected},
      {TCP_LISTEN, 31200, asio::error::not_connected},
      {TCP_SYN_SENT, 0, {}},
  };
  for (const row& r : rows)
  {
    CAPTURE(r.state, r.round_trip);
    linux_tcp_info info = sample();
    info.state = static_cast<std::uint8_t>(r.state);
    info.round_trip = r.round_trip;
    error_code error = asio::error::fault;
    statistics_of(info, whole, error);
    CHECK(error == r.expected);
  }
}

} // namespace test::scripted::connection_statistics_linux_tests
