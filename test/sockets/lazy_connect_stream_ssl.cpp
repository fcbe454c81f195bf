// SPDX-License-Identifier: BSL-1.0

#include <connectex/beast.hpp>
#include <connectex/lazy_connect_stream.hpp>

#include "../../example/self_signed.hpp"
#include "support/coroutines.hpp"
#include "support/expected.hpp"
#include "support/failing_layer.hpp"
#include "support/loopback.hpp"
#include "support/websocket_echo.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/websocket.hpp>
#include <boost/beast/websocket/ssl.hpp>

#include <array>
#include <string>
#include <utility>
#include <vector>

namespace
{

using namespace test;
using namespace asio::experimental::awaitable_operators;
namespace beast = boost::beast;
namespace ssl = asio::ssl;
namespace websocket = beast::websocket;
using connectex::connect_options;
using connectex::connect_report;
using connectex::lazy_connect_stream;

using server_stream = ssl::stream<tcp::socket>;

template <typename NextLayer = tcp::socket>
using client_stream = ssl::stream<lazy_connect_stream<NextLayer>>;

struct tls_contexts
{
  tls_contexts()
  {
    const example::self_signed certificate;
    certificate.identify(server);
    certificate.trust(client);
    client.set_verify_mode(ssl::verify_peer);
    client.set_verify_callback(ssl::host_name_verification("localhost"));
  }

  ssl::context server{ssl::context::tlsv13_server};
  ssl::context client{ssl::context::tlsv13_client};
};

tls_contexts& contexts()
{
  static tls_contexts both;
  return both;
}

asio::awaitable<server_stream> accept_tls(tcp::acceptor& acceptor)
{
  server_stream stream(co_await acceptor.async_accept(asio::use_awaitable), contexts().server);
  co_await stream.async_handshake(ssl::stream_base::server, asio::use_awaitable);
  co_return stream;
}

/// Sends back all that it receives until the client ends TLS, which it then does too.
asio::awaitable<void> echo_all(tcp::acceptor& acceptor)
{
  server_stream stream = co_await accept_tls(acceptor);
  std::array<char, 1000> block;
  for (;;)
  {
    error_code end;
    const std::size_t size = co_await stream.async_read_some(asio::buffer(block), into(end));
    if (end)
      break;
    co_await asio::async_write(stream, asio::buffer(block, size), asio::use_awaitable);
  }
  co_await stream.async_shutdown(asio::use_awaitable);
}

/// Says hello, hears it again and ends; ends at the first error.
template <typename NextLayer>
asio::awaitable<void> say_hello(
    client_stream<NextLayer>& stream, std::string& heard, error_code& error)
{
  heard.assign(5, '\0');
  co_await stream.async_handshake(ssl::stream_base::client, into(error));
  if (!error)
    co_await asio::async_write(stream, asio::buffer("hello", 5), into(error));
  if (!error)
    co_await asio::async_read(stream, asio::buffer(heard), into(error));
  if (!error)
    co_await stream.async_shutdown(into(error));

  // A server that waits for more learns that there is none.
  error_code ignored;
  stream.lowest_layer().close(ignored);
}

/// As many bytes as the smallest ClientHello has.
constexpr std::size_t client_hello = 100;

void check_ride(const connect_report& report)
{
  CHECK(report.first_flight == path_of(client_hello));
  CHECK(report.bytes_in_connect >= bytes_in_connect_of(client_hello));
}

} // namespace

TEMPLATE_TEST_CASE("a ClientHello rides in the connect, and TLS works to its end", "", tcp::socket,
    beast::tcp_stream)
{
  asio::io_context context;
  tcp::acceptor acceptor(context, loopback_v4());
  connect_report report;
  client_stream<TestType> stream(context, contexts().client);
  stream.next_layer().connect_on_write(acceptor.local_endpoint(), {.report = &report});

  std::string heard;
  error_code error;
  run_together(context, say_hello(stream, heard, error), echo_all(acceptor));
  CHECK(!error);
  CHECK(heard == "hello");
  CHECK(std::string(SSL_get_version(stream.native_handle())) == "TLSv1.3");
  CHECK(report.attempts.size() == 1);
  check_ride(report);
}

