// SPDX-License-Identifier: BSL-1.0

#include <connectex/async_connect_ex.hpp>
#include <connectex/lazy_connect_stream.hpp>

#include "support/counting_allocator.hpp"
#include "support/expected.hpp"
#include "support/lazy_stream.hpp"
#include "support/owner_of_memory.hpp"

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/bind_allocator.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/io_context_strand.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/asio/version.hpp>

#if BOOST_ASIO_VERSION >= 102700
#include <boost/asio/bind_immediate_executor.hpp>
#include <boost/asio/system_executor.hpp>
#endif

#include <array>
#include <atomic>
#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <stdexcept>
#include <type_traits>
#include <utility>
#include <vector>

namespace
{

using namespace test;
using connectex::lazy_connect_stream;

using endpoints = std::vector<tcp::endpoint>;
using signature = void(error_code, std::size_t);

template <typename Future, typename... Contexts>
auto get(Future& future, Contexts&... contexts)
{
  poll_until([&] { return future.wait_for(std::chrono::seconds(0)) == std::future_status::ready; },
      contexts...);
  return future.get();
}

/// How a test ends the connect of a stream.
enum class ending
{
  success,
  refusal,
  race_failure
};

const std::vector<ending> every_ending = {ending::success, ending::refusal, ending::race_failure};

void arm_for(ending wanted, lazy_stream& given, sink& server, const refusing_port& nobody)
{
  if (wanted == ending::success)
    given.arm(server.endpoint());
  else if (wanted == ending::refusal)
    given.arm(nobody.endpoint());
  else
    given.arm(endpoints{nobody.endpoint(), nobody.endpoint()});
}

} // namespace

// Tokens

TEST_CASE_METHOD(lazy_stream, "a future is told of the connect, of the wait and of a transfer")
{
  sink server(context);
  arm(server.endpoint());
  auto first = stream.async_write_some(asio::buffer(greeting), asio::use_future);
  auto second = stream.async_write_some(asio::buffer(greeting), asio::use_future);
  CHECK(get(first, context) == greeting.size());
  CHECK(get(second, context) == greeting.size());
  auto third = stream.async_write_some(asio::buffer(greeting), asio::use_future);
  CHECK(get(third, context) == greeting.size());
  socket().close();
  run(context);
  CHECK(server.received() == greeting + greeting + greeting);
}

TEST_CASE_METHOD(
    lazy_stream, "a deferred transfer begins when it is called, and owns its buffers' sequence")
{
  sink server(context);
  arm(server.endpoint());
  auto deferred = [&]
  {
    const std::vector<asio::const_buffer> buffers{asio::buffer(greeting), asio::buffer(greeting)};
    return stream.async_write_some(buffers, asio::deferred);
  }();
  CHECK(context.poll() == 0);
  CHECK_FALSE(socket().is_open());
  outcome result;
  std::move(deferred)(result.handler());
  result.await(context);
  CHECK(result.is_success(2 * greeting.size()));
  close();
}

TEST_CASE_METHOD(lazy_stream, "a group of a read and a write shares one connect")
{
  sink server(context);
  arm(server.endpoint());
  std::array<char, 64> memory{};
  const auto read = stream.async_read_some(asio::buffer(memory), asio::deferred);
  const auto write = stream.async_write_some(asio::buffer(greeting), asio::deferred);
  const bool reads_first = GENERATE(true, false);
  bool done = false;
  const auto check = [&](std::array<std::size_t, 2>, const error_code& first, std::size_t,
                         const error_code& second, std::size_t)
  {
    CHECK_FALSE(first);
    CHECK_FALSE(second);
    done = true;
  };
  if (reads_first)
    asio::experimental::make_parallel_group(read, write)
        .async_wait(asio::experimental::wait_for_all(), check);
  else
    asio::experimental::make_parallel_group(write, read)
        .async_wait(asio::experimental::wait_for_all(), check);
  run_until(context, [&] { return server.accepted(); });
  CHECK_FALSE(done);
  asio::write(server.socket(), asio::buffer(banner));
  run_until(context, [&] { return done; });
  CHECK(std::string(memory.data(), banner.size()) == banner);
  CHECK(report.attempts.size() == 1);
  CHECK(report.first_flight == path_of(greeting.size()));
  close();
}

