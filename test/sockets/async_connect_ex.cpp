// SPDX-License-Identifier: BSL-1.0

#include <connectex/async_connect_ex.hpp>

#include "support/expected.hpp"
#include "support/loopback.hpp"

#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/local/connect_pair.hpp>
#include <boost/asio/local/stream_protocol.hpp>

#include <array>
#include <vector>

namespace
{

using namespace test;
using connectex::async_connect_ex;
using connectex::connect_report;
using connectex::first_flight_path;

template <typename Buffers>
void check_delivery(
    const Buffers& buffers, const std::string& bytes, const tcp::endpoint& local = loopback_v4())
{
  asio::io_context context;
  sink server(context, local);
  tcp::socket socket(context);
  connect_report report;
  outcome result;
  async_connect_ex(socket, server.endpoint(), buffers, {.report = &report},
      [&](const error_code& ec, std::size_t n)
      {
        result.handler()(ec, n);
        socket.close();
      });
  CHECK(result.calls == 0);
  run(context);

  CAPTURE(result);
  CHECK(result.is_success(bytes.size()));
  CHECK(server.accepted());
  // Not spelled out in a failure: it may be megabytes.
  CHECK((server.received() == bytes));
  CHECK(report.first_flight == path_of(bytes.size()));
  CHECK(report.call == usual_call);
  CHECK(report.bytes_in_connect == bytes_in_connect_of(bytes.size()));
}

} // namespace

TEST_CASE("a first flight of one buffer arrives byte for byte", "[asynchronous]")
{
  for (const std::size_t size : {0, 1, 64, 65535, 65536, 200000, 8 << 20})
  {
    CAPTURE(size);
    const std::string bytes = pattern(size);
    check_delivery(asio::buffer(bytes), bytes);
  }
}

TEST_CASE("a first flight of several buffers arrives byte for byte")
{
  for (const std::size_t size : {3, 65535, 65536, 1 << 20})
  {
    for (const std::size_t count : {2, 3, 20})
    {
      CAPTURE(size, count);
      const std::string bytes = pattern(size);
      check_delivery(split(bytes, count), bytes);
    }
  }
}

TEST_CASE("a first flight may be any buffer sequence")
{
  const std::string bytes = "one two three";
  check_delivery(std::array<asio::const_buffer, 3>{asio::buffer(bytes, 4), asio::const_buffer(),
                     asio::buffer(bytes) + 4},
      bytes);

  std::string writable = bytes;
  check_delivery(asio::buffer(writable), bytes);
  check_delivery(std::vector<asio::const_buffer>(), "");
}

TEST_CASE("a first flight may be a sequence of what only converts to a buffer")
{
  struct convertible
  {
    operator asio::const_buffer() const { return asio::buffer(text); }

    std::string text;
  };
  check_delivery(std::vector<convertible>{{"GET "}, {""}, {"/\r\n"}}, "GET /\r\n");
}

TEST_CASE("a first flight travels over IPv6")
{
  const std::string bytes = pattern(70000);
  check_delivery(asio::buffer(bytes), bytes, loopback_v6());
}

TEST_CASE("without a first flight the call just connects")
{
  asio::io_context context;
  sink server(context);
  tcp::socket socket(context);
  outcome result;
  async_connect_ex(socket, server.endpoint(), result.handler());
  run_until(context, [&] { return result.calls != 0 && server.accepted(); });
  CHECK(result.is_success(0));
  CHECK(socket.remote_endpoint() == server.endpoint());
  socket.close();
  run(context);
  CHECK(server.received().empty());
}

TEST_CASE("after success the socket is like any other connected one")
{
  asio::io_context context;
  sink server(context);
  tcp::socket socket(context);
  outcome result;
  async_connect_ex(socket, server.endpoint(), asio::buffer("first ", 6), result.handler());
  run_until(context, [&] { return result.calls != 0 && server.accepted(); });
  REQUIRE(result.is_success(6));

  CHECK(socket.remote_endpoint() == server.endpoint());
  CHECK(socket.local_endpoint() == server.socket().remote_endpoint());
  CHECK(asio::write(socket, asio::buffer("second", 6)) == 6);
  socket.shutdown(tcp::socket::shutdown_send);
  run_until(context, [&] { return server.ended(); });
  CHECK(server.received() == "first second");

  asio::write(server.socket(), asio::buffer("answer", 6));
  std::array<char, 6> answer;
  asio::read(socket, asio::buffer(answer));
  CHECK(std::string(answer.begin(), answer.end()) == "answer");
}

