// SPDX-License-Identifier: BSL-1.0

// The programs of doc/options.md, as they stand there. It is compiled; it does not run.

#include <connectex/connectex.hpp>

#include <boost/asio.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>

#include <chrono>
#include <csignal>
#include <iostream>
#include <list>
#include <string>
#include <variant>

namespace options_guide
{

namespace asio = boost::asio;
using asio::ip::tcp;
using namespace std::chrono_literals;

connectex::connect_options interactive_tool()
{
  connectex::connect_options options;
  options.total_timeout = 10s;
  options.on_attempt = [](const connectex::connect_attempt& attempt)
  { std::cerr << attempt << '\n'; };
  return options;
}

connectex::connect_options crawler()
{
  connectex::connect_options options;
  options.attempt_timeout = 3s;
  options.total_timeout = 15s;
  options.retry.max_attempts = 3;
  options.retry.backoff = {200ms, 2.0, 2s, 1.0};
  return options;
}

connectex::connect_options database_pool()
{
  connectex::connect_options options;
  options.attempt_timeout = 2s;
  options.total_timeout = 10s;
  options.retry.max_attempts = 0;
  options.retry.backoff = {50ms, 2.0, 1s, 1.0};
  options.prepare = [](connectex::opened_socket& socket, boost::system::error_code& error)
  {
    socket.set_option(tcp::no_delay(true), error);
    if (!error)
      socket.set_option(asio::socket_base::keep_alive(true), error);
  };
  return options;
}

connectex::connect_options waiting_daemon()
{
  connectex::connect_options options;
  options.attempt_timeout = 5s;
  options.retry.max_attempts = 0;
  options.retry.backoff = {100ms, 2.0, 30s, 0.5};
  options.retry.predicate = [](const connectex::connect_attempt& attempt)
  {
    return attempt.error == connectex::condition::retryable
        || attempt.error == asio::error::host_unreachable;
  };
  options.on_attempt = [](const connectex::connect_attempt& attempt)
  { std::clog << attempt << '\n'; };
  return options;
}

connectex::connect_options quick_client()
{
  connectex::connect_options options;
  options.race.attempt_delay = 100ms;
  options.attempt_timeout = 800ms;
  options.total_timeout = 2s;
  options.prepare = [](connectex::opened_socket& socket, boost::system::error_code& error)
  { socket.set_option(tcp::no_delay(true), error); };
  return options;
}

// clang-format off
asio::awaitable<std::string> ask(std::string host, std::string request)
{
  tcp::socket socket(co_await asio::this_coro::executor);
  connectex::connect_options options;
  options.total_timeout = 5s;
  co_await connectex::async_connect_ex(
      socket, host, "http", asio::buffer(request), options, asio::use_awaitable);

  using namespace asio::experimental::awaitable_operators;
  asio::steady_timer limit(socket.get_executor(), 20s);
  std::string answer;
  const auto ended = co_await (
      asio::async_read(socket, asio::dynamic_buffer(answer, 1 << 20),
          asio::as_tuple(asio::use_awaitable))
      || limit.async_wait(asio::as_tuple(asio::use_awaitable)));
  if (ended.index() == 1)
    throw boost::system::system_error(asio::error::timed_out);
  if (const auto [error, size] = std::get<0>(ended); error != asio::error::eof)
    throw boost::system::system_error(error ? error : asio::error::message_size);
  co_return answer;
}
// clang-format on

asio::awaitable<void> session(std::string host) { co_await ask(host, "GET / HTTP/1.0\r\n\r\n"); }

// clang-format off
/// @param hosts One at least.
void run_until_interrupted(const std::list<std::string>& hosts)
{
  asio::io_context context;
  asio::signal_set interrupt(context, SIGINT, SIGTERM);
  std::list<asio::cancellation_signal> stops;
  std::size_t running = hosts.size();

  for (const std::string& host : hosts)
  {
    asio::co_spawn(context, session(host),
        asio::bind_cancellation_slot(stops.emplace_back().slot(),
            [&](std::exception_ptr)
            {
              if (--running == 0)
                interrupt.cancel();
            }));
  }
  interrupt.async_wait(
      [&](const boost::system::error_code& error, int)
      {
        if (error)
          return;
        interrupt.clear();
        for (asio::cancellation_signal& stop : stops)
          stop.emit(asio::cancellation_type::terminal);
      });
  context.run();
}
// clang-format on

} // namespace options_guide