TEST_CASE_METHOD(lazy_stream, "a group that ends with its first cancels what waits for the connect")
{
  full_listener silent(context);
  arm(silent.endpoint());
  std::array<char, 64> memory{};
  asio::steady_timer timer(context, std::chrono::milliseconds(5));
  bool done = false;
  asio::experimental::make_parallel_group(
      stream.async_read_some(asio::buffer(memory), asio::deferred),
      stream.async_write_some(asio::buffer(greeting), asio::deferred),
      timer.async_wait(asio::deferred))
      .async_wait(asio::experimental::wait_for_one(),
          [&](std::array<std::size_t, 3> order, const error_code& read, std::size_t,
              const error_code& written, std::size_t, const error_code& waited)
          {
            CHECK(order[0] == 2);
            CHECK(read == asio::error::operation_aborted);
            CHECK(written == asio::error::operation_aborted);
            CHECK_FALSE(waited);
            done = true;
          });
  run(context);
  CHECK(done);
  CHECK_FALSE(socket().is_open());
}

TEST_CASE_METHOD(lazy_stream, "a handler may be one that can only be moved and called once")
{
  struct once
  {
    void operator()(const error_code& error, std::size_t bytes) &&
    {
      result->handler()(error, bytes);
    }

    outcome* result;
    std::unique_ptr<int> owned = std::make_unique<int>(1);
  };
  sink server(context);
  arm(server.endpoint());
  outcome nothing;
  outcome read;
  outcome written;
  std::array<char, 64> memory{};
  stream.async_write_some(asio::const_buffer(), once{&nothing});
  stream.async_read_some(asio::buffer(memory), once{&read});
  stream.async_write_some(asio::buffer(greeting), once{&written});
  written.await(context);
  CHECK(written.is_success(greeting.size()));
  nothing.await(context);
  CHECK(nothing.is_success(0));
  run_until(context, [&] { return server.accepted(); });
  server.socket().shutdown(tcp::socket::shutdown_send);
  read.await(context);
  CHECK(read.is(asio::error::eof, 0));
  close();
}

TEST_CASE_METHOD(lazy_stream, "a handler without its type has all that is associated with it")
{
  const ending wanted = GENERATE(from_range(every_ending));
  sink server(context);
  const refusing_port nobody(context);
  arm_for(wanted, *this, server, nobody);
  allocation_count count;
  int live = -1;
  bool on_strand = false;
  outcome first;
  transfer answer;
  auto strand = asio::make_strand(context);
  asio::any_completion_handler<signature> handler = asio::bind_executor(strand,
      asio::bind_allocator(counting_allocator<void>(count),
          [&](const error_code& error, std::size_t bytes)
          {
            first.handler()(error, bytes);
            on_strand = strand.running_in_this_thread();
            live = count.live();
          }));
  read(answer);
  stream.async_write_some(asio::buffer(greeting), std::move(handler));
  first.await(context);
  CHECK(!first.error == (wanted == ending::success));
  CHECK(on_strand);
  CHECK(live == 0);
  socket().close();
  server.visit();
  run(context);
  CHECK(answer.result.calls == 1);
}

// Executors

TEST_CASE_METHOD(lazy_stream, "each handler is called on its own executor, whatever the outcome")
{
  const ending wanted = GENERATE(from_range(every_ending));
  sink server(context);
  const refusing_port nobody(context);
  arm_for(wanted, *this, server, nobody);
  asio::io_context elsewhere;
  auto strand = asio::make_strand(elsewhere);
  const auto on_strand = [&](std::promise<bool>& told)
  {
    return asio::bind_executor(strand,
        [&](const error_code&, std::size_t) { told.set_value(strand.running_in_this_thread()); });
  };
  std::promise<bool> nothing;
  std::promise<bool> read;
  std::promise<bool> first;
  std::promise<bool> second;
  std::array<char, 64> memory{};

  // Everything is run by this thread: a stream is used in one strand.
  stream.async_read_some(asio::mutable_buffer(), on_strand(nothing));
  stream.async_read_some(asio::buffer(memory), on_strand(read));
  stream.async_write_some(asio::buffer(greeting), on_strand(first));
  stream.async_write_some(asio::buffer(greeting), on_strand(second));
  for (std::promise<bool>* told : {&nothing, &first, &second})
  {
    auto future = told->get_future();
    CHECK(get(future, context, elsewhere));
  }
  socket().close();
  auto future = read.get_future();
  CHECK(get(future, context, elsewhere));
  server.visit();
  run(context);
}

