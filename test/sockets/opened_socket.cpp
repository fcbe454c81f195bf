// SPDX-License-Identifier: BSL-1.0

#include <connectex/detail/platform.hpp>
#include <connectex/opened_socket.hpp>
#include <connectex/socket_options.hpp>

#include "support/loopback.hpp"

#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/ip/multicast.hpp>
#include <boost/asio/ip/unicast.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/socket_base.hpp>

#include <cstring>
#include <optional>
#include <string>

namespace
{

using namespace test;
using connectex::opened_socket;
using generic_endpoint = asio::generic::stream_protocol::endpoint;
using tcp_socket_of_context = asio::basic_stream_socket<tcp, asio::io_context::executor_type>;

/// An error that a call has to clear.
error_code stale_error() { return asio::error::connection_refused; }

/// Sets @p option through the view and gets it back from the socket itself.
template <typename Option, typename Socket>
Option set_and_get(Socket& socket, opened_socket& opened, const Option& option)
{
  error_code ec = stale_error();
  opened.set_option(option, ec);
  CHECK_FALSE(ec);
  Option result;
  socket.get_option(result);
  return result;
}

/// A generic endpoint of which only the first @p size bytes are said to be there.
generic_endpoint cut(const tcp::endpoint& whole, std::size_t size)
{
  generic_endpoint result(whole);
  result.resize(size);
  return result;
}

template <typename Socket>
void check_socket_options(Socket& socket, opened_socket& opened)
{
  using base = asio::socket_base;
  CHECK(set_and_get(socket, opened, base::keep_alive(true)).value());
  CHECK_FALSE(set_and_get(socket, opened, base::keep_alive(false)).value());
  CHECK(set_and_get(socket, opened, base::receive_buffer_size(20000)).value() >= 20000);
  CHECK(set_and_get(socket, opened, base::send_buffer_size(20000)).value() >= 20000);
  const base::linger linger = set_and_get(socket, opened, base::linger(true, 7));
  CHECK(linger.enabled());
  CHECK(linger.timeout() == 7);
}

#if defined(BOOST_ASIO_HAS_LOCAL_SOCKETS)

using local = asio::local::stream_protocol;

bool open_if_supported(local::socket& socket)
{
  error_code ec;
  socket.open(local(), ec);
  if (ec == asio::error::address_family_not_supported)
    WARN("left out: this system has no local sockets");
  else
    REQUIRE_FALSE(ec);
  return !ec;
}

#endif

} // namespace

TEMPLATE_TEST_CASE("every option of Asio's that a socket takes is set on it", "", tcp::socket,
    tcp_socket_of_context, asio::generic::stream_protocol::socket)
{
  asio::io_context context;
  const tcp::endpoint peer = GENERATE(loopback_v4(), loopback_v6());
  CAPTURE(peer);
  TestType socket(context, typename TestType::protocol_type(peer.protocol()));
  opened_socket opened(socket, peer);

  check_socket_options(socket, opened);
  CHECK(set_and_get(socket, opened, tcp::no_delay(true)).value());
  CHECK_FALSE(set_and_get(socket, opened, tcp::no_delay(false)).value());
  CHECK(set_and_get(socket, opened, asio::socket_base::reuse_address(true)).value());
  // Of level and name by the family.
  CHECK(set_and_get(socket, opened, asio::ip::unicast::hops(17)).value() == 17);
}

TEST_CASE("an option of one family alone is set on a socket of that family")
{
  asio::io_context context;
  tcp::socket socket(context, tcp::v6());
  opened_socket opened(socket, loopback_v6());
  CHECK_FALSE(set_and_get(socket, opened, asio::ip::v6_only(false)).value());
  CHECK(set_and_get(socket, opened, asio::ip::v6_only(true)).value());
}

#if CONNECTEX_DETAIL_LINUX

