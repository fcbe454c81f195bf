// SPDX-License-Identifier: BSL-1.0

#include <connectex/connect_ex.hpp>
#include <connectex/connect_report.hpp>
#include <connectex/error.hpp>

#include "support/loopback.hpp"
#include "support/reading_server.hpp"
#include "support/thrown.hpp"
#include "support/wine.hpp"

#include <array>
#include <chrono>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#if CONNECTEX_DETAIL_POSIX
#include "support/signal_storm.hpp"
#endif

namespace
{

using namespace test;
using namespace std::chrono_literals;
using connectex::connect_ex;
using connectex::connect_options;
using connectex::connect_report;

} // namespace

TEST_CASE("the blocking call delivers a first flight of any size")
{
  const std::size_t size = GENERATE(0, 1, 1460, 65535, 65536, 3000000);
  const bool has_limit = GENERATE(false, true);
  CAPTURE(size, has_limit);
  reading_server server;
  asio::io_context context;
  tcp::socket socket(context);
  const std::string flight = pattern(size);
  connect_options options;
  if (has_limit)
    options.total_timeout = limit;
  error_code error;
  CHECK(connect_ex(socket, server.endpoint(), asio::buffer(flight), options, error) == size);
  CHECK_FALSE(error);
  socket.close();
  CHECK(server.received() == flight);
}

TEST_CASE("the blocking call delivers several buffers in order")
{
  reading_server server;
  asio::io_context context;
  tcp::socket socket(context);
  const std::string large = pattern(200000);
  const std::vector<asio::const_buffer> buffers = {
      asio::buffer(greeting), asio::const_buffer(), asio::buffer(large), asio::buffer(greeting)};
  CHECK(connect_ex(socket, server.endpoint(), buffers) == asio::buffer_size(buffers));
  socket.close();
  CHECK(server.received() == greeting + large + greeting);
}

TEST_CASE("the blocking call leaves nothing to run, and the socket works asynchronously")
{
  const bool succeeds = GENERATE(true, false);
  asio::io_context context;
  tcp::acceptor acceptor(context, loopback_v4());
  const refusing_port refusing(context);
  tcp::socket socket(context);
  error_code error;
  connect_ex(socket, succeeds ? acceptor.local_endpoint() : refusing.endpoint(),
      asio::buffer(greeting), error);
  CHECK(error == (succeeds ? error_code() : error_code(asio::error::connection_refused)));
  CHECK(context.poll() == 0);
  if (!succeeds)
    return;
  tcp::socket peer = acceptor.accept();
  asio::write(peer, asio::buffer(greeting));
  std::array<char, 16> memory{};
  outcome read;
  socket.async_read_some(asio::buffer(memory), read.handler());
  run(context);
  CHECK(read.is_success(greeting.size()));
}

TEST_CASE("the blocking call without an error code throws the error")
{
  asio::io_context context;
  const refusing_port refusing(context);
  tcp::socket socket(context);
  CHECK(thrown_by([&] { connect_ex(socket, refusing.endpoint()); })
      == asio::error::connection_refused);
}

TEST_CASE("the blocking call waits although the socket does not block, and leaves it so")
{
  asio::io_context context;
  reading_server server;
  tcp::socket socket(context, tcp::v4());
  socket.non_blocking(true);
  const std::string flight = pattern(3000000);
  CHECK(connect_ex(socket, server.endpoint(), asio::buffer(flight)) == flight.size());
  CHECK(socket.non_blocking());
  socket.close();
  CHECK(server.received() == flight);
}

TEST_CASE("the total limit ends the blocking write of the rest, and says what was handed over")
{
  asio::io_context context;
  idle_peer peer(context);
  tcp::socket socket(context);
  const std::string flight = pattern(32000000);
  connect_options options;
  connect_report report;
  options.report = &report;
  options.total_timeout = 200ms;
  error_code error;
  std::size_t sent = 0;
  const auto took = time_of(
      [&] { sent = connect_ex(socket, peer.endpoint(), asio::buffer(flight), options, error); });
  CHECK(error == connectex::condition::timed_out);
  CHECK(error != connectex::condition::retryable);
  CHECK(sent > 0);
  CHECK(sent < flight.size());
  CHECK(report.maybe_delivered);
  CHECK(took >= 200ms);
  CHECK(took < limit);
}