TEST_CASE_METHOD(lazy_stream, "both execution contexts are kept busy while a transfer waits")
{
  asio::io_context handlers;
  full_listener silent(context);
  arm(silent.endpoint());
  outcome first;
  outcome second;
  stream.async_write_some(asio::buffer(greeting), first.handler());
  stream.async_write_some(asio::buffer(greeting), asio::bind_executor(handlers, second.handler()));
  handlers.poll();
  context.poll();
  CHECK_FALSE(handlers.stopped());
  CHECK_FALSE(context.stopped());
  socket().close();
  poll_until([&] { return first.calls + second.calls == 2; }, context, handlers);
  CHECK(first.is(asio::error::operation_aborted, 0));
  CHECK(second.is(asio::error::operation_aborted, 0));
}

TEST_CASE_METHOD(lazy_stream,
    "the context of a handler without its type is kept busy until the handler is called")
{
  asio::io_context handlers;
  full_listener silent(context);
  arm(silent.endpoint());
  outcome first;
  stream.async_write_some(asio::buffer(greeting),
      asio::any_completion_handler<signature>(asio::bind_executor(handlers, first.handler())));
  handlers.poll();
  context.poll();
  CHECK_FALSE(handlers.stopped());
  socket().close();
  context.poll();
  CHECK(first.calls == 0);
  handlers.poll();
  CHECK(first.is(asio::error::operation_aborted, 0));
}

TEST_CASE_METHOD(
    lazy_stream, "a write is told when a read has begun whose executor comes late to its turn")
{
  sink server(context);
  arm(server.endpoint());
  asio::io_context late;
  transfer first;
  outcome answer;
  std::array<char, 64> memory{};
  write(first);
  stream.async_read_some(asio::buffer(memory), asio::bind_executor(late, answer.handler()));
  run_until(context, [&] { return server.accepted(); });
  asio::write(server.socket(), asio::buffer(banner));
  context.poll();
  CHECK(first.result.calls == 0);
  poll_until([&] { return answer.calls + first.result.calls == 2; }, context, late);
  CHECK(first.result.is_success(greeting.size()));
  CHECK(answer.is_success(banner.size()));
  close();
}

TEST_CASE_METHOD(
    lazy_stream, "a read whose executor comes late to its turn does not read from another socket")
{
  sink server(context);
  full_listener silent(context);
  arm(server.endpoint());
  asio::io_context late;
  transfer first;
  transfer again;
  outcome answer;
  std::array<char, 64> memory{};
  write(first);
  stream.async_read_some(asio::buffer(memory), asio::bind_executor(late, answer.handler()));
  run_until(context, [&] { return report.elapsed.count() != 0; });
  context.poll();
  socket().close();
  SECTION("when the socket is closed") {}
  SECTION("when the stream connects again, perhaps by a socket of the same number")
  {
    arm(silent.endpoint());
    write(again);
  }
  poll_until([&] { return answer.calls + first.result.calls == 2; }, context, late);
  CHECK(answer.is(asio::error::operation_aborted, 0));
  CHECK(first.result.is_success(greeting.size()));
  socket().close();
  run(context);
}

TEST_CASE("a stream in a strand serves handlers that run in it on several threads")
{
  asio::thread_pool pool(2);
  auto strand = asio::make_strand(pool);
  asio::io_context context;
  sink server(context);
  lazy_connect_stream<> stream(strand);
  std::array<char, 64> memory{};
  std::promise<std::pair<error_code, std::size_t>> read;
  std::atomic<int> written{0};
  asio::post(strand,
      [&]
      {
        stream.connect_on_write(server.endpoint());
        stream.async_read_some(asio::buffer(memory),
            [&](const error_code& error, std::size_t bytes)
            {
              CHECK(strand.running_in_this_thread());
              stream.next_layer().close();
              read.set_value({error, bytes});
            });
        for (int i = 0; i != 10; ++i)
          stream.async_write_some(asio::buffer(greeting),
              [&](const error_code& error, std::size_t) { written += !error; });
      });
  send_banner(context, server);
  auto future = read.get_future();
  CHECK(get(future, context) == std::make_pair(error_code(), banner.size()));
  run(context);
  pool.join();
  CHECK(written == 10);
  CHECK(server.received().size() == 10 * greeting.size());
}

// Memory

