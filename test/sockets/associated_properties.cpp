// SPDX-License-Identifier: BSL-1.0

#include <connectex/async_connect_ex.hpp>

#include "support/counting_allocator.hpp"
#include "support/expected.hpp"
#include "support/loopback.hpp"

#include <boost/asio/bind_allocator.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/version.hpp>

#if BOOST_ASIO_VERSION >= 102700
#include <boost/asio/bind_immediate_executor.hpp>
#include <boost/asio/system_executor.hpp>
#endif

#include <array>
#include <future>
#include <stdexcept>
#include <thread>

namespace
{

using namespace test;
using connectex::async_connect_ex;
using connectex::connect_options;

std::array<asio::const_buffer, 2> halves(const std::string& bytes)
{
  return {asio::buffer(bytes, bytes.size() / 2), asio::buffer(bytes) + bytes.size() / 2};
}

} // namespace

TEST_CASE("the handler runs on its own executor, whatever the outcome")
{
  asio::io_context context;
  asio::thread_pool pool(1);
  std::thread::id pool_thread;
  asio::post(pool, [&] { pool_thread = std::this_thread::get_id(); });

  sink server(context);
  const refusing_port nobody(context);
  const std::string bytes = pattern(200000);
  const std::array<tcp::endpoint, 3> peers{server.endpoint(), nobody.endpoint(), tcp::endpoint()};
  for (const tcp::endpoint& peer : peers)
  {
    CAPTURE(peer);
    tcp::socket socket(context);
    std::promise<std::thread::id> ran_on;
    async_connect_ex(socket, peer, asio::buffer(bytes),
        asio::bind_executor(pool.get_executor(),
            [&](const error_code&, std::size_t) { ran_on.set_value(std::this_thread::get_id()); }));

    auto future = ran_on.get_future();
    const auto is_ready = [&]
    { return future.wait_for(std::chrono::milliseconds(1)) == std::future_status::ready; };
    const auto deadline = std::chrono::steady_clock::now() + limit;
    while (!is_ready() && std::chrono::steady_clock::now() < deadline)
      context.run_one_for(std::chrono::milliseconds(10));
    REQUIRE(is_ready());
    CHECK(future.get() == pool_thread);
  }
  pool.join();
  run(context);
}

TEST_CASE("both execution contexts are kept busy until the handler has run")
{
  connect_options retrying;
  retrying.retry.max_attempts = 3;
  retrying.retry.backoff.initial = std::chrono::microseconds(10);
  const std::string bytes = pattern(1000000);
  for (const bool refused : {false, true})
  {
    CAPTURE(refused);
    asio::io_context io;
    asio::io_context handlers;
    asio::io_context elsewhere;
    sink server(elsewhere);
    const refusing_port nobody(elsewhere);
    tcp::socket socket(io);
    outcome result;
    auto handler = asio::bind_executor(handlers,
        [&](const error_code& ec, std::size_t n)
        {
          result.handler()(ec, n);
          socket.close();
        });
    if (refused)
      async_connect_ex(socket, nobody.endpoint(), asio::buffer(bytes), retrying, handler);
    else
      async_connect_ex(socket, server.endpoint(), asio::buffer(bytes), handler);

    // A context without work stops when it is polled, and is not started again.
    const auto deadline = std::chrono::steady_clock::now() + limit;
    while (result.calls == 0 && std::chrono::steady_clock::now() < deadline)
    {
      handlers.poll();
      io.poll();
      elsewhere.poll();
      if (result.calls == 0 && (handlers.stopped() || io.stopped()))
        break;
    }
    CHECK(result.calls == 1);
    CHECK(!result.error != refused);
    run(handlers);
    run(io);
  }
}

TEST_CASE("memory comes from the handler's allocator and is back before the handler is called")
{
  asio::io_context context;
  const refusing_port nobody(context);
  const std::string bytes = pattern(200000);
  const std::array<const char*, 3> outcomes{"success", "refused", "misuse"};
  for (const char* expected : outcomes)
  {
    CAPTURE(expected);
    sink server(context);
    tcp::socket socket(context);
    const tcp::endpoint peer = expected == outcomes[0] ? server.endpoint()
        : expected == outcomes[1]                      ? nobody.endpoint()
                                                       : tcp::endpoint();
    allocation_count count;
    int live_in_handler = -1;
    int calls = 0;
    async_connect_ex(socket, peer, halves(bytes),
        asio::bind_allocator(counting_allocator<void>(count),
            [&](const error_code& ec, std::size_t)
            {
              ++calls;
              live_in_handler = count.live();
              CHECK(!ec == (expected == outcomes[0]));
            }));
    run_until(context, [&] { return calls != 0; });
    CHECK(calls == 1);
    const bool over_at_once = is_over_at_once && expected != outcomes[0];
    CHECK((count.allocated > 0 || expected == outcomes[2] || over_at_once));
    CHECK(live_in_handler == 0);
    CHECK(count.live() == 0);

    socket.close();
    tcp::socket release(context);
    error_code ignored;
    release.connect(server.endpoint(), ignored);
    release.close();
    run(context);
  }
}

