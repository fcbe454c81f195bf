// SPDX-License-Identifier: BSL-1.0

#include <connectex/async_connect_ex_race.hpp>

#include "support/cancellation_types.hpp"
#include "support/loopback.hpp"
#include "support/race_outcome.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/prefer.hpp>
#include <boost/asio/query.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/require.hpp>

#include <atomic>
#include <functional>
#include <future>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

namespace
{

using namespace test;
using asio::cancellation_type;
using connectex::async_connect_ex;
using connectex::attempt_outcome;
using connectex::connect_attempt;
using connectex::connect_options;
using connectex::connect_report;
using connectex::race_mode;
using connectex::race_payload;

using endpoints = std::vector<tcp::endpoint>;

/// A race that a test can stop.
struct stoppable_race
{
  stoppable_race() : socket(context) {}

  template <typename Endpoints>
  void start(const Endpoints& all, const std::string& flight = greeting)
  {
    async_connect_ex(socket, all, asio::buffer(flight), options,
        asio::bind_cancellation_slot(signal.slot(), result.handler()));
  }

  /// Runs until as many attempts have been prepared.
  void run_until_started(int attempts)
  {
    run_until(context, [&] { return started >= attempts; });
  }

  asio::io_context context;
  connect_report report;
  asio::cancellation_signal signal;
  tcp::socket socket;
  race_outcome result;
  int started = 0;
  connect_options options = counting();

private:
  connect_options counting()
  {
    connect_options counted = racing(shortest_delay, report);
    counted.prepare = [this](connectex::opened_socket&, error_code&) { ++started; };
    return counted;
  }
};

/// An executor that calls a function whenever it is asked for something.
template <typename Executor>
struct observed_executor
{
  template <typename Property>
  auto query(const Property& property) const
      -> decltype(asio::query(std::declval<const Executor&>(), property))
  {
    (*observer)();
    return asio::query(executor, property);
  }

  template <typename Property,
      typename Result = std::decay_t<decltype(asio::require(
          std::declval<const Executor&>(), std::declval<const Property&>()))>>
  observed_executor<Result> require(const Property& property) const
  {
    return {asio::require(executor, property), observer};
  }

  template <typename Property,
      typename Result = std::decay_t<decltype(asio::prefer(
          std::declval<const Executor&>(), std::declval<const Property&>()))>>
  observed_executor<Result> prefer(const Property& property) const
  {
    return {asio::prefer(executor, property), observer};
  }

  template <typename Function>
  void execute(Function&& function) const
  {
    executor.execute(std::forward<Function>(function));
  }

  friend bool operator==(const observed_executor& one, const observed_executor& other) noexcept
  {
    return one.executor == other.executor;
  }

  friend bool operator!=(const observed_executor& one, const observed_executor& other) noexcept
  {
    return !(one == other);
  }

  Executor executor;
  const std::function<void()>* observer;
};

} // namespace

TEST_CASE("each type of cancellation ends a race, and with it every attempt")
{
  const cancellation_type type = GENERATE(from_range(every_type));
  stoppable_race race;
  full_listener first(race.context);
  full_listener second(race.context);
  race.start(endpoints{first.endpoint(), second.endpoint()});
  race.run_until_started(2);
  CHECK(race.result.calls == 0);
  race.signal.emit(type);
  CHECK(race.result.calls == 0);
  run(race.context);

  CAPTURE(race.result, race.report);
  CHECK(race.result.is_failure(asio::error::operation_aborted));
  CHECK_FALSE(race.socket.is_open());
  REQUIRE(race.report.attempts.size() == 2);
  for (const connect_attempt& attempt : race.report.attempts)
  {
    CHECK(attempt.outcome == attempt_outcome::cancelled);
    CHECK(attempt.error == asio::error::operation_aborted);
  }
}

TEST_CASE("a cancellation that comes before the first attempt lets none begin")
{
  const cancellation_type type = GENERATE(from_range(every_type));
  stoppable_race race;
  refusing_port closed(race.context);
  refusing_port other(race.context, second_loopback);
  race.start(endpoints{closed.endpoint(), other.endpoint()});
  race.signal.emit(type);
  CHECK(race.result.calls == 0);
  run(race.context);
  CHECK(race.result.is_failure(asio::error::operation_aborted));
}

