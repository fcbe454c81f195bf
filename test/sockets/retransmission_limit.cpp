// SPDX-License-Identifier: BSL-1.0

#include <connectex/async_connect_ex.hpp>
#include <connectex/socket_options.hpp>

#include "support/loopback.hpp"
#include "support/wine.hpp"

#include <chrono>
#include <stdexcept>

namespace
{

using namespace test;
using namespace std::chrono_literals;
using connectex::retransmission_limit;

} // namespace

TEST_CASE("the limit of retransmissions has the level, the name and the size of its twin")
{
  const tcp protocol = tcp::v4();
  retransmission_limit limit(90s);
  CHECK(limit.level(protocol) == 6);
  CHECK(limit.name(protocol) == (CONNECTEX_DETAIL_WINDOWS ? 14 : 18));
  CHECK(limit.size(protocol) == 4);
  CHECK(*limit.data(protocol) == 90000);
  CHECK(limit.value() == 90s);
  limit.resize(protocol, 4);
  CHECK_THROWS_AS(limit.resize(protocol, 2), std::length_error);
  CHECK(retransmission_limit().value() == 0ms);
}

TEST_CASE("a limit of retransmissions out of its range is the nearest one")
{
  using std::chrono::milliseconds;
  CHECK(retransmission_limit(0ms).value() == 1ms);
  CHECK(retransmission_limit(-5ms).value() == 1ms);
  CHECK(retransmission_limit((milliseconds::min)()).value() == 1ms);
  CHECK(retransmission_limit(1ms).value() == 1ms);
  CHECK(retransmission_limit(2147483647ms).value() == 2147483647ms);
  CHECK(retransmission_limit(2147483648ms).value() == retransmission_limit::longest());
  CHECK(retransmission_limit((milliseconds::max)()).value() == 2147483647ms);
}

TEST_CASE("a socket takes a limit of retransmissions and gives it back, but not Wine's")
{
  asio::io_context context;
  tcp::socket socket(context, GENERATE(tcp::v4(), tcp::v6()));
  error_code error;
  socket.set_option(retransmission_limit(2500ms), error);
  if (under_wine())
  {
    CHECK(error == asio::error::no_protocol_option);
    return;
  }
  REQUIRE_FALSE(error);
  retransmission_limit limit;
  socket.get_option(limit);
  CHECK(limit.value() == 2500ms);
  socket.set_option(retransmission_limit(retransmission_limit::longest()), error);
  CHECK_FALSE(error);
}

#if defined(__linux__)

TEST_CASE("a limit of retransmissions ends a connect that nobody answers")
{
  asio::io_context context;
  const full_listener busy(context);
  tcp::socket socket(context, tcp::v4());
  socket.set_option(retransmission_limit(500ms));
  const auto started = std::chrono::steady_clock::now();
  outcome result;
  connectex::async_connect_ex(socket, busy.endpoint(), asio::buffer("lost", 4), result.handler());
  run(context);
  CHECK(result.is(asio::error::timed_out, 0));
  CHECK(std::chrono::steady_clock::now() - started < 20s);
}

#endif