TEST_CASE_METHOD(
    lazy_stream, "memory comes from each handler's allocator and is back before its call")
{
  const ending wanted = GENERATE(from_range(every_ending));
  const bool reads_first = GENERATE(false, true);
  sink server(context);
  const refusing_port nobody(context);
  arm_for(wanted, *this, server, nobody);
  allocation_count read_count;
  allocation_count write_count;
  int live_in_read = -1;
  int live_in_write = -1;
  std::array<char, 64> memory{};
  const auto read = [&]
  {
    stream.async_read_some(asio::buffer(memory),
        asio::bind_allocator(counting_allocator<void>(read_count),
            [&](const error_code&, std::size_t) { live_in_read = read_count.live(); }));
  };
  const auto write = [&]
  {
    stream.async_write_some(asio::buffer(greeting),
        asio::bind_allocator(counting_allocator<void>(write_count),
            [&](const error_code&, std::size_t) { live_in_write = write_count.live(); }));
  };
  if (reads_first)
  {
    read();
    asio::post(context, write);
  }
  else
  {
    write();
    read();
  }
  run_until(context, [&] { return live_in_write != -1; });
  socket().close();
  server.visit();
  run(context);
  CHECK(live_in_write == 0);
  CHECK(live_in_read == 0);
  CHECK(read_count.allocated > 0);
  CHECK(write_count.allocated > 0);
  CHECK(read_count.live() == 0);
  CHECK(write_count.live() == 0);
}

TEST_CASE_METHOD(lazy_stream, "what a connect allocates comes from its handler's allocator too")
{
  full_listener silent(context);
  arm(silent.endpoint());
  allocation_count by_stream;
  allocation_count by_call;
  stream.async_write_some(asio::buffer(greeting),
      asio::bind_allocator(
          counting_allocator<void>(by_stream), [](const error_code&, std::size_t) {}));
  tcp::socket other(context);
  connectex::async_connect_ex(other, silent.endpoint(), asio::buffer(greeting),
      asio::bind_allocator(
          counting_allocator<void>(by_call), [](const error_code&, std::size_t) {}));
  CHECK(by_call.live() > 0);
  CHECK(by_stream.live() > by_call.live());
  socket().close();
  other.close();
  run(context);
}

TEST_CASE_METHOD(lazy_stream, "an exception from a handler comes out of run() and harms no other")
{
  sink server(context);
  arm(server.endpoint());
  allocation_count count;
  transfer second;
  stream.async_write_some(asio::buffer(greeting),
      asio::bind_allocator(counting_allocator<void>(count),
          [](const error_code&, std::size_t) { throw std::runtime_error("from the handler"); }));
  write(second);
  CHECK_THROWS_AS(context.run_for(limit), std::runtime_error);
  CHECK(count.live() == 0);
  second.result.await(context);
  CHECK(second.result.is_success(greeting.size()));
  close();
  CHECK(server.received() == greeting + greeting);
}

TEST_CASE_METHOD(lazy_stream,
    "a connect whose options throw when it begins closes the socket that it has opened")
{
  sink server(context);
  const bool is_race = GENERATE(false, true);
  options.prepare = [](connectex::opened_socket&, error_code&)
  { throw std::runtime_error("prepare"); };
  const auto arm_stream = [&]
  {
    if (is_race)
      arm(endpoints{server.endpoint()});
    else
      arm(server.endpoint());
  };
  arm_stream();
  outcome never;
  CHECK_THROWS_AS(
      stream.async_write_some(asio::buffer(greeting), never.handler()), std::runtime_error);
  CHECK_FALSE(socket().is_open());

  options.prepare = {};
  arm_stream();
  CHECK(await_write().is_success(greeting.size()));
  CHECK(never.calls == 0);
  close();
  CHECK(server.received() == greeting);
}

