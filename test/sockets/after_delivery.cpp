// SPDX-License-Identifier: BSL-1.0

#include <connectex/async_connect_ex.hpp>
#include <connectex/error.hpp>

#include "support/loopback.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/read.hpp>

#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace
{

using namespace test;
using namespace std::chrono_literals;
using connectex::async_connect_ex;
using connectex::condition;
using connectex::connect_attempt;
using connectex::connect_options;
using connectex::connect_report;

// More than the two ends of a connection hold if nobody reads.
constexpr std::size_t flight_size = 8u << 20;

/// A limit that leaves time to deliver something but not everything.
connect_options with_total_timeout()
{
  connect_options options;
  options.total_timeout = 300ms;
  options.prepare = [](connectex::opened_socket& socket, error_code& ec)
  { socket.set_option(asio::socket_base::send_buffer_size(100000), ec); };
  return options;
}

enum class behaviour
{
  refuses,

  /// Has no room for a connection, so nothing is heard of it.
  is_full,

  /// Takes connections and reads nothing as long as the client is there.
  is_idle
};

class scripted_server
{
public:
  scripted_server(asio::io_context& context, behaviour what)
    : context_(context), acceptor_(context), filler_(context)
  {
    acceptor_.open(tcp::v4());
    acceptor_.bind(loopback_v4());
    if (what == behaviour::refuses)
      return;
    acceptor_.listen(what == behaviour::is_full ? 0 : 10);
    acceptor_.non_blocking(true);
    if (what == behaviour::is_full)
      filler_.connect(endpoint());
  }

  tcp::endpoint endpoint() const { return acceptor_.local_endpoint(); }

  /// What each connection has brought, when the clients have closed theirs.
  std::vector<std::string> received()
  {
    filler_.close();
    std::vector<std::string> all;
    for (;;)
    {
      error_code ec;
      tcp::socket connection = acceptor_.accept(ec);
      if (ec)
        return all;
      std::string bytes;
      asio::async_read(
          connection, asio::dynamic_buffer(bytes), [](const error_code&, std::size_t) {});
      run(context_);
      all.push_back(std::move(bytes));
    }
  }

private:
  asio::io_context& context_;
  tcp::acceptor acceptor_;
  tcp::socket filler_;
};

} // namespace

TEST_CASE("a time limit after delivery is a time limit that must not be answered by another try")
{
  asio::io_context context;
  scripted_server server(context, behaviour::is_idle);
  tcp::socket socket(context);
  connect_options options = with_total_timeout();
  connect_report report;
  int asked = 0;
  options.report = &report;
  options.reopen = connectex::reopen_policy::always;
  options.retry.max_attempts = GENERATE(1u, 0u);
  options.retry.predicate = [&](const connect_attempt&) { return ++asked != 0; };
  const std::string flight = pattern(flight_size);
  outcome result;
  async_connect_ex(socket, server.endpoint(), asio::buffer(flight), options, result.handler());
  run(context);

  CAPTURE(result);
  REQUIRE(result.calls == 1);
  CHECK(result.error == condition::timed_out);
  CHECK(result.error == boost::system::errc::timed_out);
  CHECK(result.error != condition::retryable);
  CHECK(result.error != asio::error::timed_out);
  CHECK(result.error.category() == connectex::after_delivery_category());
  CHECK(result.bytes_transferred > 0);
  CHECK(result.bytes_transferred < flight.size());
  CHECK(report.maybe_delivered);
  CHECK(report.elapsed >= 300ms);
  REQUIRE(report.attempts.size() == 1);
  CHECK(report.attempts[0].outcome == connectex::attempt_outcome::connected);
  CHECK_FALSE(report.attempts[0].error);
  CHECK(asked == 0);

  socket.close();
  const std::vector<std::string> received = server.received();
  REQUIRE(received.size() == 1);
  CHECK(received[0].size() >= result.bytes_transferred);
  CHECK((flight.compare(0, received[0].size(), received[0]) == 0));
}

