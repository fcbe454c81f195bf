// SPDX-License-Identifier: BSL-1.0

#include <connectex/async_connect_ex.hpp>
#include <connectex/error.hpp>

#include "support/loopback.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>

#include <chrono>

namespace
{

using namespace test;
using namespace std::chrono_literals;
using connectex::async_connect_ex;
using connectex::connect_attempt;
using connectex::connect_options;
using connectex::connect_report;
using duration = connect_options::duration;

/// Whether the next connection that the server has got comes from @p client, and there is no other.
bool is_only_visitor(tcp::acceptor& server, const tcp::socket& client)
{
  server.non_blocking(true);
  error_code ec;
  tcp::endpoint visitor;
  const tcp::socket connection = server.accept(visitor, ec);
  REQUIRE_FALSE(ec);
  const tcp::socket other = server.accept(ec);
  return visitor == client.local_endpoint() && ec == asio::error::would_block;
}

/// Lets the time pass that the operation has. Nothing waits for this to happen.
void pass(std::chrono::steady_clock::time_point until)
{
  while (std::chrono::steady_clock::now() < until)
    continue;
}

} // namespace

TEST_CASE("a limit that is used up ends the operation before any attempt, and the socket can be "
          "connected")
{
  const bool total = GENERATE(false, true);
  const duration left = GENERATE(duration(0), duration(-1), duration(-1h), (duration::min)());
  const bool open = GENERATE(false, true);
  const unsigned max_attempts = GENERATE(1u, 0u);
  CAPTURE(total, left.count(), open, max_attempts);

  asio::io_context context;
  tcp::acceptor server(context, loopback_v4());
  tcp::socket socket(context);
  if (open)
    socket.open(tcp::v4());

  connect_report report;
  int asked = 0;
  connect_options options;
  (total ? options.total_timeout : options.attempt_timeout) = left;
  (total ? options.attempt_timeout : options.total_timeout) = 20s;
  options.retry.max_attempts = max_attempts;
  options.retry.predicate = [&](const connect_attempt&) { return ++asked != 0; };
  options.on_attempt = [&](const connect_attempt&) { ++asked; };
  options.report = &report;
  outcome result;
  async_connect_ex(
      socket, server.local_endpoint(), asio::buffer("lost", 4), options, result.handler());
  CHECK(result.calls == 0);
  run(context);

  CAPTURE(result);
  CHECK(result.is(asio::error::timed_out, 0));
  CHECK(result.error == connectex::condition::retryable);
  CHECK(report.attempts.empty());
  CHECK(report.elapsed < 20s);
  CHECK(report.first_flight == connectex::first_flight_path::none);
  CHECK(asked == 0);
  REQUIRE(socket.is_open());

  // What reached the server earlier would be the first to be accepted.
  outcome next;
  async_connect_ex(socket, server.local_endpoint(), asio::buffer("hello", 5), next.handler());
  run(context);
  REQUIRE(next.is_success(5));
  CHECK(is_only_visitor(server, socket));
}

TEST_CASE("an attempt limit that is used up is not waited for between attempts")
{
  asio::io_context context;
  const refusing_port nobody(context);
  tcp::socket socket(context);
  connect_options options;
  options.attempt_timeout = 0ms;
  options.retry.max_attempts = 3;
  options.retry.backoff = {1h, 1.0, 1h, 0.0};
  outcome result;
  async_connect_ex(socket, nobody.endpoint(), asio::buffer("lost", 4), options, result.handler());
  run(context);
  CHECK(result.is(asio::error::timed_out, 0));
}

TEST_CASE("a limit as long as can be leaves the other one in force")
{
  const bool total = GENERATE(false, true);
  asio::io_context context;
  full_listener full(context);
  tcp::socket socket(context);
  connect_report report;
  connect_options options;
  options.attempt_timeout = total ? (duration::max)() : duration(30ms);
  options.total_timeout = total ? duration(30ms) : (duration::max)();
  options.report = &report;
  outcome result;
  async_connect_ex(socket, full.endpoint(), asio::buffer("lost", 4), options, result.handler());
  run(context);
  CAPTURE(result);
  CHECK(result.is(asio::error::timed_out, 0));
  CHECK(report.elapsed >= 30ms);
  REQUIRE(report.attempts.size() == 1);
  CHECK(report.attempts[0].outcome == connectex::attempt_outcome::given_up);
}

