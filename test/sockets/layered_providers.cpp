// SPDX-License-Identifier: BSL-1.0

#include <connectex/async_connect_ex.hpp>

#include "support/layered_provider.hpp"
#include "support/loopback.hpp"
#include "support/windows_numbers.hpp"

#include <chrono>
#include <optional>
#include <string>

namespace
{

using namespace test;
using namespace std::chrono_literals;
using connectex::async_connect_ex;
using connectex::connect_options;
using connectex::connect_report;
using connectex::first_flight_path;

const std::string flight = "HELLO";

connect_options limited()
{
  connect_options options;
  options.attempt_timeout = limit;
  return options;
}

/// A connect through a layered provider that may misbehave, to a server that reads to the end.
struct layered_connect
{
  explicit layered_connect(const layer& behaviour) : provider(behaviour)
  {
    socket.open(tcp::v4());
    provider.serve(socket);
  }

  void run(connect_options options = limited())
  {
    options.report = &report;
    async_connect_ex(socket, server.endpoint(), asio::buffer(flight), options, result.handler());
    result.await(context);
  }

  /// What the server has read when the socket is shut down.
  const std::string& received()
  {
    error_code ignored;
    socket.shutdown(tcp::socket::shutdown_send, ignored);
    socket.close(ignored);
    server.visit();
    test::run(context);
    CHECK(server.ended());
    return server.received();
  }

  layered_provider provider;
  asio::io_context context;
  tcp::socket socket{context};
  sink server{context};
  connect_report report;
  outcome result;
};

error_code connect_by_asio(
    asio::io_context& context, tcp::socket& socket, const tcp::endpoint& peer)
{
  std::optional<error_code> result;
  socket.async_connect(peer, [&](const error_code& ec) { result = ec; });
  run_until(context, [&] { return result.has_value(); });
  return *result;
}

} // namespace

TEST_CASE(
    "whatever a layered provider does with the bytes and their count, the peer reads them once")
{
  layer behaviour;
  SECTION("it passes on what it is given") {}
  SECTION("it offers no ConnectEx") { behaviour.offers_none = true; }
  SECTION("it offers a null pointer") { behaviour.offers_null = true; }
  SECTION("it counts too many bytes") { behaviour.surplus = 1000; }
  SECTION("it answers at once, and by a packet as well") { behaviour.answers_at_once = true; }
  SECTION("it keeps the bytes for itself") { behaviour.keeps_data = true; }

  layered_connect op(behaviour);
  op.run();
  CAPTURE(op.result);
  CHECK(op.result.is_success(flight.size()));
  CHECK(op.received() == flight);
  CHECK(op.result.calls == 1);
}

TEST_CASE("a layered function that fails without a number is not waited for")
{
  layered_connect op({.fails_at_once = 0});
  op.run();
  CAPTURE(op.result);
  CHECK(op.result.is(asio::error::network_down, 0));
}

TEST_CASE("each socket is connected by the function of its own provider")
{
  layered_provider a;
  layered_provider b;
  asio::io_context context;
  tcp::socket socket_a(context, tcp::v4());
  tcp::socket socket_b(context, tcp::v4());
  a.serve(socket_a);
  b.serve(socket_b);
  sink server_a(context);
  sink server_b(context);

  SECTION("by this library")
  {
    outcome result_a;
    outcome result_b;
    async_connect_ex(
        socket_a, server_a.endpoint(), asio::buffer(flight), limited(), result_a.handler());
    result_a.await(context);
    async_connect_ex(
        socket_b, server_b.endpoint(), asio::buffer(flight), limited(), result_b.handler());
    result_b.await(context);
    CHECK(result_a.is_success(flight.size()));
    CHECK(result_b.is_success(flight.size()));
    CHECK(a.calls() == 1);
    CHECK(b.calls() == 1);
  }
  SECTION("but not by Asio, which calls the function of the first socket for all")
  {
    CHECK(connect_by_asio(context, socket_a, server_a.endpoint()) == error_code());
    CHECK(connect_by_asio(context, socket_b, server_b.endpoint()) == asio::error::not_socket);
    CHECK(a.calls() == 2);
    CHECK(b.calls() == 0);
  }
  socket_a.close();
  socket_b.close();
  server_a.visit();
  server_b.visit();
  run(context);
}
