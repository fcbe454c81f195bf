// SPDX-License-Identifier: BSL-1.0

// After each way in which an operation can end: whether the socket can be connected, and what it
// keeps. doc/retry.md has the same table for users.

#include <connectex/async_connect_ex.hpp>

#include "support/loopback.hpp"
#include "support/wine.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/generic/stream_protocol.hpp>

#include <chrono>
#include <functional>
#include <ostream>
#include <string>

namespace
{

using namespace std::chrono_literals;
using namespace test;
using connectex::async_connect_ex;
using connectex::connect_options;

/// An operation that fails on a socket.
struct failure
{
  const char* name;
  std::function<error_code(tcp::socket&, std::size_t size)> run;

  friend std::ostream& operator<<(std::ostream& out, const failure& f) { return out << f.name; }
};

asio::io_context& context_of(tcp::socket& socket)
{
  return static_cast<asio::io_context&>(socket.get_executor().context());
}

error_code connect_by_library(tcp::socket& socket, const tcp::endpoint& peer, std::size_t size,
    const connect_options& options = {})
{
  const std::string flight = pattern(size);
  outcome result;
  async_connect_ex(socket, peer, asio::buffer(flight), options, result.handler());
  result.await(context_of(socket));
  return result.error;
}

error_code connect_by_asio(tcp::socket& socket, const tcp::endpoint& peer)
{
  error_code result = asio::error::would_block;
  socket.async_connect(peer, [&](const error_code& error) { result = error; });
  run_until(context_of(socket), [&] { return result != asio::error::would_block; });
  return result;
}

error_code be_refused(tcp::socket& socket, std::size_t size)
{
  const refusing_port nobody(context_of(socket));
  return connect_by_library(socket, nobody.endpoint(), size);
}

error_code be_refused_again(tcp::socket& socket, std::size_t size)
{
  const refusing_port nobody(context_of(socket));
  connect_options options;
  options.retry.max_attempts = 3;
  options.retry.backoff.initial = 0ms;
  return connect_by_library(socket, nobody.endpoint(), size, options);
}

error_code be_refused_by_asio(tcp::socket& socket, std::size_t)
{
  const refusing_port nobody(context_of(socket));
  return connect_by_asio(socket, nobody.endpoint());
}

error_code reach_attempt_timeout(tcp::socket& socket, std::size_t size)
{
  full_listener full(context_of(socket));
  connect_options options;
  options.attempt_timeout = 5ms;
  return connect_by_library(socket, full.endpoint(), size, options);
}

error_code reach_total_timeout(tcp::socket& socket, std::size_t size)
{
  full_listener full(context_of(socket));
  connect_options options;
  options.total_timeout = 5ms;
  return connect_by_library(socket, full.endpoint(), size, options);
}

error_code be_cancelled(tcp::socket& socket, std::size_t size)
{
  full_listener full(context_of(socket));
  const std::string flight = pattern(size);
  outcome result;
  asio::cancellation_signal signal;
  async_connect_ex(socket, full.endpoint(), asio::buffer(flight),
      asio::bind_cancellation_slot(signal.slot(), result.handler()));
  context_of(socket).poll();
  signal.emit(asio::cancellation_type::total);
  result.await(context_of(socket));
  return result.error;
}

error_code be_cancelled_at_once(tcp::socket& socket, std::size_t size)
{
  full_listener full(context_of(socket));
  const std::string flight = pattern(size);
  outcome result;
  asio::cancellation_signal signal;
  async_connect_ex(socket, full.endpoint(), asio::buffer(flight),
      asio::bind_cancellation_slot(signal.slot(), result.handler()));
  signal.emit(asio::cancellation_type::terminal);
  result.await(context_of(socket));
  return result.error;
}

error_code use_up_the_time(tcp::socket& socket, std::size_t size)
{
  const refusing_port nobody(context_of(socket));
  connect_options options;
  options.total_timeout = 0ms;
  return connect_by_library(socket, nobody.endpoint(), size, options);
}

error_code name_no_port(tcp::socket& socket, std::size_t size)
{
  return connect_by_library(socket, loopback_v4(), size);
}

error_code name_another_family(tcp::socket& socket, std::size_t size)
{
  return connect_by_library(socket, {asio::ip::address_v6::loopback(), 9}, size);
}

error_code name_another_family_with_options(tcp::socket& socket, std::size_t size)
{
  connect_options options;
  options.retry.max_attempts = 3;
  options.retry.predicate = [](const connectex::connect_attempt&) { return true; };
  return connect_by_library(socket, {asio::ip::address_v6::loopback(), 9}, size, options);
}

error_code give_bad_options(tcp::socket& socket, std::size_t size)
{
  const refusing_port nobody(context_of(socket));
  connect_options options;
  options.retry.backoff.jitter = 2;
  return connect_by_library(socket, nobody.endpoint(), size, options);
}

/// The kernel has begun to connect and has said that it failed.
const failure refusals[] = {
    {"a refusal", be_refused},
    {"a refusal of each of several attempts", be_refused_again},
};

/// The connect was stopped before the system knew how it would end.
const failure stops[] = {
    {"attempt_timeout", reach_attempt_timeout},
    {"total_timeout", reach_total_timeout},
    {"a cancellation in flight", be_cancelled},
    {"a cancellation at once", be_cancelled_at_once},
};

/// Nothing was begun.
const failure misuses[] = {
    {"a limit that is used up", use_up_the_time},
    {"a peer without a port", name_no_port},
    {"a peer of another family", name_another_family},
    {"a peer of another family, with options", name_another_family_with_options},
    {"options out of their range", give_bad_options},
};

/// The socket of a caller's.
struct caller_socket
{
  caller_socket() { socket.set_option(tcp::no_delay(true)); }

