// SPDX-License-Identifier: BSL-1.0

#include <connectex/detail/attempt/preconditions.hpp>

#include "support/catch.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/system/errc.hpp>

#include <cerrno>

namespace
{

namespace asio = boost::asio;
using asio::ip::tcp;
using asio::ip::udp;
using boost::system::error_code;
using connectex::detail::native_error;
namespace errc = boost::system::errc;

error_code check_name(const char* address, unsigned short port)
{
  const tcp::endpoint peer(asio::ip::make_address(address), port);
  return connectex::detail::check_peer(peer.data(), peer.size());
}

template <typename Socket>
error_code check_kind(Socket& socket, int family)
{
  return connectex::detail::check_socket(socket.native_handle(), family);
}

} // namespace

TEST_CASE("an address with a port is a peer")
{
  CHECK_FALSE(check_name("127.0.0.1", 1));
  CHECK_FALSE(check_name("0.0.0.1", 1));
  CHECK_FALSE(check_name("::1", 65535));
  CHECK_FALSE(check_name("fe80::1%3", 80));
  CHECK_FALSE(check_name("::ffff:127.0.0.1", 80));
}

TEST_CASE("the unspecified address is no peer")
{
  CHECK(check_name("0.0.0.0", 80) == errc::address_not_available);
  CHECK(check_name("::", 80) == errc::address_not_available);
  CHECK(check_name("::ffff:0.0.0.0", 80) == errc::address_not_available);
}

TEST_CASE("port 0 is no peer")
{
  CHECK(check_name("127.0.0.1", 0) == errc::address_not_available);
  CHECK(check_name("::1", 0) == errc::address_not_available);
}

TEST_CASE("peers of other families are left to the system")
{
#if defined(BOOST_ASIO_HAS_LOCAL_SOCKETS)
  const asio::local::stream_protocol::endpoint peer("x");
  CHECK_FALSE(connectex::detail::check_peer(peer.data(), peer.size()));
#endif
  const unsigned char nothing[2] = {};
  CHECK_FALSE(connectex::detail::check_peer(nothing, 0));
  CHECK_FALSE(connectex::detail::check_peer(nothing, sizeof(nothing)));
}

TEST_CASE("a stream socket of the peer's family will do")
{
  asio::io_context context;
  tcp::socket v4(context, tcp::v4());
  CHECK_FALSE(check_kind(v4, tcp::v4().family()));
  tcp::socket v6(context, tcp::v6());
  CHECK_FALSE(check_kind(v6, tcp::v6().family()));
}

TEST_CASE("a socket of another family is found by the call that fails because of it")
{
#if defined(_WIN32)
  const native_error failure = GENERATE(10014u, 10022u, 10045u, 10049u);
  const native_error another_family = 10047;
#else
  const native_error failure = EINVAL;
  const native_error another_family = EAFNOSUPPORT;
#endif
  asio::io_context context;
  tcp::socket v6(context, tcp::v6());
  const auto explain = [&](int family, native_error error)
  { return connectex::detail::explain_failure(v6.native_handle(), family, error); };
  CHECK(explain(tcp::v4().family(), failure) == another_family);
  CHECK(explain(tcp::v6().family(), failure) == failure);
  CHECK(explain(tcp::v4().family(), 1) == 1);
  CHECK(explain(tcp::v4().family(), another_family) == another_family);
}

#if !defined(_WIN32)

TEST_CASE("a socket of a family that is not an internet's is compared with its peer's at once")
{
  asio::io_context context;
  asio::local::stream_protocol::socket local(context, asio::local::stream_protocol());
  CHECK_FALSE(check_kind(local, asio::local::stream_protocol().family()));
  CHECK(check_kind(local, tcp::v4().family()) == asio::error::address_family_not_supported);
}

#endif

TEST_CASE("a datagram socket will not do")
{
  asio::io_context context;
  udp::socket datagram(context, udp::v4());
  CHECK(check_kind(datagram, udp::v4().family()) == asio::error::invalid_argument);
}

TEST_CASE("a closed socket will not do")
{
  asio::io_context context;
  tcp::socket socket(context);
  const error_code error = check_kind(socket, tcp::v4().family());
#if defined(_WIN32)
  CHECK(error == asio::error::not_socket);
#else
  CHECK(error == asio::error::bad_descriptor);
#endif
}
