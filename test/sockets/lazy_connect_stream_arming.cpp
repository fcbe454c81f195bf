// SPDX-License-Identifier: BSL-1.0

#include <connectex/lazy_connect_stream.hpp>

#include "support/expected.hpp"
#include "support/lazy_stream.hpp"
#include "support/race_outcome.hpp"
#include "support/report.hpp"

#include <boost/asio/bind_executor.hpp>

#include <chrono>
#include <list>
#include <memory>
#include <new>
#include <utility>
#include <vector>

namespace
{

using namespace test;
using connectex::attempt_outcome;
using connectex::connect_options;
using connectex::connect_report;
using connectex::first_flight_path;
using connectex::lazy_connect_stream;
using connectex::opened_socket;
using connectex::race_payload;

using endpoints = std::vector<tcp::endpoint>;

/// Fails a connect.
void fail(lazy_stream& given)
{
  refusing_port nobody(given.context);
  given.arm(nobody.endpoint());
  transfer operation;
  given.write(operation);
  run(given.context);
  REQUIRE(operation.result.is(asio::error::connection_refused, 0));
}

/// Writes the greeting to a server by a stream that is armed for it.
void check_connects(lazy_stream& given, sink& server)
{
  const outcome written = given.await_write();
  CAPTURE(written);
  CHECK(written.is_success(greeting.size()));
  given.close();
  CHECK(server.received() == greeting);
}

} // namespace

// The three forms

TEST_CASE_METHOD(lazy_stream, "a stream is armed with several endpoints by any sequence of them")
{
  sink server(context);
  SECTION("a vector") { arm(endpoints{server.endpoint()}); }
  SECTION("a list of what converts to endpoints")
  {
    const std::list<tcp::resolver::results_type::value_type> all(
        1, {server.endpoint(), "localhost", "http"});
    arm(all);
  }
  SECTION("the results of a resolver")
  {
    arm(tcp::resolver::results_type::create(server.endpoint(), "localhost", "http"));
  }
  check_connects(*this, server);
}

TEST_CASE_METHOD(
    lazy_stream, "with a sequence of one endpoint the first write travels in the connect")
{
  sink server(context);
  arm(endpoints{server.endpoint()});
  check_connects(*this, server);
  CHECK(report.first_flight == path_of(greeting.size()));
  CHECK(report.bytes_in_connect == bytes_in_connect_of(greeting.size()));
}

TEST_CASE_METHOD(lazy_stream, "the bytes of a race get to the winner alone, and once")
{
  options.race.attempt_delay = shortest_delay;
  sink server(context);
  full_listener silent(context);
  SECTION("past an endpoint that refuses")
  {
    refusing_port nobody(context);
    arm(endpoints{nobody.endpoint(), server.endpoint()});
    check_connects(*this, server);
    CHECK(outcomes(report)
        == std::vector<attempt_outcome>{attempt_outcome::failed, attempt_outcome::connected});
  }
  SECTION("past an endpoint that does not answer")
  {
    arm(endpoints{silent.endpoint(), server.endpoint()});
    check_connects(*this, server);
    CHECK(outcomes(report)
        == std::vector<attempt_outcome>{attempt_outcome::lost, attempt_outcome::connected});
    CHECK(report.first_flight == first_flight_path::after_connect);
  }
  SECTION("before an endpoint that is not needed")
  {
    tcp::acceptor other(context, loopback_v4());
    options.race.attempt_delay = endless_delay;
    arm(endpoints{server.endpoint(), other.local_endpoint()});
    check_connects(*this, server);
    CHECK(is_unvisited(other));
    CHECK(report.first_flight == first_flight_path::after_connect);
  }
}

