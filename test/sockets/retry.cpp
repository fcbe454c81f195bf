// SPDX-License-Identifier: BSL-1.0

#include <connectex/async_connect_ex.hpp>

#include "support/expected.hpp"
#include "support/loopback.hpp"
#include "support/wine.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/steady_timer.hpp>

#include <cerrno>
#include <chrono>
#include <cstdint>
#include <memory>

namespace
{

using namespace test;
using namespace std::chrono_literals;
using connectex::async_connect_ex;
using connectex::connect_options;
using connectex::connect_report;
using connectex::reopen_policy;

/// A retry that does not wait long, and never gives up of its own accord.
connect_options persistent(connect_report& report)
{
  connect_options options;
  options.retry.max_attempts = 0;
  options.retry.backoff = {1ms, 1.0, 1ms, 0.0};
  options.report = &report;
  options.loopback_fast_fail = refuses_slowly();
  return options;
}

/// A port that refuses until somebody begins to listen there.
class late_server
{
public:
  explicit late_server(asio::io_context& context, const tcp::endpoint& local = loopback_v4())
    : acceptor_(context), socket_(context)
  {
    acceptor_.open(local.protocol());
    acceptor_.bind(local);
    endpoint_ = acceptor_.local_endpoint();
  }

  tcp::endpoint endpoint() const { return endpoint_; }
  const std::string& received() const { return received_; }
  const tcp::endpoint& visitor() const { return visitor_; }

  void listen()
  {
    acceptor_.listen();
    acceptor_.async_accept(socket_,
        [this](const error_code& error)
        {
          acceptor_.close();
          if (error)
            return;
          visitor_ = socket_.remote_endpoint();
          asio::async_read(
              socket_, asio::dynamic_buffer(received_), [](const error_code&, std::size_t) {});
        });
  }

private:
  tcp::acceptor acceptor_;
  tcp::socket socket_;
  tcp::endpoint endpoint_;
  tcp::endpoint visitor_;
  std::string received_;
};

enum class binding
{
  none,
  any_port,
  any_address_and_port,
  chosen_port
};

/// An address with a port that is free, as far as can be known.
tcp::endpoint with_free_port(asio::io_context& context, const tcp::endpoint& local)
{
  return tcp::socket(context, local).local_endpoint();
}

/// Linux gives up a port of its own choice when a connect fails. The library takes it back, but
/// Wine does not let it.
bool keeps_port(binding bound)
{
  return bound == binding::chosen_port || (bound != binding::none && !under_wine());
}

tcp::endpoint address_for(binding bound, asio::io_context& context, const tcp::endpoint& local)
{
  switch (bound)
  {
  case binding::any_address_and_port:
    return {local.protocol(), 0};
  case binding::chosen_port:
    return with_free_port(context, local);
  default:
    return local;
  }
}

/// Lets the server listen as soon as the predicate has been asked @p refusals times.
auto listen_after(int refusals, late_server& server)
{
  return [refusals, asked = std::make_shared<int>(0), &server](
             const connectex::connect_attempt& attempt)
  {
    if (++*asked == refusals)
      server.listen();
    return attempt.error == asio::error::connection_refused;
  };
}

} // namespace

TEST_CASE("a server that begins to listen after some refusals is reached on the same socket")
{
  const tcp::endpoint local = GENERATE(loopback_v4(), loopback_v6());
  const binding bound = GENERATE(
      binding::none, binding::any_port, binding::any_address_and_port, binding::chosen_port);
  const std::size_t size = GENERATE(0u, 5u, 100000u);
  const int refusals = GENERATE(1, 4);
  CAPTURE(local, static_cast<int>(bound), size, refusals);

  asio::io_context context;
  late_server server(context, local);
  tcp::socket socket(context, local.protocol());
  socket.set_option(tcp::no_delay(true));
  if (bound != binding::none)
    socket.bind(address_for(bound, context, local));
  const auto handle = socket.native_handle();
  const tcp::endpoint name = bound == binding::none ? local : socket.local_endpoint();

  connect_report report;
  connect_options options = persistent(report);
  options.retry.predicate = listen_after(refusals, server);
  const std::string flight = pattern(size);
  outcome result;
  async_connect_ex(socket, server.endpoint(), asio::buffer(flight), options, result.handler());
  run_until(context, [&] { return result.calls != 0; });

  CAPTURE(result);
  REQUIRE(result.is_success(size));
  CHECK(socket.native_handle() == handle);
  tcp::no_delay no_delay;
  socket.get_option(no_delay);
  CHECK(no_delay.value());
  if (keeps_port(bound))
    CHECK(socket.local_endpoint().port() == name.port());
  if (keeps_port(bound) && !name.address().is_unspecified())
    CHECK(socket.local_endpoint().address() == name.address());

  REQUIRE(report.attempts.size() == static_cast<std::size_t>(refusals) + 1);
  std::chrono::steady_clock::duration sum{};
  for (const connectex::connect_attempt& attempt : report.attempts)
  {
    const bool is_last = &attempt == &report.attempts.back();
    CHECK(attempt.error == (is_last ? error_code() : asio::error::connection_refused));
    CHECK(attempt.native_error == (is_last ? 0 : native_refusal));
    CHECK(attempt.endpoint == server.endpoint());
    sum += attempt.elapsed;
  }
  CHECK(report.elapsed >= sum + refusals * 1ms);
  CHECK(report.first_flight == path_of(size));
  CHECK(report.bytes_in_connect == bytes_in_connect_of(size));

  const tcp::endpoint visitor = socket.local_endpoint();
  socket.close();
  run(context);
  CHECK((server.received() == flight));
  CHECK(server.visitor() == visitor);
}

