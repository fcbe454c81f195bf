// SPDX-License-Identifier: BSL-1.0

#include <connectex/connect_ex_race.hpp>
#include <connectex/connect_report.hpp>
#include <connectex/error.hpp>

#include "support/loopback.hpp"
#include "support/reading_server.hpp"
#include "support/thrown.hpp"

#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace
{

using namespace test;
using namespace std::chrono_literals;
using connectex::attempt_outcome;
using connectex::connect_attempt;
using connectex::connect_ex;
using connectex::connect_options;
using connectex::connect_report;

using endpoints = std::vector<tcp::endpoint>;

std::size_t count(const connect_report& report, attempt_outcome outcome)
{
  return static_cast<std::size_t>(std::count_if(report.attempts.begin(), report.attempts.end(),
      [outcome](const connect_attempt& attempt) { return attempt.outcome == outcome; }));
}

std::string read_all(tcp::acceptor& acceptor)
{
  tcp::socket peer = acceptor.accept();
  std::string bytes;
  error_code end_of_file;
  asio::read(peer, asio::dynamic_buffer(bytes), end_of_file);
  return bytes;
}

/// POSIX gives the lowest descriptor that is free.
[[maybe_unused]] auto next_descriptor(asio::io_context& context)
{
  return tcp::socket(context, tcp::v4()).native_handle();
}

} // namespace

TEST_CASE("each form of the blocking call with several endpoints, or a name, connects")
{
  asio::io_context context;
  const refusing_port closed(context);
  tcp::acceptor acceptor(context, loopback_v4());
  const endpoints all{closed.endpoint(), acceptor.local_endpoint()};
  const std::string port = port_of(acceptor.local_endpoint());
  const auto buffer = asio::buffer(greeting);
  const connect_options options;
  error_code error = asio::error::fault;

  using form = std::function<std::size_t(tcp::socket&)>;
  const std::vector<form> with_buffers = {[&](tcp::socket& socket)
      { return connect_ex(socket, all, buffer, options, error); },
      [&](tcp::socket& socket) { return connect_ex(socket, all, buffer, options); },
      [&](tcp::socket& socket) { return connect_ex(socket, all, buffer, error); },
      [&](tcp::socket& socket) { return connect_ex(socket, all, buffer); },
      [&](tcp::socket& socket)
      { return connect_ex(socket, "127.0.0.1", port, buffer, options, error); },
      [&](tcp::socket& socket) { return connect_ex(socket, "127.0.0.1", port, buffer, options); },
      [&](tcp::socket& socket) { return connect_ex(socket, "127.0.0.1", port, buffer, error); },
      [&](tcp::socket& socket) { return connect_ex(socket, "127.0.0.1", port, buffer); }};
  const std::vector<form> without = {[&](tcp::socket& socket)
      { return connect_ex(socket, all, options, error); },
      [&](tcp::socket& socket) { return connect_ex(socket, all, options); },
      [&](tcp::socket& socket) { return connect_ex(socket, all, error); },
      [&](tcp::socket& socket) { return connect_ex(socket, all); },
      [&](tcp::socket& socket) { return connect_ex(socket, "127.0.0.1", port, options, error); },
      [&](tcp::socket& socket) { return connect_ex(socket, "127.0.0.1", port, options); },
      [&](tcp::socket& socket) { return connect_ex(socket, "127.0.0.1", port, error); },
      [&](tcp::socket& socket) { return connect_ex(socket, "127.0.0.1", port); }};

  const auto call = [&](const form& connect, const std::string& delivered)
  {
    tcp::socket socket(context);
    CHECK(connect(socket) == delivered.size());
    CHECK(socket.remote_endpoint() == acceptor.local_endpoint());
    socket.close();
    CHECK(read_all(acceptor) == delivered);
  };
  for (const form& connect : with_buffers)
    call(connect, greeting);
  for (const form& connect : without)
    call(connect, "");
  CHECK_FALSE(error);
}

TEST_CASE("the blocking race leaves nothing to run, and the socket works asynchronously")
{
  const bool through_silent = GENERATE(false, true);
  asio::io_context context;
  const full_listener silent(context);
  tcp::acceptor acceptor(context, loopback_v4());
  tcp::socket socket(context);
  endpoints all{acceptor.local_endpoint()};
  all.insert(through_silent ? all.begin() : all.end(), silent.endpoint());
  connect_options options;
  options.race.attempt_delay = 20ms;
  connect_ex(socket, all, asio::buffer(greeting), options);
  CHECK(context.poll() == 0);

  tcp::socket peer = acceptor.accept();
  asio::write(peer, asio::buffer(greeting));
  std::array<char, 16> memory{};
  outcome read;
  socket.async_read_some(asio::buffer(memory), read.handler());
  run(context);
  CHECK(read.is_success(greeting.size()));
}

