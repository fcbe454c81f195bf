// SPDX-License-Identifier: BSL-1.0

// What the blocking call leaves behind, in every way that it can end.

#include <connectex/async_connect_ex.hpp>
#include <connectex/connect_ex.hpp>
#include <connectex/connect_report.hpp>
#include <connectex/error.hpp>

#include "support/loopback.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <iterator>
#include <optional>
#include <string>

#if CONNECTEX_DETAIL_POSIX
#include "support/signal_storm.hpp"
#endif

namespace
{

using namespace test;
using namespace std::chrono_literals;
using connectex::async_connect_ex;
using connectex::condition;
using connectex::connect_attempt;
using connectex::connect_ex;
using connectex::connect_options;
using connectex::connect_report;

/// What a blocking call can meet. Its execution context has nothing to do but what the call leaves.
struct encounter
{
  encounter()
  {
    late.open(tcp::v4());
    late.bind(loopback_v4());
    options.report = &report;
  }

  void retry(unsigned max_attempts, std::chrono::milliseconds wait)
  {
    options.retry.max_attempts = max_attempts;
    options.retry.backoff = {wait, 1.0, wait, 0.0};
  }

  asio::io_context others;
  tcp::acceptor acceptor{others, loopback_v4()};
  tcp::acceptor late{others};
  refusing_port refusing{others};
  full_listener silent{others};