TEST_CASE("limits as long as can be do not end an attempt that is pending", "[asynchronous]")
{
  asio::io_context context;
  full_listener full(context);
  tcp::socket socket(context);
  asio::cancellation_signal signal;
  connect_options options;
  options.attempt_timeout = (duration::max)();
  options.total_timeout = (duration::max)();
  outcome result;
  async_connect_ex(socket, full.endpoint(), asio::buffer("lost", 4), options,
      asio::bind_cancellation_slot(signal.slot(), result.handler()));

  // Nothing more can be heard of it.
  asio::io_context::count_type handled = 1;
  while (handled != 0 && result.calls == 0)
    handled = context.run_one_for(50ms);
  REQUIRE(result.calls == 0);
  signal.emit(asio::cancellation_type::terminal);
  run(context);
  CHECK(result.is(asio::error::operation_aborted, 0));
}

TEST_CASE("limits as long as can be do not end a wait between attempts")
{
  asio::io_context context;
  const refusing_port nobody(context);
  tcp::socket socket(context);
  connect_report report;
  connect_options options;
  options.attempt_timeout = (duration::max)();
  options.total_timeout = (duration::max)();
  options.retry.max_attempts = 2;
  options.retry.backoff = {20ms, 1.0, 20ms, 0.0};
  options.report = &report;
  outcome result;
  async_connect_ex(socket, nobody.endpoint(), asio::buffer("lost", 4), options, result.handler());
  run(context);
  CHECK(result.is(asio::error::connection_refused, 0));
  REQUIRE(report.attempts.size() == 2);
  CHECK(report.attempts[1].started - report.attempts[0].started >= 20ms);
}

TEST_CASE("a wait as long as can be does not go on beyond the total limit")
{
  asio::io_context context;
  const refusing_port nobody(context);
  tcp::socket socket(context);
  connect_options options;
  options.total_timeout = 300ms;
  options.loopback_fast_fail = true;
  options.retry.max_attempts = 2;
  options.retry.backoff = {(duration::max)(), 1.0, (duration::max)(), 0.0};
  connect_report report;
  options.report = &report;
  outcome result;
  async_connect_ex(socket, nobody.endpoint(), asio::buffer("lost", 4), options, result.handler());
  run(context);
  CHECK(result.is(asio::error::timed_out, 0));
  REQUIRE(report.attempts.size() == 1);
  CHECK(report.attempts[0].outcome == connectex::attempt_outcome::failed);
  CHECK(report.elapsed >= 300ms);
}

TEST_CASE("a cancellation that was requested first wins over a limit that is used up by then",
    "[asynchronous]")
{
  enum class by
  {
    signal,
    close
  };
  const by how = GENERATE(by::signal, by::close);
  const bool in_predicate = GENERATE(false, true);
  const duration wait = in_predicate ? 0ms : 1ms;
  CAPTURE(static_cast<int>(how), in_predicate);

  asio::io_context context;
  const refusing_port nobody(context);
  tcp::socket socket(context);
  asio::cancellation_signal signal;
  connect_report report;

  // The refusal has to come before.
  constexpr auto total = 300ms;
  std::chrono::steady_clock::time_point started;
  const auto stop = [&]
  {
    if (how == by::signal)
      signal.emit(asio::cancellation_type::terminal);
    else
      socket.close();
    pass(started + total);
    return true;
  };
  connect_options options;
  options.total_timeout = total;
  options.loopback_fast_fail = true;
  options.retry.max_attempts = 0;
  options.retry.backoff = {wait, 1.0, wait, 0.0};
  options.retry.predicate = [&](const connect_attempt&) { return in_predicate ? stop() : true; };
  options.on_attempt = [&](const connect_attempt&)
  {
    if (!in_predicate && report.attempts.size() == 1)
      stop();
  };
  options.report = &report;
  outcome result;
  async_connect_ex(socket, nobody.endpoint(), asio::buffer("lost", 4), options,
      asio::bind_cancellation_slot(signal.slot(), result.handler()));
  started = std::chrono::steady_clock::now();
  run(context);
  CHECK(result.is(asio::error::operation_aborted, 0));
  CHECK(report.attempts.size() == 1);
  CHECK(report.elapsed >= total);
}
