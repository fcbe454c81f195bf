// SPDX-License-Identifier: BSL-1.0

#include <connectex/async_connect_ex.hpp>
#include <connectex/async_connect_ex_race.hpp>
#include <connectex/connect_ex.hpp>
#include <connectex/connection_statistics.hpp>

#include "support/loopback.hpp"
#include "support/race_outcome.hpp"
#include "support/thrown.hpp"
#include "support/wine.hpp"

#include <boost/asio/local/connect_pair.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>

#include <chrono>
#include <string>
#include <vector>

namespace
{

using namespace test;
using namespace std::chrono_literals;
using connectex::async_connect_ex;
using connectex::attempt_outcome;
using connectex::connect_attempt;
using connectex::connect_options;
using connectex::connect_report;
using connectex::connection_statistics;
using connectex::get_connection_statistics;

/// Whether the system at hand tells.
bool has_statistics() { return !under_wine(); }

struct connected_pair
{
  explicit connected_pair(const tcp::endpoint& local = loopback_v4())
    : acceptor(context, local), client(context), server(context)
  {
    client.connect(acceptor.local_endpoint());
    acceptor.accept(server);
  }

  asio::io_context context;
  tcp::acceptor acceptor;
  tcp::socket client;
  tcp::socket server;
};

void send(tcp::socket& from, tcp::socket& to, std::string bytes)
{
  asio::write(from, asio::buffer(bytes));
  asio::read(to, asio::buffer(bytes));
}

/// Nothing is known of a socket that failed.
void check_failure(tcp::socket& socket, const error_code& expected)
{
  error_code error;
  const connection_statistics statistics = get_connection_statistics(socket, error);
  CHECK(error == expected);
  CHECK(to_string(statistics) == "nothing known");
  CHECK(thrown_by([&] { get_connection_statistics(socket); }) == expected);
}

connect_options with_statistics(connect_report& report)
{
  connect_options options;
  options.report = &report;
  options.statistics = true;
  return options;
}

void check_handshake(const std::optional<connection_statistics>& statistics)
{
  REQUIRE(statistics.has_value() == has_statistics());
  if (!statistics)
    return;
  CHECK(statistics->round_trip_time > 0us);
  CHECK(statistics->syn_retransmissions == 0u);
  CHECK(statistics->bytes_retransmitted == 0u);
}

} // namespace

TEST_CASE("a system that cannot tell of a connection says that it does not support it")
{
  if (has_statistics())
  {
    WARN("left out: this is not Wine");
    return;
  }
  connected_pair pair;
  check_failure(pair.client, asio::error::operation_not_supported);
  tcp::socket open(pair.context, tcp::v6());
  check_failure(open, asio::error::operation_not_supported);
}

TEST_CASE("a connection tells its round trip and counts what it has sent and received")
{
  if (!has_statistics())
  {
    WARN("left out: Wine does not tell");
    return;
  }
  connected_pair pair(GENERATE(loopback_v4(), loopback_v6()));
  send(pair.client, pair.server, std::string(70000, 'q'));
  send(pair.server, pair.client, "answer");
  for (tcp::socket* const socket : {&pair.client, &pair.server})
  {
    const bool is_client = socket == &pair.client;
    CAPTURE(is_client);
    error_code error = asio::error::fault;
    const connection_statistics statistics = get_connection_statistics(*socket, error);
    CHECK_FALSE(error);
    CHECK(statistics.round_trip_time > 0us);
    CHECK(statistics.round_trip_time < 1s);
    CHECK(statistics.minimum_round_trip_time > 0us);
    CHECK(statistics.minimum_round_trip_time <= statistics.round_trip_time);
    CHECK(statistics.syn_retransmissions == 0u);
    CHECK(statistics.bytes_retransmitted == 0u);
    CHECK(statistics.bytes_sent == (is_client ? 70000u : 6u));
    CHECK(statistics.bytes_received == (is_client ? 6u : 70000u));
    CHECK(get_connection_statistics(*socket).bytes_sent == statistics.bytes_sent);
  }
}

TEST_CASE("a socket that is not open has no statistics")
{
  asio::io_context context;
  tcp::socket socket(context);
  check_failure(socket, asio::error::bad_descriptor);
}

#if defined(__linux__)

TEST_CASE("a socket that was never connected has no statistics")
{
  asio::io_context context;
  const refusing_port nobody(context);
  tcp::socket socket(context, tcp::v4());
  check_failure(socket, asio::error::not_connected);
  error_code refused;
  socket.connect(nobody.endpoint(), refused);
  REQUIRE(refused);
  check_failure(socket, asio::error::not_connected);

  tcp::socket listening(context, tcp::v4());
  REQUIRE(::listen(listening.native_handle(), 1) == 0);
  check_failure(listening, asio::error::not_connected);
}

TEST_CASE("a local socket has no statistics")
{
  using asio::local::stream_protocol;
  asio::io_context context;
  stream_protocol::socket one(context);
  stream_protocol::socket other(context);
  asio::local::connect_pair(one, other);
  error_code error;
  get_connection_statistics(one, error);
  CHECK(error == asio::error::operation_not_supported);
}

