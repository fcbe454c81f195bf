// SPDX-License-Identifier: BSL-1.0

#include <connectex/async_connect_ex.hpp>
#include <connectex/connect_ex_race.hpp>

#include "support/layered_provider.hpp"
#include "support/loopback.hpp"
#include "support/windows_numbers.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace
{

using namespace test;
using namespace std::chrono_literals;
using connectex::async_connect_ex;
using connectex::connect_call;
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

  void start(connect_options options, const tcp::endpoint& peer)
  {
    options.report = &report;
    async_connect_ex(socket, peer, asio::buffer(flight), options,
        asio::bind_cancellation_slot(signal.slot(), result.handler()));
  }

  void run(const connect_options& options, const tcp::endpoint& peer)
  {
    start(options, peer);
    result.await(context);
  }

  void run() { run(limited(), server.endpoint()); }

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
  asio::cancellation_signal signal;
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
  SECTION("it counts too few bytes") { behaviour.surplus = -2; }
  SECTION("it counts none") { behaviour.surplus = -5; }
  SECTION("it answers at once, and by a packet as well") { behaviour.answers_at_once = true; }
  SECTION("it keeps the bytes for itself") { behaviour.keeps_data = true; }

  layered_connect op(behaviour);
  op.run();
  CAPTURE(op.result);
  CHECK(op.result.is_success(flight.size()));
  CHECK(op.report.first_flight == first_flight_path::after_connect);
  CHECK(op.report.call
      == (op.provider.calls() != 0 ? connect_call::layered_connect_ex : connect_call::connect));
  CHECK(op.provider.bytes_given() == 0);
  CHECK(op.received() == flight);
  CHECK(op.result.calls == 1);
}

TEST_CASE("beside a layered provider, other sockets hand their bytes to the system's own ConnectEx")
{
  layered_connect op({});
  tcp::socket other(op.context);
  connect_options options = limited();
  options.report = &op.report;
  async_connect_ex(other, op.server.endpoint(), asio::buffer(flight), options, op.result.handler());
  op.result.await(op.context);
  CHECK(op.result.is_success(flight.size()));
  CHECK(op.report.call == connect_call::connect_ex);
  CHECK(op.report.bytes_in_connect == flight.size());
  CHECK(op.provider.queries() == 0);
  other.close();
  CHECK(op.received() == flight);
}

TEST_CASE("a layer over a provider without ConnectEx is connected through without it")
{
  layered_connect op({.fails_at_once = GENERATE(winsock::fault, winsock::operation_not_supported)});

  SECTION("by this library")
  {
    op.run();
    CAPTURE(op.result);
    CHECK(op.result.is_success(flight.size()));
    CHECK(op.report.first_flight == first_flight_path::after_connect);
    CHECK(op.report.call == connect_call::connect);
    CHECK(op.provider.calls() == 1);
    CHECK(op.received() == flight);
    CHECK(op.result.calls == 1);
  }
  SECTION("but not by Asio, whose connect fails in the same way")
  {
    const error_code error = connect_by_asio(op.context, op.socket, op.server.endpoint());
    CHECK((error == asio::error::fault || error == asio::error::operation_not_supported));
  }
}

TEST_CASE("a socket without ConnectEx is connected where Asio has another provider's function")
{
  layered_connect other({});
  CHECK(connect_by_asio(other.context, other.socket, other.server.endpoint()) == error_code());

  layered_provider provider({.offers_none = true});
  tcp::socket socket(other.context, tcp::v4());
  provider.serve(socket);
  sink server(other.context);
  outcome result;
  async_connect_ex(socket, server.endpoint(), asio::buffer(flight), limited(), result.handler());
  result.await(other.context);
  CAPTURE(result);
  CHECK(result.is_success(flight.size()));
  socket.close();
  other.received();
  CHECK(server.received() == flight);
}

TEST_CASE("a connect without ConnectEx fails and stops as one with it")
{
  const layer behaviour =
      GENERATE(layer{.offers_none = true}, layer{.fails_at_once = winsock::fault});
  layered_connect op(behaviour);
  connect_options options = limited();
  full_listener full(op.context);

  SECTION("a refusal")
  {
    op.run(options, refusing_port(op.context).endpoint());
    CHECK(op.result.is(asio::error::connection_refused, 0));
    REQUIRE(op.report.attempts.size() == 1);
    CHECK(op.report.attempts[0].native_error == winsock::connection_refused);
  }
  SECTION("a refusal, until nobody refuses any more")
  {
    const refusing_port nobody(op.context);
    options.retry.max_attempts = 3;
    options.retry.backoff.initial = 0ms;
    op.run(options, nobody.endpoint());
    CHECK(op.result.is(asio::error::connection_refused, 0));
    CHECK(op.report.attempts.size() == 3);
  }
  SECTION("a time limit")
  {
    options.attempt_timeout = 20ms;
    op.run(options, full.endpoint());
    CHECK(op.result.is(asio::error::timed_out, 0));
  }
  SECTION("a cancellation")
  {
    op.start(options, full.endpoint());
    op.context.poll();
    op.signal.emit(asio::cancellation_type::total);
    op.result.await(op.context);
    CHECK(op.result.is(asio::error::operation_aborted, 0));
  }
  SECTION("close()")
  {
    op.start(options, full.endpoint());
    op.context.poll();
    op.socket.close();
    op.result.await(op.context);
    CHECK(op.result.is(asio::error::operation_aborted, 0));
  }
  op.socket.close();
  op.server.visit();
  test::run(op.context);
  CHECK(op.result.calls == 1);
}