TEST_CASE("a blocking race that fails closes the socket and leaves nothing to run")
{
  asio::io_context context;
  const refusing_port first(context);
  const refusing_port second(context);
  tcp::socket socket(context);
  connect_report report;
  connect_options options;
  options.report = &report;
  error_code error;
  CHECK(connect_ex(socket, endpoints{first.endpoint(), second.endpoint()}, asio::buffer(greeting),
            options, error)
      == 0);
  CHECK(error == asio::error::connection_refused);
  CHECK_FALSE(socket.is_open());
  CHECK(count(report, attempt_outcome::failed) == 2);
  CHECK(context.poll() == 0);

  CHECK(thrown_by(
            [&] {
              connect_ex(socket, endpoints{first.endpoint(), second.endpoint()});
            })
      == asio::error::connection_refused);
}

TEST_CASE("a blocking race is refused where the asynchronous one is")
{
  asio::io_context context;
  tcp::acceptor acceptor(context, loopback_v4());
  const endpoints all{acceptor.local_endpoint()};
  connect_report report;
  report.attempts.resize(1);
  connect_options options;
  options.report = &report;
  error_code error;
  tcp::socket open(context, tcp::v4());
  connect_ex(open, all, options, error);
  CHECK(error == asio::error::already_open);
  CHECK(report.attempts.empty());
  CHECK(open.is_open());
  connect_ex(open, "127.0.0.1", "80", options, error);
  CHECK(error == asio::error::already_open);

  tcp::socket socket(context);
  connect_ex(socket, endpoints(), options, error);
  CHECK(error == asio::error::not_found);
  options.race.attempt_delay = -1ms;
  connect_ex(socket, all, options, error);
  CHECK(error == asio::error::invalid_argument);
  connect_ex(socket, "", "80", error);
  CHECK(error == asio::error::host_not_found);
  connect_ex(socket, "connectex.invalid", "80", error);
  CHECK(error);
  CHECK_FALSE(socket.is_open());
  CHECK(is_unvisited(acceptor));
}

TEST_CASE("the total limit ends a blocking race in which nobody answers, and leaves no descriptor")
{
  asio::io_context context;
  const full_listener first(context);
  const full_listener second(context);
  tcp::socket socket(context);
  [[maybe_unused]] const auto descriptor = next_descriptor(context);
  connect_report report;
  connect_options options;
  options.report = &report;
  options.race.attempt_delay = 10ms;
  options.total_timeout = 200ms;
  error_code error;
  const auto took = time_of(
      [&]
      {
        connect_ex(socket, endpoints{first.endpoint(), second.endpoint()}, asio::buffer(greeting),
            options, error);
      });
  CHECK(error == asio::error::timed_out);
  CHECK(took >= 200ms);
  CHECK(took < limit);
  CHECK(count(report, attempt_outcome::given_up) == 2);
  CHECK_FALSE(socket.is_open());
  CHECK(context.poll() == 0);
#if CONNECTEX_DETAIL_POSIX
  CHECK(next_descriptor(context) == descriptor);
#endif
}

TEST_CASE("a total limit that is used up ends the blocking call with a name before an attempt")
{
  asio::io_context context;
  tcp::acceptor acceptor(context, loopback_v4());
  tcp::socket socket(context);
  connect_report report;
  connect_options options;
  options.report = &report;
  options.total_timeout = 1ns;
  error_code error;
  CHECK(connect_ex(socket, loopback_name(), port_of(acceptor.local_endpoint()),
            asio::buffer(greeting), options, error)
      == 0);
  CHECK(error == asio::error::timed_out);
  CHECK(report.attempts.empty());
  CHECK_FALSE(socket.is_open());
  CHECK(is_unvisited(acceptor));
}

TEST_CASE("a blocking race waits for more attempts at a time than one system call takes")
{
  asio::io_context context;
  const full_listener silent(context, {asio::ip::address_v4::any(), 0});
  full_backlog late(context);
  const refusing_port closed(context);
  endpoints all;
  for (unsigned char host = 1; host <= 70; ++host)
    all.emplace_back(asio::ip::address_v4({127, 0, 1, host}), silent.endpoint().port());
  all.push_back(late.endpoint());
  all.push_back(closed.endpoint());

  tcp::socket socket(context);
  connect_options options;
  options.race.attempt_delay = 10ms;
  options.race.max_in_flight = 100;
  options.total_timeout = limit;

  // Makes room for the attempt before the last one, which is repeated after a second.
  options.on_attempt = [&, is_full = true](const connect_attempt&) mutable
  {
    if (std::exchange(is_full, false))
      late.acceptor().accept();
  };
  error_code error;
  CHECK(connect_ex(socket, all, asio::buffer(greeting), options, error) == greeting.size());
  CHECK_FALSE(error);
  CHECK(socket.remote_endpoint() == late.endpoint());
}

TEST_CASE("a blocking race writes a flight that is longer than the peer takes at once")
{
  asio::io_context context;
  const full_listener silent(context);
  reading_server server;
  tcp::socket socket(context);
  const std::string flight = pattern(3000000);
  connect_options options;
  options.race.attempt_delay = 10ms;
  const std::array<asio::const_buffer, 3> buffers{
      asio::buffer(flight, 10), asio::const_buffer(), asio::buffer(flight) + 10};
  CHECK(connect_ex(socket, endpoints{silent.endpoint(), server.endpoint()}, buffers, options)
      == flight.size());
  socket.close();
  CHECK(server.received() == flight);
}

