// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_TEST_SUPPORT_WEBSOCKET_ECHO_HPP
#define CONNECTEX_TEST_SUPPORT_WEBSOCKET_ECHO_HPP

#include "asio_names.hpp"
#include "catch.hpp"
#include "run.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket/stream.hpp>

#include <future>
#include <utility>

namespace test
{

/// A WebSocket server for one client, which it sends its first message back. It blocks a thread of
/// its own: as a coroutine it would be a fifth of what a test with a WebSocket compiles to.
/**
 * Declare it before the client's stream: it waits for its thread, which ends with the connection.
 */
class websocket_echo
{
public:
  /// @param open What makes the stream below the WebSocket of the accepted socket.
  template <typename Open>
  asio::awaitable<void> serve_one(tcp::acceptor& acceptor, Open open)
  {
    tcp::socket accepted = co_await acceptor.async_accept(asio::use_awaitable);
    acceptor.close();
    end_ = std::async(
        std::launch::async, [open](tcp::socket socket) { return echo(open(std::move(socket))); },
        std::move(accepted));
  }

  /// The error that has ended it.
  error_code end()
  {
    REQUIRE((end_.wait_for(limit) == std::future_status::ready));
    return end_.get();
  }

private:
  template <typename Stream>
  static error_code echo(Stream lower)
  {
    boost::beast::websocket::stream<Stream> stream(std::move(lower));
    boost::beast::flat_buffer message;
    error_code error;
    stream.accept(error);
    if (!error)
      stream.read(message, error);
    if (!error)
      stream.write(message.data(), error);
    if (!error)
      stream.read(message, error);
    return error;
  }

  std::future<error_code> end_;
};

} // namespace test

#endif // CONNECTEX_TEST_SUPPORT_WEBSOCKET_ECHO_HPP
