// SPDX-License-Identifier: BSL-1.0

#include <connectex/async_connect_ex.hpp>
#include <connectex/error.hpp>

#include "support/expected.hpp"
#include "support/loopback.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <functional>
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

using attempts = std::vector<connect_attempt>;

bool is_same(const connect_attempt& a, const connect_attempt& b)
{
  return a.endpoint == b.endpoint && a.error == b.error && a.native_error == b.native_error
      && a.started == b.started && a.elapsed == b.elapsed && a.outcome == b.outcome;
}

bool are_same(const attempts& a, const attempts& b)
{
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), &is_same);
}

std::vector<attempt_outcome> outcomes_of(const attempts& all)
{
  std::vector<attempt_outcome> outcomes;
  for (const connect_attempt& attempt : all)
    outcomes.push_back(attempt.outcome);
  return outcomes;
}

/// A port that refuses until it is told to listen.
class late_listener
{
public:
  explicit late_listener(asio::io_context& context) : acceptor_(context)
  {
    acceptor_.open(tcp::v4());
    acceptor_.bind(loopback_v4());
  }

  tcp::endpoint endpoint() const { return acceptor_.local_endpoint(); }
  void listen() { acceptor_.listen(); }

private:
  tcp::acceptor acceptor_;
};

/// What an operation on one socket shows of its attempts while it runs.
struct observed
{
  observed()
  {
    options.retry.backoff = {1ms, 1.0, 1ms, 0.0};
    options.retry.predicate = [this](const connect_attempt& attempt)
    {
      asked.push_back(attempt);
      CHECK(seen.size() + 1 == asked.size());
      return attempt.error == connectex::condition::retryable;
    };
    options.on_attempt = [this](const connect_attempt& attempt)
    {
      seen.push_back(attempt);
      if (on_attempt)
        on_attempt();
    };
  }

  connect_options options;
  attempts asked;
  attempts seen;
  std::function<void()> on_attempt;
  outcome result;
};

/// That the attempts are each within the operation and after the one before.
void check_times(const connect_report& report, connect_options::duration wait)
{
  auto earliest = connect_options::duration::zero();
  for (const connect_attempt& attempt : report.attempts)
  {
    CHECK(attempt.started >= earliest);
    CHECK(attempt.elapsed >= 0ns);
    earliest = attempt.started + attempt.elapsed + wait;
  }
  CHECK(earliest - wait <= report.elapsed);
}

/// That all who are told of attempts were told the same.
void check_agreement(const observed& operation, const connect_report& report)
{
  CHECK(are_same(operation.seen, report.attempts));
  check_times(report, operation.options.retry.backoff.initial);
}

} // namespace

TEST_CASE("on_attempt sees each attempt once, in order, as the report holds it")
{
  asio::io_context context;
  late_listener server(context);
  tcp::socket socket(context);
  observed operation;
  connect_report report;
  operation.options.report = &report;
  operation.options.retry.max_attempts = 4;
  operation.options.retry.backoff = {20ms, 1.0, 20ms, 0.0};
  operation.on_attempt = [&]
  {
    CHECK(are_same(operation.seen, report.attempts));
    if (operation.seen.size() == 2)
      server.listen();
  };
  async_connect_ex(socket, server.endpoint(), asio::buffer("hello", 5), operation.options,
      operation.result.handler());
  run(context);

  CHECK(operation.result.is_success(5));
  check_agreement(operation, report);
  REQUIRE(outcomes_of(operation.seen)
      == std::vector{attempt_outcome::failed, attempt_outcome::failed, attempt_outcome::connected});
  for (const connect_attempt& attempt : operation.seen)
  {
    const bool connected = attempt.outcome == attempt_outcome::connected;
    CHECK(attempt.endpoint == server.endpoint());
    CHECK(attempt.error == (connected ? error_code() : asio::error::connection_refused));
    CHECK(attempt.native_error == (connected ? 0 : native_refusal));
  }
}

TEST_CASE("on_attempt and the predicate do not need a report")
{
  asio::io_context context;
  const refusing_port nobody(context);
  tcp::socket socket(context);
  observed operation;
  operation.options.retry.max_attempts = 3;
  async_connect_ex(socket, nobody.endpoint(), asio::buffer("lost", 4), operation.options,
      operation.result.handler());
  run(context);
  CHECK(operation.result.is(asio::error::connection_refused, 0));
  REQUIRE(operation.seen.size() == 3);
  for (const connect_attempt& attempt : operation.seen)
  {
    CHECK(attempt.endpoint == nobody.endpoint());
    CHECK(attempt.error == asio::error::connection_refused);
    CHECK(attempt.native_error == native_refusal);
    CHECK(attempt.outcome == attempt_outcome::failed);
  }
  CHECK(operation.asked.size() == 2);
}

