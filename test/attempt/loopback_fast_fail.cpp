// SPDX-License-Identifier: BSL-1.0

#include <connectex/detail/attempt/loopback_fast_fail.hpp>

#include "support/catch.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>

#include <string>

namespace
{

namespace asio = boost::asio;
using asio::ip::tcp;

bool is_loopback(const char* address)
{
  const tcp::endpoint peer(asio::ip::make_address(address), 80);
  return connectex::detail::is_loopback(peer.data(), peer.size());
}

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

TEST_CASE("what is no internet address, or cut short, is not loopback")
{
  const asio::local::stream_protocol::endpoint local("\x7f.socket");
  CHECK_FALSE(connectex::detail::is_loopback(local.data(), local.size()));

  const tcp::endpoint v4(asio::ip::address_v4::loopback(), 80);
  const tcp::endpoint v6(asio::ip::address_v6::loopback(), 80);
  for (const std::size_t size : {std::size_t(0), std::size_t(2), std::size_t(7)})
  {
    CHECK_FALSE(connectex::detail::is_loopback(v4.data(), size));
    CHECK_FALSE(connectex::detail::is_loopback(v6.data(), size));
  }
}

#if defined(_WIN32)

TEST_CASE("no SYN is retransmitted where the system can do without, and one elsewhere")
{
  using connectex::detail::fewest_syn_retransmissions;
  CHECK(fewest_syn_retransmissions(0) == 1);
  CHECK(fewest_syn_retransmissions(15063) == 1);
  CHECK(fewest_syn_retransmissions(16298) == 1);
  CHECK(fewest_syn_retransmissions(16299) == 0xFE);
  CHECK(fewest_syn_retransmissions(26100) == 0xFE);
}

#endif
