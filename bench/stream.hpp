// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_BENCH_STREAM_HPP
#define CONNECTEX_BENCH_STREAM_HPP

#include <connectex/lazy_connect_stream.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <string>
#include <string_view>
#include <utility>

// A request and its answer, over a stream of either kind.

namespace bench
{

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

using lazy_stream = connectex::lazy_connect_stream<>;

constexpr std::string_view request = "GET / HTTP/1.1\r\nHost: bench.example\r\n\r\n";
constexpr std::string_view answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

inline asio::awaitable<void> connect(tcp::socket& socket, const tcp::endpoint& peer)
{
  co_await socket.async_connect(peer, asio::use_awaitable);
}

inline asio::awaitable<void> connect(lazy_stream& stream, const tcp::endpoint& peer)
{
  stream.connect_on_write(peer);
  co_return;
}

struct no_pause
{
  void operator()() const noexcept {}
};

/// Calls @p pause between the request and the answer.
template <typename Stream, typename Pause = no_pause>
asio::awaitable<void> ask(Stream& stream, Pause pause = {})
{
  std::string received(answer.size(), '\0');
  co_await asio::async_write(stream, asio::buffer(request), asio::use_awaitable);
  pause();
  co_await asio::async_read(stream, asio::buffer(received), asio::use_awaitable);
}

/// Answers a request, and waits until the client has closed the connection.
template <typename Stream>
asio::awaitable<void> respond(Stream& stream)
{
  std::string received;
  error_code end;
  co_await asio::async_read_until(
      stream, asio::dynamic_buffer(received), "\r\n\r\n", asio::use_awaitable);
  co_await asio::async_write(stream, asio::buffer(answer), asio::use_awaitable);
  co_await asio::async_read(
      stream, asio::dynamic_buffer(received), asio::redirect_error(asio::use_awaitable, end));
}

inline asio::awaitable<void> respond_to(tcp::socket socket) { co_await respond(socket); }

inline asio::awaitable<void> serve(tcp::acceptor& acceptor)
{
  for (;;)
  {
    tcp::socket socket = co_await acceptor.async_accept(asio::use_awaitable);
    asio::co_spawn(acceptor.get_executor(), respond_to(std::move(socket)), asio::detached);
  }
}

} // namespace bench

#endif // CONNECTEX_BENCH_STREAM_HPP