TEST_CASE("an option of the library's own is set")
{
  asio::io_context context;
  tcp::socket socket(context, tcp::v4());
  opened_socket opened(socket, loopback_v4());
  CHECK(set_and_get(socket, opened, connectex::bind_address_no_port(true)).value());
}

#elif CONNECTEX_DETAIL_WINDOWS

TEST_CASE("an option of the library's own is set")
{
  asio::io_context context;
  tcp::socket socket(context, tcp::v4());
  opened_socket opened(socket, loopback_v4());
  error_code ec = stale_error();
  opened.set_option(connectex::reuse_unicast_port(true), ec);
  CHECK_FALSE(ec);
}

#endif

#if defined(BOOST_ASIO_HAS_LOCAL_SOCKETS)

TEST_CASE("the options of a local socket are set on it")
{
  asio::io_context context;
  local::socket socket(context);
  if (!open_if_supported(socket))
    return;
  opened_socket opened(socket, local::endpoint("/nobody/listens/here"));
  check_socket_options(socket, opened);

  error_code ec;
  opened.set_option(tcp::no_delay(true), ec);
  CHECK(ec);
}

#if CONNECTEX_DETAIL_LINUX

// GCC 12 suspects Asio's conversion of the endpoint of copying more than there is.
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Warray-bounds"
#pragma GCC diagnostic ignored "-Wstringop-overread"
#endif

TEST_CASE("a local socket is bound to an abstract name")
{
  asio::io_context context;
  local::socket socket(context, local());
  opened_socket opened(socket, local::endpoint("/nobody/listens/here"));
  const local::endpoint name(std::string(1, '\0') + "connectex-"
      + std::to_string(socket.native_handle())
      + std::to_string(std::chrono::steady_clock::now().time_since_epoch().count()));
  error_code ec = stale_error();
  opened.bind(name, ec);
  CHECK_FALSE(ec);
  CHECK(socket.local_endpoint() == name);
}

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic pop
#endif

#endif

TEST_CASE("a local socket is not bound to an address of the Internet")
{
  asio::io_context context;
  local::socket socket(context);
  if (!open_if_supported(socket))
    return;
  opened_socket opened(socket, local::endpoint("/nobody/listens/here"));
  error_code ec;
  opened.bind(loopback_v4(), ec);
  CHECK(ec == asio::error::address_family_not_supported);
}

#endif // BOOST_ASIO_HAS_LOCAL_SOCKETS

TEST_CASE("an option that is refused is an error, and changes nothing")
{
  asio::io_context context;
  tcp::socket socket(context, tcp::v4());
  opened_socket opened(socket, loopback_v4());
  asio::socket_base::linger before;
  socket.get_option(before);

  // Multicast belongs to datagrams; the address is no group.
  error_code ec;
  opened.set_option(asio::ip::multicast::join_group(asio::ip::make_address_v4("127.0.0.1")), ec);
  CHECK(ec);

  asio::socket_base::linger after;
  socket.get_option(after);
  CHECK(after.enabled() == before.enabled());
  CHECK(socket.is_open());
}

TEST_CASE("a socket that was closed refuses what it is asked for by an error")
{
  asio::io_context context;
  tcp::socket socket(context, tcp::v4());
  opened_socket opened(socket, loopback_v4());
  socket.close();
  error_code ec;
  opened.set_option(tcp::no_delay(true), ec);
  CHECK(ec == asio::error::bad_descriptor);
  ec.clear();
  opened.bind(loopback_v4(), ec);
  CHECK(ec == asio::error::bad_descriptor);
}

TEST_CASE("Asio learns of a linger that was set through the view")
{
  // Asio takes back a linger when it destroys a socket, so that the destructor does not block; with
  // a linger of 0 seconds that it did not know of, the peer would see a reset.
  asio::io_context context;
  tcp::acceptor acceptor(context, loopback_v4());
  std::optional<tcp::socket> socket(std::in_place, context, tcp::v4());
  opened_socket opened(*socket, acceptor.local_endpoint());
  error_code ec;
  opened.set_option(asio::socket_base::linger(true, 0), ec);
  REQUIRE_FALSE(ec);
  socket->connect(acceptor.local_endpoint());
  tcp::socket accepted = acceptor.accept();
  socket.reset();

  char byte;
  std::optional<error_code> read;
  accepted.async_read_some(
      asio::buffer(&byte, 1), [&](const error_code& error, std::size_t) { read = error; });
  run(context);
  CHECK(read == asio::error::make_error_code(asio::error::eof));
}

