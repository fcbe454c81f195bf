// SPDX-License-Identifier: BSL-1.0

#include <connectex/async_connect_ex.hpp>
#include <connectex/error.hpp>

#include "support/expected.hpp"
#include "support/heap_count.hpp"
#include "support/loopback.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>

#include <atomic>
#include <chrono>
#include <memory>
#include <thread>
#include <vector>

namespace
{

using namespace test;
using namespace std::chrono_literals;
using connectex::async_connect_ex;
using connectex::connect_options;
using connectex::connect_report;
using connectex::reopen_policy;

constexpr auto short_time = 30ms;

connect_options reporting_to(connect_report& report)
{
  connect_options options;
  options.report = &report;
  return options;
}

/// The first timer of a context has the service allocated that all of its timers share.
bool has_had_timer(asio::io_context& context)
{
  const long before = heap_count();
  const asio::steady_timer timer(context);
  return heap_count() == before;
}

} // namespace

TEST_CASE("either time limit ends an attempt that is in flight")
{
  const bool total = GENERATE(false, true);
  asio::io_context context;
  full_listener full(context);
  tcp::socket socket(context, tcp::v4());
  connect_report report;
  connect_options options = reporting_to(report);
  (total ? options.total_timeout : options.attempt_timeout) = short_time;
  outcome result;
  async_connect_ex(socket, full.endpoint(), asio::buffer("lost", 4), options, result.handler());
  run(context);

  CAPTURE(result);
  CHECK(result.is(asio::error::timed_out, 0));
  CHECK(result.error == connectex::condition::retryable);
  CHECK(socket.is_open());
  REQUIRE(report.attempts.size() == 1);
  CHECK(report.attempts[0].error == asio::error::timed_out);
  CHECK(report.attempts[0].elapsed >= short_time);
  CHECK(report.elapsed >= report.attempts[0].elapsed);
}

TEST_CASE("the shorter of the two limits is the one that counts")
{
  const bool attempt_is_shorter = GENERATE(false, true);
  asio::io_context context;
  full_listener full(context);
  tcp::socket socket(context, tcp::v4());
  connect_report report;
  connect_options options = reporting_to(report);
  options.attempt_timeout = attempt_is_shorter ? 30ms : 20000ms;
  options.total_timeout = attempt_is_shorter ? 20000ms : 30ms;
  outcome result;
  async_connect_ex(socket, full.endpoint(), asio::const_buffer(), options, result.handler());
  run(context);
  CHECK(result.is(asio::error::timed_out, 0));
  CHECK(report.elapsed < 10s);
}

TEST_CASE("the total limit ends a wait, and says timed_out, not what came before the wait")
{
  asio::io_context context;
  const refusing_port nobody(context);
  tcp::socket socket(context, tcp::v4());
  connect_report report;
  connect_options options = reporting_to(report);
  options.retry.max_attempts = 0;
  options.retry.backoff = {1h, 1.0, 1h, 0.0};
  options.attempt_timeout = 20s;
  options.total_timeout = short_time;
  outcome result;
  async_connect_ex(socket, nobody.endpoint(), asio::buffer("lost", 4), options, result.handler());
  run(context);
  CHECK(result.is(asio::error::timed_out, 0));
  REQUIRE(report.attempts.size() == 1);
  CHECK(report.attempts[0].error == asio::error::connection_refused);
  CHECK(report.elapsed >= short_time);
}

TEST_CASE("the total limit ends an endless retry")
{
  asio::io_context context;
  const refusing_port nobody(context);
  tcp::socket socket(context, tcp::v4());
  connect_report report;
  connect_options options = reporting_to(report);
  options.retry.max_attempts = 0;
  options.retry.backoff.initial = GENERATE(0ms, 1ms);
  options.total_timeout = short_time;
  outcome result;
  async_connect_ex(socket, nobody.endpoint(), asio::buffer("lost", 4), options, result.handler());
  run(context);
  CHECK(result.is(asio::error::timed_out, 0));
  CHECK(report.attempts.size() >= 2);
  CHECK(report.elapsed >= short_time);
}

