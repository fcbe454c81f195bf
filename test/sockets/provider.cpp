// SPDX-License-Identifier: BSL-1.0

#include <connectex/async_connect_ex.hpp>
#include <connectex/provider.hpp>

#include "support/loopback.hpp"
#include "support/wine.hpp"

#include <boost/asio/ip/icmp.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/system/errc.hpp>

#include <algorithm>
#include <cstdint>
#include <vector>

namespace
{

using namespace test;
using asio::ip::udp;
using connectex::get_provider;
using connectex::get_providers;
using connectex::open_past_layers;

void check_base(const connectex::provider_info& provider)
{
  CHECK_FALSE(provider.name.empty());
  CHECK(provider.chain == std::vector<std::uint32_t>{provider.entry});
  CHECK_FALSE(provider.layered);
  CHECK(provider.ifs_handles);
  CHECK_FALSE(provider.connect_data);
  CHECK_FALSE(provider.own_connect_ex);
}

/// Whether @p name is that of the file in which Windows, or Wine, has its ConnectEx.
bool is_system_file(std::string name)
{
  std::transform(name.begin(), name.end(), name.begin(),
      [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  const std::string file = under_wine() ? "\\ws2_32.dll" : "\\mswsock.dll";
  return name.size() > file.size() && name.substr(name.size() - file.size()) == file;
}

} // namespace

TEST_CASE("a socket on a system without layers goes through a base provider")
{
  const bool is_v4 = GENERATE(true, false);
  asio::io_context context;
  tcp::socket socket(context, is_v4 ? tcp::v4() : tcp::v6());
  const connectex::provider_info provider = get_provider(socket);
  check_base(provider);
  CHECK(is_system_file(provider.connect_ex_path));

  // E70F1AA0-AB8B-11CF-8CA3-00805F48A192 and F9EAB0C0-26D4-11D0-BBBF-00AA006C34E4.
  const std::array<std::uint8_t, 16> v4 = {0xA0, 0x1A, 0x0F, 0xE7, 0x8B, 0xAB, 0xCF, 0x11, 0x8C,
      0xA3, 0x00, 0x80, 0x5F, 0x48, 0xA1, 0x92};
  const std::array<std::uint8_t, 16> v6 = {0xC0, 0xB0, 0xEA, 0xF9, 0xD4, 0x26, 0xD0, 0x11, 0xBB,
      0xBF, 0x00, 0xAA, 0x00, 0x6C, 0x34, 0xE4};
  CHECK(provider.id == (is_v4 ? v4 : v6));
  CHECK(provider.service_flags == 0x20066);
  if (under_wine())
  {
    CHECK(provider.name == (is_v4 ? "TCP/IP" : "TCP/IPv6"));
    CHECK(provider.entry == (is_v4 ? 1001 : 1004));
    CHECK(provider.path.empty());
  }
}

TEST_CASE("a datagram socket has a provider, of whose ConnectEx nothing is said")
{
  asio::io_context context;
  udp::socket socket(context, udp::v4());
  const connectex::provider_info provider = get_provider(socket);
  check_base(provider);
  CHECK(provider.service_flags == 0x20609);
  CHECK(provider.connect_ex_path.empty());
}

TEST_CASE("the list of providers has those of the sockets at hand")
{
  const tcp protocol = GENERATE(tcp::v4(), tcp::v6());
  asio::io_context context;
  tcp::socket socket(context, protocol);
  const connectex::provider_info provider = get_provider(socket);
  const std::vector<connectex::provider_info> all = get_providers();
  const auto found = std::find_if(all.begin(), all.end(),
      [&](const connectex::provider_info& listed) { return listed.entry == provider.entry; });
  REQUIRE(found != all.end());
  check_base(*found);
  CHECK(found->name == provider.name);
  CHECK(found->id == provider.id);
  CHECK(is_system_file(found->connect_ex_path));
}

TEST_CASE("a closed socket has no provider")
{
  asio::io_context context;
  tcp::socket socket(context);
  error_code error;
  CHECK(get_provider(socket, error).name.empty());
  CHECK(error == asio::error::bad_descriptor);
  CHECK_THROWS_AS(get_provider(socket), boost::system::system_error);
}

TEST_CASE("success clears the error that an earlier call has left")
{
  asio::io_context context;
  tcp::socket socket(context);
  error_code error = asio::error::fault;
  open_past_layers(socket, tcp::v4(), error);
  CHECK_FALSE(error);
  error = asio::error::fault;
  get_provider(socket, error);
  CHECK_FALSE(error);
  error = asio::error::fault;
  get_providers(error);
  CHECK_FALSE(error);
}

TEST_CASE("a socket that was opened past layers connects like any other")
{
  const tcp::endpoint local = GENERATE(loopback_v4(), loopback_v6());
  asio::io_context context;
  sink server(context, local);
  tcp::socket socket(context);
  open_past_layers(socket, local.protocol());
  CHECK(get_provider(socket).chain.size() == 1);

  outcome result;
  connectex::connect_report report;
  connectex::connect_options options;
  options.report = &report;
  connectex::async_connect_ex(
      socket, server.endpoint(), asio::buffer("HELLO", 5), options, result.handler());
  result.await(context);
  CHECK(result.is_success(5));
  CHECK(report.first_flight == connectex::first_flight_path::in_connect);
  CHECK(socket.remote_endpoint() == server.endpoint());
  socket.close();
  run(context);
  CHECK(server.received() == "HELLO");
}

TEST_CASE("an IPv6 socket that was opened past layers takes IPv4 addresses, as Asio's own does")
{
  asio::io_context context;
  tcp::socket socket(context);
  open_past_layers(socket, tcp::v6());
  asio::ip::v6_only only(true);
  socket.get_option(only);
  CHECK_FALSE(only.value());
}

TEST_CASE("datagram sockets can be opened past layers, too")
{
  asio::io_context context;
  udp::socket socket(context);
  open_past_layers(socket, udp::v4());
  CHECK(get_provider(socket).service_flags == 0x20609);
}

TEST_CASE("an open socket is not opened past layers")
{
  asio::io_context context;
  tcp::socket socket(context, loopback_v4());
  const auto handle = socket.native_handle();
  const tcp::endpoint local = socket.local_endpoint();
  error_code error;
  open_past_layers(socket, tcp::v6(), error);
  CHECK(error == asio::error::already_open);
  CHECK_THROWS_AS(open_past_layers(socket, tcp::v4()), boost::system::system_error);
  CHECK(socket.native_handle() == handle);
  CHECK(socket.local_endpoint() == local);
}

TEST_CASE("a protocol that no base provider has opens no socket")
{
  using asio::ip::icmp;
  asio::io_context context;
  icmp::socket socket(context);
  error_code error;
  open_past_layers(socket, icmp::v4(), error);
  CHECK(error == boost::system::errc::protocol_not_supported);
  CHECK_THROWS_AS(open_past_layers(socket, icmp::v4()), boost::system::system_error);
  CHECK_FALSE(socket.is_open());
}