TEST_CASE_METHOD(
    lazy_stream, "a race whose first attempt carries the bytes carries the first write")
{
  options.race.payload = race_payload::first_attempt;
  options.race.attempt_delay = endless_delay;
  sink server(context);
  refusing_port nobody(context);
  SECTION("to the first endpoint")
  {
    arm(endpoints{server.endpoint(), nobody.endpoint()});
    check_connects(*this, server);
    CHECK(report.first_flight == path_of(greeting.size()));
    CHECK(report.bytes_in_connect == bytes_in_connect_of(greeting.size()));
  }
  SECTION("or, if that refuses, once to the next")
  {
    arm(endpoints{nobody.endpoint(), server.endpoint()});
    check_connects(*this, server);
    CHECK(report.attempts.size() == 2);
  }
}

TEST_CASE_METHOD(lazy_stream, "a race that fails leaves the socket closed")
{
  refusing_port nobody(context);
  refusing_port neither(context, second_loopback);
  arm(endpoints{nobody.endpoint(), neither.endpoint()});
  transfer first;
  transfer answer;
  write(first);
  read(answer);
  run(context);
  CHECK(first.result.is(asio::error::connection_refused, 0));
  CHECK(answer.result.is(asio::error::connection_refused, 0));
  CHECK_FALSE(socket().is_open());
  CHECK(report.attempts.size() == 2);
}

TEST_CASE_METHOD(lazy_stream, "a race refuses a socket that is open, and leaves it so")
{
  sink server(context);
  socket().open(tcp::v4());
  arm(endpoints{server.endpoint()});
  CHECK(await_write().is(asio::error::already_open, 0));
  CHECK(socket().is_open());
  server.visit();
  run(context);
}

TEST_CASE_METHOD(lazy_stream, "a stream connects to a host by its name, and by its first read too")
{
  sink server(context);
  {
    // Copies are made of both.
    const std::string host = "127.0.0.1";
    const std::string port = std::to_string(server.endpoint().port());
    arm(host, port);
  }
  CHECK(context.poll() == 0);
  context.restart();
  SECTION("by a write") { check_connects(*this, server); }
  SECTION("by a read")
  {
    transfer answer;
    read(answer);
    send_banner(context, server);
    answer.result.await(context);
    CHECK(answer.bytes() == banner);
    close();
  }
}

TEST_CASE_METHOD(lazy_stream, "a look-up that fails ends the first write, and what waits for it")
{
  // A service that nobody has needs no name server.
  arm("127.0.0.1", "no such service");
  transfer first;
  transfer answer;
  write(first);
  read(answer);
  run(context);
  CHECK(first.result.calls == 1);
  CHECK(first.result.error);
  CHECK(answer.result.is(first.result.error, 0));
  CHECK_FALSE(socket().is_open());
}

// Arming anew

TEST_CASE_METHOD(lazy_stream, "a stream that is armed again forgets its former peer and options")
{
  tcp::acceptor former(context, loopback_v4());
  sink server(context);
  connect_report unused;
  connect_options others;
  others.report = &unused;
  others.prepare = [](opened_socket&, error_code& error) { error = asio::error::fault; };
  SECTION("for an endpoint") { stream.connect_on_write(former.local_endpoint(), others); }
  SECTION("for several") { stream.connect_on_write(endpoints{former.local_endpoint()}, others); }
  SECTION("for a name") { stream.connect_on_write("no such host", "http", others); }
  arm(server.endpoint());
  check_connects(*this, server);
  CHECK(is_unvisited(former));
  CHECK(unused.attempts.empty());
  CHECK(report.attempts.size() == 1);
}

TEST_CASE_METHOD(lazy_stream, "a stream whose arming throws stays armed as it was")
{
  struct never_copied
  {
    never_copied() = default;
    never_copied(const never_copied& other) : is_armed(other.is_armed)
    {
      if (*is_armed)
        throw std::bad_alloc();
    }

    void operator()(opened_socket&, error_code&) const {}

    std::shared_ptr<bool> is_armed = std::make_shared<bool>(false);
  };
  tcp::acceptor other(context, loopback_v4());
  sink server(context);
  connect_options others;
  never_copied prepare;
  others.prepare = prepare;
  arm(server.endpoint());
  *prepare.is_armed = true;
  CHECK_THROWS_AS(stream.connect_on_write(other.local_endpoint(), others), std::bad_alloc);
  CHECK_THROWS_AS(
      stream.connect_on_write(endpoints{other.local_endpoint()}, others), std::bad_alloc);
  check_connects(*this, server);
  CHECK(report.attempts.size() == 1);
  CHECK(is_unvisited(other));
}