TEMPLATE_TEST_CASE("a socket is bound to a tcp::endpoint", "", tcp::socket, tcp_socket_of_context,
    asio::generic::stream_protocol::socket)
{
  asio::io_context context;
  const tcp::endpoint local = GENERATE(loopback_v4(), loopback_v6());
  CAPTURE(local);
  tcp::acceptor acceptor(context, local);
  TestType socket(context, typename TestType::protocol_type(local.protocol()));
  opened_socket opened(socket, acceptor.local_endpoint());

  error_code ec = stale_error();
  opened.bind(local, ec);
  CHECK_FALSE(ec);
  tcp::endpoint bound;
  const generic_endpoint name = socket.local_endpoint();
  bound.resize(name.size());
  std::memcpy(bound.data(), name.data(), name.size());
  CHECK(bound.address() == local.address());
  CHECK(bound.port() != 0);

  opened.bind(local, ec);
  CHECK(ec == asio::error::invalid_argument);
  socket.connect(acceptor.local_endpoint());
  CHECK(acceptor.accept().remote_endpoint() == bound);
}

TEST_CASE("a local address that cannot be had is an error, and the socket can still be bound")
{
  asio::io_context context;
  tcp::acceptor taken(context, loopback_v4());
  tcp::socket socket(context, tcp::v4());
  opened_socket opened(socket, loopback_v4());

  error_code ec;
  SECTION("because another has it")
  {
    opened.bind(taken.local_endpoint(), ec);
    CHECK(ec == asio::error::address_in_use);
  }
  SECTION("because it is another machine's")
  {
    opened.bind(tcp::endpoint(asio::ip::make_address("192.0.2.7"), 0), ec);
    CHECK(ec == boost::system::errc::address_not_available);
  }
  SECTION("because it is of another family")
  {
    opened.bind(loopback_v6(), ec);
    CHECK(ec == asio::error::address_family_not_supported);
  }
  SECTION("because it has no family")
  {
    opened.bind(generic_endpoint(), ec);
    CHECK(ec == asio::error::address_family_not_supported);
  }
  SECTION("because it is longer than any endpoint of the protocol")
  {
    opened.bind(cut(loopback_v4(), 100), ec);
    CHECK(ec == asio::error::invalid_argument);
  }
  SECTION("because it is cut off")
  {
    opened.bind(cut(loopback_v4(), 6), ec);
    CHECK(ec == asio::error::invalid_argument);
  }

  opened.bind(loopback_v4(), ec);
  CHECK_FALSE(ec);
  CHECK(socket.local_endpoint().address() == loopback_v4().address());
}

TEST_CASE("a socket of the newer protocol is not bound to an address of the older")
{
  asio::io_context context;
  tcp::socket socket(context, tcp::v6());
  opened_socket opened(socket, loopback_v6());
  error_code ec;
  opened.bind(loopback_v4(), ec);
  CHECK(ec == asio::error::address_family_not_supported);
  opened.bind(loopback_v6(), ec);
  CHECK_FALSE(ec);
}

TEST_CASE("the view shows the socket's handle and the peer")
{
  asio::io_context context;
  tcp::socket socket(context, tcp::v4());
  const tcp::endpoint peer(asio::ip::make_address("192.0.2.7"), 80);
  const opened_socket opened(socket, peer);
  CHECK(opened.native_handle()
      == static_cast<opened_socket::native_handle_type>(socket.native_handle()));
  CHECK(opened.peer() == peer);
}