TEST_CASE("the total limit ends the write of a blocking race, and says what was handed over")
{
  asio::io_context context;
  const full_listener silent(context);
  idle_peer peer(context);
  tcp::socket socket(context);
  const std::string flight = pattern(32000000);
  connect_report report;
  connect_options options;
  options.report = &report;
  options.race.attempt_delay = 10ms;
  options.total_timeout = 300ms;
  error_code error;
  const std::size_t sent = connect_ex(
      socket, endpoints{silent.endpoint(), peer.endpoint()}, asio::buffer(flight), options, error);
  CHECK(error == connectex::condition::timed_out);
  CHECK(error != connectex::condition::retryable);
  CHECK(sent > 0);
  CHECK(sent < flight.size());
  CHECK(report.maybe_delivered);
  CHECK_FALSE(socket.is_open());
}

TEST_CASE("a connection that stood in time wins a blocking race, however late the thread asks")
{
  asio::io_context context;
  full_backlog late(context);
  const refusing_port closed(context);
  tcp::socket socket(context);
  connect_options options;
  options.race.attempt_delay = 10ms;
  options.attempt_timeout = 1500ms;

  // The system repeats the first SYN after a second, while this keeps the thread.
  options.on_attempt = [&, is_full = true](const connect_attempt&) mutable
  {
    if (!std::exchange(is_full, false))
      return;
    late.acceptor().accept();
    late.acceptor().accept();
    asio::steady_timer(context, 1600ms).wait();
  };
  error_code error;
  connect_ex(socket, endpoints{late.endpoint(), closed.endpoint()}, options, error);
  CHECK_FALSE(error);
  CHECK(socket.is_open());
}

TEST_CASE("rounds of a blocking race reach a server that begins to listen later")
{
  asio::io_context context;
  const refusing_port closed(context);
  tcp::acceptor acceptor(context);
  acceptor.open(tcp::v4());
  acceptor.bind(loopback_v4());
  tcp::socket socket(context);
  connect_report report;
  connect_options options;
  options.report = &report;
  options.retry.max_attempts = 1000;
  options.retry.backoff = {5ms, 1.0, 5ms, 0.0};
  options.total_timeout = limit;
  options.on_attempt = [&](const connect_attempt&)
  {
    if (report.attempts.size() == 6)
      acceptor.listen();
  };
  CHECK(connect_ex(socket, endpoints{closed.endpoint(), acceptor.local_endpoint()},
            asio::buffer(greeting), options)
      == greeting.size());
  CHECK(report.attempts.size() == 8);
}

TEST_CASE("a blocking race whose options throw ends every attempt and closes the socket")
{
  asio::io_context context;
  const full_listener silent(context);
  const refusing_port closed(context);
  tcp::socket socket(context);
  connect_options options;
  options.race.attempt_delay = 10ms;
  const auto token = std::make_shared<int>();
  SECTION("when an attempt has failed")
  {
    options.on_attempt = [token](const connect_attempt&) { throw std::runtime_error("attempt"); };
  }
  SECTION("when the second socket is set up")
  {
    options.prepare = [token, count = 0](connectex::opened_socket&, error_code&) mutable
    {
      if (++count == 2)
        throw std::runtime_error("prepare");
    };
  }
  CHECK_THROWS_AS(connect_ex(socket, endpoints{silent.endpoint(), closed.endpoint()}, options),
      std::runtime_error);
  CHECK_FALSE(socket.is_open());
  CHECK(context.poll() == 0);
  options = {};
  CHECK(token.use_count() == 1);

  tcp::acceptor acceptor(context, loopback_v4());
  CHECK(connect_ex(socket, endpoints{acceptor.local_endpoint()}, asio::buffer(greeting))
      == greeting.size());
}

TEST_CASE("a socket that the options close in a blocking race ends it")
{
  asio::io_context context;
  const full_listener silent(context);
  const refusing_port closed(context);
  tcp::socket socket(context);
  connect_options options;
  options.race.attempt_delay = 10ms;
  options.total_timeout = limit;
  options.on_attempt = [&](const connect_attempt&) { socket.close(); };
  error_code error;
  connect_ex(socket, endpoints{silent.endpoint(), closed.endpoint()}, options, error);
  CHECK(error == asio::error::operation_aborted);
  CHECK_FALSE(socket.is_open());
  CHECK(context.poll() == 0);
}

TEST_CASE("a blocking race takes sockets of any protocol")
{
  asio::io_context context;
  const refusing_port closed(context);
  tcp::acceptor acceptor(context, loopback_v4());
  asio::generic::stream_protocol::socket socket(context);
  const std::vector<asio::generic::stream_protocol::endpoint> all{
      closed.endpoint(), acceptor.local_endpoint()};
  CHECK(connect_ex(socket, all, asio::buffer(greeting)) == greeting.size());
  socket.close();
  CHECK(read_all(acceptor) == greeting);
}