TEST_CASE(
    "a client that starts 300 ms before its server connects on the same handle", "[asynchronous]")
{
  asio::io_context context;
  late_server server(context);
  asio::steady_timer start(context, 300ms);
  start.async_wait([&](const error_code&) { server.listen(); });

  tcp::socket socket(context, tcp::v4());
  const auto handle = socket.native_handle();
  connect_report report;
  connect_options options;
  options.retry.max_attempts = 50;
  options.report = &report;
  outcome result;
  async_connect_ex(socket, server.endpoint(), asio::buffer("hello", 5), options, result.handler());
  run_until(context, [&] { return result.calls != 0; });

  CAPTURE(result);
  REQUIRE(result.is_success(5));
  CHECK(socket.native_handle() == handle);
  CHECK(report.elapsed >= 250ms);
  REQUIRE(report.attempts.size() >= 2);
  report.attempts.pop_back();
  for (const connectex::connect_attempt& attempt : report.attempts)
    CHECK(attempt.native_error == native_refusal);
  socket.close();
  run(context);
  CHECK(server.received() == "hello");
}

TEST_CASE("a socket that the operation has opened itself is retried like any other")
{
  asio::io_context context;
  late_server server(context);
  tcp::socket socket(context);
  connect_report report;
  connect_options options = persistent(report);
  options.retry.predicate = listen_after(3, server);
  outcome result;
  async_connect_ex(socket, server.endpoint(), asio::buffer("hello", 5), options, result.handler());
  REQUIRE(socket.is_open());
  const auto handle = socket.native_handle();
  run_until(context, [&] { return result.calls != 0; });
  CHECK(result.is_success(5));
  CHECK(socket.native_handle() == handle);
  CHECK(report.attempts.size() == 4);
  socket.close();
  run(context);
  CHECK(server.received() == "hello");
}

TEST_CASE("when the attempts run out the last real error is the result")
{
  const unsigned attempts = GENERATE(1u, 2u, 5u);
  const auto wait = GENERATE(0ms, 1ms);
  asio::io_context context;
  const refusing_port nobody(context);
  tcp::socket socket(context, tcp::v4());
  connect_report report;
  connect_options options = persistent(report);
  options.retry.max_attempts = attempts;
  options.retry.backoff.initial = wait;
  outcome result;
  async_connect_ex(socket, nobody.endpoint(), asio::buffer("lost", 4), options, result.handler());
  CHECK(result.calls == 0);
  run(context);

  CAPTURE(result);
  CHECK(result.is(asio::error::connection_refused, 0));
  CHECK(socket.is_open());
  REQUIRE(report.attempts.size() == attempts);
  for (const connectex::connect_attempt& attempt : report.attempts)
  {
    CHECK(attempt.error == asio::error::connection_refused);
    CHECK(attempt.native_error == native_refusal);
  }
  CHECK(report.first_flight == connectex::first_flight_path::none);
}

TEST_CASE("there is one attempt unless more are asked for")
{
  asio::io_context context;
  const refusing_port nobody(context);
  tcp::socket socket(context);
  connect_report report;
  connect_options options;
  options.report = &report;
  outcome result;
  async_connect_ex(socket, nobody.endpoint(), asio::const_buffer(), options, result.handler());
  run(context);
  CHECK(result.is(asio::error::connection_refused, 0));
  CHECK(report.attempts.size() == 1);
}

