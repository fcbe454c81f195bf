// SPDX-License-Identifier: BSL-1.0

#include <connectex/async_connect_ex_race.hpp>

#include "support/counting_allocator.hpp"
#include "support/loopback.hpp"
#include "support/race_outcome.hpp"

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/bind_allocator.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/io_context_strand.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>

#include <future>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

namespace
{

using namespace test;
using connectex::async_connect_ex;
using connectex::connect_options;

/// A sequence that does not own its elements.
struct endpoint_view
{
  const tcp::endpoint* begin() const { return first; }
  const tcp::endpoint* end() const { return last; }

  const tcp::endpoint* first;
  const tcp::endpoint* last;
};

} // namespace

TEST_CASE("a race takes any completion token")
{
  asio::io_context context;
  sink peer(context);
  tcp::socket socket(context);
  const std::string port = port_of(peer.endpoint());
  SECTION("a future")
  {
    std::future<std::tuple<tcp::endpoint, std::size_t>> done =
        async_connect_ex(socket, "127.0.0.1", port, asio::buffer(greeting), asio::use_future);

    // Its promise may be kept on a thread of the system's.
    poll_until([&] { return done.wait_for(std::chrono::seconds(0)) == std::future_status::ready; },
        context);
    CHECK(done.get() == std::make_tuple(peer.endpoint(), greeting.size()));
  }
  SECTION("a coroutine")
  {
    bool done = false;
    asio::co_spawn(
        context,
        [&]() -> asio::awaitable<void>
        {
          const auto [connected, sent] = co_await async_connect_ex(
              socket, "127.0.0.1", port, asio::buffer(greeting), asio::use_awaitable);
          CHECK(connected == peer.endpoint());
          CHECK(sent == greeting.size());
          done = true;
        },
        [](std::exception_ptr) {});
    run_until(context, [&] { return done; });
  }
  SECTION("a deferred operation, which keeps the endpoints")
  {
    race_outcome result;
    auto deferred = [&]
    {
      const std::vector<tcp::endpoint> all(3, peer.endpoint());
      return async_connect_ex(socket, endpoint_view{all.data(), all.data() + all.size()},
          asio::buffer(greeting), asio::deferred);
    }();
    std::move(deferred)(result.handler());
    result.await(context);
    CHECK(result.is_success(peer.endpoint(), greeting.size()));
  }
  SECTION("a deferred operation, which keeps the strings")
  {
    race_outcome result;
    auto deferred = [&]
    {
      const std::string host = "127.0.0.1";
      return async_connect_ex(
          socket, host, std::string(port), asio::buffer(greeting), asio::deferred);
    }();
    std::move(deferred)(result.handler());
    result.await(context);
    CHECK(result.is_success(peer.endpoint(), greeting.size()));
  }
  socket.close();
  run(context);
  CHECK(peer.received() == greeting);
}

TEST_CASE("the handler of a race runs on its associated executor")
{
  asio::io_context context;
  asio::thread_pool pool(1);
  refusing_port closed(context);
  sink peer(context);
  tcp::socket socket(context);
  std::promise<bool> on_pool;
  async_connect_ex(socket, std::vector<tcp::endpoint>{closed.endpoint(), peer.endpoint()},
      asio::buffer(greeting),
      asio::bind_executor(asio::make_strand(pool),
          [&](const error_code& error, const tcp::endpoint&, std::size_t)
          {
            socket.close();
            on_pool.set_value(!error && pool.get_executor().running_in_this_thread());
          }));
  run(context);
  pool.join();
  CHECK(on_pool.get_future().get());
  CHECK(peer.received() == greeting);
}

TEST_CASE("the handler of a race without an executor runs on that of the socket")
{
  asio::io_context context;
  refusing_port closed(context);
  sink peer(context);
  const std::vector<tcp::endpoint> endpoints{closed.endpoint(), peer.endpoint()};
  const auto race = [&](auto strand, auto& socket)
  {
    bool on_strand = false;
    async_connect_ex(socket, endpoints, asio::buffer(greeting),
        [&](const error_code& error, const tcp::endpoint&, std::size_t)
        {
          on_strand = !error && strand.running_in_this_thread();
          socket.close();
        });
    run(context);
    return on_strand;
  };
  SECTION("that can be erased")
  {
    const auto strand = asio::make_strand(context);
    asio::basic_stream_socket<tcp, asio::strand<asio::io_context::executor_type>> socket(strand);
    CHECK(race(strand, socket));
  }
  SECTION("that cannot")
  {
    const asio::io_context::strand strand(context);
    asio::basic_stream_socket<tcp, asio::io_context::strand> socket(strand);
    CHECK(race(strand, socket));
  }
}