TEST_CASE("a cancellation ends a race with an attempt that carries the first flight")
{
  const cancellation_type type = GENERATE(from_range(every_type));
  const bool sequential = GENERATE(false, true);
  stoppable_race race;
  full_listener first(race.context);
  full_listener second(race.context);
  race.options.race.mode = sequential ? race_mode::sequential : race_mode::staggered;
  race.options.race.payload = race_payload::first_attempt;
  race.start(endpoints{first.endpoint(), second.endpoint()});
  race.run_until_started(sequential ? 1 : 2);
  race.signal.emit(type);
  run(race.context);
  CAPTURE(race.result, race.report, sequential);
  CHECK(race.result.is_failure(asio::error::operation_aborted));
  CHECK_FALSE(race.socket.is_open());
  for (const connect_attempt& attempt : race.report.attempts)
    CHECK(attempt.outcome == attempt_outcome::cancelled);
}

TEST_CASE("a total cancellation is kept when the attempt with the first flight fails by itself")
{
  const int steps = GENERATE(0, 1, 2, 3);
  const bool sequential = GENERATE(false, true);
  stoppable_race race;
  refusing_port closed(race.context);
  sink peer(race.context);
  race.options.race.attempt_delay = endless_delay;
  race.options.race.mode = sequential ? race_mode::sequential : race_mode::staggered;
  race.options.race.payload = race_payload::first_attempt;
  race.start(endpoints{closed.endpoint(), peer.endpoint()});
  for (int i = 0; i != steps && race.report.attempts.empty(); ++i)
    race.context.run_one_for(limit);
  if (race.result.calls != 0 || !race.report.attempts.empty())
    return;
  race.signal.emit(cancellation_type::total);
  race.result.await(race.context);
  CAPTURE(race.result, race.report, steps, sequential);
  CHECK(race.result.is_failure(asio::error::operation_aborted));
  CHECK(race.report.attempts.size() <= 1);
  peer.visit();
  run(race.context);
  CHECK(peer.received().empty());
}

TEST_CASE("a total cancellation ends the rounds of an address that refuses")
{
  stoppable_race race;
  refusing_port closed(race.context);
  race.options.retry.max_attempts = 3;
  race.options.retry.backoff.initial = std::chrono::seconds(0);
  async_connect_ex(race.socket, "127.0.0.1", std::to_string(closed.endpoint().port()),
      asio::buffer(greeting), race.options,
      asio::bind_cancellation_slot(race.signal.slot(), race.result.handler()));
  race.run_until_started(1);
  race.signal.emit(cancellation_type::total);
  run(race.context);
  CAPTURE(race.result, race.report);
  CHECK(race.result.is_failure(asio::error::operation_aborted));
  CHECK(race.report.attempts.size() == 1);
}

TEST_CASE("a cancellation ends the wait before another round")
{
  const cancellation_type type = GENERATE(from_range(every_type));
  stoppable_race race;
  refusing_port closed(race.context);
  refusing_port other(race.context, second_loopback);
  race.options.retry.max_attempts = 0;
  race.options.retry.backoff = {endless_delay, 1, endless_delay, 0};
  bool failed = false;
  race.options.retry.predicate = [&](const connect_attempt&) { return failed = true; };
  race.start(endpoints{closed.endpoint(), other.endpoint()});
  run_until(race.context, [&] { return failed; });
  race.signal.emit(type);
  run(race.context);
  CHECK(race.result.is_failure(asio::error::operation_aborted));
  CHECK(race.report.attempts.size() == 2);
}

TEST_CASE("while the first flight is written to the winner, a total cancellation comes too late")
{
  const cancellation_type type = GENERATE(from_range(every_type));
  stoppable_race race;
  full_listener silent(race.context);
  idle_peer peer(race.context);
  const std::string flight(50'000'000, 'x');
  bool connected = false;
  race.options.on_attempt = [&](const connect_attempt& attempt)
  { connected = connected || !attempt.error; };
  race.start(endpoints{silent.endpoint(), peer.endpoint()}, flight);
  poll_until([&] { return connected && peer.socket().is_open() && peer.socket().available() != 0; },
      race.context);
  race.signal.emit(type);
  CHECK(race.result.calls == 0);
  if (type == cancellation_type::total)
  {
    // It was ignored: the write goes on as soon as the peer reads.
    std::string received;
    asio::async_read(
        peer.socket(), asio::dynamic_buffer(received), [](const error_code&, std::size_t) {});
    race.result.await(race.context);
    CHECK(race.result.is_success(peer.endpoint(), flight.size()));
    race.socket.close();
    run(race.context);
    CHECK(received.size() == flight.size());
    return;
  }
  race.result.await(race.context);
  CHECK(race.result.calls == 1);
  CHECK(race.result.error == asio::error::operation_aborted);
  CHECK(race.result.bytes_transferred < flight.size());
  CHECK_FALSE(race.socket.is_open());
  CHECK(race.report.maybe_delivered);
}