TEST_CASE("the total limit ends the writing of the rest, and the byte count is true")
{
  asio::io_context context;
  idle_peer server(context);
  tcp::socket socket(context, tcp::v4());
  socket.set_option(asio::socket_base::send_buffer_size(100000));
  connect_report report;
  connect_options options = reporting_to(report);
  options.total_timeout = 300ms;
  options.attempt_timeout = 20s;
  const std::string flight = pattern(32u << 20);
  outcome result;
  async_connect_ex(socket, server.endpoint(), asio::buffer(flight), options, result.handler());
  run(context);

  CAPTURE(result);
  CHECK(result.calls == 1);
  CHECK(result.error == connectex::condition::timed_out);
  CHECK(result.error != connectex::condition::retryable);
  CHECK(result.bytes_transferred > 0);
  CHECK(result.bytes_transferred < flight.size());
  REQUIRE(report.attempts.size() == 1);
  CHECK_FALSE(report.attempts[0].error);

  socket.close();
  std::string received;
  asio::async_read(
      server.socket(), asio::dynamic_buffer(received), [](const error_code&, std::size_t) {});
  run(context);
  CHECK(received.size() >= result.bytes_transferred);
  CHECK((flight.compare(0, received.size(), received) == 0));
}

TEST_CASE("the total limit ends writes that are each over at once")
{
  // A few of them go with each write, so this takes a great many.
  const std::vector<asio::const_buffer> flight(1'000'000, asio::buffer("x", 1));

  // On a busy machine the first limits may be over before the connection stands.
  std::size_t sent = 0;
  for (auto total = 20ms; sent == 0; total *= 2)
  {
    REQUIRE(total < limit);
    asio::io_context context;
    sink server(context);
    tcp::socket socket(context);
    connect_options options;
    options.total_timeout = total;
    outcome result;
    async_connect_ex(socket, server.endpoint(), flight, options, result.handler());
    run_until(context, [&] { return result.calls != 0; });
    CAPTURE(result);
    CHECK(result.error == connectex::condition::timed_out);
    sent = result.bytes_transferred;
    CHECK(sent < flight.size());
    socket.close();
    server.visit();
    run(context);
    CHECK(server.received().size() == sent);
  }
}

TEST_CASE("the attempt limit does not end the writing of the rest", "[asynchronous]")
{
  asio::io_context context;
  idle_peer server(context);
  tcp::socket socket(context, tcp::v4());
  connect_options options;
  options.attempt_timeout = 200ms;
  const std::string flight = pattern(32u << 20);
  outcome result;
  async_connect_ex(socket, server.endpoint(), asio::buffer(flight), options, result.handler());

  // Beyond the limit; only then does the peer begin to read.
  std::string received;
  asio::steady_timer later(context, 400ms);
  later.async_wait(
      [&](const error_code&)
      {
        CHECK(result.calls == 0);
        asio::async_read(
            server.socket(), asio::dynamic_buffer(received), [](const error_code&, std::size_t) {});
      });
  run_until(context, [&] { return result.calls != 0; });
  CHECK(result.is_success(flight.size()));
  socket.close();
  run(context);
  CHECK((received == flight));
}

TEST_CASE("limits that are not reached change nothing, be they as long as can be")
{
  const auto limit = GENERATE(connect_options::duration(20s), (connect_options::duration::max)());
  asio::io_context context;
  sink server(context);
  tcp::socket socket(context);
  connect_options options;
  options.attempt_timeout = limit;
  options.total_timeout = limit;
  const std::string flight = pattern(100000);
  outcome result;
  async_connect_ex(socket, server.endpoint(), asio::buffer(flight), options, result.handler());
  run_until(context, [&] { return result.calls != 0; });
  CHECK(result.is_success(flight.size()));
  socket.close();
  run(context);
  CHECK((server.received() == flight));
}

TEST_CASE("a limit that is not needed any more does not keep the handler's execution context busy",
    "[asynchronous]")
{
  asio::io_context io;
  asio::io_context handlers;
  idle_peer server(io);
  full_listener full(io);
  for (const tcp::endpoint& peer : {server.endpoint(), full.endpoint()})
  {
    CAPTURE(peer);
    tcp::socket socket(io);
    outcome result;
    connect_options options;
    options.total_timeout = std::chrono::hours(1);
    async_connect_ex(socket, peer, asio::buffer("x", 1), options,
        asio::bind_executor(handlers, result.handler()));
    if (peer == full.endpoint())
      socket.close();
    const auto deadline = std::chrono::steady_clock::now() + limit;
    while (result.calls == 0 && std::chrono::steady_clock::now() < deadline)
    {
      io.poll_one();
      if (result.calls == 0)
        handlers.poll_one();
    }
    CHECK(result.calls == 1);
    handlers.poll();
    CHECK(handlers.stopped());
    handlers.restart();
  }
}

