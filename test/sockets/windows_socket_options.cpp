// SPDX-License-Identifier: BSL-1.0

#include <connectex/socket_options.hpp>

#include "support/boolean_option.hpp"
#include "support/loopback.hpp"
#include "support/wine.hpp"

#include <boost/asio/ip/udp.hpp>

#include <chrono>
#include <cstring>
#include <stdexcept>
#include <vector>

namespace
{

using namespace test;
using namespace std::chrono_literals;

template <typename Command>
std::vector<unsigned char> bytes_of(Command command)
{
  std::vector<unsigned char> bytes(4);
  std::memcpy(bytes.data(), command.data(), bytes.size());
  return bytes;
}

} // namespace

TEST_CASE("each option has the level, the name and the size of its Winsock twin")
{
  check_boolean_option<connectex::reuse_unicast_port>(0xFFFF, 0x3007);
  check_boolean_option<connectex::fast_open>(6, 15);

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
  CHECK(bytes_of(initial_rto{300ms, 2}) == std::vector<unsigned char>{0x2C, 0x01, 2, 0});
  CHECK(bytes_of(initial_rto{initial_rto::unspecified_rtt(), initial_rto::no_syn_retransmissions})
      == std::vector<unsigned char>{0xFF, 0xFF, 0xFE, 0});
  CHECK(bytes_of(initial_rto{0ms, initial_rto::unspecified_max_syn_retransmissions})
      == std::vector<unsigned char>{0, 0, 0xFF, 0});
}

TEST_CASE("a first time-out out of range is the nearest one, not another")
{
  using connectex::initial_rto;
  CHECK(bytes_of(initial_rto{-1ms, 1}) == std::vector<unsigned char>{0, 0, 1, 0});
  CHECK(bytes_of(initial_rto{65534ms, 1}) == std::vector<unsigned char>{0xFE, 0xFF, 1, 0});
  CHECK(bytes_of(initial_rto{65536ms, 1}) == std::vector<unsigned char>{0xFE, 0xFF, 1, 0});
  CHECK(bytes_of(initial_rto{(std::chrono::milliseconds::max)(), 1})
      == std::vector<unsigned char>{0xFE, 0xFF, 1, 0});
}

TEST_CASE("the command for errors of unreachable ports is a number and four bytes")
{
  using connectex::udp_port_unreachable_errors;
  CHECK(udp_port_unreachable_errors(false).name() == static_cast<int>(0x9800000Cu));
  CHECK(bytes_of(udp_port_unreachable_errors(false)) == std::vector<unsigned char>{0, 0, 0, 0});
  CHECK(bytes_of(udp_port_unreachable_errors(true)) == std::vector<unsigned char>{1, 0, 0, 0});
}

TEST_CASE("a datagram socket takes the command for errors of unreachable ports")
{
  asio::io_context context;
  asio::ip::udp::socket socket(context, asio::ip::udp::v4());
  connectex::udp_port_unreachable_errors off(false);
  error_code error;
  socket.io_control(off, error);
  CHECK_FALSE(error);
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