TEST_CASE("closing the socket ends the race")
{
  const bool cancelled = GENERATE(false, true);
  stoppable_race race;
  full_listener first(race.context);
  full_listener second(race.context);
  race.start(endpoints{first.endpoint(), second.endpoint()});
  race.run_until_started(2);
  if (cancelled)
    race.socket.cancel();
  else
    race.socket.close();
  run(race.context);
  CAPTURE(race.result, race.report, cancelled);
  CHECK(race.result.is_failure(asio::error::operation_aborted));
  CHECK_FALSE(race.socket.is_open());
  CHECK(race.report.attempts.size() == 2);
}

TEST_CASE("closing the socket from a function in the options ends the race")
{
  stoppable_race race;
  refusing_port closed(race.context);
  refusing_port other(race.context, second_loopback);
  race.options.on_attempt = [&](const connect_attempt&) { race.socket.close(); };
  race.start(endpoints{closed.endpoint(), other.endpoint()});
  run(race.context);
  CHECK(race.result.is_failure(asio::error::operation_aborted));
  CHECK(race.started == 1);
}

TEST_CASE("a connection that has won is lost again if the caller closes the socket before hearing")
{
  stoppable_race race;
  full_listener silent(race.context);
  sink peer(race.context);
  race.options.on_attempt = [&](const connect_attempt& attempt)
  {
    if (!attempt.error)
      race.socket.close();
  };
  race.start(endpoints{silent.endpoint(), peer.endpoint()});
  run(race.context);
  CHECK(race.result.is_failure(asio::error::operation_aborted));
  CHECK_FALSE(race.socket.is_open());
  CHECK(peer.received().empty());
}

TEST_CASE("a connection that has won can be closed while the other attempts end")
{
  stoppable_race race;
  full_listener silent(race.context);
  sink peer(race.context);
  race.options.on_attempt = [&](const connect_attempt& attempt)
  {
    if (attempt.outcome == attempt_outcome::lost)
      race.socket.close();
  };
  async_connect_ex(race.socket, endpoints{silent.endpoint(), peer.endpoint()}, race.options,
      race.result.handler());
  run(race.context);
  CAPTURE(race.result);
  CHECK(race.result.is_failure(asio::error::operation_aborted));
  CHECK_FALSE(race.socket.is_open());
}

TEST_CASE("closing the socket ends the race also when its attempt has made room for others")
{
  stoppable_race race;
  full_listener first(race.context);
  full_listener second(race.context);
  sink peer(race.context);
  race.options.race.max_in_flight = 1;
  race.options.on_attempt = [&](const connect_attempt& attempt)
  {
    if (attempt.outcome == attempt_outcome::given_up)
      race.socket.close();
  };
  race.start(endpoints{first.endpoint(), second.endpoint(), peer.endpoint()});
  race.result.await(race.context);
  CAPTURE(race.result);
  CHECK(race.result.is_failure(asio::error::operation_aborted));
  CHECK_FALSE(race.socket.is_open());
  peer.visit();
  run(race.context);
  CHECK(peer.received().empty());
}

TEST_CASE("a cancellation after the end does nothing")
{
  stoppable_race race;
  refusing_port closed(race.context);
  sink peer(race.context);
  race.start(endpoints{closed.endpoint(), peer.endpoint()});
  race.result.await(race.context);
  race.signal.emit(cancellation_type::terminal);
  CHECK(race.result.is_success(peer.endpoint(), greeting.size()));
  CHECK(race.socket.is_open());
  race.socket.close();
  run(race.context);
  CHECK(race.result.calls == 1);
}

TEST_CASE("a running look-up is abandoned by a cancellation and by a limit")
{
  const bool limit = GENERATE(false, true);
  stoppable_race race;

  // The resolver's one thread is busy with the first, so the second has not been looked up when it
  // is stopped.
  tcp::resolver resolver(race.context);
  resolver.async_resolve(
      "connectex.invalid", "80", [](const error_code&, const tcp::resolver::results_type&) {});
  if (limit)
    race.options.total_timeout = std::chrono::nanoseconds(1);
  async_connect_ex(race.socket, loopback_name(), "80", asio::buffer(greeting), race.options,
      asio::bind_cancellation_slot(race.signal.slot(), race.result.handler()));
  if (!limit)
    race.signal.emit(cancellation_type::total);
  CHECK(race.result.calls == 0);
  race.result.await(race.context);
  CAPTURE(race.result);
  CHECK(race.result.is_failure(
      limit ? error_code(asio::error::timed_out) : error_code(asio::error::operation_aborted)));
  CHECK(race.report.attempts.empty());
  run(race.context);
}