TEST_CASE("an exception from the handler comes out of run() and leaves nothing behind")
{
  asio::io_context context;
  sink server(context);
  tcp::socket socket(context);
  allocation_count count;
  async_connect_ex(socket, server.endpoint(), asio::buffer("x", 1),
      asio::bind_allocator(counting_allocator<void>(count),
          [](const error_code&, std::size_t) { throw std::runtime_error("from the handler"); }));

  CHECK_THROWS_AS(context.run_for(limit), std::runtime_error);
  CHECK(count.live() == 0);

  // The connection is as good as if the handler had returned.
  CHECK(asio::write(socket, asio::buffer("y", 1)) == 1);
  socket.close();
  run(context);
  CHECK(server.received() == "xy");
}

TEST_CASE("a pending operation dies with its io_context without calling the handler")
{
  allocation_count count;
  int calls = 0;
  const auto token = std::make_shared<int>(0);
  {
    asio::io_context context;
    full_listener full(context);
    tcp::socket socket(context);
    const std::string bytes = pattern(1000);
    async_connect_ex(socket, full.endpoint(), halves(bytes),
        asio::bind_allocator(counting_allocator<void>(count),
            [&calls, token](const error_code&, std::size_t) { ++calls; }));
    context.poll();
    CHECK(token.use_count() > 1);
  }
  CHECK(calls == 0);
  CHECK(token.use_count() == 1);
  CHECK(count.live() == 0);
}

TEST_CASE("a handler that owns its allocator's memory outlives what was allocated from it")
{
  allocation_count count;
  int live_when_freed = -1;
  {
    asio::io_context context;
    full_listener full(context);
    tcp::socket socket(context);
    const std::string bytes = pattern(1000);
    const std::shared_ptr<void> memory(nullptr, [&](void*) { live_when_freed = count.live(); });
    async_connect_ex(socket, full.endpoint(), halves(bytes), connect_options(),
        asio::bind_allocator(
            counting_allocator<void>(count), [memory](const error_code&, std::size_t) {}));
    context.poll();
  }
  CHECK(live_when_freed == 0);
}

#if BOOST_ASIO_VERSION >= 102700

TEST_CASE("what fails at once completes on the handler's immediate executor")
{
  asio::io_context context;
  tcp::socket socket(context);
  asio::cancellation_signal signal;
  outcome result;
  async_connect_ex(socket, tcp::endpoint(), asio::buffer("x", 1), connect_options(),
      asio::bind_cancellation_slot(
          signal.slot(), asio::bind_immediate_executor(asio::system_executor(), result.handler())));
  CHECK(result.calls == 1);

  // As work would that comes and goes without the context.
  CHECK_FALSE(context.stopped());
  CHECK(result.error == boost::system::errc::address_not_available);
  run(context);
  CHECK(result.calls == 1);
}

TEST_CASE("an immediate executor is used only for an operation that is over at once")
{
  asio::io_context context;
  sink server(context);
  const refusing_port nobody(context);
  for (const tcp::endpoint& peer : {server.endpoint(), nobody.endpoint()})
  {
    tcp::socket socket(context);
    asio::cancellation_signal signal;
    outcome result;
    async_connect_ex(socket, peer, asio::buffer("x", 1),
        asio::bind_cancellation_slot(signal.slot(),
            asio::bind_immediate_executor(asio::system_executor(), result.handler())));
    CHECK(result.calls == (is_over_at_once ? 1 : 0));
    run_until(context, [&] { return result.calls != 0; });
    CHECK(result.calls == 1);
  }
  run(context);

  full_listener full(context);
  tcp::socket socket(context);
  outcome result;
  async_connect_ex(socket, full.endpoint(), asio::buffer("x", 1),
      asio::bind_immediate_executor(asio::system_executor(), result.handler()));
  CHECK(result.calls == 0);
  socket.close();
  run(context);
  CHECK(result.is(asio::error::operation_aborted, 0));
}

#endif
