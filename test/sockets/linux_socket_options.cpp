// SPDX-License-Identifier: BSL-1.0

#include <connectex/async_connect_ex.hpp>
#include <connectex/socket_options.hpp>

#include "support/boolean_option.hpp"
#include "support/loopback.hpp"

#include <chrono>
#include <cstdint>
#include <fstream>
#include <set>
#include <stdexcept>
#include <vector>

#include <netinet/in.h>
#include <netinet/tcp.h>

namespace
{

using namespace test;
using namespace std::chrono_literals;

/// That the option is what Asio asks for, with this level and this name, and holds this number.
template <typename Option>
void check_number_option(Option option, int level, int name, std::uint32_t number)
{
  const tcp protocol = tcp::v4();
  CHECK(option.level(protocol) == level);
  CHECK(option.name(protocol) == name);
  CHECK(option.size(protocol) == 4);
  CHECK(*option.data(protocol) == number);
  CHECK(*Option().data(protocol) == 0);
  option.resize(protocol, 4);
  CHECK_THROWS_AS(option.resize(protocol, 2), std::length_error);
}

/// The last port that the system chooses of its own accord. A range counts only within its own.
std::uint16_t last_port_of_system()
{
  std::ifstream range("/proc/sys/net/ipv4/ip_local_port_range");
  std::uint16_t first = 0;
  std::uint16_t last = 0;
  range >> first >> last;
  REQUIRE(last >= first + 100);
  return last;
}

bool is_free(asio::io_context& context, std::uint16_t port)
{
  tcp::socket socket(context, tcp::v4());
  error_code error;
  socket.bind({loopback_v4().address(), port}, error);
  return !error;
}

/// A range of three ports, none of which anybody has now.
connectex::local_port_range three_free_ports(asio::io_context& context)
{
  const std::uint16_t last = last_port_of_system();
  for (;;)
  {
    const std::uint16_t first = tcp::socket(context, loopback_v4()).local_endpoint().port();
    const auto second = static_cast<std::uint16_t>(first + 1);
    const auto third = static_cast<std::uint16_t>(first + 2);
    if (first < last - 2 && is_free(context, second) && is_free(context, third))
      return {first, third};
  }
}

} // namespace

TEST_CASE("the option has the level, the name and the size of its Linux twin")
{
  check_boolean_option<connectex::bind_address_no_port>(IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT);
}

TEST_CASE("the connect chooses the port of a socket that is bound to an address alone")
{
  const tcp::endpoint local = GENERATE(loopback_v4(), loopback_v6());
  CAPTURE(local);
  asio::io_context context;
  sink server(context, local);
  tcp::socket socket(context, local.protocol());
  socket.set_option(connectex::bind_address_no_port(true));
  connectex::bind_address_no_port option;
  socket.get_option(option);
  CHECK(option.value());
  socket.bind(local);
  CHECK(socket.local_endpoint().port() == 0);

  outcome result;
  connectex::async_connect_ex(
      socket, server.endpoint(), asio::buffer("hello", 5), result.handler());
  run_until(context, [&] { return result.calls != 0; });
  CHECK(result.is_success(5));
  CHECK(socket.local_endpoint().address() == local.address());
  CHECK(socket.local_endpoint().port() != 0);
  socket.close();
  run(context);
}

TEST_CASE("a retry keeps the address of a socket that is bound to an address alone")
{
  const asio::ip::address address = asio::ip::make_address("127.0.0.5");
  asio::io_context context;
  const refusing_port nobody(context);
  tcp::socket socket(context, tcp::v4());
  socket.set_option(connectex::bind_address_no_port(true));
  socket.bind({address, 0});
  connectex::connect_report report;
  connectex::connect_options options;
  options.report = &report;
  options.retry.max_attempts = 3;
  options.retry.backoff.initial = 0ms;
  int asked = 0;
  options.retry.predicate = [&](const connectex::connect_attempt& attempt)
  {
    ++asked;
    CHECK(socket.local_endpoint().address() == address);
    return attempt.error == asio::error::connection_refused;
  };
  outcome result;
  connectex::async_connect_ex(
      socket, nobody.endpoint(), asio::buffer("lost", 4), options, result.handler());
  run(context);
  CHECK(result.is(asio::error::connection_refused, 0));
  CHECK(report.attempts.size() == 3);
  CHECK(asked == 2);
  CHECK(socket.local_endpoint().address() == address);
}