TEST_CASE("a connection that is closed as soon as it stands may have delivered bytes")
{
  asio::io_context context;
  scripted_server server(context, behaviour::is_idle);
  tcp::socket socket(context);
  connect_report report;
  connect_options options;
  options.report = &report;
  options.on_attempt = [&](const connect_attempt&) { socket.close(); };
  outcome result;
  const std::string flight = pattern(5);
  async_connect_ex(socket, server.endpoint(), asio::buffer(flight), options, result.handler());
  run(context);
  CHECK(result.is(asio::error::operation_aborted, 5));
  CHECK(report.maybe_delivered);
}

TEST_CASE("a connection that is closed before the handler is called may have delivered bytes",
    "[asynchronous]")
{
  asio::io_context context;
  scripted_server server(context, behaviour::is_idle);
  tcp::socket socket(context);
  connect_report report;
  connect_options options;
  options.report = &report;
  outcome result;
  const std::string flight = pattern(5);
  async_connect_ex(socket, server.endpoint(), asio::buffer(flight), options, result.handler());
  socket.close();
  run(context);
  CAPTURE(result);
  REQUIRE(result.calls == 1);
  CHECK(result.error == asio::error::operation_aborted);

  // A connect that was still under way has sent nothing, unless ConnectEx has.
  CHECK((report.maybe_delivered || result.bytes_transferred == 0));
}

TEST_CASE("a time limit before delivery may be answered by another try")
{
  const bool total = GENERATE(false, true);
  asio::io_context context;
  scripted_server server(context, behaviour::is_full);
  tcp::socket socket(context);
  connect_options options;
  connect_report report;
  (total ? options.total_timeout : options.attempt_timeout) = 50ms;
  options.report = &report;
  outcome result;
  const std::string flight = pattern(flight_size);
  async_connect_ex(socket, server.endpoint(), asio::buffer(flight), options, result.handler());
  run(context);
  CHECK(result.is(asio::error::timed_out, 0));
  CHECK(result.error == condition::timed_out);
  CHECK(result.error == boost::system::errc::timed_out);
  CHECK(result.error == condition::retryable);
  CHECK_FALSE(report.maybe_delivered);
}

TEST_CASE("a loop that tries again while it may never delivers a byte twice")
{
  constexpr auto refuses = behaviour::refuses;
  constexpr auto is_full = behaviour::is_full;
  constexpr auto is_idle = behaviour::is_idle;
  const auto script = GENERATE_COPY(std::vector{is_idle, is_idle},
      std::vector{refuses, is_idle, is_idle}, std::vector{is_full, is_idle, is_idle},
      std::vector{refuses, is_full, refuses, is_idle, is_full, is_idle});
  const bool retries = GENERATE(false, true);
  CAPTURE(script.size(), retries);

  asio::io_context context;
  std::vector<std::unique_ptr<scripted_server>> servers;
  for (const behaviour what : script)
    servers.push_back(std::make_unique<scripted_server>(context, what));

  connect_options options = with_total_timeout();
  if (retries)
  {
    options.attempt_timeout = 100ms;
    options.retry.max_attempts = 2;
    options.retry.backoff = {1ms, 1.0, 1ms, 0.0};
  }
  const std::string flight = pattern(flight_size);
  tcp::socket socket(context);
  outcome result;
  std::size_t tried = 0;
  do
  {
    socket.close();
    result = {};
    async_connect_ex(
        socket, servers[tried++]->endpoint(), asio::buffer(flight), options, result.handler());
    run(context);
  } while (result.error == condition::retryable && tried != servers.size());
  socket.close();

  CAPTURE(result, tried);
  CHECK(result.error == condition::timed_out);
  CHECK(script[tried - 1] == is_idle);
  CHECK(std::count(script.begin(), script.begin() + static_cast<std::ptrdiff_t>(tried), is_idle)
      == 1);

  std::string received;
  int receivers = 0;
  for (const auto& server : servers)
  {
    for (const std::string& bytes : server->received())
    {
      receivers += !bytes.empty();
      received += bytes;
    }
  }
  CHECK(receivers == 1);
  CHECK(received.size() >= result.bytes_transferred);
  CHECK((flight.compare(0, received.size(), received) == 0));
}
