// SPDX-License-Identifier: BSL-1.0

#include <connectex/async_connect_ex.hpp>
#include <connectex/lazy_connect_stream.hpp>

#include "support/counting_allocator.hpp"
#include "support/heap_count.hpp"
#include "support/loopback.hpp"

#include <boost/asio/bind_allocator.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <array>
#include <functional>

namespace
{

using namespace test;
using connectex::async_connect_ex;

constexpr int warm_up = 10;
constexpr int counted = 20;

/// Repeats connect, count, close on the thread that runs the context, where Asio recycles memory.
class repeated_connect
{
public:
  using start_function = std::function<void(repeated_connect&)>;

  explicit repeated_connect(start_function start) : start_(std::move(start)) {}

  void run()
  {
    asio::post(context, [this] { next(); });
    test::run(context);
    REQUIRE(rounds_ == warm_up + counted);
  }

  /// To be called by the operation's handler.
  void finished(const error_code& ec)
  {
    if (rounds_ >= warm_up)
      heap_allocations += heap_count() - before_;
    failures += !!ec;
    socket.close();
    ++rounds_;
    asio::post(context, [this] { next(); });
  }

  asio::io_context context;
  tcp::acceptor acceptor{context, loopback_v4()};
  tcp::endpoint peer = acceptor.local_endpoint();
  tcp::socket socket{context};
  long heap_allocations = 0;
  int failures = 0;

private:
  void next()
  {
    if (rounds_ == warm_up + counted)
      return;
    if (rounds_ != 0)
      acceptor.accept().close();
    socket.open(tcp::v4());
    before_ = heap_count();
    start_(*this);
  }

  start_function start_;
  int rounds_ = 0;
  long before_ = 0;
};

/// What the heap gives for writes and reads by a stream in steady state.
template <typename Stream>
long allocations_of_transfers(asio::io_context& context, Stream& stream, tcp::socket& peer)
{
  long heap_allocations = 0;
  std::array<char, 64> memory{};
  for (int round = 0; round != warm_up + counted; ++round)
  {
    asio::write(peer, asio::buffer(greeting));
    const long before = heap_count();
    int calls = 0;

    // On the thread that runs the context, where Asio recycles memory.
    asio::post(context,
        [&]
        {
          const auto count = [&](const error_code& error, std::size_t) { calls += !error; };
          stream.async_write_some(asio::buffer(greeting), count);
          stream.async_read_some(asio::buffer(memory), count);
        });
    run_until(context, [&] { return calls == 2; });
    if (round >= warm_up)
      heap_allocations += heap_count() - before;
  }
  return heap_allocations;
}

} // namespace

TEST_CASE("the counter counts")
{
  const long before = heap_count();
  ::operator delete(::operator new(1));
  CHECK(heap_count() - before == 1);
}

TEST_CASE("a call with a callback takes nothing from the heap in steady state")
{
  repeated_connect repeated(
      [](repeated_connect& self)
      {
        async_connect_ex(self.socket, self.peer, asio::buffer(greeting),
            [&self](const error_code& ec, std::size_t) { self.finished(ec); });
      });
  repeated.run();
  CHECK(repeated.failures == 0);
  CHECK(repeated.heap_allocations == 0);
}

TEST_CASE("a call with several small buffers takes nothing from the heap in steady state")
{
  const std::array<asio::const_buffer, 2> buffers{asio::buffer(greeting), asio::buffer(greeting)};
  repeated_connect repeated(
      [&](repeated_connect& self)
      {
        async_connect_ex(self.socket, self.peer, buffers,
            [&self](const error_code& ec, std::size_t) { self.finished(ec); });
      });
  repeated.run();
  CHECK(repeated.failures == 0);
  CHECK(repeated.heap_allocations == 0);
}

TEST_CASE("a call that can be cancelled takes nothing from the heap in steady state")
{
  asio::cancellation_signal signal;
  repeated_connect repeated(
      [&](repeated_connect& self)
      {
        async_connect_ex(self.socket, self.peer, asio::buffer(greeting),
            asio::bind_cancellation_slot(
                signal.slot(), [&self](const error_code& ec, std::size_t) { self.finished(ec); }));
      });
  repeated.run();
  CHECK(repeated.failures == 0);
  CHECK(repeated.heap_allocations == 0);
}

TEST_CASE("a coroutine's call takes nothing from the heap in steady state")
{
  asio::io_context context;
  tcp::acceptor acceptor(context, loopback_v4());
  long heap_allocations = 0;
  const auto connect_again_and_again = [&]() -> asio::awaitable<void>
  {
    tcp::socket socket(context);
    for (int round = 0; round != warm_up + counted; ++round)
    {
      socket.open(tcp::v4());
      const long before = heap_count();
      co_await async_connect_ex(
          socket, acceptor.local_endpoint(), asio::buffer(greeting), asio::use_awaitable);
      if (round >= warm_up)
        heap_allocations += heap_count() - before;
      socket.close();
      acceptor.accept().close();
    }
  };
  asio::co_spawn(context, connect_again_and_again,
      [](std::exception_ptr failure)
      {
        if (failure)
          std::rethrow_exception(failure);
      });
  run(context);
  CHECK(heap_allocations == 0);
}

TEST_CASE("a handler's allocator serves a call alone")
{
  allocation_count count;
  repeated_connect repeated(
      [&](repeated_connect& self)
      {
        async_connect_ex(self.socket, self.peer, asio::buffer(greeting),
            asio::bind_allocator(counting_allocator<void>(count),
                [&self](const error_code& ec, std::size_t) { self.finished(ec); }));
      });
  repeated.run();
  CHECK(repeated.failures == 0);

  // The allocator of this test takes from the heap, once for each time it is asked.
  CHECK(count.live() == 0);
#if defined(_WIN32)
  CHECK(count.allocated == warm_up + counted);
#endif
  CHECK(repeated.heap_allocations * (warm_up + counted) == count.allocated * counted);
}

TEST_CASE("a connected stream's transfers take from the heap what the socket's take")
{
  asio::io_context context;
  tcp::acceptor acceptor(context, loopback_v4());
  connectex::lazy_connect_stream<> stream(context);
  stream.connect_on_write(acceptor.local_endpoint());
  outcome first;
  stream.async_write_some(asio::buffer(greeting), first.handler());
  first.await(context);
  REQUIRE(first.is_success(greeting.size()));
  tcp::socket peer = acceptor.accept();
  const long by_socket = allocations_of_transfers(context, stream.next_layer(), peer);
  CHECK(allocations_of_transfers(context, stream, peer) == by_socket);

  // A handler's allocator serves one operation of the socket's, and nothing else.
  allocation_count bare;
  allocation_count forwarded;
  outcome done;
  stream.next_layer().async_write_some(asio::buffer(greeting),
      asio::bind_allocator(counting_allocator<void>(bare), [](const error_code&, std::size_t) {}));
  stream.async_write_some(asio::buffer(greeting),
      asio::bind_allocator(counting_allocator<void>(forwarded), done.handler()));
  done.await(context);
  CHECK(forwarded.allocated == bare.allocated);
}