TEST_CASE("on_attempt alone sees the attempt of a call that makes but one")
{
  asio::io_context context;
  sink server(context);
  tcp::socket socket(context);
  connect_options options;
  attempts seen;
  options.on_attempt = [&](const connect_attempt& attempt) { seen.push_back(attempt); };
  outcome result;
  async_connect_ex(socket, server.endpoint(), asio::buffer("hello", 5), options, result.handler());
  run_until(context, [&] { return result.calls != 0; });
  CHECK(result.is_success(5));
  REQUIRE(seen.size() == 1);
  CHECK(seen[0].endpoint == server.endpoint());
  CHECK(seen[0].outcome == attempt_outcome::connected);
  CHECK_FALSE(seen[0].error);
  CHECK(seen[0].native_error == 0);
  CHECK(seen[0].started >= 0ns);
  socket.close();
  run(context);
}

TEST_CASE("the predicate sees a failed attempt as on_attempt does, once, unless it was the last")
{
  asio::io_context context;
  const refusing_port nobody(context);
  tcp::socket socket(context);
  const bool opened_here = GENERATE(false, true);
  if (!opened_here)
    socket.open(tcp::v4());
  observed operation;
  connect_report report;
  operation.options.report = &report;
  operation.options.retry.max_attempts = 3;
  async_connect_ex(socket, nobody.endpoint(), asio::buffer("lost", 4), operation.options,
      operation.result.handler());
  run(context);
  CHECK(operation.result.is(asio::error::connection_refused, 0));
  REQUIRE(operation.seen.size() == 3);
  CHECK(are_same(operation.asked, {operation.seen[0], operation.seen[1]}));
  check_agreement(operation, report);
}

TEST_CASE("a predicate that says no makes an attempt the last")
{
  asio::io_context context;
  const refusing_port nobody(context);
  tcp::socket socket(context);
  observed operation;
  operation.options.retry.max_attempts = 0;
  operation.options.retry.predicate = [&](const connect_attempt& attempt)
  {
    operation.asked.push_back(attempt);
    return operation.asked.size() < 2;
  };
  async_connect_ex(socket, nobody.endpoint(), asio::buffer("lost", 4), operation.options,
      operation.result.handler());
  run(context);
  CHECK(operation.result.is(asio::error::connection_refused, 0));
  CHECK(operation.asked.size() == 2);
  CHECK(are_same(operation.asked, operation.seen));
}

TEST_CASE("an attempt that attempt_timeout ended is given up, and the predicate is asked about it")
{
  asio::io_context context;
  full_listener full(context);
  tcp::socket socket(context);
  observed operation;
  connect_report report;
  operation.options.report = &report;
  operation.options.attempt_timeout = 50ms;
  operation.options.retry.max_attempts = 2;
  async_connect_ex(socket, full.endpoint(), asio::buffer("lost", 4), operation.options,
      operation.result.handler());
  run(context);
  CHECK(operation.result.is(asio::error::timed_out, 0));
  check_agreement(operation, report);
  REQUIRE(operation.seen.size() == 2);
  for (const connect_attempt& attempt : operation.seen)
  {
    CHECK(attempt.endpoint == full.endpoint());
    CHECK(attempt.error == asio::error::timed_out);
    CHECK(attempt.native_error != 0);
    CHECK(attempt.elapsed >= 50ms);
    CHECK(attempt.outcome == attempt_outcome::given_up);
  }
  CHECK(are_same(operation.asked, {operation.seen[0]}));
}

TEST_CASE("an attempt that total_timeout ended is given up")
{
  asio::io_context context;
  full_listener full(context);
  tcp::socket socket(context);
  observed operation;
  connect_report report;
  operation.options.report = &report;
  operation.options.total_timeout = 50ms;
  async_connect_ex(socket, full.endpoint(), asio::buffer("lost", 4), operation.options,
      operation.result.handler());
  run(context);
  CHECK(operation.result.is(asio::error::timed_out, 0));
  check_agreement(operation, report);
  REQUIRE(outcomes_of(operation.seen) == std::vector{attempt_outcome::given_up});
  CHECK(operation.seen[0].error == asio::error::timed_out);
  CHECK(operation.seen[0].started + operation.seen[0].elapsed >= 50ms);
}

TEST_CASE(
    "an attempt that the caller ended is cancelled, and no predicate is asked", "[asynchronous]")
{
  enum class by
  {
    signal,
    cancel,
    close
  };
  const by how = GENERATE(by::signal, by::cancel, by::close);
  CAPTURE(static_cast<int>(how));

  asio::io_context context;
  full_listener full(context);
  tcp::socket socket(context);
  asio::cancellation_signal signal;
  observed operation;
  connect_report report;
  operation.options.report = &report;
  operation.options.retry.max_attempts = 0;
  async_connect_ex(socket, full.endpoint(), asio::buffer("lost", 4), operation.options,
      asio::bind_cancellation_slot(signal.slot(), operation.result.handler()));
  context.poll();
  if (how == by::signal)
    signal.emit(asio::cancellation_type::terminal);
  else if (how == by::cancel)
    socket.cancel();
  else
    socket.close();
  run(context);
  CHECK(operation.result.is(asio::error::operation_aborted, 0));
  check_agreement(operation, report);
  REQUIRE(outcomes_of(operation.seen) == std::vector{attempt_outcome::cancelled});
  CHECK(operation.seen[0].error == asio::error::operation_aborted);
  CHECK(operation.seen[0].native_error != 0);
  CHECK(operation.asked.empty());
}