TEST_CASE("an execution context may be destroyed at any moment of a race")
{
  const int steps = GENERATE(range(0, 12));
  const bool by_name = GENERATE(false, true);
  race_outcome result;
  {
    asio::io_context context;
    full_listener silent(context);
    refusing_port closed(context);
    refusing_port other(context, second_loopback);
    tcp::socket socket(context);
    connect_options options;
    options.race.attempt_delay = shortest_delay;
    options.retry.max_attempts = 0;
    options.total_timeout = endless_delay;
    if (by_name)
      async_connect_ex(socket, loopback_name(), std::to_string(silent.endpoint().port()),
          asio::buffer(greeting), options, result.handler());
    else
      async_connect_ex(socket, endpoints{silent.endpoint(), closed.endpoint(), other.endpoint()},
          asio::buffer(greeting), options, result.handler());
    for (int i = 0; i != steps; ++i)
      context.run_one_for(shortest_delay);
  }
  CHECK(result.calls == 0);
}

TEST_CASE("a race can be cancelled from any thread at any moment, and tells its end once")
{
  for (int round = 0; round != 200; ++round)
  {
    asio::io_context context;
    refusing_port closed(context);
    full_listener silent(context);
    sink peer(context);
    tcp::socket socket(context);
    connect_options options;
    options.race.attempt_delay = shortest_delay;
    std::atomic<int> started{0};
    options.prepare = [&](connectex::opened_socket&, error_code&) { ++started; };
    asio::cancellation_signal signal;
    std::promise<error_code> result;
    async_connect_ex(socket, endpoints{closed.endpoint(), silent.endpoint(), peer.endpoint()},
        asio::buffer(greeting), options,
        asio::bind_cancellation_slot(signal.slot(),
            [&](const error_code& error, const tcp::endpoint&, std::size_t)
            {
              socket.close();
              result.set_value(error);
            }));
    std::thread first([&] { context.run_for(limit); });
    std::thread second([&] { context.run_for(limit); });

    // So many attempts, and so many turns more: all of the race has its share of the rounds.
    const auto deadline = std::chrono::steady_clock::now() + limit;
    while (started < round % 4 && std::chrono::steady_clock::now() < deadline)
      context.poll_one();
    for (int turn = 0; turn < round; ++turn)
      context.poll_one();
    signal.emit(cancellation_type::terminal);

    auto told = result.get_future();
    const bool ended = told.wait_for(limit) == std::future_status::ready;

    // The peer is visited when no other thread runs its handlers any more.
    context.stop();
    first.join();
    second.join();
    context.restart();
    peer.visit();
    run(context);
    REQUIRE(ended);
    const error_code error = told.get();
    CAPTURE(error, round);
    CHECK((!error || error == asio::error::operation_aborted));
    CHECK(peer.received() == (error ? "" : greeting));
  }
}

TEST_CASE("the handler's context has work while a cancellation is on its way to a race that ends")
{
  asio::io_context handlers;
  stoppable_race race;
  full_listener first(race.context);
  full_listener second(race.context);

  // The second event is about to enter the strand when the first one ends the race.
  bool is_second = false;
  bool had_work = false;
  const std::function<void()> on_query = [&]
  {
    if (!std::exchange(is_second, false))
      return;
    poll_until([&] { return race.result.calls == 1; }, handlers, race.context);
    handlers.poll();
    had_work = !handlers.stopped();
  };
  async_connect_ex(race.socket, endpoints{first.endpoint(), second.endpoint()},
      asio::buffer(greeting), race.options,
      asio::bind_cancellation_slot(race.signal.slot(),
          asio::bind_executor(
              observed_executor<asio::io_context::executor_type>{
                  handlers.get_executor(), &on_query},
              race.result.handler())));
  poll_until([&] { return race.started == 1; }, race.context, handlers);
  race.signal.emit(cancellation_type::terminal);
  race.context.poll();
  race.signal.emit(cancellation_type::terminal);
  is_second = true;
  race.context.poll();
  CHECK(race.result.is_failure(asio::error::operation_aborted));
  CHECK(had_work);
  poll_until([&] { return handlers.stopped(); }, handlers);
}