namespace
{

/// What an operation is doing when its io_context is destroyed.
enum class pending
{
  nothing, // An empty transfer that has not been told of.
  failed,
  post,
  connect,
  race,
  look_up,
  transfer
};

const std::vector<pending> every_pending = {pending::nothing, pending::failed, pending::post,
    pending::connect, pending::race, pending::look_up, pending::transfer};

/// Destroys an io_context with one read and some writes in that state.
template <typename MakeHandler>
void destroy_pending(pending what, MakeHandler make_handler)
{
  asio::io_context context;
  full_listener silent(context);
  full_listener other(context);
  idle_peer server(context);
  const refusing_port nobody(context);
  std::array<char, 64> memory{};
  connectex::connect_options options;
  options.race.attempt_delay = std::chrono::milliseconds(10);
  options.total_timeout = limit;
  lazy_connect_stream<> stream(context);
  if (what == pending::race)
    stream.connect_on_write(endpoints{silent.endpoint(), other.endpoint()}, options);
  else if (what == pending::look_up)
    stream.connect_on_write(loopback_name(), "1", options);
  else
    stream.connect_on_write(what == pending::failed ? nobody.endpoint()
            : what == pending::transfer             ? server.endpoint()
                                                    : silent.endpoint(),
        options);
  if (what == pending::transfer || what == pending::failed)
  {
    outcome first;
    stream.async_write_some(asio::buffer(greeting), first.handler());
    first.await(context);
  }

  stream.async_write_some(asio::const_buffer(), make_handler());
  if (what == pending::nothing)
    return;
  stream.async_read_some(asio::buffer(memory), make_handler());
  if (what == pending::post || what == pending::transfer)
    return;
  stream.async_write_some(asio::buffer(greeting), make_handler());
  stream.async_write_some(asio::buffer(greeting), make_handler());
  if (what == pending::failed || what == pending::look_up)
    return;
  context.restart();
  context.poll();
}

} // namespace

TEST_CASE("transfers die with their io_context in every state, and give all memory back")
{
  const pending what = GENERATE(from_range(every_pending));
  CAPTURE(static_cast<int>(what));
  allocation_count count;
  int calls = 0;
  const auto token = std::make_shared<int>(0);
  destroy_pending(what,
      [&]
      {
        return asio::bind_allocator(counting_allocator<void>(count),
            [&calls, token](const error_code& error, std::size_t) { calls += !!error; });
      });
  CHECK(calls == 0);
  CHECK(token.use_count() == 1);
  CHECK(count.live() == 0);
  CHECK(count.allocated > 0);
}

TEST_CASE("a handler that owns its allocator's memory outlives what a stream took from it")
{
  const pending what = GENERATE(from_range(every_pending));
  CAPTURE(static_cast<int>(what));
  int left = 0;
  destroy_pending(what, [&] { return owner_of_memory(left); });
  CHECK(left == 0);
}

namespace
{

/// A stream over a socket that asks a function each time it transfers.
struct watched_layer
{
  using executor_type = tcp::socket::executor_type;

  template <typename Context>
  explicit watched_layer(Context& context) : next(context)
  {
  }

  executor_type get_executor() { return next.get_executor(); }
  tcp::socket& socket() { return next; }
  const tcp::socket& socket() const { return next; }

  template <typename ConstBufferSequence, typename WriteToken>
  auto async_write_some(const ConstBufferSequence& buffers, WriteToken&& token)
  {
    on_transfer();
    return next.async_write_some(buffers, std::forward<WriteToken>(token));
  }

  template <typename MutableBufferSequence, typename ReadToken>
  auto async_read_some(const MutableBufferSequence& buffers, ReadToken&& token)
  {
    on_transfer();
    return next.async_read_some(buffers, std::forward<ReadToken>(token));
  }

  tcp::socket next;
  std::function<void()> on_transfer;
};

} // namespace

TEMPLATE_TEST_CASE("what waits for a stream's connect goes on in the strand of its handler", "",
    asio::io_context::strand, asio::strand<asio::any_io_executor>)
{
  asio::io_context context;
  sink server(context);
  const auto strand = [&]() -> TestType
  {
    if constexpr (std::is_constructible_v<TestType, asio::io_context&>)
      return TestType(context);
    else
      return TestType(context.get_executor());
  }();
  int in_strand = 0;
  lazy_connect_stream<watched_layer> stream(context);
  stream.next_layer().on_transfer = [&] { in_strand += strand.running_in_this_thread(); };
  stream.connect_on_write(server.endpoint());
  outcome first;
  outcome second;
  asio::dispatch(strand,
      [&]
      {
        stream.async_write_some(
            asio::buffer(greeting), asio::bind_executor(strand, first.handler()));
        stream.async_write_some(
            asio::buffer(greeting), asio::bind_executor(strand, second.handler()));
      });
  second.await(context);
  CHECK(first.is_success(greeting.size()));
  CHECK(second.is_success(greeting.size()));
  CHECK(in_strand == 1);
}

