// SPDX-License-Identifier: BSL-1.0

#include <connectex/detail/system/socket_address.hpp>

#include "support/catch.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>

#include <string>

namespace
{

namespace asio = boost::asio;
using asio::ip::tcp;

using connectex::detail::read_socket_address;
using connectex::detail::socket_address;

socket_address read(const char* address, unsigned short port = 80)
{
  const tcp::endpoint name(asio::ip::make_address(address), port);
  return read_socket_address(name.data(), name.size());
}

bool is_loopback(const char* address) { return read(address).is_loopback; }

} // namespace

TEST_CASE("loopback is 127.0.0.0/8, also mapped into IPv6, and ::1")
{
  for (const char* address :
      {"127.0.0.1", "127.0.0.0", "127.255.255.255", "::1", "::ffff:127.0.0.1", "::ffff:127.9.8.7"})
  {
    CAPTURE(address);
    CHECK(is_loopback(address));
  }
  for (const char* address : {"126.255.255.255", "128.0.0.1", "10.0.0.127", "0.0.0.0", "::", "::2",
           "::1:1", "1::1", "fe80::1", "::127.0.0.1", "::ffff:128.0.0.1", "::ffff:10.127.0.1"})
  {
    CAPTURE(address);
    CHECK_FALSE(is_loopback(address));
  }
}

TEST_CASE("an address of a link is in 169.254.0.0/16, also mapped into IPv6, or in fe80::/10")
{
  for (const char* address :
      {"169.254.0.0", "169.254.255.255", "::ffff:169.254.1.1", "fe80::1", "febf:ffff::1"})
  {
    CAPTURE(address);
    CHECK(read(address).is_link_local);
  }
  for (const char* address :
      {"169.253.255.255", "169.255.0.0", "168.254.0.1", "127.0.0.1", "::1", "fec0::1", "fe7f::1"})
  {
    CAPTURE(address);
    CHECK_FALSE(read(address).is_link_local);
  }
}

TEST_CASE("an IPv4 address is one by itself or mapped into IPv6")
{
  CHECK(read("192.0.2.1").is_ipv4);
  CHECK(read("::ffff:192.0.2.1").is_ipv4);
  CHECK_FALSE(read("::192.0.2.1").is_ipv4);
  CHECK_FALSE(read("2001:db8::1").is_ipv4);
}

TEST_CASE("the port of one address is copied to another, with the scope of IPv6")
{
  using connectex::detail::copy_port_and_scope;
  const tcp::endpoint from(asio::ip::make_address("192.0.2.1"), 7010);
  tcp::endpoint to(asio::ip::make_address("192.0.2.2"), 0);
  copy_port_and_scope(from.data(), to.data());
  CHECK(to == tcp::endpoint(asio::ip::make_address("192.0.2.2"), 7010));

  asio::ip::address_v6 scoped = asio::ip::make_address_v6("fe80::1");
  scoped.scope_id(7);
  const tcp::endpoint from6(scoped, 7010);
  tcp::endpoint to6(asio::ip::make_address("fe80::1"), 0);
  copy_port_and_scope(from6.data(), to6.data());
  CHECK(to6 == from6);
}

TEST_CASE("the unspecified address is 0.0.0.0, also mapped into IPv6, and ::")
{
  for (const char* address : {"0.0.0.0", "::", "::ffff:0.0.0.0"})
  {
    CAPTURE(address);
    CHECK(read(address).is_unspecified);
  }
  for (const char* address : {"0.0.0.1", "127.0.0.1", "::1", "::ffff:0.0.0.1", "::0.0.0.1"})
  {
    CAPTURE(address);
    CHECK_FALSE(read(address).is_unspecified);
  }
}

TEST_CASE("the port is read in the order of the host")
{
  for (const char* address : {"10.1.2.3", "2001:db8::1"})
  {
    CAPTURE(address);
    CHECK(read(address).is_internet);
    CHECK(read(address, 0).port == 0);
    CHECK(read(address, 0x1234).port == 0x1234);
    CHECK(read(address, 65535).port == 65535);
  }
}

TEST_CASE("nothing is read from another family or from a name that is cut short")
{
  const asio::local::stream_protocol::endpoint local("\x7f.socket");
  CHECK_FALSE(read_socket_address(local.data(), local.size()).is_loopback);

  const tcp::endpoint v4(asio::ip::address_v4::loopback(), 80);
  const tcp::endpoint v6(asio::ip::address_v6::loopback(), 80);
  for (const std::size_t size : {std::size_t(0), std::size_t(2), std::size_t(7)})
  {
    CHECK_FALSE(read_socket_address(v4.data(), size).is_internet);
    CHECK_FALSE(read_socket_address(v6.data(), size).is_internet);
  }
}