TEST_CASE_METHOD(
    lazy_stream, "a read that has posted itself connects to where the stream is armed for then")
{
  tcp::acceptor former(context, loopback_v4());
  sink server(context);
  arm(former.local_endpoint());
  transfer answer;
  read(answer);
  arm(server.endpoint());
  send_banner(context, server);
  answer.result.await(context);
  CHECK(answer.bytes() == banner);
  CHECK(is_unvisited(former));
  close();
}

TEST_CASE_METHOD(lazy_stream, "a stream connects again after a failure")
{
  fail(*this);
  sink server(context);
  arm(server.endpoint());
  check_connects(*this, server);
}

TEST_CASE_METHOD(lazy_stream, "a stream connects again after a close")
{
  sink first(context);
  arm(first.endpoint());
  check_connects(*this, first);
  sink second(context);
  arm(second.endpoint());
  check_connects(*this, second);
}

TEST_CASE_METHOD(
    lazy_stream, "a stream can be armed again by the handler that is told of the failure")
{
  refusing_port nobody(context);
  sink server(context);
  arm(nobody.endpoint());
  transfer first;
  transfer answer;
  transfer again;
  stream.async_write_some(asio::buffer(greeting),
      [&](const error_code& error, std::size_t bytes)
      {
        first.result.handler()(error, bytes);
        arm(server.endpoint());
        write(again);
      });
  read(answer);
  again.result.await(context);
  CHECK(first.result.is(asio::error::connection_refused, 0));
  CHECK(again.result.is_success(greeting.size()));

  // It has waited for the connect that has failed.
  CHECK(answer.result.is(asio::error::connection_refused, 0));
  close();
  CHECK(server.received() == greeting);
}

TEST_CASE_METHOD(
    lazy_stream, "a read that has waited is not made on the connection of another connect")
{
  sink first_server(context);
  sink server(context);
  arm(first_server.endpoint());
  transfer first;
  transfer waiting;
  stream.async_write_some(asio::buffer(greeting),
      [&](const error_code& error, std::size_t bytes)
      {
        first.result.handler()(error, bytes);
        socket().close();
        arm(server.endpoint());
      });
  read(waiting);
  waiting.result.await(context);
  CHECK(first.result.is_success(greeting.size()));
  CHECK(waiting.result.error);
  CHECK(waiting.result.bytes_transferred == 0);
  check_connects(*this, server);
}

TEST_CASE_METHOD(lazy_stream, "a stream that connects cannot be armed, and the connect goes on")
{
  sink server(context);
  tcp::acceptor other(context, loopback_v4());
  arm(server.endpoint());
  transfer first;
  write(first);
  try
  {
    arm(other.local_endpoint());
    FAIL("no exception");
  }
  catch (const boost::system::system_error& error)
  {
    CHECK(error.code() == asio::error::already_started);
  }
  CHECK_THROWS_AS(arm(endpoints{other.local_endpoint()}), boost::system::system_error);
  CHECK_THROWS_AS(arm("127.0.0.1", "http"), boost::system::system_error);
  first.result.await(context);
  CHECK(first.result.is_success(greeting.size()));
  close();
  CHECK(server.received() == greeting);
  CHECK(is_unvisited(other));
}

TEST_CASE_METHOD(lazy_stream, "a stream that is armed while it is connected does not connect twice")
{
  sink server(context);
  tcp::acceptor other(context, loopback_v4());
  socket().connect(server.endpoint());
  run_until(context, [&] { return server.accepted(); });
  arm(other.local_endpoint());
  CHECK(await_write().is(asio::error::already_connected, 0));
  CHECK(socket().is_open());
  CHECK(await_write().is(asio::error::not_connected, 0));
  close();
  CHECK(server.received().empty());
  CHECK(is_unvisited(other));
}

