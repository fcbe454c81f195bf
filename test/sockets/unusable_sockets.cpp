// SPDX-License-Identifier: BSL-1.0

#include <connectex/async_connect_ex.hpp>

#include "support/loopback.hpp"

#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/system/errc.hpp>

namespace
{

using namespace test;
using connectex::async_connect_ex;
using connectex::condition;

/// Runs one operation that cannot succeed.
template <typename Socket>
outcome connect_once(
    asio::io_context& context, Socket& socket, const typename Socket::endpoint_type& peer)
{
  outcome result;
  async_connect_ex(socket, peer, asio::buffer("lost", 4), result.handler());

  // Never from within the initiating function.
  CHECK(result.calls == 0);
  run(context);
  CHECK(result.bytes_transferred == 0);
  return result;
}

const tcp::endpoint somewhere(asio::ip::address_v4::loopback(), 9);

} // namespace

TEST_CASE("unusable: the unspecified address")
{
  asio::io_context context;
  for (const char* address : {"0.0.0.0", "::"})
  {
    tcp::socket socket(context);
    const outcome result = connect_once(context, socket, {asio::ip::make_address(address), 80});
    CHECK(result.error == boost::system::errc::address_not_available);
    CHECK(result.error == condition::misuse);
    CHECK(socket.is_open());
  }
}

TEST_CASE("unusable: port 0")
{
  asio::io_context context;
  tcp::socket socket(context);
  const outcome result = connect_once(context, socket, {asio::ip::address_v4::loopback(), 0});
  CHECK(result.error == boost::system::errc::address_not_available);
  CHECK(result.error == condition::misuse);
}

TEST_CASE("unusable: a socket of the wrong family")
{
  asio::io_context context;
  tcp::socket v6(context, tcp::v6());
  CHECK(connect_once(context, v6, somewhere).is(asio::error::address_family_not_supported, 0));
  CHECK(v6.is_open());

  tcp::socket v4(context, tcp::v4());
  CHECK(connect_once(context, v4, {asio::ip::address_v6::loopback(), 9})
            .is(asio::error::address_family_not_supported, 0));
}

TEST_CASE("unusable: a datagram socket")
{
  asio::io_context context;
  asio::ip::udp::socket datagram(context, asio::ip::udp::v4());
  const auto handle = datagram.native_handle();

  // Nothing but assign() can put a datagram socket here, and it takes any handle. On Windows a
  // handle cannot leave a completion port, so the datagram socket keeps it there.
  tcp::socket socket(context);
#if defined(_WIN32)
  socket.assign(tcp::v4(), ::WSASocketW(AF_INET, SOCK_DGRAM, 0, nullptr, 0, WSA_FLAG_OVERLAPPED));
  (void)handle;
#else
  socket.assign(tcp::v4(), ::dup(handle));
#endif
  const outcome result = connect_once(context, socket, somewhere);
  CHECK(result.is(asio::error::invalid_argument, 0));
  CHECK(result.error == condition::misuse);
}

TEST_CASE("unusable: a listening socket")
{
  asio::io_context context;
  tcp::socket socket(context, loopback_v4());
  REQUIRE(::listen(socket.native_handle(), 1) == 0);
  const outcome result = connect_once(context, socket, somewhere);
  CHECK(result.is(asio::error::invalid_argument, 0));
  CHECK(result.error == condition::misuse);
  CHECK(socket.is_open());
}

TEST_CASE("unusable: a connected socket, which stays connected")
{
  asio::io_context context;
  idle_peer server(context);
  tcp::socket socket(context);
  socket.connect(server.endpoint());
  const outcome result = connect_once(context, socket, somewhere);
  CHECK(result.is(asio::error::already_connected, 0));
  CHECK(result.error == condition::misuse);

  CHECK(socket.remote_endpoint() == server.endpoint());
  asio::write(socket, asio::buffer("x", 1));
  char received = 0;
  asio::read(server.socket(), asio::buffer(&received, 1));
  CHECK(received == 'x');
}

TEST_CASE("unusable: a socket that this library has connected")
{
  asio::io_context context;
  idle_peer server(context);
  tcp::socket socket(context);
  outcome first;
  async_connect_ex(socket, server.endpoint(), asio::buffer("x", 1), first.handler());
  run(context);
  REQUIRE(first.is_success(1));
  CHECK(connect_once(context, socket, somewhere).is(asio::error::already_connected, 0));
}

TEST_CASE("unusable: a socket that cannot be opened")
{
  using protocol = asio::generic::stream_protocol;

  const unsigned short family = 200;
  sockaddr name{};
  name.sa_family = static_cast<decltype(name.sa_family)>(family);
  asio::io_context context;
  protocol::socket socket(context);
  const outcome result = connect_once(context, socket, {&name, sizeof(name), 0});
  CHECK(result.error == asio::error::address_family_not_supported);
  CHECK_FALSE(socket.is_open());
}