TEST_CASE("retries of the blocking call reach a server that begins to listen later")
{
  asio::io_context context;
  tcp::acceptor acceptor(context);
  acceptor.open(tcp::v4());
  acceptor.bind(loopback_v4());
  tcp::socket socket(context);
  connect_options options;
  connect_report report;
  options.report = &report;
  options.retry.max_attempts = 1000;
  options.retry.backoff = {5ms, 1.0, 5ms, 0.0};
  options.total_timeout = limit;
  options.on_attempt = [&](const connectex::connect_attempt&)
  {
    if (report.attempts.size() == 4)
      acceptor.listen();
  };
  CHECK(connect_ex(socket, acceptor.local_endpoint(), asio::buffer(greeting), options)
      == greeting.size());
  CHECK(report.attempts.size() == 5);
}

TEST_CASE("retries of the blocking call keep the port that the socket was bound to")
{
  asio::io_context context;
  const refusing_port refusing(context);
  tcp::socket socket(context, loopback_v4());
  const tcp::endpoint bound = socket.local_endpoint();
  connect_options options;
  options.retry.max_attempts = 3;
  options.retry.backoff = {0ms, 1.0, 0ms, 0.0};
  error_code error;
  connect_ex(socket, refusing.endpoint(), asio::buffer(greeting), options, error);
  CHECK(error == asio::error::connection_refused);
  tcp::acceptor acceptor(context, loopback_v4());
  connect_ex(socket, acceptor.local_endpoint(), asio::buffer(greeting), options, error);
  CHECK_FALSE(error);

  // Wine forgets with each failure a port that the system has chosen.
  if (!under_wine())
    CHECK(socket.local_endpoint() == bound);
}

TEST_CASE("many retries of the blocking call need no more stack than one")
{
  asio::io_context context;
  const refusing_port refusing(context);
  tcp::socket socket(context);
  connect_options options;
  options.retry.max_attempts = CONNECTEX_DETAIL_WINDOWS ? 20 : 20000;
  options.retry.backoff = {0ms, 1.0, 0ms, 0.0};
  error_code error;
  connect_ex(socket, refusing.endpoint(), asio::buffer(greeting), options, error);
  CHECK(error == asio::error::connection_refused);
}

#if CONNECTEX_DETAIL_POSIX

TEST_CASE("signals do not end the blocking call")
{
  const bool has_limit = GENERATE(false, true);
  asio::io_context context;
  const std::string flight = pattern(3000000);
  connect_options options;
  if (has_limit)
    options.total_timeout = limit;
  const signal_storm storm;

  // On a busy machine the storm may have less than a turn in each round.
  const auto end = std::chrono::steady_clock::now() + limit / 3;
  const auto goes_on = [&](int round)
  { return round < 20 || (storm.signals() <= 20 && std::chrono::steady_clock::now() < end); };
  for (int round = 0; goes_on(round); ++round)
  {
    reading_server server;
    tcp::socket socket(context);
    error_code error;
    CHECK(connect_ex(socket, server.endpoint(), asio::buffer(flight), options, error)
        == flight.size());
    CHECK_FALSE(error);
    socket.close();
    CHECK(server.received() == flight);
  }
  CHECK(storm.signals() > 20);
}

TEST_CASE("signals do not prolong the blocking call's limit or its waits")
{
  asio::io_context context;
  const full_listener silent(context);
  const signal_storm storm;
  tcp::socket socket(context);
  connect_options options;
  connect_report report;
  options.report = &report;
  options.attempt_timeout = 50ms;
  options.retry.max_attempts = 2;
  options.retry.backoff = {50ms, 1.0, 50ms, 0.0};
  error_code error;
  const auto took = time_of(
      [&] { connect_ex(socket, silent.endpoint(), asio::buffer(greeting), options, error); });
  CHECK(error == asio::error::timed_out);
  CHECK(report.attempts.size() == 2);
  CHECK(took >= 150ms);
  CHECK(took < limit);
}

#endif
