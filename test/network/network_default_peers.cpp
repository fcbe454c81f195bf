// SPDX-License-Identifier: BSL-1.0

// Run by test/network/run, in the network that it makes.

#include <connectex/default_peer.hpp>

#include "support/asio_names.hpp"
#include "support/catch.hpp"
#include "support/run.hpp"
#include "support/wine.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/ip/v6_only.hpp>

#include <array>
#include <chrono>
#include <string>

namespace
{

using namespace test;
using asio::ip::udp;
using connectex::connect_ex;
using connectex::disconnect;

udp::endpoint at(const char* address, unsigned short port = 7010)
{
  return {asio::ip::make_address(address), port};
}

/// The same on the link, whose number test/network/run has chosen.
udp::endpoint on_link(const char* address, unsigned short port = 7010)
{
  asio::ip::address_v6 name = asio::ip::make_address_v6(address);
  name.scope_id(7);
  return {name, port};
}

/// These send back what they get.
const udp::endpoint echo = at("198.51.100.2");
const udp::endpoint echo6 = at("2001:db8:1::2");
const udp::endpoint echo_on_link = on_link("fe80::2");

udp::endpoint loopback() { return {asio::ip::address_v4::loopback(), 0}; }
udp::endpoint loopback6() { return {asio::ip::address_v6::loopback(), 0}; }

asio::ip::address address_of(const udp::socket& socket)
{
  return socket.local_endpoint().address();
}

std::string ask(asio::io_context& context, udp::socket& socket, const std::string& text)
{
  std::array<char, 100> answer;
  std::size_t size = 0;
  bool done = false;
  socket.async_receive(asio::buffer(answer),
      [&](const error_code& error, std::size_t bytes)
      {
        done = true;
        size = error ? 0 : bytes;
      });

  // A datagram may be lost.
  const auto end = std::chrono::steady_clock::now() + limit;
  while (!done && std::chrono::steady_clock::now() < end)
  {
    socket.send(asio::buffer(text));
    context.restart();
    context.run_for(std::chrono::seconds(1));
  }
  REQUIRE(done);
  return {answer.data(), size};
}

} // namespace

TEST_CASE("a default peer on a link may follow one on loopback, and the other way round")
{
  asio::io_context context;
  udp::socket local_peer(context, loopback());
  udp::socket socket(context);
  connect_ex(socket, local_peer.local_endpoint());
  const unsigned short port = socket.local_endpoint().port();
  local_peer.send_to(asio::buffer("old", 3), socket.local_endpoint());

  connect_ex(socket, echo);
  CHECK(socket.remote_endpoint() == echo);
  CHECK(socket.local_endpoint().address() == asio::ip::make_address("198.51.100.1"));
  CHECK(socket.available() == 0);
  CHECK(ask(context, socket, "far") == "far");
  if (!under_wine())
    CHECK(socket.local_endpoint().port() == port);

  connect_ex(socket, local_peer.local_endpoint());
  CHECK(address_of(socket) == loopback().address());
  socket.send(asio::buffer("near", 4));
  CHECK(local_peer.available() == 4);
  disconnect(socket);
  if (!under_wine())
    CHECK(socket.local_endpoint() == udp::endpoint(udp::v4(), port));
}

TEST_CASE("a default peer that cannot be reached leaves the one on loopback")
{
  asio::io_context context;
  udp::socket local_peer(context, loopback());
  udp::socket socket(context);
  connect_ex(socket, local_peer.local_endpoint());
  const unsigned short port = socket.local_endpoint().port();
  error_code error;
  connect_ex(socket, udp::endpoint(asio::ip::make_address("192.0.2.99"), 7010), error);
  CHECK(error == asio::error::network_unreachable);
  CHECK(socket.remote_endpoint() == local_peer.local_endpoint());
  if (!under_wine())
    CHECK(socket.local_endpoint().port() == port);
  local_peer.send_to(asio::buffer("hello", 5), socket.local_endpoint());
  CHECK(socket.available() == 5);
}

TEST_CASE("a default peer that cannot be reached leaves the one on a link")
{
  asio::io_context context;
  udp::socket socket(context);
  connect_ex(socket, echo);
  const udp::endpoint local = socket.local_endpoint();
  error_code error;
  connect_ex(socket, udp::endpoint(asio::ip::make_address("192.0.2.99"), 7010), error);
  CHECK(error == asio::error::network_unreachable);
  CHECK(socket.remote_endpoint() == echo);
  CHECK(socket.local_endpoint() == local);
  CHECK(ask(context, socket, "still") == "still");
}