  /// By the library or by Asio.
  error_code connect_next(bool by_asio)
  {
    if (!by_asio)
      return connect_by_library(socket, server.endpoint(), 5);
    const error_code error = connect_by_asio(socket, server.endpoint());

    // Wine answers the first connect after a failure for that failure, and Asio takes its word.
    const bool is_stale = under_wine() && error == asio::error::connection_aborted;
    return is_stale ? connect_by_asio(socket, server.endpoint()) : error;
  }

  bool keeps_its_options()
  {
    tcp::no_delay option;
    socket.get_option(option);
    return option.value();
  }

  /// Whether the connection is one, and the server has read the flight once.
  bool is_connected(bool by_asio)
  {
    if (socket.remote_endpoint() != server.endpoint())
      return false;
    socket.close();
    run_until(context, [&] { return server.ended(); });
    return server.received() == (by_asio ? "" : pattern(5));
  }

  asio::io_context context;
  sink server{context};
  tcp::socket socket{context, tcp::v4()};
};

void check_that_it_connects(const failure& f, std::size_t size, bool by_asio)
{
  CAPTURE(f, size, by_asio);
  caller_socket s;
  const auto handle = s.socket.native_handle();
  REQUIRE(f.run(s.socket, size));
  REQUIRE(s.socket.is_open());
  REQUIRE(s.connect_next(by_asio) == error_code());
  CHECK(s.socket.native_handle() == handle);
  CHECK(s.keeps_its_options());
  CHECK(s.is_connected(by_asio));
}

} // namespace

TEST_CASE("after a misuse the socket connects, by the library or by Asio, with its options")
{
  const std::size_t size = GENERATE(0u, 5u);
  const bool by_asio = GENERATE(false, true);
  for (const failure& f : misuses)
    check_that_it_connects(f, size, by_asio);
}

TEST_CASE("after a refusal the socket connects, with its options")
{
  const std::size_t size = GENERATE(0u, 5u, 100000u);
  const bool by_asio = GENERATE(false, true);
  for (const failure& f : refusals)
    check_that_it_connects(f, size, by_asio);
}

TEST_CASE("after a refusal of Asio's connect the library connects the socket, with its options")
{
  const std::size_t size = GENERATE(0u, 5u);
  check_that_it_connects({"a refusal of Asio's connect", be_refused_by_asio}, size, false);
}