TEST_CASE("a ClientHello that the first of two servers has refused rides to the second")
{
  asio::io_context context;
  const refusing_port nobody(context);
  tcp::acceptor acceptor(context, loopback_v4());
  const std::vector<tcp::endpoint> peers{nobody.endpoint(), acceptor.local_endpoint()};
  connect_report report;
  connect_options options;
  options.race.payload = connectex::race_payload::first_attempt;
  options.report = &report;
  client_stream<> stream(context, contexts().client);
  stream.next_layer().connect_on_write(peers, options);

  std::string heard;
  error_code error;
  run_together(context, say_hello(stream, heard, error), echo_all(acceptor));
  CHECK(!error);
  CHECK(heard == "hello");
  CHECK(report.attempts.size() == 2);
  CHECK(report.first_flight != connectex::first_flight_path::none);
}

namespace
{

template <typename Stream>
asio::awaitable<void> send(Stream& stream, const std::string& bytes)
{
  co_await asio::async_write(stream, asio::buffer(bytes), asio::use_awaitable);
}

template <typename Stream>
asio::awaitable<void> receive(Stream& stream, std::string& bytes)
{
  co_await asio::async_read(stream, asio::buffer(bytes), asio::use_awaitable);
}

} // namespace

TEST_CASE("TLS carries both ways at once")
{
  const std::string up = pattern(1 << 20);
  const std::string down(up.rbegin(), up.rend());
  std::string received_below(up.size(), '\0');
  std::string received_above(down.size(), '\0');

  asio::io_context context;
  tcp::acceptor acceptor(context, loopback_v4());
  client_stream<> stream(context, contexts().client);
  stream.next_layer().connect_on_write(acceptor.local_endpoint());
  const auto client = [&]() -> asio::awaitable<void>
  {
    co_await stream.async_handshake(ssl::stream_base::client, asio::use_awaitable);
    co_await (send(stream, up) && receive(stream, received_above));
  };
  const auto server = [&]() -> asio::awaitable<void>
  {
    server_stream peer = co_await accept_tls(acceptor);
    co_await (send(peer, down) && receive(peer, received_below));
  };
  run_together(context, client(), server());
  CHECK((received_below == up));
  CHECK((received_above == down));
}

TEST_CASE("an empty write and a shutdown of TLS before its handshake do not connect")
{
  asio::io_context context;
  tcp::acceptor acceptor(context, loopback_v4());
  connect_report report;
  client_stream<> stream(context, contexts().client);
  stream.next_layer().connect_on_write(acceptor.local_endpoint(), {.report = &report});

  outcome empty;
  stream.async_write_some(asio::const_buffer(), empty.handler());
  run(context);
  CHECK(empty.is_success(0));

  int calls = 0;
  error_code down;
  stream.async_shutdown(
      [&](const error_code& ec)
      {
        ++calls;
        down = ec;
      });
  run(context);
  CHECK(calls == 1);

  // OpenSSL's own complaint, that there is nothing to shut down.
  CHECK(down.category() == asio::error::get_ssl_category());
  CHECK_FALSE(stream.lowest_layer().is_open());
  CHECK(report.attempts.empty());

  // It is armed as before.
  outcome hello;
  stream.next_layer().async_write_some(asio::buffer("hello", 5), hello.handler());
  run(context);
  CHECK(hello.is_success(5));
}

TEST_CASE("an empty write while a read of TLS waits leaves the read alone")
{
  asio::io_context context;
  tcp::acceptor acceptor(context, loopback_v4());
  client_stream<> stream(context, contexts().client);
  stream.next_layer().connect_on_write(acceptor.local_endpoint());
  std::string heard(5, '\0');
  bool asked = false;
  const auto client = [&]() -> asio::awaitable<void>
  {
    co_await stream.async_handshake(ssl::stream_base::client, asio::use_awaitable);
    const auto ask = [&]() -> asio::awaitable<void>
    {
      co_await stream.async_write_some(asio::const_buffer(), asio::use_awaitable);
      asked = true;
      co_await asio::async_write(stream, asio::buffer("hello", 5), asio::use_awaitable);
    };
    co_await (receive(stream, heard) && ask());
    co_await stream.async_shutdown(asio::use_awaitable);
  };
  run_together(context, client(), echo_all(acceptor));
  CHECK(asked);
  CHECK(heard == "hello");
}

