// SPDX-License-Identifier: BSL-1.0

#include <connectex/detail/system/linux.hpp>
#include <connectex/detail/system/winsock.hpp>

#include "support/loopback.hpp"
#include "support/wine.hpp"

#include <boost/asio/ip/udp.hpp>

#if defined(_WIN32)
#include <connectex/detail/attempt/implicit_bind.hpp>
#else
#include <cerrno>
#endif

namespace
{

namespace os = connectex::detail::os;
using connectex::detail::native_socket;
using namespace test;

} // namespace

TEST_CASE("the kind of a socket is its family and its type")
{
  asio::io_context context;
  connectex::detail::socket_kind kind;

  tcp::socket v4(context, tcp::v4());
  REQUIRE(os::get_socket_kind(v4.native_handle(), kind) == 0);
  CHECK(kind.family == tcp::v4().family());
  CHECK(kind.type == tcp::v4().type());

  asio::ip::udp::socket v6(context, asio::ip::udp::v6());
  REQUIRE(os::get_socket_kind(v6.native_handle(), kind) == 0);
  CHECK(kind.family == tcp::v6().family());
  CHECK(kind.type == asio::ip::udp::v6().type());

  tcp::socket closed(context);
  CHECK(os::get_socket_kind(closed.native_handle(), kind) != 0);
}

#if defined(_WIN32)

TEST_CASE("binding to the wildcard gives a socket a port")
{
  asio::io_context context;
  for (const auto protocol : {tcp::v4(), tcp::v6()})
  {
    tcp::socket socket(context, protocol);
    int family = 0;
    std::uint16_t port = 0;
    CHECK(os::get_local_address(socket.native_handle(), family, port) == 10022);

    REQUIRE(os::bind_to_wildcard(socket.native_handle(), protocol.family()) == 0);
    REQUIRE(os::get_local_address(socket.native_handle(), family, port) == 0);
    CHECK(family == protocol.family());
    CHECK(port == socket.local_endpoint().port());
    CHECK(port != 0);
    CHECK(socket.local_endpoint().address().is_unspecified());
    CHECK(os::bind_to_wildcard(socket.native_handle(), protocol.family()) == 10022);
  }
}

TEST_CASE("only a TCP socket tells whether TCP_NODELAY is on")
{
  asio::io_context context;
  bool no_delay = true;
  tcp::socket stream(context, tcp::v6());
  REQUIRE(os::get_no_delay(stream.native_handle(), no_delay) == 0);
  CHECK_FALSE(no_delay);
  stream.set_option(tcp::no_delay(true));
  REQUIRE(os::get_no_delay(stream.native_handle(), no_delay) == 0);
  CHECK(no_delay);
  asio::ip::udp::socket datagram(context, asio::ip::udp::v4());
  CHECK(os::get_no_delay(datagram.native_handle(), no_delay) != 0);
}

TEST_CASE("the provider of a stream socket has a ConnectEx")
{
  asio::io_context context;
  tcp::socket socket(context, tcp::v4());
  connectex::detail::connect_ex_function function = nullptr;
  REQUIRE(os::get_connect_ex(socket.native_handle(), function) == 0);
  CHECK(function != nullptr);

  tcp::socket closed(context);
  CHECK(os::get_connect_ex(closed.native_handle(), function) == 10038);
}

namespace
{

BOOL PASCAL fail_without_error(
    SOCKET, const sockaddr*, int, void*, DWORD, DWORD*, OVERLAPPED*) noexcept
{
  ::WSASetLastError(0);
  return FALSE;
}

} // namespace

TEST_CASE("a ConnectEx that fails without an error still fails")
{
  asio::io_context context;
  tcp::socket socket(context, tcp::v4());
  const auto function =
      reinterpret_cast<connectex::detail::connect_ex_function>(&fail_without_error);
  const tcp::endpoint peer(asio::ip::address_v4::loopback(), 9);
  CHECK(os::connect_ex(
            function, socket.native_handle(), peer.data(), peer.size(), nullptr, 0, nullptr)
      == 10050);
}

