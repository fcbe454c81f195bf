// SPDX-License-Identifier: BSL-1.0

// Run by test/network/run, in the network that it makes.

#include <connectex/default_peer.hpp>

#include "support/asio_names.hpp"
#include "support/catch.hpp"
#include "support/run.hpp"
#include "support/wine.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/udp.hpp>

#include <array>
#include <string>

namespace
{

using namespace test;
using asio::ip::udp;
using connectex::connect_ex;
using connectex::disconnect;

/// Sends back what it gets.
const udp::endpoint echo(asio::ip::make_address("198.51.100.2"), 7010);

udp::endpoint loopback() { return {asio::ip::address_v4::loopback(), 0}; }

std::string ask(asio::io_context& context, udp::socket& socket, const std::string& text)
{
  std::array<char, 100> answer;
  std::size_t size = 0;
  bool done = false;
  socket.send(asio::buffer(text));
  socket.async_receive(asio::buffer(answer),
      [&](const error_code& error, std::size_t bytes)
      {
        done = true;
        size = error ? 0 : bytes;
      });
  run_until(context, [&] { return done; });
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