TEST_CASE("a default peer of IPv6 hears from an address that it can answer")
{
  asio::io_context context;
  udp::socket local_peer(context, loopback6());
  udp::socket socket(context);
  connect_ex(socket, local_peer.local_endpoint());
  const unsigned short port = socket.local_endpoint().port();

  connect_ex(socket, echo6);
  CHECK(address_of(socket) == asio::ip::make_address("2001:db8:1::1"));
  CHECK(ask(context, socket, "far") == "far");
  connect_ex(socket, echo_on_link);
  CHECK(ask(context, socket, "on the link") == "on the link");
  connect_ex(socket, echo6);
  CHECK(ask(context, socket, "far again") == "far again");
  connect_ex(socket, local_peer.local_endpoint());
  CHECK(address_of(socket) == loopback6().address());
  socket.send(asio::buffer("near", 4));
  CHECK(local_peer.available() == 4);
  if (!under_wine())
    CHECK(socket.local_endpoint().port() == port);
}

TEST_CASE("a default peer on loopback or elsewhere may follow one on the link")
{
  asio::io_context context;
  udp::socket local_peer(context, loopback6());
  udp::socket socket(context);
  connect_ex(socket, echo_on_link);
  const unsigned short port = socket.local_endpoint().port();
  CHECK(address_of(socket) == on_link("fe80::1").address());
  const bool is_far = GENERATE(false, true);
  if (is_far)
  {
    connect_ex(socket, echo6);
    CHECK(ask(context, socket, "far") == "far");
  }
  else
  {
    connect_ex(socket, local_peer.local_endpoint());
    socket.send(asio::buffer("near", 4));
    CHECK(local_peer.available() == 4);
  }
  if (!under_wine())
    CHECK(socket.local_endpoint().port() == port);
}

TEST_CASE(
    "a default peer of IPv6 may follow one of IPv4 on a socket for both, and the other way round")
{
  asio::io_context context;
  udp::socket socket(context, udp::v6());
  socket.set_option(asio::ip::v6_only(false));
  connect_ex(socket, echo6);
  CHECK(ask(context, socket, "six") == "six");
  connect_ex(socket, at("::ffff:198.51.100.2"));
  connect_ex(socket, echo6);
  CHECK(ask(context, socket, "six again") == "six again");
  connect_ex(socket, at("::ffff:198.51.100.2"));
  CHECK(ask(context, socket, "four") == "four");
}

TEST_CASE("a default peer on the link without a scope leaves the one that was there")
{
  asio::io_context context;
  udp::socket socket(context);
  connect_ex(socket, echo6);
  const udp::endpoint local = socket.local_endpoint();
  error_code error;
  connect_ex(socket, at("fe80::2"), error);
  CHECK(error == asio::error::invalid_argument);
  CHECK(socket.remote_endpoint() == echo6);
  if (!under_wine())
    CHECK(socket.local_endpoint() == local);
  CHECK(ask(context, socket, "still") == "still");
}

TEST_CASE("a socket that is bound to an address of the link stays so when it has lost its peer")
{
  asio::io_context context;
  udp::socket socket(context, on_link("fe80::1", 0));
  const udp::endpoint local = socket.local_endpoint();
  connect_ex(socket, echo_on_link);
  disconnect(socket);
  if (!under_wine())
    CHECK(socket.local_endpoint() == local);
  connect_ex(socket, echo_on_link);
  CHECK(ask(context, socket, "again") == "again");
}

TEST_CASE(
    "a socket that is bound to loopback keeps its port and its peer when another cannot be had")
{
  asio::io_context context;
  udp::socket local_peer(context, loopback());
  udp::socket socket(context, loopback());
  connect_ex(socket, local_peer.local_endpoint());
  const udp::endpoint local = socket.local_endpoint();
  error_code error;
  connect_ex(socket, echo, error);
  CHECK(error == asio::error::invalid_argument);
  CHECK(socket.remote_endpoint() == local_peer.local_endpoint());
  if (!under_wine())
    CHECK(socket.local_endpoint() == local);
  local_peer.send_to(asio::buffer("hello", 5), socket.local_endpoint());
  CHECK(socket.available() == 5);
}