#if defined(_WIN32)

TEST_CASE("after a stopped connect the socket has to be closed, and connects when opened anew",
    "[asynchronous]")
{
  const std::size_t size = GENERATE(0u, 5u);
  for (const failure& f : stops)
  {
    CAPTURE(f, size);
    caller_socket s;
    REQUIRE(f.run(s.socket, size));
    s.socket.close();
    CHECK(s.connect_next(false) == error_code());
    CHECK(s.is_connected(false));
  }
}

#else

TEST_CASE(
    "after a stopped connect the socket connects, by the library or by Asio", "[asynchronous]")
{
  const std::size_t size = GENERATE(0u, 5u, 100000u);
  const bool by_asio = GENERATE(false, true);
  for (const failure& f : stops)
    check_that_it_connects(f, size, by_asio);
}

#endif

TEST_CASE("after a failure a socket keeps the port that its caller has named")
{
  const std::size_t size = GENERATE(0u, 5u);
  for (const failure& f : {refusals[0], refusals[1], misuses[0], misuses[1], misuses[2]})
  {
    CAPTURE(f, size);
    caller_socket s;
    s.socket.set_option(tcp::socket::reuse_address(true));
    const tcp::endpoint named = tcp::socket(s.context, loopback_v4()).local_endpoint();
    s.socket.bind(named);
    REQUIRE(f.run(s.socket, size));
    REQUIRE(s.connect_next(false) == error_code());
    CHECK(s.socket.local_endpoint() == named);
  }
}

TEST_CASE("a socket that listens goes on to listen, whatever the predicate says")
{
  asio::io_context context;
  sink elsewhere(context);
  tcp::socket socket(context, loopback_v4());
  REQUIRE(::listen(socket.native_handle(), 1) == 0);
  const tcp::endpoint local = socket.local_endpoint();
  connect_options options;
  options.retry.max_attempts = 3;
  options.retry.backoff.initial = 0ms;
  options.retry.predicate = [](const connectex::connect_attempt&) { return true; };
  CHECK(connect_by_library(socket, elsewhere.endpoint(), 5, options)
      == asio::error::invalid_argument);

  tcp::socket client(context);
  error_code error;
  client.connect(local, error);
  CHECK_FALSE(error);
  elsewhere.visit();
  run(context);
  CHECK(elsewhere.received().empty());
}

TEST_CASE("a connection stays, whatever the predicate says")
{
  asio::io_context context;
  sink elsewhere(context);
  idle_peer server(context);
  tcp::socket socket(context);
  socket.connect(server.endpoint());
  connect_options options;
  options.retry.max_attempts = 3;
  options.retry.backoff.initial = 0ms;
  options.retry.predicate = [](const connectex::connect_attempt&) { return true; };
  CHECK(connect_by_library(socket, elsewhere.endpoint(), 5, options)
      == asio::error::already_connected);
  elsewhere.visit();
  run(context);
  CHECK(socket.remote_endpoint() == server.endpoint());
  asio::write(socket, asio::buffer("x", 1));
  char received = 0;
  asio::read(server.socket(), asio::buffer(&received, 1));
  CHECK(received == 'x');
}

#if !defined(_WIN32)

TEST_CASE(
    "a connect of the caller's that is under way stays under way, whatever the predicate says")
{
  asio::io_context context;
  full_backlog full(context);
  sink elsewhere(context);
  tcp::socket socket(context, tcp::v4());
  error_code earlier = asio::error::would_block;
  socket.async_connect(full.endpoint(), [&](const error_code& error) { earlier = error; });
  context.poll();
  connect_options options;
  options.retry.max_attempts = 3;
  options.retry.backoff.initial = 0ms;
  options.retry.predicate = [](const connectex::connect_attempt&) { return true; };
  CHECK(
      connect_by_library(socket, elsewhere.endpoint(), 5, options) == asio::error::already_started);
  context.poll();
  CHECK(earlier == asio::error::would_block);
  tcp::socket first(context);
  full.acceptor().accept(first);
  run_until(context, [&] { return earlier != asio::error::would_block; });
  CHECK_FALSE(earlier);
  CHECK(socket.remote_endpoint() == full.endpoint());
  elsewhere.visit();
  run(context);
}