TEST_CASE("a limit too short for anything still ends the operation once, with timed_out or better")
{
  const bool total = GENERATE(false, true);
  for (int round = 0; round != 50; ++round)
  {
    asio::io_context context;
    sink server(context);
    tcp::socket socket(context);
    connect_options options;
    (total ? options.total_timeout : options.attempt_timeout) = 1ns;
    outcome result;
    async_connect_ex(
        socket, server.endpoint(), asio::buffer("hello", 5), options, result.handler());
    run_until(context, [&] { return result.calls != 0; });
    CAPTURE(result);
    CHECK(result.calls == 1);
    CHECK((result.is_success(5) || result.error == asio::error::timed_out));
  }
}

TEST_CASE("a cancellation is told as a cancellation although there are limits", "[asynchronous]")
{
  asio::io_context context;
  full_listener full(context);
  tcp::socket socket(context, tcp::v4());
  connect_options options;
  options.attempt_timeout = 20s;
  options.total_timeout = 20s;
  asio::cancellation_signal signal;
  outcome result;
  async_connect_ex(socket, full.endpoint(), asio::buffer("lost", 4), options,
      asio::bind_cancellation_slot(signal.slot(), result.handler()));
  context.poll();
  signal.emit(asio::cancellation_type::terminal);
  const auto started = std::chrono::steady_clock::now();
  run(context);
  CHECK(result.is(asio::error::operation_aborted, 0));
  CHECK(std::chrono::steady_clock::now() - started < 10s);
}

TEST_CASE("socket.cancel() and close() are told as cancellations although there are limits",
    "[asynchronous]")
{
  const bool close = GENERATE(false, true);
  asio::io_context context;
  full_listener full(context);
  tcp::socket socket(context, tcp::v4());
  connect_options options;
  options.attempt_timeout = 20s;
  options.retry.max_attempts = 3;
  outcome result;
  async_connect_ex(socket, full.endpoint(), asio::buffer("lost", 4), options, result.handler());
  context.poll();
  if (close)
    socket.close();
  else
    socket.cancel();
  run(context);
  CHECK(result.is(asio::error::operation_aborted, 0));
}

TEST_CASE("after its own time limit the operation connects again if the socket can be used or "
          "opened anew")
{
  const bool opened_here = GENERATE(false, true);
  const reopen_policy reopen =
      GENERATE(reopen_policy::never, reopen_policy::if_opened_here, reopen_policy::always);
  CAPTURE(opened_here, static_cast<int>(reopen));

  asio::io_context context;
  full_backlog full(context);
  std::vector<tcp::socket> accepted;
  tcp::socket socket(context);
  if (!opened_here)
    socket.open(tcp::v4());

  connect_report report;
  connect_options options = reporting_to(report);
  options.attempt_timeout = 100ms;
  options.retry.max_attempts = 40;
  options.retry.backoff = {1ms, 1.0, 1ms, 0.0};
  options.reopen = reopen;
  int prepared = 0;
  options.prepare = [&](connectex::opened_socket&, error_code& error)
  {
    ++prepared;
    socket.set_option(tcp::no_delay(true), error);
  };

  // There is room for all as soon as the first attempt has timed out.
  full.acceptor().non_blocking(true);
  options.retry.predicate = [&](const connectex::connect_attempt& attempt)
  {
    for (;;)
    {
      error_code accept_error;
      tcp::socket peer = full.acceptor().accept(accept_error);
      if (accept_error)
        break;
      accepted.push_back(std::move(peer));
    }
    return attempt.error == asio::error::timed_out;
  };
  outcome result;
  async_connect_ex(socket, full.endpoint(), asio::buffer("hello", 5), options, result.handler());
  run(context);
  CAPTURE(result, report.attempts.size());

#if defined(_WIN32)
  const bool may_reopen =
      reopen == reopen_policy::always || (reopen == reopen_policy::if_opened_here && opened_here);
  const int openings = static_cast<int>(report.attempts.size()) - 1;
#else
  // Linux can forget a connect.
  const bool may_reopen = true;
  const int openings = 0;
#endif
  REQUIRE_FALSE(report.attempts.empty());
  CHECK(report.attempts[0].error == asio::error::timed_out);
  if (may_reopen)
  {
    CHECK(result.is_success(5));
    CHECK(report.attempts.size() >= 2);
    CHECK_FALSE(report.attempts.back().error);
    CHECK(prepared == openings + opened_here);
    tcp::no_delay no_delay;
    socket.get_option(no_delay);
    CHECK(no_delay.value() == (prepared != 0));
    CHECK(socket.remote_endpoint() == full.endpoint());
  }
  else
  {
    CHECK(result.is(asio::error::timed_out, 0));
    CHECK(report.attempts.size() == 1);
    CHECK(socket.is_open());
  }
}