TEST_CASE("the handshake of a refused connect ends with the refusal")
{
  asio::io_context context;
  const refusing_port nobody(context);
  client_stream<> stream(context, contexts().client);
  stream.next_layer().connect_on_write(nobody.endpoint());
  std::string heard;
  error_code refused;
  run_together(context, say_hello(stream, heard, refused));
  CHECK(refused == asio::error::connection_refused);

  client_stream<> second(context, contexts().client);
  second.next_layer().connect_on_write(nobody.endpoint());
  outcome first;
  second.next_layer().async_write_some(asio::buffer("x", 1), first.handler());
  run(context);
  REQUIRE(first.is(asio::error::connection_refused, 0));
  error_code later;
  run_together(context, say_hello(second, heard, later));
  CHECK(later == asio::error::not_connected);
}

TEST_CASE("a server that closes after the ClientHello has got it, and truncates TLS")
{
  asio::io_context context;
  tcp::acceptor acceptor(context, loopback_v4());
  client_stream<> stream(context, contexts().client);
  stream.next_layer().connect_on_write(acceptor.local_endpoint());
  std::string heard;
  error_code error;
  std::array<unsigned char, 6> record{};
  const auto server = [&]() -> asio::awaitable<void>
  {
    tcp::socket peer = co_await acceptor.async_accept(asio::use_awaitable);
    co_await asio::async_read(peer, asio::buffer(record), asio::use_awaitable);

    // Bytes that nobody has read would make a reset of the close.
    std::array<char, 2000> rest;
    co_await peer.async_read_some(asio::buffer(rest), asio::use_awaitable);
  };
  run_together(context, say_hello(stream, heard, error), server());
  CHECK(error == ssl::error::stream_truncated);

  // A handshake record that begins with a ClientHello.
  CHECK(record[0] == 22);
  CHECK(record[5] == 1);
}

TEST_CASE("an error of the next layer reaches the TLS that uses it")
{
  const auto say_hello_by_failing_layer = [](int good)
  {
    asio::io_context context;
    tcp::acceptor acceptor(context, loopback_v4());
    client_stream<failing_layer> stream(context, contexts().client);
    stream.next_layer().connect_on_write(acceptor.local_endpoint());
    stream.next_layer().next_layer().fail_after(good);

    hello_over_layer result;
    const auto server = [&]() -> asio::awaitable<void>
    {
      try
      {
        co_await echo_all(acceptor);
      }
      catch (const boost::system::system_error&)
      {
        // The client has gone.
      }
    };
    run_together(context, say_hello(stream, result.heard, result.error), server());
    result.layer_has_failed = stream.next_layer().next_layer().has_failed();
    return result;
  };

  // The server's answer, the client's, the message and its echo.
  CHECK(fail_each_in_turn(say_hello_by_failing_layer) >= 4);
}

TEST_CASE("a WebSocket over TLS works to its end")
{
  asio::io_context context;
  tcp::acceptor acceptor(context, loopback_v4());
  websocket_echo echo;
  connect_report report;
  websocket::stream<client_stream<>> stream(context, contexts().client);
  stream.next_layer().next_layer().connect_on_write(acceptor.local_endpoint(), {.report = &report});
  std::string heard;
  const auto client = [&]() -> asio::awaitable<void>
  {
    co_await stream.next_layer().async_handshake(ssl::stream_base::client, asio::use_awaitable);
    co_await stream.async_handshake("localhost", "/", asio::use_awaitable);
    co_await stream.async_write(asio::buffer("hello", 5), asio::use_awaitable);
    beast::flat_buffer answer;
    co_await stream.async_read(answer, asio::use_awaitable);
    heard = beast::buffers_to_string(answer.data());
    co_await stream.async_close(websocket::close_code::normal, asio::use_awaitable);
  };
  const auto accept_by_tls = [](tcp::socket accepted)
  {
    server_stream tls(std::move(accepted), contexts().server);
    tls.handshake(ssl::stream_base::server);
    return tls;
  };
  run_together(context, client(), echo.serve_one(acceptor, accept_by_tls));
  CHECK(heard == "hello");
  CHECK(echo.end() == websocket::error::closed);
  CHECK_FALSE(stream.next_layer().lowest_layer().is_open());
  check_ride(report);
}
