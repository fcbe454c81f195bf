// SPDX-License-Identifier: BSL-1.0

// Sockets on which the caller has set TCP_FASTOPEN_CONNECT: Linux puts off their SYN until
// something is sent.

#include <connectex/async_connect_ex.hpp>

#include "support/loopback.hpp"

#include <connectex/detail/decide/after_delivery.hpp>

#include <netinet/tcp.h>
#include <sys/socket.h>

namespace
{

using namespace test;
using connectex::async_connect_ex;
using connectex::connect_options;
using connectex::connect_report;

void switch_on(tcp::socket& socket, int option)
{
  const int on = 1;
  REQUIRE(::setsockopt(socket.native_handle(), IPPROTO_TCP, option, &on, sizeof(on)) == 0);
}

/// A socket that needs no cookie of its peer to have its SYN put off.
tcp::socket deferring_socket(asio::io_context& context)
{
  tcp::socket socket(context, tcp::v4());
  switch_on(socket, TCP_FASTOPEN_CONNECT);
  switch_on(socket, TCP_FASTOPEN_NO_COOKIE);
  return socket;
}

} // namespace

TEST_CASE("a connect without a first flight is made although the caller has put it off")
{
  asio::io_context context;
  tcp::socket socket = deferring_socket(context);
  outcome result;
  SECTION("to a server")
  {
    sink server(context);
    async_connect_ex(socket, server.endpoint(), result.handler());
    result.await(context);
    CHECK(result.is_success(0));
    CHECK(socket.remote_endpoint() == server.endpoint());
    asio::write(socket, asio::buffer("later", 5));
    socket.close();
    run(context);
    CHECK(server.received() == "later");
  }
  SECTION("to a port that refuses")
  {
    const refusing_port nobody(context);
    async_connect_ex(socket, nobody.endpoint(), result.handler());
    run(context);
    CHECK(result.is(asio::error::connection_refused, 0));
  }
}

TEST_CASE("a first flight that the caller lets into the SYN arrives once")
{
  asio::io_context context;
  sink server(context);
  tcp::socket socket = deferring_socket(context);
  outcome result;
  async_connect_ex(socket, server.endpoint(), asio::buffer("hello", 5), result.handler());
  result.await(context);
  CHECK(result.is_success(5));
  socket.close();
  run(context);
  CHECK(server.received() == "hello");
}

TEST_CASE("a first flight that was in the SYN is not sent again without consent")
{
  asio::io_context context;
  const refusing_port nobody(context);
  tcp::socket socket = deferring_socket(context);
  connect_report report;
  connect_options options;
  options.report = &report;
  options.retry.max_attempts = 3;
  options.retry.backoff.initial = {};
  outcome result;
  async_connect_ex(socket, nobody.endpoint(), asio::buffer("x", 1), options, result.handler());
  run(context);
  CHECK(result.is(connectex::detail::after_delivery(asio::error::connection_refused), 1));
  CHECK(report.attempts.size() == 1);
}