TEST_CASE("no timer is created when none is asked for", "[asynchronous]")
{
  asio::io_context context;
  const refusing_port nobody(context);
  connect_options options;

  SECTION("no options")
  {
    tcp::socket socket(context);
    outcome result;
    async_connect_ex(socket, nobody.endpoint(), asio::buffer("lost", 4), result.handler());
    run(context);
    CHECK_FALSE(has_had_timer(context));
  }
  SECTION("retries that do not wait")
  {
    tcp::socket socket(context);
    options.retry.max_attempts = 3;
    options.retry.backoff.initial = 0ms;
    outcome result;
    async_connect_ex(socket, nobody.endpoint(), asio::buffer("lost", 4), options, result.handler());
    run(context);
    CHECK(result.is(asio::error::connection_refused, 0));
    CHECK_FALSE(has_had_timer(context));
  }
  SECTION("but one is for a limit")
  {
    full_listener full(context);
    tcp::socket socket(context);
    options.attempt_timeout = 10ms;
    outcome result;
    async_connect_ex(socket, full.endpoint(), asio::buffer("lost", 4), options, result.handler());
    run(context);
    CHECK(result.is(asio::error::timed_out, 0));
    CHECK(has_had_timer(context));
  }
}

TEST_CASE("limits, retries and cancellations keep apart on eight threads without a strand")
{
  asio::io_context context;
  auto work = asio::make_work_guard(context);
  const refusing_port nobody(context);
  full_listener full(context);

  struct operation
  {
    explicit operation(asio::io_context& c) : socket(c) {}

    tcp::socket socket;
    asio::cancellation_signal signal;
    connect_report report;
    error_code error;
    std::atomic<int> calls{0};
  };
  constexpr int count = 240;
  std::vector<std::unique_ptr<operation>> operations;
  std::atomic<int> completed{0};

  std::vector<std::thread> threads;
  for (int i = 0; i != 8; ++i)
    threads.emplace_back([&] { context.run(); });

  for (int i = 0; i != count; ++i)
  {
    operations.push_back(std::make_unique<operation>(context));
    operation& op = *operations.back();
    connect_options options = reporting_to(op.report);
    options.retry.max_attempts = i % 3 == 0 ? 4 : 0;
    options.retry.backoff = {1ms, 2.0, 3ms, 1.0};
    options.attempt_timeout = std::chrono::microseconds(500 + 100 * (i % 20));
    options.total_timeout = std::chrono::milliseconds(5 + i % 20);
    options.reopen = reopen_policy::always;
    async_connect_ex(op.socket, i % 2 == 0 ? nobody.endpoint() : full.endpoint(),
        asio::buffer("lost", 4), options,
        asio::bind_cancellation_slot(op.signal.slot(),
            [&op, &completed](const error_code& error, std::size_t)
            {
              op.error = error;
              ++op.calls;
              ++completed;
            }));
  }
  for (int i = 0; i < count; i += 5)
    operations[static_cast<std::size_t>(i)]->signal.emit(asio::cancellation_type::terminal);

  const auto deadline = std::chrono::steady_clock::now() + limit;
  while (completed != count && std::chrono::steady_clock::now() < deadline)
    std::this_thread::yield();
  work.reset();
  const int completed_in_time = completed;
  if (completed_in_time != count)
    context.stop();
  for (std::thread& thread : threads)
    thread.join();
  REQUIRE(completed_in_time == count);

  for (int i = 0; i != count; ++i)
  {
    const operation& op = *operations[static_cast<std::size_t>(i)];
    CAPTURE(i, op.error);
    CHECK(op.calls == 1);
    CHECK((op.error == asio::error::operation_aborted || op.error == asio::error::timed_out
        || op.error == asio::error::connection_refused));
    if (i % 5 != 0)
      CHECK(op.error != asio::error::operation_aborted);

    // On a busy machine the time may be up before the first attempt.
    CHECK((op.error != asio::error::connection_refused || !op.report.attempts.empty()));
  }
}