TEST_CASE("on_attempt may close the socket after a failure, and there is no further attempt")
{
  asio::io_context context;
  const refusing_port nobody(context);
  tcp::socket socket(context);
  observed operation;
  connect_report report;
  operation.options.report = &report;
  operation.options.reopen = connectex::reopen_policy::always;
  operation.options.retry.max_attempts = 0;
  operation.options.retry.backoff.initial = GENERATE(0ms, 1ms);
  operation.on_attempt = [&] { socket.close(); };
  async_connect_ex(socket, nobody.endpoint(), asio::buffer("lost", 4), operation.options,
      operation.result.handler());
  run(context);
  CHECK(operation.result.is(asio::error::operation_aborted, 0));
  CHECK_FALSE(socket.is_open());
  CHECK(operation.seen.size() == 1);
  check_agreement(operation, report);
}

TEST_CASE("on_attempt may close the socket after an attempt that was given up")
{
  asio::io_context context;
  full_listener full(context);
  tcp::socket socket(context);
  observed operation;
  operation.options.reopen = connectex::reopen_policy::always;
  operation.options.attempt_timeout = 30ms;
  operation.options.retry.max_attempts = 0;
  operation.on_attempt = [&] { socket.close(); };
  async_connect_ex(socket, full.endpoint(), asio::buffer("lost", 4), operation.options,
      operation.result.handler());
  run(context);
  CHECK(operation.result.is(asio::error::operation_aborted, 0));
  CHECK_FALSE(socket.is_open());
  CHECK(outcomes_of(operation.seen) == std::vector{attempt_outcome::given_up});
}

TEST_CASE("on_attempt does not see what is over before an attempt")
{
  asio::io_context context;
  sink server(context);
  tcp::socket socket(context);
  observed operation;
  connect_report report;
  operation.options.report = &report;
  operation.options.retry.max_attempts = 3;
  tcp::endpoint peer = server.endpoint();
  namespace errc = boost::system::errc;
  boost::system::error_condition expected = make_error_condition(errc::invalid_argument);
  SECTION("an option out of its range") { operation.options.retry.backoff.jitter = 2; }
  SECTION("a socket of another family")
  {
    socket.open(tcp::v6());
    expected = make_error_condition(errc::address_family_not_supported);
  }
  SECTION("a peer without a port")
  {
    peer.port(0);
    expected = make_error_condition(errc::address_not_available);
  }
  SECTION("an error that prepare leaves")
  {
    operation.options.prepare = [](connectex::opened_socket&, error_code& ec)
    { ec = asio::error::access_denied; };
    expected = make_error_condition(errc::permission_denied);
  }
  SECTION("a limit that is used up")
  {
    operation.options.total_timeout = 0ms;
    expected = make_error_condition(errc::timed_out);
  }
  async_connect_ex(
      socket, peer, asio::buffer("lost", 4), operation.options, operation.result.handler());
  run_until(context, [&] { return operation.result.calls != 0; });
  CHECK(operation.result.error == expected);
  CHECK(operation.result.bytes_transferred == 0);
  CHECK(operation.seen.empty());
  CHECK(operation.asked.empty());
  CHECK(report.attempts.empty());
}

TEST_CASE("an attempt's start is counted from the start of the operation")
{
  asio::io_context context;
  tcp::acceptor server(context, loopback_v4());
  tcp::socket socket(context);
  connect_report report;
  connect_options options;
  options.report = &report;
  options.prepare = [](connectex::opened_socket&, error_code&)
  {
    const auto later = std::chrono::steady_clock::now() + 20ms;
    while (std::chrono::steady_clock::now() < later)
      continue;
  };
  outcome result;
  async_connect_ex(
      socket, server.local_endpoint(), asio::buffer("hello", 5), options, result.handler());
  run(context);
  CHECK(result.is_success(5));
  REQUIRE(report.attempts.size() == 1);
  CHECK(report.attempts[0].started >= 20ms);
  check_times(report, 0ms);
}

TEST_CASE("on_attempt may close the socket that has just been connected, which is no success then")
{
  // The first attempt ends within the initiating function where the peer is near, others do not.
  const bool refused_before = GENERATE(false, true);
  const std::size_t size = GENERATE(0u, 5u);
  CAPTURE(refused_before, size);
  asio::io_context context;
  late_listener server(context);
  if (!refused_before)
    server.listen();
  tcp::socket socket(context);
  observed operation;
  operation.options.retry.max_attempts = 2;
  operation.on_attempt = [&]
  {
    if (operation.seen.back().outcome == attempt_outcome::connected)
      socket.close();
    else
      server.listen();
  };
  async_connect_ex(socket, server.endpoint(), asio::buffer("hello", size), operation.options,
      operation.result.handler());
  run(context);
  REQUIRE(operation.seen.back().outcome == attempt_outcome::connected);
  CHECK(operation.result.calls == 1);
  CHECK(operation.result.error == asio::error::operation_aborted);
  CHECK_FALSE(socket.is_open());
}
