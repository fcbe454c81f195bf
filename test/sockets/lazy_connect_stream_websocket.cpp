// SPDX-License-Identifier: BSL-1.0

#include <connectex/beast.hpp>

#include "support/coroutines.hpp"
#include "support/expected.hpp"
#include "support/failing_layer.hpp"
#include "support/loopback.hpp"
#include "support/websocket_echo.hpp"

#include <boost/beast/core.hpp>
#include <boost/beast/websocket.hpp>

#include <chrono>
#include <string>
#include <type_traits>

namespace test
{

// What Beast asks of a next layer of the user's.

template <typename TeardownHandler>
void async_teardown(boost::beast::role_type role, failing_layer& layer, TeardownHandler&& handler)
{
  boost::beast::websocket::async_teardown(
      role, layer.socket(), std::forward<TeardownHandler>(handler));
}

inline void beast_close_socket(failing_layer& layer)
{
  error_code ignored;
  layer.socket().close(ignored);
}

} // namespace test

namespace
{

using namespace test;
using namespace std::chrono_literals;
namespace beast = boost::beast;
namespace websocket = beast::websocket;
using connectex::connect_report;
using connectex::lazy_connect_stream;

tcp::socket without_tls(tcp::socket accepted) { return accepted; }

template <typename NextLayer>
using websocket_over = websocket::stream<lazy_connect_stream<NextLayer>>;

/// Says hello, hears it again and closes; ends at the first error.
template <typename NextLayer>
asio::awaitable<void> say_hello(
    websocket_over<NextLayer>& stream, std::string& heard, error_code& error)
{
  co_await stream.async_handshake("localhost", "/", into(error));
  if (!error)
    co_await stream.async_write(asio::buffer("hello", 5), into(error));
  beast::flat_buffer answer;
  if (!error)
    co_await stream.async_read(answer, into(error));
  heard = beast::buffers_to_string(answer.data());
  if (!error)
    co_await stream.async_close(websocket::close_code::normal, into(error));

  // A server that waits for more learns that there is none.
  error_code ignored;
  stream.next_layer().lowest_layer().close(ignored);
}

} // namespace

TEST_CASE("a WebSocket's upgrade request rides in the connect, and it works to its end")
{
  asio::io_context context;
  tcp::acceptor acceptor(context, loopback_v4());
  websocket_echo echo;
  connect_report report;
  websocket_over<tcp::socket> stream(context);
  stream.next_layer().connect_on_write(acceptor.local_endpoint(), {.report = &report});

  std::string heard;
  error_code error;
  run_together(context, say_hello(stream, heard, error), echo.serve_one(acceptor, without_tls));
  CHECK(!error);
  CHECK(heard == "hello");
  CHECK(echo.end() == websocket::error::closed);
  CHECK(report.attempts.size() == 1);
  CHECK(report.first_flight == path_of(1));
  CHECK((report.bytes_in_connect != 0) == (bytes_in_connect_of(1) != 0));
}

TEMPLATE_TEST_CASE(
    "the end of a WebSocket closes the socket below", "", tcp::socket, beast::tcp_stream)
{
  asio::io_context context;
  sink server(context);
  lazy_connect_stream<TestType> stream(context);
  outcome connected;
  stream.connect_on_write(server.endpoint());
  stream.async_write_some(asio::buffer("x", 1), connected.handler());
  run_until(context, [&] { return connected.calls != 0 && server.accepted(); });
  server.socket().shutdown(tcp::socket::shutdown_send);

  bool is_over = false;
  error_code error;
  SECTION("asynchronous")
  {
    async_teardown(beast::role_type::client, stream,
        [&](const error_code& result)
        {
          is_over = true;
          error = result;
        });
  }
  // Beast itself has none for its stream.
  if constexpr (std::is_same_v<TestType, tcp::socket>)
  {
    SECTION("synchronous")
    {
      teardown(beast::role_type::client, stream, error);
      is_over = true;
    }
  }
  run_until(context, [&] { return is_over && server.ended(); });
  CHECK(!error);
  CHECK_FALSE(stream.lowest_layer().is_open());
  CHECK(server.received() == "x");
}

TEST_CASE("the handshake timeout of a WebSocket ends its connect")
{
  asio::io_context context;
  const full_listener silent(context);
  connect_report report;
  websocket_over<tcp::socket> stream(context);
  stream.set_option(websocket::stream_base::timeout{50ms, 0ms, false});
  stream.next_layer().connect_on_write(silent.endpoint(), {.report = &report});

  std::string heard;
  error_code error;
  run_together(context, say_hello(stream, heard, error));
  CHECK(error == beast::error::timeout);
  REQUIRE(report.attempts.size() == 1);
  CHECK(report.attempts[0].outcome == connectex::attempt_outcome::cancelled);
  CHECK(report.elapsed >= 40ms);
  run(context);
}

TEST_CASE("an error of the next layer reaches the WebSocket that uses it")
{
  const auto say_hello_by_failing_layer = [](int good)
  {
    asio::io_context context;
    tcp::acceptor acceptor(context, loopback_v4());
    websocket_echo echo;
    websocket_over<failing_layer> stream(context);
    stream.next_layer().connect_on_write(acceptor.local_endpoint());
    stream.next_layer().next_layer().fail_after(good);

    hello_over_layer result;
    run_together(context, say_hello(stream, result.heard, result.error),
        echo.serve_one(acceptor, without_tls));
    result.layer_has_failed = stream.next_layer().next_layer().has_failed();
    return result;
  };

  // The answer to the handshake, the message and its echo, and two frames that close.
  CHECK(fail_each_in_turn(say_hello_by_failing_layer) >= 4);
}