TEST_CASE("the implicit bind leaves a bound socket alone and binds an unbound one")
{
  using connectex::detail::implicit_bind;
  const bool reuse_unicast_port = GENERATE(false, true);
  const int family = tcp::v4().family();
  asio::io_context context;
  tcp::socket bound(context, loopback_v4());
  const tcp::endpoint local = bound.local_endpoint();
  CHECK(implicit_bind(bound.native_handle(), family, false, reuse_unicast_port) == 0);
  CHECK(bound.local_endpoint() == local);

  for (const bool known_unbound : {false, true})
  {
    tcp::socket unbound(context, tcp::v4());
    CHECK(implicit_bind(unbound.native_handle(), family, known_unbound, reuse_unicast_port) == 0);
    CHECK(unbound.local_endpoint().port() != 0);
  }
}

TEST_CASE("the system counts the seconds of a connection")
{
  asio::io_context context;
  sink server(context);
  tcp::socket socket(context, tcp::v4());
  std::uint32_t seconds = 0;
  REQUIRE(os::get_connect_time(socket.native_handle(), seconds) == 0);
  CHECK(seconds == os::not_connected);

  socket.connect(server.endpoint());
  REQUIRE(os::get_connect_time(socket.native_handle(), seconds) == 0);
  CHECK(seconds < 60);

  seconds = 77;
  CHECK(os::get_connect_time(~native_socket(0), seconds) == 10038);
  CHECK(seconds == 77);
}

TEST_CASE("the system tells its build number")
{
  std::uint32_t build = 0;
  REQUIRE(os::get_windows_build(build) == 0);
  CHECK(build >= 2600);
}

TEST_CASE("Wine 8.0 refuses fast open and initial RTO, and accepts reuse_unicast_port")
{
  if (!under_wine())
  {
    WARN("left out: this is not Wine");
    return;
  }
  asio::io_context context;
  tcp::socket socket(context, tcp::v4());
  CHECK(os::set_reuse_unicast_port(socket.native_handle()) == 0);
  CHECK(os::set_fast_open(socket.native_handle()) == 10042);
  CHECK(os::set_initial_rto(socket.native_handle(), 0xFFFF, 0xFE) == 10045);
}

#else

TEST_CASE("a socket is known to be connected or not")
{
  asio::io_context context;
  tcp::acceptor acceptor(context, loopback_v4());
  tcp::socket socket(context, tcp::v4());
  bool connected = true;
  REQUIRE(os::get_connected(socket.native_handle(), connected) == 0);
  CHECK_FALSE(connected);

  socket.connect(acceptor.local_endpoint());
  REQUIRE(os::get_connected(socket.native_handle(), connected) == 0);
  CHECK(connected);

  tcp::socket closed(context);
  CHECK(os::get_connected(closed.native_handle(), connected) != 0);
}

TEST_CASE("a socket is known to listen or not")
{
  asio::io_context context;
  bool listening = true;
  tcp::socket socket(context, tcp::v4());
  REQUIRE(os::get_listening(socket.native_handle(), listening) == 0);
  CHECK_FALSE(listening);

  tcp::acceptor acceptor(context, loopback_v4());
  REQUIRE(os::get_listening(acceptor.native_handle(), listening) == 0);
  CHECK(listening);
}

#if defined(__linux__)

TEST_CASE("a disconnected socket connects again with its options and local port")
{
  asio::io_context context;
  const refusing_port nobody(context);
  sink server(context);
  const tcp::endpoint chosen = tcp::socket(context, loopback_v4()).local_endpoint();
  tcp::socket socket(context, chosen);
  socket.set_option(tcp::no_delay(true));

  error_code error;
  socket.connect(nobody.endpoint(), error);
  REQUIRE(error == asio::error::connection_refused);
  REQUIRE(os::disconnect(socket.native_handle()) == 0);

  socket.connect(server.endpoint(), error);
  CHECK_FALSE(error);
  CHECK(socket.local_endpoint() == chosen);
  tcp::no_delay no_delay;
  socket.get_option(no_delay);
  CHECK(no_delay.value());
  socket.close();
  run(context);
}

#endif

TEST_CASE("a handle that is no socket cannot be disconnected")
{
  CHECK(os::disconnect(-1) == EBADF);
}

#endif