namespace
{

/// As the README shows them.
template <typename ConstBufferSequence, typename CompletionToken>
void call_each_way(tcp::socket& socket, const tcp::endpoint& peer,
    const ConstBufferSequence& buffers, const connectex::connect_options& options,
    CompletionToken token)
{
  // clang-format off
  async_connect_ex(socket, peer, token);                    // connect
  async_connect_ex(socket, peer, buffers, token);           // connect and send
  async_connect_ex(socket, peer, buffers, options, token);  // the same, with retries, time limits ...
  // clang-format on
}

// Compiled is all that it has to be.
[[maybe_unused]] constexpr auto every_way =
    &call_each_way<asio::const_buffer, void (*)(error_code, std::size_t)>;

} // namespace

TEST_CASE("options set before the call hold after it")
{
  asio::io_context context;
  sink server(context);
  tcp::socket socket(context, tcp::v4());
  socket.set_option(tcp::no_delay(true));
  socket.set_option(asio::socket_base::keep_alive(true));
  socket.set_option(asio::socket_base::linger(true, 7));
  const auto handle = socket.native_handle();

  outcome result;
  async_connect_ex(socket, server.endpoint(), asio::buffer("x", 1), result.handler());
  run_until(context, [&] { return result.calls != 0; });
  REQUIRE(result.is_success(1));

  tcp::no_delay no_delay;
  socket.get_option(no_delay);
  CHECK(no_delay.value());
  asio::socket_base::keep_alive keep_alive;
  socket.get_option(keep_alive);
  CHECK(keep_alive.value());
  asio::socket_base::linger linger;
  socket.get_option(linger);
  CHECK(linger.timeout() == 7);
  CHECK(socket.native_handle() == handle);
  socket.close();
  run(context);
}

TEST_CASE("a socket that the caller has bound keeps its address and port")
{
  asio::io_context context;
  sink server(context);
  tcp::socket socket(context, loopback_v4());
  const tcp::endpoint local = socket.local_endpoint();

  outcome result;
  async_connect_ex(socket, server.endpoint(), asio::buffer("x", 1), result.handler());
  run_until(context, [&] { return result.calls != 0 && server.accepted(); });
  REQUIRE(result.is_success(1));
  CHECK(socket.local_endpoint() == local);
  CHECK(server.socket().remote_endpoint() == local);
  socket.close();
  run(context);
}

TEST_CASE("a refused connect says so and leaves the socket open")
{
  asio::io_context context;
  const refusing_port nobody(context);
  tcp::socket socket(context);
  connect_report report;
  report.first_flight = first_flight_path::in_connect;
  report.bytes_in_connect = 99;
  outcome result;
  async_connect_ex(
      socket, nobody.endpoint(), asio::buffer("lost", 4), {.report = &report}, result.handler());
  CHECK(result.calls == 0);
  run(context);

  CAPTURE(result);
  CHECK(result.is(asio::error::connection_refused, 0));
  CHECK(result.error == connectex::condition::retryable);
  CHECK(socket.is_open());
  CHECK(report.first_flight == first_flight_path::none);
  CHECK(report.bytes_in_connect == 0);
}

TEST_CASE("a peer that resets at once is a success or says that the connection broke")
{
  for (int round = 0; round != 50; ++round)
  {
    asio::io_context context;
    tcp::acceptor acceptor(context, loopback_v4());
    acceptor.async_accept(
        [](const error_code& ec, tcp::socket peer)
        {
          if (!ec)
          {
            peer.set_option(asio::socket_base::linger(true, 0));
            peer.close();
          }
        });
    tcp::socket socket(context);
    outcome result;
    const std::string bytes = pattern(1 << 20);
    async_connect_ex(socket, acceptor.local_endpoint(), asio::buffer(bytes), result.handler());
    run(context);

    CAPTURE(result);
    REQUIRE(result.calls == 1);
    CHECK((!result.error || result.error == asio::error::connection_reset
        || result.error == asio::error::connection_aborted
        || result.error == asio::error::broken_pipe || result.error == asio::error::not_connected));
    CHECK((result.error || result.bytes_transferred == bytes.size()));
    CHECK(result.bytes_transferred <= bytes.size());
    CHECK(socket.is_open());
  }
}