  asio::io_context context;
  tcp::socket socket{context};
  connect_options options;
  connect_report report;
  std::string flight = greeting;
  tcp::endpoint peer = acceptor.local_endpoint();
};

/// A way to end, and how it reads.
struct way_to_end
{
  const char* what;
  void (*arrange)(encounter& given);
  bool (*is_expected)(const error_code& error);
};

const way_to_end endings[] = {
    {"success", [](encounter&) {}, [](const error_code& error) { return !error; }},
    {"success within a limit", [](encounter& given) { given.options.total_timeout = limit; },
        [](const error_code& error) { return !error; }},
    {"success of a flight that one call does not take",
        [](encounter& given) { given.flight = pattern(100000); },
        [](const error_code& error) { return !error; }},
    {"the same within a limit",
        [](encounter& given)
        {
          given.flight = pattern(100000);
          given.options.total_timeout = limit;
        },
        [](const error_code& error) { return !error; }},
    {"success of a retry",
        [](encounter& given)
        {
          given.peer = given.late.local_endpoint();
          given.retry(1000, 2ms);
          given.options.on_attempt = [&given](const connect_attempt&)
          {
            if (given.report.attempts.size() == 2)
              given.late.listen();
          };
        },
        [](const error_code& error) { return !error; }},
    {"a refusal", [](encounter& given) { given.peer = given.refusing.endpoint(); },
        [](const error_code& error) { return error == asio::error::connection_refused; }},
    {"refusals",
        [](encounter& given)
        {
          given.peer = given.refusing.endpoint();
          given.retry(3, 2ms);
        },
        [](const error_code& error) { return error == asio::error::connection_refused; }},
    {"the limit of the attempt",
        [](encounter& given)
        {
          given.peer = given.silent.endpoint();
          given.options.attempt_timeout = 20ms;
        },
        [](const error_code& error) { return error == asio::error::timed_out; }},
    {"the limits of the attempts",
        [](encounter& given)
        {
          given.peer = given.silent.endpoint();
          given.options.attempt_timeout = 20ms;
          given.retry(2, 2ms);
        },
        [](const error_code& error) { return error == asio::error::timed_out; }},
    {"the total limit in an attempt",
        [](encounter& given)
        {
          given.peer = given.silent.endpoint();
          given.options.total_timeout = 20ms;
        },
        [](const error_code& error) { return error == asio::error::timed_out; }},
    {"the total limit between two attempts",
        [](encounter& given)
        {
          given.peer = given.refusing.endpoint();
          given.retry(2, 20s);
          given.options.total_timeout = CONNECTEX_DETAIL_WINDOWS ? 3s : 20ms;
        },
        [](const error_code& error) { return error == condition::timed_out; }},
    {"the total limit in a write",
        [](encounter& given)
        {
          given.flight = pattern(32000000);
          given.options.total_timeout = 200ms;
        },
        [](const error_code& error)
        { return error == condition::timed_out && error != condition::retryable; }},
    {"options that make no sense", [](encounter& given) { given.retry(2, -1ms); },
        [](const error_code& error) { return error == asio::error::invalid_argument; }},
    {"a peer that cannot be",
        [](encounter& given) { given.peer.address(asio::ip::address_v4::any()); },
        [](const error_code& error) { return error && error == condition::misuse; }},
    {"a socket that is connected", [](encounter& given) { given.socket.connect(given.peer); },
        [](const error_code& error) { return error == asio::error::already_connected; }},
    {"a function that prepares the socket, and fails",
        [](encounter& given)
        {
          given.options.prepare = [](connectex::opened_socket&, error_code& error)
          { error = asio::error::access_denied; };
        },
        [](const error_code& error) { return error == asio::error::access_denied; }},
    {"a function that closes the socket",
        [](encounter& given)
        {
          given.peer = given.refusing.endpoint();
          given.retry(2, 2ms);
          given.options.on_attempt = [&given](const connect_attempt&) { given.socket.close(); };
        },
        [](const error_code& error) { return error == asio::error::operation_aborted; }},
};

void check_asynchronous_use(encounter& used)
{
  tcp::acceptor acceptor(used.others, loopback_v4());
  outcome connected;
  used.socket.close();
  async_connect_ex(
      used.socket, acceptor.local_endpoint(), asio::buffer(greeting), connected.handler());
  run(used.context);
  CHECK(connected.is_success(greeting.size()));
  tcp::socket peer = acceptor.accept();
  asio::write(peer, asio::buffer(greeting));
  std::array<char, 16> memory{};
  outcome read;
  used.socket.async_read_some(asio::buffer(memory), read.handler());
  run(used.context);
  CHECK(read.is_success(greeting.size()));
}

/// The connection that the call has made.
void check_asynchronous_use_of_connection(encounter& used)
{
  tcp::acceptor& acceptor = used.late.local_endpoint() == used.peer ? used.late : used.acceptor;
  tcp::socket peer = acceptor.accept();
  std::string received(used.flight.size(), '\0');
  std::array<char, 16> memory{};
  outcome read_there;
  outcome written;
  outcome read;
  asio::async_read(peer, asio::buffer(received), read_there.handler());
  asio::async_write(used.socket, asio::buffer(greeting), written.handler());
  used.socket.async_read_some(asio::buffer(memory), read.handler());
  run(used.others);
  CHECK((received == used.flight));
  asio::write(peer, asio::buffer(greeting));
  run(used.context);
  CHECK(written.is_success(greeting.size()));
  CHECK(read.is_success(greeting.size()));
}

} // namespace

TEST_CASE("however the blocking call ends, it leaves nothing to run, and a socket of use")
{
  const way_to_end& expected = endings[GENERATE(range(std::size_t(0), std::size(endings)))];
  const bool interrupted = CONNECTEX_DETAIL_POSIX ? GENERATE(false, true) : false;
  CAPTURE(expected.what, interrupted);
  encounter met;
  expected.arrange(met);
  error_code error;
  std::size_t sent = 0;
  const auto started = std::chrono::steady_clock::now();
  {
#if CONNECTEX_DETAIL_POSIX
    std::optional<signal_storm> storm;
    if (interrupted)
      storm.emplace();
#endif
    sent = connect_ex(met.socket, met.peer, asio::buffer(met.flight), met.options, error);
  }
  CAPTURE(error);
  CHECK(std::chrono::steady_clock::now() - started < limit);
  CHECK(expected.is_expected(error));
  CHECK(met.context.poll() == 0);
  if (error)
    return check_asynchronous_use(met);
  CHECK(sent == met.flight.size());
  check_asynchronous_use_of_connection(met);
}