TEST_CASE("a race takes memory from the handler's allocator and gives it back before the handler")
{
  asio::io_context context;
  refusing_port closed(context);
  full_listener silent(context);
  sink peer(context);
  tcp::socket socket(context);
  connect_options options;
  options.race.attempt_delay = shortest_delay;
  options.total_timeout = endless_delay;
  allocation_count count;
  int live = -1;
  async_connect_ex(socket,
      std::vector<tcp::endpoint>{closed.endpoint(), silent.endpoint(), peer.endpoint()},
      asio::buffer(greeting), options,
      asio::bind_allocator(counting_allocator<void>(count),
          [&](const error_code& error, const tcp::endpoint&, std::size_t)
          {
            CHECK_FALSE(error);
            live = count.live();
            socket.close();
          }));
  run(context);
  CHECK(live == 0);
  CHECK(count.allocated > 3);
  CHECK(peer.received() == greeting);
}

TEST_CASE(
    "a pending race dies with its io_context, and gives all memory back before its handler dies")
{
  // A handler may own what its allocator takes memory from.
  allocation_count count;
  int live_with_handler = 0;
  const auto record = [&](const int* alive)
  {
    delete alive;
    live_with_handler = count.live();
  };
  bool called = false;
  {
    asio::io_context context;
    full_listener first(context);
    full_listener second(context);
    tcp::socket socket(context);
    connect_options options;
    options.race.attempt_delay = shortest_delay;
    int started = 0;
    options.prepare = [&](connectex::opened_socket&, error_code&) { ++started; };
    async_connect_ex(socket, std::vector<tcp::endpoint>{first.endpoint(), second.endpoint()},
        asio::buffer(greeting), options,
        asio::bind_allocator(counting_allocator<void>(count),
            [&, alive = std::unique_ptr<const int, decltype(record)>(new int(0), record)](
                const error_code&, const tcp::endpoint&, std::size_t) { called = true; }));
    run_until(context, [&] { return started == 2; });
    // The handler, the race, and of each attempt the options and the step.
    CHECK(count.live() > 5);
  }
  CHECK_FALSE(called);
  CHECK(live_with_handler == 0);
  CHECK(count.live() == 0);
}

TEST_CASE("the handler of a race may be one that can only be moved")
{
  asio::io_context context;
  refusing_port closed(context);
  sink peer(context);
  tcp::socket socket(context);
  bool called = false;
  async_connect_ex(socket, std::vector<tcp::endpoint>{closed.endpoint(), peer.endpoint()},
      asio::buffer(greeting),
      [&, own = std::make_unique<int>(1)](
          const error_code& error, const tcp::endpoint&, std::size_t)
      {
        called = !error && *own == 1;
        socket.close();
      });
  run(context);
  CHECK(called);
}

// Handlers whose type was erased by the caller

using any_race_handler = asio::any_completion_handler<void(error_code, tcp::endpoint, std::size_t)>;

TEST_CASE("an any_completion_handler of a race is called where and with the memory it wants")
{
  asio::io_context context;
  asio::thread_pool handlers(1);
  refusing_port closed(context);
  sink peer(context);
  tcp::socket socket(context);
  allocation_count count;
  race_outcome result;
  std::promise<bool> on_pool;
  const auto executor = handlers.get_executor();
  any_race_handler handler = asio::bind_executor(executor,
      asio::bind_allocator(counting_allocator<void>(count),
          [&](const error_code& error, const tcp::endpoint& endpoint, std::size_t bytes)
          {
            result.handler()(error, endpoint, bytes);
            on_pool.set_value(executor.running_in_this_thread() && count.live() == 0);
          }));
  SECTION("several endpoints")
  {
    async_connect_ex(socket, std::vector<tcp::endpoint>{closed.endpoint(), peer.endpoint()},
        asio::buffer(greeting), std::move(handler));
    // The handler, once erased by the test and once more, and the race.
    CHECK(count.live() > 2);
  }
  SECTION("one endpoint")
  {
    async_connect_ex(socket, std::vector<tcp::endpoint>{peer.endpoint()}, asio::buffer(greeting),
        std::move(handler));
  }
  SECTION("a name")
  {
    async_connect_ex(
        socket, "127.0.0.1", port_of(peer.endpoint()), asio::buffer(greeting), std::move(handler));
  }
  auto done = on_pool.get_future();
  poll_until(
      [&] { return done.wait_for(std::chrono::seconds(0)) == std::future_status::ready; }, context);
  CHECK(done.get());
  CHECK(result.is_success(peer.endpoint(), greeting.size()));
}

TEST_CASE("an any_completion_handler without an executor is called on that of the socket")
{
  asio::io_context context;
  full_listener first(context);
  full_listener second(context);
  tcp::socket socket(context);
  asio::cancellation_signal signal;
  race_outcome result;
  bool on_context = false;
  connect_options options;
  options.race.attempt_delay = shortest_delay;
  any_race_handler handler = asio::bind_cancellation_slot(signal.slot(),
      [&](const error_code& error, const tcp::endpoint& endpoint, std::size_t bytes)
      {
        result.handler()(error, endpoint, bytes);
        on_context = context.get_executor().running_in_this_thread();
      });
  async_connect_ex(socket, std::vector<tcp::endpoint>{first.endpoint(), second.endpoint()},
      asio::buffer(greeting), options, std::move(handler));
  asio::post(context, [&] { signal.emit(asio::cancellation_type::total); });
  result.await(context);
  CHECK(on_context);
  CHECK(result.is_failure(asio::error::operation_aborted));
}