TEST_CASE("operations on many sockets do not disturb each other")
{
  asio::io_context context;
  constexpr std::size_t count = 64;
  std::vector<std::unique_ptr<sink>> servers;
  std::vector<tcp::socket> sockets;
  std::vector<std::string> flights;
  std::vector<outcome> results(count);
  for (std::size_t i = 0; i != count; ++i)
  {
    servers.push_back(std::make_unique<sink>(context));
    sockets.emplace_back(context);
    flights.push_back(pattern(1000 * i + i));
  }
  for (std::size_t i = 0; i != count; ++i)
    async_connect_ex(sockets[i], servers[i]->endpoint(), asio::buffer(flights[i]),
        [&, i](const error_code& ec, std::size_t n)
        {
          results[i].handler()(ec, n);
          sockets[i].close();
        });
  run(context);
  for (std::size_t i = 0; i != count; ++i)
  {
    CHECK(results[i].is_success(flights[i].size()));
    CHECK((servers[i]->received() == flights[i]));
  }
}

TEST_CASE("a socket of the generic stream protocol is served like a TCP one")
{
  asio::io_context context;
  sink server(context);
  asio::generic::stream_protocol::socket socket(context);
  const asio::generic::stream_protocol::endpoint peer(server.endpoint());
  const std::string bytes = pattern(100000);
  connect_report report;
  outcome result;
  async_connect_ex(socket, peer, asio::buffer(bytes), {.report = &report},
      [&](const error_code& ec, std::size_t n)
      {
        result.handler()(ec, n);
        socket.close();
      });
  run(context);
  CHECK(result.is_success(bytes.size()));
  CHECK((server.received() == bytes));
  CHECK(report.first_flight == path_of(bytes.size()));
  CHECK(report.call == usual_call);
}

// Wine 8.0 has no AF_UNIX.
#if defined(BOOST_ASIO_HAS_LOCAL_SOCKETS) && !defined(_WIN32)

TEST_CASE("a local socket is connected and then written to")
{
  using local = asio::local::stream_protocol;

  asio::io_context context;
  // An abstract name leaves nothing behind.
  const local::endpoint name(std::string("\0connectex-test-", 16) + std::to_string(::getpid()));
  local::acceptor acceptor(context, name);
  local::socket peer(context);
  std::string received;
  acceptor.async_accept(peer,
      [&](const error_code& ec)
      {
        REQUIRE_FALSE(ec);
        asio::async_read(
            peer, asio::dynamic_buffer(received), [](const error_code&, std::size_t) {});
      });

  local::socket socket(context);
  connect_report report;
  outcome result;
  async_connect_ex(socket, name, asio::buffer("hello", 5), {.report = &report},
      [&](const error_code& ec, std::size_t n)
      {
        result.handler()(ec, n);
        socket.close();
      });
  run(context);
  CHECK(result.is_success(5));
  CHECK(received == "hello");
  CHECK(report.first_flight == first_flight_path::after_connect);
  CHECK(report.bytes_in_connect == 0);
}

TEST_CASE("a local listener whose backlog is full is no success")
{
  using local = asio::local::stream_protocol;

  asio::io_context context;
  const local::endpoint name(std::string("\0connectex-full-", 16) + std::to_string(::getpid()));
  local::acceptor acceptor(context);
  acceptor.open();
  acceptor.bind(name);
  acceptor.listen(0);
  local::socket filler(context);
  filler.connect(name);

  for (const std::size_t size : {0, 5})
  {
    local::socket socket(context);
    outcome result;
    const std::string bytes = pattern(size);
    async_connect_ex(socket, name, asio::buffer(bytes), result.handler());
    run(context);
    CAPTURE(result);
    CHECK(result.is(asio::error::try_again, 0));
  }
}

#endif