TEST_CASE("a handler without its type dies with its io_context in every state")
{
  const pending what = GENERATE(from_range(every_pending));
  CAPTURE(static_cast<int>(what));
  allocation_count count;
  destroy_pending(what,
      [&]() -> asio::any_completion_handler<signature>
      {
        return asio::bind_allocator(
            counting_allocator<void>(count), [](const error_code&, std::size_t) {});
      });
  CHECK(count.live() == 0);
}

namespace
{

/// As a program may have its own: one that Asio does not know.
struct foreign_slot
{
  bool is_connected() const noexcept { return slot.is_connected(); }
  bool has_handler() const noexcept { return slot.has_handler(); }

  template <typename CancellationHandler, typename... Args>
  CancellationHandler& emplace(Args&&... args)
  {
    return slot.emplace<CancellationHandler>(std::forward<Args>(args)...);
  }

  asio::cancellation_slot slot;
};

} // namespace

TEST_CASE_METHOD(lazy_stream, "a handler stops its connect through a slot of another type")
{
  full_listener silent(context);
  arm(silent.endpoint());
  asio::cancellation_signal signal;
  outcome stopped;
  stream.async_write_some(asio::buffer(greeting),
      asio::bind_cancellation_slot(foreign_slot{signal.slot()}, stopped.handler()));
  context.poll();
  CHECK(stopped.calls == 0);
  signal.emit(asio::cancellation_type::terminal);
  run(context);
  CHECK(stopped.is(asio::error::operation_aborted, 0));
}

TEST_CASE_METHOD(
    lazy_stream, "a stream has failed, and what waits is told, when the handler that connects dies")
{
  full_listener silent(context);
  arm(silent.endpoint());
  const bool reads = GENERATE(false, true);
  outcome never;
  std::array<char, 64> memory{};
  auto elsewhere = std::make_unique<asio::io_context>();
  if (reads)
    stream.async_read_some(asio::buffer(memory), asio::bind_executor(*elsewhere, never.handler()));
  else
    stream.async_write_some(
        asio::buffer(greeting), asio::bind_executor(*elsewhere, never.handler()));
  context.poll();
  elsewhere->poll();
  transfer second;
  transfer answer;
  write(second);
  read(answer);

  // Its end is on its way to a context that does not run any more.
  socket().cancel();
  context.restart();
  context.poll();
  CHECK(second.result.calls == 0);
  elsewhere.reset();
  context.restart();
  context.poll();
  CHECK(never.calls == 0);
  CHECK(second.result.is(asio::error::operation_aborted, 0));
  CHECK(answer.result.is(asio::error::operation_aborted, 0));
  transfer later;
  write(later);
  context.restart();
  context.poll();
  CHECK(later.result.is(asio::error::not_connected, 0));

  socket().close();
  sink server(context);
  arm(server.endpoint());
  transfer anew;
  write(anew);
  context.restart();
  anew.result.await(context);
  CHECK(anew.result.is_success(greeting.size()));
  close();
}

TEST_CASE_METHOD(lazy_stream, "a connect that is over at once posts its handler once")
{
  arm(tcp::endpoint(asio::ip::address_v4::broadcast(), 9));
  outcome result;
  stream.async_write_some(asio::buffer(greeting), result.handler());
  CHECK(result.calls == 0);
  CHECK(context.poll_one() == 1);
  CHECK(result.calls == 1);
  CHECK(result.error);
}

#if BOOST_ASIO_VERSION >= 102700

TEST_CASE_METHOD(lazy_stream, "what needs no connect completes on the handler's immediate executor")
{
  const bool failed = GENERATE(false, true);
  refusing_port nobody(context);
  arm(nobody.endpoint());
  if (failed)
  {
    transfer first;
    write(first);
    run(context);
  }
  outcome nothing;
  stream.async_read_some(asio::mutable_buffer(),
      asio::bind_immediate_executor(asio::system_executor(), nothing.handler()));
  CHECK(nothing.is_success(0));
  if (failed)
  {
    outcome next;
    stream.async_write_some(asio::buffer(greeting),
        asio::bind_immediate_executor(asio::system_executor(), next.handler()));
    CHECK(next.is(asio::error::not_connected, 0));
  }
}