TEST_CASE("each option that is a number has the level, the name and the size of its Linux twin")
{
  check_number_option(connectex::syn_count(3), IPPROTO_TCP, TCP_SYNCNT, 3);
  check_number_option(
      connectex::local_port_range(40000, 40999), IPPROTO_IP, 51, 40999u << 16 | 40000);
  CHECK(connectex::syn_count(3).value() == 3);
  CHECK(connectex::local_port_range(40000, 65535).first() == 40000);
  CHECK(connectex::local_port_range(40000, 65535).last() == 65535);
}

TEST_CASE("a socket takes a count of SYNs and gives it back")
{
  asio::io_context context;
  tcp::socket socket(context, GENERATE(tcp::v4(), tcp::v6()));
  socket.set_option(connectex::syn_count(127));
  connectex::syn_count count;
  socket.get_option(count);
  CHECK(count.value() == 127);
  for (const int wrong : {-1, 0, 128})
  {
    error_code error;
    socket.set_option(connectex::syn_count(wrong), error);
    CHECK(error == asio::error::invalid_argument);
  }
}

TEST_CASE("a count of SYNs ends a connect that nobody answers")
{
  asio::io_context context;
  const full_listener busy(context);
  tcp::socket socket(context, tcp::v4());
  socket.set_option(connectex::syn_count(1));
  outcome result;
  connectex::async_connect_ex(socket, busy.endpoint(), asio::buffer("lost", 4), result.handler());
  run(context);
  CHECK(result.is(asio::error::timed_out, 0));
}

TEST_CASE("connects choose their ports from the range that a socket has")
{
  asio::io_context context;
  tcp::acceptor server(context, loopback_v4());
  const bool is_bound = GENERATE(false, true);
  CAPTURE(is_bound);
  const connectex::local_port_range range = three_free_ports(context);
  std::vector<tcp::socket> sockets;
  std::set<std::uint16_t> ports;
  outcome result;
  for (int i = 0; i != 4; ++i)
  {
    result = outcome();
    tcp::socket& socket = sockets.emplace_back(context, tcp::v4());
    error_code error;
    socket.set_option(range, error);
    if (error == asio::error::no_protocol_option)
    {
      WARN("left out: this Linux is older than 6.3");
      return;
    }
    REQUIRE_FALSE(error);
    connectex::local_port_range given_back;
    socket.get_option(given_back);
    CHECK(given_back.first() == range.first());
    CHECK(given_back.last() == range.last());
    if (is_bound)
    {
      socket.set_option(connectex::bind_address_no_port(true));
      socket.bind(loopback_v4());
    }
    connectex::async_connect_ex(
        socket, server.local_endpoint(), asio::const_buffer(), result.handler());
    run(context);
    if (result.error)
      break;
    ports.insert(socket.local_endpoint().port());
  }

  // Linux does not always try the last of the three.
  CHECK(ports.size() >= 2);
  CHECK(*ports.begin() >= range.first());
  CHECK(*ports.rbegin() <= range.last());
  CHECK(result.is(asio::error::address_in_use, 0));
}

TEST_CASE("a range of ports that ends before it begins is refused")
{
  asio::io_context context;
  tcp::socket socket(context, tcp::v6());
  error_code error;
  socket.set_option(connectex::local_port_range(40999, 40000), error);
  CHECK((error == asio::error::invalid_argument || error == asio::error::no_protocol_option));
}
