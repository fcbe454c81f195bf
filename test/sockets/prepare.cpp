// SPDX-License-Identifier: BSL-1.0

#include <connectex/async_connect_ex.hpp>

#include "support/loopback.hpp"

#include <boost/asio/generic/stream_protocol.hpp>

#include <chrono>
#include <optional>
#include <vector>

namespace
{

using namespace test;
using namespace std::chrono_literals;
using connectex::async_connect_ex;
using connectex::connect_attempt;
using connectex::connect_options;
using connectex::connect_report;
using connectex::opened_socket;
using connectex::reopen_policy;
using tcp_socket_of_context = asio::basic_stream_socket<tcp, asio::io_context::executor_type>;

/// Another address of this machine than the one that an unbound socket gets.
const auto other_loopback = asio::ip::make_address("127.0.0.2");

template <typename Socket>
bool views(const opened_socket& opened, Socket& socket)
{
  return socket.is_open()
      && opened.native_handle()
      == static_cast<opened_socket::native_handle_type>(socket.native_handle());
}

} // namespace

TEMPLATE_TEST_CASE("prepare is handed the socket that was opened and the peer", "", tcp::socket,
    tcp_socket_of_context, asio::generic::stream_protocol::socket)
{
  const tcp::endpoint local = GENERATE(loopback_v4(), loopback_v6());
  asio::io_context context;
  tcp::acceptor server(context, local);
  TestType socket(context);
  connect_options options;
  int calls = 0;
  options.prepare = [&](opened_socket& opened, error_code& ec)
  {
    ++calls;
    CHECK(views(opened, socket));
    CHECK(opened.peer() == server.local_endpoint());
    CHECK_FALSE(ec);
    opened.set_option(asio::socket_base::keep_alive(true), ec);
    REQUIRE_FALSE(ec);
    opened.bind(local, ec);
  };
  outcome result;
  async_connect_ex(
      socket, server.local_endpoint(), asio::buffer("hello", 5), options, result.handler());
  CHECK(calls == 1);
  const auto bound = socket.local_endpoint();
  run(context);
  CHECK(result.is_success(5));
  CHECK(calls == 1);
  asio::socket_base::keep_alive keep_alive;
  socket.get_option(keep_alive);
  CHECK(keep_alive.value());
  CHECK(socket.local_endpoint() == bound);
}

TEST_CASE("the server sees the address that prepare binds the socket to")
{
  asio::io_context context;
  tcp::acceptor server(context, loopback_v4());
  tcp::socket socket(context);
  connect_options options;
  options.prepare = [](opened_socket& opened, error_code& ec)
  { opened.bind(tcp::endpoint(other_loopback, 0), ec); };
  outcome result;
  async_connect_ex(
      socket, server.local_endpoint(), asio::buffer("hello", 5), options, result.handler());
  run(context);
  REQUIRE(result.is_success(5));
  CHECK(socket.local_endpoint().address() == other_loopback);
  CHECK(server.accept().remote_endpoint() == socket.local_endpoint());
}

TEST_CASE("prepare is called again with each socket that is opened anew, and what it does holds")
{
  const bool opened_here = GENERATE(false, true);
  CAPTURE(opened_here);
  asio::io_context context;
  full_backlog full(context);
  tcp::socket socket(context);
  if (!opened_here)
    socket.open(tcp::v4());

  int calls = 0;
  connect_report report;
  connect_options options;
  options.report = &report;
  options.attempt_timeout = 100ms;
  options.reopen = reopen_policy::always;
  options.retry.max_attempts = 100;
  options.retry.backoff = {1ms, 1.0, 1ms, 0.0};
  options.prepare = [&](opened_socket& opened, error_code& ec)
  {
    ++calls;
    CHECK(views(opened, socket));
    CHECK(opened.peer() == full.endpoint());
    opened.set_option(tcp::no_delay(true), ec);
    REQUIRE_FALSE(ec);
    opened.bind(tcp::endpoint(other_loopback, 0), ec);
    REQUIRE_FALSE(ec);
  };

  // There is room once the first attempt has been given up.
  full.acceptor().non_blocking(true);
  std::vector<tcp::socket> accepted;
  const auto accept_all = [&]
  {
    error_code ec;
    while (!ec)
    {
      tcp::socket visitor = full.acceptor().accept(ec);
      if (!ec)
        accepted.push_back(std::move(visitor));
    }
  };
  options.on_attempt = [&](const connect_attempt&) { accept_all(); };
  outcome result;
  async_connect_ex(socket, full.endpoint(), asio::buffer("hello", 5), options, result.handler());
  run(context);

  CAPTURE(result, report);
  REQUIRE(result.is_success(5));
  REQUIRE(report.attempts.size() >= 2);
#if defined(_WIN32)
  const int reopened = static_cast<int>(report.attempts.size()) - 1;
#else
  // Linux can forget a connect.
  const int reopened = 0;
#endif
  CHECK(calls == reopened + opened_here);
  tcp::no_delay no_delay;
  socket.get_option(no_delay);
  CHECK(no_delay.value() == (calls != 0));
  CHECK((socket.local_endpoint().address() == other_loopback) == (calls != 0));

  accept_all();
  REQUIRE_FALSE(accepted.empty());
  CHECK(accepted.back().remote_endpoint() == socket.local_endpoint());
}

TEST_CASE("an error that prepare leaves when the socket is opened anew ends the operation")
{
  asio::io_context context;
  full_listener full(context);
  tcp::socket socket(context, tcp::v4());
  int calls = 0;
  connect_report report;
  connect_options options;
  options.report = &report;
  options.attempt_timeout = 30ms;
  options.reopen = reopen_policy::always;
  options.retry.max_attempts = 2;
  options.retry.backoff = {1ms, 1.0, 1ms, 0.0};
  options.prepare = [&](opened_socket&, error_code& ec)
  {
    ++calls;
    ec = asio::error::access_denied;
  };
  outcome result;
  async_connect_ex(socket, full.endpoint(), asio::buffer("lost", 4), options, result.handler());
  run(context);
#if defined(_WIN32)
  CHECK(calls == 1);
  CHECK(result.is(asio::error::access_denied, 0));
  CHECK(report.attempts.size() == 1);
#else
  CHECK(calls == 0);
  CHECK(result.is(asio::error::timed_out, 0));
  CHECK(report.attempts.size() == 2);
#endif
}