TEST_CASE("a predicate can forbid a retry")
{
  asio::io_context context;
  const refusing_port nobody(context);
  tcp::socket socket(context);
  connect_report report;
  connect_options options = persistent(report);
  error_code asked;
  options.retry.predicate = [&](const connectex::connect_attempt& attempt)
  {
    asked = attempt.error;
    return false;
  };
  outcome result;
  async_connect_ex(socket, nobody.endpoint(), asio::const_buffer(), options, result.handler());
  run(context);
  CHECK(result.is(asio::error::connection_refused, 0));
  CHECK(asked == asio::error::connection_refused);
  CHECK(report.attempts.size() == 1);
}

#if !defined(_WIN32)

TEST_CASE("a port that the system chose for an earlier operation is not taken for the caller's")
{
  asio::io_context context;
  const refusing_port nobody(context);
  tcp::socket socket(context, tcp::v4());
  outcome earlier;
  async_connect_ex(socket, nobody.endpoint(), earlier.handler());
  run(context);
  REQUIRE(earlier.is(asio::error::connection_refused, 0));

  // The system shows it still, but somebody else has it by now.
  const tcp::endpoint shown = socket.local_endpoint();
  tcp::socket squatter(context, tcp::v4());
  connect_report report;
  connect_options options = persistent(report);
  options.retry.max_attempts = 3;
  options.retry.predicate = [&](const connectex::connect_attempt& attempt)
  {
    error_code ignored;
    squatter.bind(shown, ignored);
    return attempt.error == asio::error::connection_refused;
  };
  outcome result;
  async_connect_ex(socket, nobody.endpoint(), asio::const_buffer(), options, result.handler());
  run(context);
  CHECK(result.is(asio::error::connection_refused, 0));
  CHECK(report.attempts.size() == 3);
}

#endif

TEST_CASE("a cancellation of any type ends the wait between attempts at once", "[asynchronous]")
{
  const auto type = GENERATE(asio::cancellation_type::terminal, asio::cancellation_type::partial,
      asio::cancellation_type::total);
  asio::io_context context;
  const refusing_port nobody(context);
  tcp::socket socket(context, tcp::v4());
  connect_report report;
  connect_options options = persistent(report);
  options.retry.backoff = {1h, 1.0, 1h, 0.0};
  asio::cancellation_signal signal;
  outcome result;
  async_connect_ex(socket, nobody.endpoint(), asio::buffer("lost", 4), options,
      asio::bind_cancellation_slot(signal.slot(), result.handler()));
  run_until(context, [&] { return report.attempts.size() == 1; });
  CHECK(result.calls == 0);
  signal.emit(type);
  run(context);
  CHECK(result.is(asio::error::operation_aborted, 0));
  CHECK(socket.is_open());
  CHECK(report.attempts.size() == 1);
  CHECK(report.elapsed > report.attempts[0].elapsed);
}

TEST_CASE(
    "a cancellation after a refusal that nobody has heard of yet keeps the retry from being made",
    "[asynchronous]")
{
  asio::io_context context;
  const refusing_port nobody(context);
  tcp::socket socket(context, tcp::v4());
  connect_report report;
  connect_options options = persistent(report);
  asio::cancellation_signal signal;

  // The last moment: the machine is about to decide.
  options.retry.predicate = [&](const connectex::connect_attempt&)
  {
    signal.emit(asio::cancellation_type::terminal);
    return true;
  };
  outcome result;
  async_connect_ex(socket, nobody.endpoint(), asio::buffer("lost", 4), options,
      asio::bind_cancellation_slot(signal.slot(), result.handler()));
  run(context);
  CHECK(result.is(asio::error::operation_aborted, 0));
  CHECK(report.attempts.size() == 1);
}

TEST_CASE("a cancellation reaches a later attempt that is in flight", "[asynchronous]")
{
  asio::io_context context;
  tcp::acceptor acceptor(context);
  acceptor.open(tcp::v4());
  acceptor.bind(loopback_v4());
  const tcp::endpoint peer = acceptor.local_endpoint();
  tcp::socket filler(context);
  tcp::socket socket(context, tcp::v4());
  connect_report report;
  connect_options options = persistent(report);
  asio::cancellation_signal signal;
  options.retry.predicate = [&](const connectex::connect_attempt&)
  {
    if (!filler.is_open())
    {
      acceptor.listen(0);
      filler.connect(peer);
    }
    return true;
  };
  outcome result;
  async_connect_ex(socket, peer, asio::buffer("lost", 4), options,
      asio::bind_cancellation_slot(signal.slot(), result.handler()));
  run_until(context, [&] { return filler.is_open(); });

  // The wait, then the attempt, of which nothing more can be heard.
  asio::io_context::count_type handled = 1;
  while (handled != 0 && result.calls == 0)
    handled = context.run_one_for(200ms);
  REQUIRE(result.calls == 0);
  signal.emit(asio::cancellation_type::terminal);
  run(context);
  CHECK(result.is(asio::error::operation_aborted, 0));
  REQUIRE(report.attempts.size() == 2);
  CHECK(report.attempts[1].error == asio::error::operation_aborted);
}