namespace
{

/// Writes as the first through @p given, which is armed.
template <typename Executor>
void check_connect_over_at_once(lazy_stream& given, const Executor& immediate)
{
  outcome first;
  given.stream.async_write_some(
      asio::buffer(greeting), asio::bind_immediate_executor(immediate, first.handler()));
  CHECK(first.calls == (is_over_at_once ? 1 : 0));
  run_until(given.context, [&] { return first.calls != 0; });
  CHECK(first.is_success(greeting.size()));
}

} // namespace

TEST_CASE_METHOD(lazy_stream, "a connect that is over at once completes on the immediate executor")
{
  sink server(context);
  SECTION("to one endpoint") { arm(server.endpoint()); }
  SECTION("to the only one of several") { arm(endpoints{server.endpoint()}); }
  check_connect_over_at_once(*this, asio::system_executor());
  close();
  CHECK(server.received() == greeting);
}

TEST_CASE_METHOD(lazy_stream, "an immediate executor may be one without its type")
{
  sink server(context);
  arm(server.endpoint());
  check_connect_over_at_once(*this, asio::any_io_executor(asio::system_executor()));
}

TEST_CASE_METHOD(
    lazy_stream, "a connect that is over at once is not told of before what waits for it has begun")
{
  sink server(context);
  transfer second;
  options.prepare = [&](connectex::opened_socket&, error_code&) { write(second); };
  arm(server.endpoint());
  outcome first;
  stream.async_write_some(asio::buffer(greeting),
      asio::bind_immediate_executor(asio::system_executor(), first.handler()));
  CHECK(first.calls == 0);
  run_until(context, [&] { return first.calls + second.result.calls == 2; });
  CHECK(first.is_success(greeting.size()));
  CHECK(second.result.is_success(greeting.size()));
  close();
  CHECK(server.received() == greeting + greeting);
}

TEST_CASE("a connect that is over before its context runs does not stop it")
{
  asio::io_context context;
  lazy_connect_stream<> stream(context);

  // Wine 10 tells later that an address cannot be reached.
  connectex::connect_options options;
  options.total_timeout = std::chrono::seconds(0);
  stream.connect_on_write(tcp::endpoint(asio::ip::address_v4::loopback(), 9), options);
  outcome first;
  stream.async_write_some(asio::buffer(greeting),
      asio::bind_immediate_executor(asio::system_executor(), first.handler()));
  CHECK(first.error == asio::error::timed_out);
  CHECK_FALSE(context.stopped());
  bool is_run = false;
  asio::post(context, [&] { is_run = true; });
  context.run_for(limit);
  CHECK(is_run);
}

TEST_CASE_METHOD(
    lazy_stream, "a connect that is over at once still completes on the handler's own executor")
{
  sink server(context);
  arm(server.endpoint());
  asio::io_context other;
  outcome first;
  stream.async_write_some(asio::buffer(greeting),
      asio::bind_executor(
          other, asio::bind_immediate_executor(asio::system_executor(), first.handler())));
  context.poll();
  CHECK(first.calls == 0);
  poll_until([&] { return first.calls != 0; }, context, other);
  CHECK(first.is_success(greeting.size()));
  close();
  CHECK(server.received() == greeting);
}

TEST_CASE_METHOD(
    lazy_stream, "an immediate executor with threads of its own has no part in the stream")
{
  sink server(context);
  arm(server.endpoint());
  asio::io_context other;
  outcome first;
  stream.async_write_some(
      asio::buffer(greeting), asio::bind_immediate_executor(other.get_executor(), first.handler()));
  if (is_over_at_once)
  {
    // Nobody waits for the other context: the connect is over for all operations.
    outcome second;
    stream.async_write_some(asio::buffer(greeting), second.handler());
    run_until(context, [&] { return second.calls != 0; });
    CHECK(second.is_success(greeting.size()));
    CHECK(first.calls == 0);
  }
  poll_until([&] { return first.calls != 0; }, other, context);
  CHECK(first.is_success(greeting.size()));
}

TEST_CASE_METHOD(lazy_stream,
    "a read that connects does not complete on the immediate executor once it is started")
{
  arm(tcp::endpoint(asio::ip::address_v4::broadcast(), 9));
  asio::io_context other;
  outcome read;
  char memory[1];
  stream.async_read_some(
      asio::buffer(memory), asio::bind_immediate_executor(other.get_executor(), read.handler()));
  CHECK(read.calls == 0);
  run_until(context, [&] { return read.calls != 0; });
  CHECK(read.error);
  CHECK(other.poll() == 0);
}

#endif
