// SPDX-License-Identifier: BSL-1.0

#include <connectex/async_connect_ex.hpp>
#include <connectex/socket_options.hpp>

#include "support/loopback.hpp"
#include "support/wine.hpp"

#include <cstring>
#include <stdexcept>
#include <vector>

#if !defined(_WIN32)
#include <netinet/in.h>
#endif

namespace
{

using namespace test;
using namespace std::chrono_literals;

#if defined(_WIN32)

std::vector<unsigned char> bytes_of(connectex::initial_rto command)
{
  std::vector<unsigned char> bytes(4);
  std::memcpy(bytes.data(), command.data(), bytes.size());
  return bytes;
}

#endif

template <typename Option>
void check_boolean(int level, int name)
{
  const tcp protocol = tcp::v4();
  const Option off;
  CHECK_FALSE(off.value());
  CHECK_FALSE(static_cast<bool>(off));
  CHECK(!off);
  CHECK(*off.data(protocol) == 0);

  Option on(true);
  CHECK(on.value());
  CHECK(static_cast<bool>(on));
  CHECK_FALSE(!on);
  CHECK(on.level(protocol) == level);
  CHECK(on.name(protocol) == name);
  CHECK(on.size(protocol) == 4);
  CHECK(*on.data(protocol) == 1);

  on.resize(protocol, 4);
  CHECK(on.value());
  CHECK_THROWS_AS(on.resize(protocol, 2), std::length_error);
}

} // namespace

#if defined(_WIN32)

TEST_CASE("each option has the level, the name and the size of its Winsock twin")
{
  check_boolean<connectex::reuse_unicast_port>(0xFFFF, 0x3007);
  check_boolean<connectex::fast_open>(6, 15);

  const tcp protocol = tcp::v4();
  connectex::connect_time time;
  CHECK(time.level(protocol) == 0xFFFF);
  CHECK(time.name(protocol) == 0x700C);
  CHECK(time.size(protocol) == 4);
  CHECK_FALSE(time.value());
  *time.data(protocol) = 61;
  CHECK(time.value() == 61s);
  time.resize(protocol, 4);
  CHECK_THROWS_AS(time.resize(protocol, 1), std::length_error);
}

TEST_CASE("an option that comes back as one byte keeps the value of that byte")
{
  const tcp protocol = tcp::v4();
  const std::uint32_t value = GENERATE(0u, 1u);
  connectex::fast_open option;
  *option.data(protocol) = 0xCCCCCC00u | value;
  option.resize(protocol, 1);
  CHECK(option.value() == (value != 0));
}

TEST_CASE("the command for the first time-out has the layout that Winsock expects")
{
  using connectex::initial_rto;
  CHECK(initial_rto(0ms, 0).name() == static_cast<int>(0x98000011u));
  CHECK(bytes_of({300ms, 2}) == std::vector<unsigned char>{0x2C, 0x01, 2, 0});
  CHECK(bytes_of({initial_rto::unspecified_rtt(), initial_rto::no_syn_retransmissions})
      == std::vector<unsigned char>{0xFF, 0xFF, 0xFE, 0});
  CHECK(bytes_of({0ms, initial_rto::unspecified_max_syn_retransmissions})
      == std::vector<unsigned char>{0, 0, 0xFF, 0});
}

TEST_CASE("a first time-out out of range is the nearest one, not another")
{
  CHECK(bytes_of({-1ms, 1}) == std::vector<unsigned char>{0, 0, 1, 0});
  CHECK(bytes_of({65534ms, 1}) == std::vector<unsigned char>{0xFE, 0xFF, 1, 0});
  CHECK(bytes_of({65536ms, 1}) == std::vector<unsigned char>{0xFE, 0xFF, 1, 0});
  CHECK(bytes_of({(std::chrono::milliseconds::max)(), 1})
      == std::vector<unsigned char>{0xFE, 0xFF, 1, 0});
}

TEST_CASE("the connect time tells a connected socket from others")
{
  asio::io_context context;
  sink server(context);
  const refusing_port nobody(context);
  connectex::connect_time time;

  tcp::socket socket(context, tcp::v4());
  *time.data(tcp::v4()) = 7;
  socket.get_option(time);
  CHECK_FALSE(time.value());

  socket.connect(server.endpoint());
  socket.get_option(time);
  REQUIRE(time.value());
  CHECK(*time.value() < 60s);

  tcp::socket refused(context);
  error_code error;
  refused.connect(nobody.endpoint(), error);
  REQUIRE(error);
  refused.get_option(time);
  CHECK_FALSE(time.value());
}

TEST_CASE("a socket whose port may be shared can be bound and connected")
{
  asio::io_context context;
  sink server(context);
  tcp::socket socket(context, tcp::v4());
  socket.set_option(connectex::reuse_unicast_port(true));
  socket.bind(loopback_v4());
  socket.connect(server.endpoint());
  CHECK(socket.remote_endpoint() == server.endpoint());
}

TEST_CASE("what the system does not have it refuses by name")
{
  if (!under_wine())
  {
    WARN("left out: this is not Wine");
    return;
  }
  asio::io_context context;
  tcp::socket socket(context, tcp::v4());
  error_code error;
  socket.set_option(connectex::fast_open(true), error);
  CHECK(error == asio::error::no_protocol_option);

  connectex::reuse_unicast_port option;
  socket.get_option(option, error);
  CHECK(error == asio::error::no_protocol_option);

  connectex::initial_rto command(connectex::initial_rto::unspecified_rtt(), 1);
  socket.io_control(command, error);
  CHECK(error == asio::error::operation_not_supported);
}

#else

TEST_CASE("the option has the level, the name and the size of its Linux twin")
{
  check_boolean<connectex::bind_address_no_port>(IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT);
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
  options.retry.predicate = [&](const error_code& error)
  {
    ++asked;
    CHECK(socket.local_endpoint().address() == address);
    return error == asio::error::connection_refused;
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

#endif