TEST_CASE("a connection that has been reset still tells what it was")
{
  connected_pair pair;
  send(pair.client, pair.server, "question");
  pair.server.set_option(asio::socket_base::linger(true, 0));
  pair.server.close();
  char byte;
  error_code reset;
  pair.client.read_some(asio::buffer(&byte, 1), reset);
  REQUIRE(reset == asio::error::connection_reset);
  const connection_statistics statistics = get_connection_statistics(pair.client);
  CHECK(statistics.round_trip_time > 0us);
  CHECK(statistics.bytes_sent == 8u);
}

TEST_CASE("the end of the stream counts as one byte that was received, and as none that was sent")
{
  connected_pair pair;
  send(pair.server, pair.client, "answer");
  pair.server.shutdown(tcp::socket::shutdown_send);
  char byte;
  error_code end;
  pair.client.read_some(asio::buffer(&byte, 1), end);
  REQUIRE(end == asio::error::eof);
  CHECK(get_connection_statistics(pair.client).bytes_received == 7u);
  CHECK(get_connection_statistics(pair.server).bytes_sent == 6u);
}

TEST_CASE("a SYN that a full listener has dropped is counted, and the report tells")
{
  asio::io_context context;
  full_backlog busy(context);
  tcp::socket socket(context);
  connect_report report;
  outcome result;
  async_connect_ex(
      socket, busy.endpoint(), asio::buffer("late", 4), with_statistics(report), result.handler());
  const tcp::socket filler = busy.acceptor().accept();
  CHECK(result.calls == 0);
  CHECK(get_connection_statistics(socket).syn_retransmissions == 0u);
  result.await(context);
  REQUIRE(result.is_success(4));
  REQUIRE(report.attempts.size() == 1);
  REQUIRE(report.attempts[0].statistics);
  CHECK(report.attempts[0].statistics->syn_retransmissions == 1u);
  CHECK(report.attempts[0].elapsed > 900ms);
  CHECK(get_connection_statistics(socket).syn_retransmissions == 1u);
}

#endif

TEST_CASE("the attempt that has connected tells its statistics if the options ask for them")
{
  const bool asked = GENERATE(true, false);
  CAPTURE(asked);
  asio::io_context context;
  sink server(context);
  tcp::socket socket(context);
  connect_report report;
  connect_options options = with_statistics(report);
  options.statistics = asked;
  std::vector<connect_attempt> told;
  options.on_attempt = [&](const connect_attempt& attempt) { told.push_back(attempt); };
  outcome result;
  async_connect_ex(socket, server.endpoint(), asio::buffer("hello", 5), options, result.handler());
  result.await(context);
  REQUIRE(result.is_success(5));
  REQUIRE(report.attempts.size() == 1);
  REQUIRE(told.size() == 1);
  CHECK(told[0].statistics.has_value() == (asked && has_statistics()));
  if (asked)
    check_handshake(report.attempts[0].statistics);
  else
    CHECK_FALSE(report.attempts[0].statistics);
  CHECK((to_string(report).find("\nconnection: round trip ") != std::string::npos)
      == (asked && has_statistics()));
}

TEST_CASE("a blocking connect tells statistics")
{
  asio::io_context context;
  tcp::acceptor acceptor(context, loopback_v4());
  tcp::socket socket(context);
  connect_report report;
  connectex::connect_ex(
      socket, acceptor.local_endpoint(), asio::buffer("hello", 5), with_statistics(report));
  REQUIRE(report.attempts.size() == 1);
  check_handshake(report.attempts[0].statistics);
}

TEST_CASE("attempts that have failed tell no statistics")
{
  asio::io_context context;
  const refusing_port nobody(context);
  tcp::socket socket(context);
  connect_report report;
  connect_options options = with_statistics(report);
  options.retry.max_attempts = 2;
  options.retry.backoff.initial = 0ms;
  outcome result;
  async_connect_ex(socket, nobody.endpoint(), asio::buffer("lost", 4), options, result.handler());
  run(context);
  REQUIRE(result.is(asio::error::connection_refused, 0));
  REQUIRE(report.attempts.size() == 2);
  for (const connect_attempt& attempt : report.attempts)
    CHECK_FALSE(attempt.statistics);
}

TEST_CASE("of a race the winner tells statistics")
{
  const bool asked = GENERATE(true, false);
  CAPTURE(asked);
  asio::io_context context;
  const refusing_port nobody(context);
  const full_listener silent(context);
  sink server(context);
  tcp::socket socket(context);
  connect_report report;
  connect_options options = racing(shortest_delay, report);
  options.statistics = asked;
  race_outcome result;
  async_connect_ex(socket,
      std::vector<tcp::endpoint>{nobody.endpoint(), silent.endpoint(), server.endpoint()},
      asio::buffer("hello", 5), options, result.handler());
  result.await(context);
  REQUIRE(result.is_success(server.endpoint(), 5));
  REQUIRE(report.attempts.size() == 3);
  for (const connect_attempt& attempt : report.attempts)
  {
    CAPTURE(attempt.outcome);
    if (asked && attempt.outcome == attempt_outcome::connected)
      check_handshake(attempt.statistics);
    else
      CHECK_FALSE(attempt.statistics);
  }
}
