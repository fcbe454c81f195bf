// SPDX-License-Identifier: BSL-1.0

#include <connectex/lazy_connect_stream.hpp>

#include "support/lazy_stream.hpp"

#include <boost/asio/bind_executor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>

#include <array>
#include <memory>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

namespace
{

using namespace test;
using asio::cancellation_type;
using connectex::connect_attempt;

// Two streams of one socket would share one connect.
static_assert(!std::is_copy_constructible_v<connectex::lazy_connect_stream<>>);
static_assert(!std::is_copy_constructible_v<connectex::lazy_connect_stream<tcp::socket&>>);
static_assert(!std::is_copy_assignable_v<connectex::lazy_connect_stream<tcp::socket&>>);

/// Makes another connection of the socket, by hand.
void connect_anew(tcp::socket& socket, const tcp::endpoint& peer)
{
  error_code ignored;
  socket.close(ignored);
  socket.connect(peer, ignored);
}

std::size_t bytes_for(tcp::acceptor& acceptor)
{
  tcp::socket visitor = acceptor.accept();
  return visitor.available();
}

tcp::acceptor listener(asio::io_context& context) { return {context, loopback_v4()}; }

} // namespace

TEST_CASE("a read that is cancelled when the connection stands ends after a waiting write began")
{
  lazy_stream given;
  tcp::acceptor first = listener(given.context);
  tcp::acceptor second = listener(given.context);
  transfer answer;
  transfer waiting;
  error_code told;
  given.options.on_attempt = [&](const connect_attempt&)
  { answer.signal.emit(cancellation_type::terminal); };
  given.arm(first.local_endpoint());
  given.stream.async_read_some(asio::buffer(answer.memory),
      asio::bind_cancellation_slot(answer.signal.slot(),
          [&](const error_code& error, std::size_t)
          {
            told = error;
            connect_anew(given.socket(), second.local_endpoint());
          }));
  run_until(given.context, [&] { return given.socket().is_open(); });
  given.write(waiting);
  run(given.context);
  CHECK(told == asio::error::operation_aborted);
  CHECK(waiting.result.is_success(greeting.size()));
  CHECK(bytes_for(first) == greeting.size());
  CHECK(bytes_for(second) == 0);
}

TEST_CASE("a write that has connected is told before reads that have waited, though they are done")
{
  lazy_stream given;
  tcp::acceptor server = listener(given.context);
  tcp::socket peer(given.context);
  given.options.on_attempt = [&](const connect_attempt&)
  {
    server.accept(peer);
    asio::write(peer, asio::buffer(banner));
  };
  given.arm(server.local_endpoint());
  std::vector<int> told;
  std::array<char, 2> memory{};
  given.stream.async_write_some(
      asio::buffer(greeting), [&](const error_code&, std::size_t) { told.push_back(0); });
  for (int i = 1; i != 3; ++i)
  {
    given.stream.async_read_some(asio::buffer(&memory[static_cast<std::size_t>(i - 1)], 1),
        [&told, i](const error_code&, std::size_t) { told.push_back(i); });
  }
  run(given.context);
  REQUIRE(told.size() == 3);
  CHECK(told.front() == 0);
}

TEST_CASE("nothing that waited is done on the socket's next connection, on several threads")
{
  constexpr int rounds = 500;
  constexpr int waiting = 4;
  int wrong = 0;
  for (int round = 0; round != rounds; ++round)
  {
    asio::io_context context;
    tcp::acceptor first = listener(context);
    tcp::acceptor second = listener(context);
    const auto strand = asio::make_strand(context);
    using socket_type = asio::basic_stream_socket<tcp, std::decay_t<decltype(strand)>>;
    connectex::lazy_connect_stream<socket_type> stream(strand);
    asio::post(strand,
        [&]
        {
          stream.connect_on_write(first.local_endpoint());
          stream.async_write_some(asio::buffer("1", 1),
              [&](const error_code&, std::size_t)
              {
                error_code ignored;
                stream.next_layer().close(ignored);
                stream.next_layer().connect(second.local_endpoint(), ignored);
              });
          for (int i = 0; i != waiting; ++i)
            stream.async_write_some(asio::buffer("2", 1), [](const error_code&, std::size_t) {});
        });
    std::vector<std::thread> threads;
    for (int i = 0; i != 3; ++i)
      threads.emplace_back([&] { context.run_for(limit); });
    for (std::thread& thread : threads)
      thread.join();
    REQUIRE(context.stopped());
    wrong += bytes_for(second) != 0 ? 1 : 0;
  }
  CHECK(wrong == 0);
}

TEST_CASE("a write that has connected is told although one that waited died without being called")
{
  lazy_stream given;
  tcp::acceptor server = listener(given.context);
  auto other = std::make_unique<asio::io_context>();
  transfer write;
  transfer read;
  given.arm(server.local_endpoint());
  given.write(write);
  given.stream.async_read_some(
      asio::buffer(read.memory), asio::bind_executor(*other, read.result.handler()));
  run_until(given.context, [&] { return given.report.elapsed.count() != 0; });
  given.context.poll();
  CHECK(write.result.calls == 0);
  other.reset();
  run(given.context);
  CHECK(write.result.is_success(greeting.size()));
  CHECK(read.result.calls == 0);
}

TEST_CASE("a connect that is over keeps nothing that its options hold")
{
  const bool succeeds = GENERATE(false, true);
  lazy_stream given;
  tcp::acceptor server = listener(given.context);
  const refusing_port refusing(given.context);
  auto held = std::make_shared<int>();
  given.options.prepare = [held](connectex::opened_socket&, error_code&) {};
  given.arm(succeeds ? server.local_endpoint() : refusing.endpoint());
  given.options.prepare = nullptr;
  const std::weak_ptr<int> watched = std::exchange(held, nullptr);
  CHECK_FALSE(watched.expired());
  transfer write;
  given.write(write);
  run(given.context);
  CHECK(write.result.calls == 1);
  CHECK(watched.expired());
}
