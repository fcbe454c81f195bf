// SPDX-License-Identifier: BSL-1.0

#include <connectex/async_connect_ex.hpp>
#include <connectex/socket_options.hpp>

#include "support/boolean_option.hpp"
#include "support/loopback.hpp"

#include <chrono>

#include <netinet/in.h>

namespace
{

using namespace test;
using namespace std::chrono_literals;

} // namespace

TEST_CASE("the option has the level, the name and the size of its Linux twin")
{
  check_boolean_option<connectex::bind_address_no_port>(IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT);
}

TEST_CASE("the connect chooses the port of a socket that is bound to an address alone")
{
  const tcp::endpoint local = GENERATE(loopback_v4(), loopback_v6());
  CAPTURE(local);
  asio::io_context context;
  sink server(context, local);
  tcp::socket socket(context, local.protocol());
  socket.set_option(connectex::bind_address_no_port(true));
  connectex::bind_address_no_port option;
  socket.get_option(option);
  CHECK(option.value());
  socket.bind(local);
  CHECK(socket.local_endpoint().port() == 0);

  outcome result;
  connectex::async_connect_ex(
      socket, server.endpoint(), asio::buffer("hello", 5), result.handler());
  run_until(context, [&] { return result.calls != 0; });
  CHECK(result.is_success(5));
  CHECK(socket.local_endpoint().address() == local.address());
  CHECK(socket.local_endpoint().port() != 0);
  socket.close();
  run(context);
}

TEST_CASE("a retry keeps the address of a socket that is bound to an address alone")
{
  const asio::ip::address address = asio::ip::make_address("127.0.0.5");
  asio::io_context context;
  const refusing_port nobody(context);
  tcp::socket socket(context, tcp::v4());
  socket.set_option(connectex::bind_address_no_port(true));
  socket.bind({address, 0});
  connectex::connect_report report;
  connectex::connect_options options;
  options.report = &report;
  options.retry.max_attempts = 3;
  options.retry.backoff.initial = 0ms;
  int asked = 0;
  options.retry.predicate = [&](const connectex::connect_attempt& attempt)
  {
    ++asked;
    CHECK(socket.local_endpoint().address() == address);
    return attempt.error == asio::error::connection_refused;
  };
  outcome result;
  connectex::async_connect_ex(
      socket, nobody.endpoint(), asio::buffer("lost", 4), options, result.handler());
  run(context);
  CHECK(result.is(asio::error::connection_refused, 0));
  CHECK(report.attempts.size() == 3);
  CHECK(asked == 2);
  CHECK(socket.local_endpoint().address() == address);
}