// Options

TEST_CASE_METHOD(lazy_stream, "options with a bad field are refused by the first transfer")
{
  const bool reads = GENERATE(true, false);
  options.retry.max_attempts = 2;
  options.retry.backoff.multiplier = 0.5;
  REQUIRE_FALSE(options.validate().empty());
  sink server(context);
  SECTION("for an endpoint") { arm(server.endpoint()); }
  SECTION("for several") { arm(endpoints{server.endpoint()}); }
  SECTION("for a name") { arm("127.0.0.1", std::to_string(server.endpoint().port())); }
  transfer first;
  if (reads)
    read(first);
  else
    write(first);
  first.result.await(context);
  CHECK(first.result.is(asio::error::invalid_argument, 0));
  CHECK_FALSE(socket().is_open());
  CHECK(await_write().is(asio::error::not_connected, 0));
  server.visit();
  run(context);
}

TEST_CASE_METHOD(lazy_stream, "a time limit ends the connect, and all that wait for it")
{
  const bool total = GENERATE(true, false);
  full_listener silent(context);
  full_listener second(context);
  options.race.attempt_delay = shortest_delay;
  (total ? options.total_timeout : options.attempt_timeout) = std::chrono::milliseconds(40);
  SECTION("with an endpoint") { arm(silent.endpoint()); }
  SECTION("with several") { arm(endpoints{silent.endpoint(), second.endpoint()}); }
  transfer first;
  transfer answer;
  write(first);
  read(answer);
  run(context);
  CHECK(first.result.is(asio::error::timed_out, 0));
  CHECK(answer.result.is(asio::error::timed_out, 0));
  CHECK_FALSE(socket().is_open());
}

TEST_CASE_METHOD(lazy_stream, "no time limit outlasts the connect")
{
  sink server(context);
  options.total_timeout = std::chrono::seconds(5);
  options.attempt_timeout = std::chrono::seconds(5);
  arm(server.endpoint());
  transfer first;
  write(first);
  first.result.await(context);
  transfer answer;
  read(answer);
  run_until(context, [&] { return server.accepted(); });
  server.socket().close();
  const auto before = std::chrono::steady_clock::now();
  run(context);
  CHECK(std::chrono::steady_clock::now() - before < std::chrono::seconds(4));
  CHECK(first.result.is_success(greeting.size()));
  CHECK(answer.result.calls == 1);
}

TEST_CASE_METHOD(lazy_stream, "refused twice and then accepted, a stream sends its bytes once")
{
  tcp::acceptor late(context, tcp::v4());
  late.bind(loopback_v4());
  options.retry.max_attempts = 5;
  options.retry.backoff.initial = std::chrono::milliseconds(1);
  options.on_attempt = [&](const connectex::connect_attempt& attempt)
  {
    if (attempt.error && report.attempts.size() == 2)
      late.listen();
  };
  arm(late.local_endpoint());
  transfer first;
  transfer second;
  write(first);
  write(second, " again");
  second.result.await(context);
  CHECK(first.result.is_success(greeting.size()));
  CHECK(second.result.is_success(6));
  CHECK(report.attempts.size() == 3);
  tcp::socket peer = late.accept();
  socket().close();
  std::string received;
  error_code error;
  asio::read(peer, asio::dynamic_buffer(received), error);
  CHECK(error == asio::error::eof);
  CHECK(received == greeting + " again");
}

TEST_CASE_METHOD(lazy_stream, "the socket is prepared by the first transfer, before it connects")
{
  sink server(context);
  int prepared = 0;
  options.prepare = [&](opened_socket& opened, error_code& error)
  {
    ++prepared;
    opened.set_option(tcp::no_delay(true), error);
  };
  arm(server.endpoint());
  CHECK(prepared == 0);
  CHECK(await_write().is_success(greeting.size()));
  CHECK(prepared == 1);
  tcp::no_delay option;
  socket().get_option(option);
  CHECK(option.value());
  close();
}
