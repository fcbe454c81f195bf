// SPDX-License-Identifier: BSL-1.0

// A listener whose backlog is full leaves everybody waiting. One client gives up by its time limit,
// one is cancelled, and one tries again until there is room.

#include "full_listener.hpp"

#include <connectex/connectex.hpp>

#include <boost/asio.hpp>

#include <chrono>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <stdexcept>
#include <string>
#include <utility>

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using namespace std::chrono_literals;

const std::string hello = "hello\n";

/// Attempt after attempt, each for at most 100 ms, until @p limit.
connectex::connect_options impatient(
    std::chrono::milliseconds limit, connectex::connect_report& report)
{
  connectex::connect_options options;
  options.attempt_timeout = 100ms;
  options.total_timeout = limit;
  options.retry.max_attempts = 0;
  options.retry.backoff = {10ms, 2.0, 50ms, 0.5};
  options.report = &report;
  return options;
}

void print(
    const std::string& title, const error_code& result, const connectex::connect_report& report)
{
  std::cout << title << ":\n"
            << report << "\nresult: " << (result ? result.message() : "connected") << "\n\n";
}

asio::awaitable<bool> gives_up(tcp::endpoint peer)
{
  tcp::socket socket(co_await asio::this_coro::executor);
  connectex::connect_report report;
  error_code result;
  co_await connectex::async_connect_ex(socket, peer, asio::buffer(hello), impatient(350ms, report),
      asio::redirect_error(asio::use_awaitable, result));
  print("A time limit of 350 ms", result, report);
  const bool in_time = report.elapsed >= 350ms;
  co_return in_time&& result == connectex::condition::timed_out;
}

asio::awaitable<bool> is_cancelled(tcp::endpoint peer)
{
  const auto executor = co_await asio::this_coro::executor;
  tcp::socket socket(executor);
  asio::cancellation_signal cancellation;
  asio::steady_timer timer(executor, 250ms);
  timer.async_wait(
      [&](const error_code& error)
      {
        if (!error)
          cancellation.emit(asio::cancellation_type::terminal);
      });

  connectex::connect_report report;
  error_code result;
  co_await connectex::async_connect_ex(socket, peer, asio::buffer(hello), impatient(20s, report),
      asio::bind_cancellation_slot(
          cancellation.slot(), asio::redirect_error(asio::use_awaitable, result)));
  print("Cancelled after 250 ms", result, report);
  const bool in_time = report.elapsed < 20s;
  co_return in_time&& result == connectex::condition::aborted;
}

asio::awaitable<bool> gets_through(tcp::endpoint peer)
{
  tcp::socket socket(co_await asio::this_coro::executor);
  connectex::connect_report report;
  error_code result;
  co_await connectex::async_connect_ex(socket, peer, asio::buffer(hello), impatient(20s, report),
      asio::redirect_error(asio::use_awaitable, result));
  print("Room after 250 ms", result, report);
  co_return !result && report.attempts.size() > 1;
}

asio::awaitable<bool> make_room(tcp::acceptor& acceptor)
{
  asio::steady_timer late(acceptor.get_executor(), 250ms);
  co_await late.async_wait(asio::use_awaitable);
  const tcp::socket filler = co_await acceptor.async_accept(asio::use_awaitable);

  // On some systems connects that the client has given up come first, and end without a byte.
  std::string received;
  while (received.empty())
  {
    tcp::socket peer = co_await acceptor.async_accept(asio::use_awaitable);
    error_code end;
    co_await asio::async_read(
        peer, asio::dynamic_buffer(received), asio::redirect_error(asio::use_awaitable, end));
  }
  co_return received == hello;
}

int main()
{
  try
  {
    asio::io_context context;
    example::full_listener listener(context);
    const tcp::endpoint peer = listener.acceptor.local_endpoint();

    const auto run = [&](asio::awaitable<bool> client)
    {
      auto good = asio::co_spawn(context, std::move(client), asio::use_future);
      context.restart();
      context.run_for(60s);
      if (!context.stopped())
        throw std::runtime_error("it hangs");
      return good.get();
    };
    bool good = run(gives_up(peer));
    good = run(is_cancelled(peer)) && good;
    auto room = asio::co_spawn(context, make_room(listener.acceptor), asio::use_future);
    good = run(gets_through(peer)) && good;
    good = room.get() && good;
    return good ? EXIT_SUCCESS : EXIT_FAILURE;
  }
  catch (const std::exception& error)
  {
    std::cerr << error.what() << '\n';
    return EXIT_FAILURE;
  }
}