TEST_CASE("the blocking call waits by select where a provider has no ConnectEx")
{
  const layer behaviour =
      GENERATE(layer{.offers_none = true}, layer{.fails_at_once = winsock::fault});
  layered_connect op(behaviour);
  connect_options options = limited();
  options.report = &op.report;
  error_code error;
  const auto connect = [&](const tcp::endpoint& peer)
  { return connectex::connect_ex(op.socket, peer, asio::buffer(flight), options, error); };

  SECTION("a success")
  {
    CHECK(connect(op.server.endpoint()) == flight.size());
    CHECK_FALSE(error);
    CHECK(op.received() == flight);
  }
  SECTION("a refusal, until nobody refuses any more")
  {
    const refusing_port nobody(op.context);
    options.retry.max_attempts = 3;
    options.retry.backoff.initial = 0ms;
    CHECK(connect(nobody.endpoint()) == 0);
    CHECK(error == asio::error::connection_refused);
    CHECK(op.report.attempts.size() == 3);
  }
  SECTION("a time limit")
  {
    const full_listener full(op.context);
    options.attempt_timeout = 20ms;
    CHECK(connect(full.endpoint()) == 0);
    CHECK(error == asio::error::timed_out);
  }
  CHECK(op.context.poll() == 0);
  CHECK(op.report.call == connect_call::connect);
}

TEST_CASE("a blocking race waits for sockets with and without ConnectEx at a time")
{
  layered_connect op({.offers_none = true});
  op.socket.close();
  const full_listener first(op.context);
  const full_listener second(op.context);
  connect_options options;
  options.report = &op.report;
  options.race.attempt_delay = 20ms;
  options.total_timeout = limit;
  options.prepare = [&, count = 0](connectex::opened_socket& socket, error_code&) mutable
  {
    if (count++ % 2 == 0)
      op.provider.serve(socket);
  };
  const std::vector<tcp::endpoint> all{first.endpoint(), second.endpoint(), op.server.endpoint()};
  CHECK(connectex::connect_ex(op.socket, all, asio::buffer(flight), options) == flight.size());
  CHECK(op.received() == flight);
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

TEST_CASE("a connect on a provider without IFS handles is cancelled through the base socket")
{
  const std::uint32_t base_query = GENERATE(0x48000022u, 0x4800001Cu, 0x4800001Du, 0x4800001Bu);
  CAPTURE(base_query);
  layered_connect op({.has_own_sockets = true, .base_query = base_query});
  const full_listener full(op.context);

  SECTION("by the caller")
  {
    op.start(limited(), full.endpoint());
    op.context.poll();
    op.signal.emit(asio::cancellation_type::total);
    op.result.await(op.context);
    CHECK(op.result.is(asio::error::operation_aborted, 0));
  }
  SECTION("by a time limit")
  {
    connect_options options = limited();
    options.attempt_timeout = 20ms;
    op.run(options, full.endpoint());
    CHECK(op.result.is(asio::error::timed_out, 0));
  }
  op.socket.close();
  op.server.visit();
  test::run(op.context);
  CHECK(op.result.calls == 1);
}

TEST_CASE("a refusal that a layer tells by a number of its own is told in portable terms")
{
  struct row
  {
    std::uint32_t status;
    error_code expected;
    std::uint32_t native;
  };
  const row rows[] = {
      {nt::winsock_connection_refused, asio::error::connection_refused,
          winsock::connection_refused},
      {0xC0000001, asio::error::invalid_argument, 31},
  };
  for (const auto& [status, expected, native] : rows)
  {
    CAPTURE(status);
    layered_connect op({.status_of_failure = status});
    op.run(limited(), refusing_port(op.context).endpoint());
    CHECK(op.result.is(expected, 0));
    REQUIRE(op.report.attempts.size() == 1);
    CHECK(op.report.attempts[0].native_error == native);
    op.socket.close();
    op.server.visit();
    test::run(op.context);
  }
}