TEST_CASE("a connect that was given up and goes on by itself is not taken for one to the peer")
{
  asio::io_context context;
  full_backlog other(context);
  sink server(context);
  other.acceptor().non_blocking(true);
  tcp::socket socket(context, tcp::v4());
  socket.async_connect(other.endpoint(), [](const error_code&) {});
  context.poll();
  socket.cancel();
  context.poll();

  connect_options options;
  options.retry.max_attempts = 3;
  options.retry.backoff.initial = 0ms;
  options.fast_open =
      GENERATE(connectex::fast_open_mode::off, connectex::fast_open_mode::idempotent_data);
  options.retry.predicate = [&](const connectex::connect_attempt&)
  {
    tcp::socket first(context);
    error_code ignored;
    other.acceptor().accept(first, ignored);
    return true;
  };
  CHECK(connect_by_library(socket, server.endpoint(), 5, options) == asio::error::already_started);
  server.visit();
  run(context);
}

#if !defined(BOOST_ASIO_HAS_IO_URING)

TEST_CASE("the late end of a closed operation leaves the next connection of the socket alone",
    "[asynchronous]")
{
  const bool by_asio = GENERATE(false, true);
  asio::io_context context;
  full_listener full(context);
  sink server(context);
  tcp::socket socket(context, tcp::v4());
  outcome closed;
  async_connect_ex(socket, full.endpoint(), asio::buffer("lost", 4), closed.handler());
  context.poll();

  // Most likely with the same handle.
  socket.close();
  outcome next;
  if (by_asio)
    socket.async_connect(server.endpoint(), [&](const error_code& ec) { next.handler()(ec, 5); });
  else
    async_connect_ex(socket, server.endpoint(), asio::buffer("hello", 5), next.handler());
  next.await(context);
  CHECK(next.is_success(5));
  run_until(context, [&] { return closed.calls != 0; });
  CHECK(closed.error == asio::error::operation_aborted);
  if (by_asio)
    asio::write(socket, asio::buffer("hello", 5));
  CHECK(socket.remote_endpoint() == server.endpoint());
  socket.close();
  run(context);
  CHECK(server.received() == "hello");
}

#endif

#endif

#if defined(__linux__)

TEST_CASE("a socket of a protocol that Asio connects is ready for the next connect, too")
{
  using protocol = asio::generic::stream_protocol;

  const protocol mptcp(AF_INET, 262); // IPPROTO_MPTCP
  asio::io_context context;
  protocol::socket socket(context);
  error_code unsupported;
  socket.open(mptcp, unsupported);
  if (unsupported)
    return;

  connectex::connect_report report;
  connect_options options;
  options.report = &report;
  options.retry.max_attempts = 2;
  options.retry.backoff.initial = 0ms;
  options.attempt_timeout = 5ms;
  const auto connect_to = [&](const tcp::endpoint& peer)
  {
    outcome result;
    async_connect_ex(socket, protocol::endpoint(peer.data(), peer.size(), mptcp.protocol()),
        asio::buffer("hello", 5), options, result.handler());
    result.await(context);
    return result;
  };

  SECTION("after a refusal")
  {
    const refusing_port nobody(context);
    CHECK(connect_to(nobody.endpoint()).is(asio::error::connection_refused, 0));
  }
  SECTION("after attempt_timeout")
  {
    full_listener full(context);
    CHECK(connect_to(full.endpoint()).is(asio::error::timed_out, 0));
  }
  CHECK(report.attempts.size() == 2);

  sink server(context);
  CHECK(connect_to(server.endpoint()).is_success(5));
  socket.close();
  run(context);
  CHECK(server.received() == "hello");
}

#endif