TEST_CASE("a predicate that closes the socket ends the operation, and nobody opens it again")
{
  asio::io_context context;
  const refusing_port nobody(context);
  tcp::socket socket(context, tcp::v4());
  connect_options options;
  options.retry.max_attempts = 3;
  options.retry.backoff.initial = GENERATE(0ms, 1ms);
  options.retry.predicate = [&](const connectex::connect_attempt&)
  {
    socket.close();
    return true;
  };
  outcome result;
  async_connect_ex(socket, nobody.endpoint(), asio::buffer("lost", 4), options, result.handler());
  run(context);
  CHECK(result.is(asio::error::operation_aborted, 0));
  CHECK_FALSE(socket.is_open());
}

TEST_CASE("close() during a wait ends the operation when the wait ends", "[asynchronous]")
{
  asio::io_context context;
  const refusing_port nobody(context);
  tcp::socket socket(context, tcp::v4());
  connect_report report;
  connect_options options = persistent(report);
  options.retry.backoff = {20ms, 1.0, 20ms, 0.0};
  outcome result;
  async_connect_ex(socket, nobody.endpoint(), asio::buffer("lost", 4), options, result.handler());
  run_until(context, [&] { return report.attempts.size() == 1; });
  socket.close();
  run(context);
  CHECK(result.is(asio::error::operation_aborted, 0));
  CHECK_FALSE(socket.is_open());
  CHECK(report.attempts.size() == 1);
}

TEST_CASE("options out of range come back through the handler, and the socket is left alone")
{
  const char* const field = GENERATE("fast_open", "retry.backoff.multiplier", "reopen");
  connect_options options;
  if (field == std::string("fast_open"))
    options.fast_open = static_cast<connectex::fast_open_mode>(77);
  else if (field == std::string("reopen"))
    options.reopen = static_cast<reopen_policy>(77);
  else
    options.retry.backoff.multiplier = 0.5;
  REQUIRE(options.validate() == field);

  asio::io_context context;
  sink server(context);
  tcp::socket socket(context);
  outcome result;
  async_connect_ex(socket, server.endpoint(), asio::buffer("lost", 4), options, result.handler());
  CHECK(result.calls == 0);
  CHECK_FALSE(socket.is_open());
  run_until(context, [&] { return result.calls != 0; });
  CHECK(result.is(asio::error::invalid_argument, 0));
  CHECK_FALSE(socket.is_open());
}

TEST_CASE("prepare sets up the socket that the operation opens")
{
  asio::io_context context;
  sink server(context);
  tcp::socket socket(context);
  connect_options options;
  int calls = 0;
  options.prepare = [&](connectex::opened_socket& opened, error_code& error)
  {
    ++calls;
    opened.set_option(asio::socket_base::receive_buffer_size(4096), error);
    if (!error)
      opened.bind(loopback_v4(), error);
  };
  outcome result;
  async_connect_ex(socket, server.endpoint(), asio::buffer("hello", 5), options, result.handler());
  CHECK(calls == 1);
  const tcp::endpoint local = socket.local_endpoint();
  run_until(context, [&] { return result.calls != 0; });
  CHECK(result.is_success(5));
  CHECK(calls == 1);
  CHECK(socket.local_endpoint() == local);
  socket.close();
  run(context);
  CHECK(server.received() == "hello");
}

TEST_CASE("prepare is not called for a socket that is open")
{
  asio::io_context context;
  sink server(context);
  tcp::socket socket(context, tcp::v4());
  connect_options options;
  int calls = 0;
  options.prepare = [&](connectex::opened_socket&, error_code&) { ++calls; };
  outcome result;
  async_connect_ex(socket, server.endpoint(), asio::buffer("hello", 5), options, result.handler());
  run_until(context, [&] { return result.calls != 0; });
  CHECK(result.is_success(5));
  CHECK(calls == 0);
  socket.close();
  run(context);
}

TEST_CASE("an error that prepare leaves is the operation's error")
{
  asio::io_context context;
  sink server(context);
  tcp::socket socket(context);
  connect_options options;
  options.prepare = [&](connectex::opened_socket&, error_code& error)
  { error = asio::error::access_denied; };
  outcome result;
  async_connect_ex(socket, server.endpoint(), asio::buffer("hello", 5), options, result.handler());
  run_until(context, [&] { return result.calls != 0; });
  CHECK(result.is(asio::error::access_denied, 0));
}
