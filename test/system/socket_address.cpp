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
