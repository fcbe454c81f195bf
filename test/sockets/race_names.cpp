// SPDX-License-Identifier: BSL-1.0

#include <connectex/async_connect_ex_race.hpp>

#include "support/loopback.hpp"
#include "support/race_outcome.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace
{

using namespace test;
using connectex::async_connect_ex;
using connectex::connect_options;
using connectex::connect_report;
using generic_endpoint = asio::generic::stream_protocol::endpoint;

} // namespace

TEST_CASE("a name is looked up, and the socket connected to one of its addresses")
{
  asio::io_context context;
  sink peer(context);
  tcp::socket socket(context);
  connect_report report;
  race_outcome result;
  const std::string name = loopback_name();
  async_connect_ex(socket, name, port_of(peer.endpoint()), asio::buffer(greeting),
      racing(endless_delay, report), result.handler());
  CHECK(result.calls == 0);
  result.await(context);
  CAPTURE(result, report);
  CHECK(result.is_success(peer.endpoint(), greeting.size()));
  CHECK_FALSE(report.resolve_error);
  CHECK((report.resolve_elapsed.count() > 0) == (name == "localhost"));
  CHECK(std::find(report.endpoints.begin(), report.endpoints.end(), peer.endpoint())
      != report.endpoints.end());
  CHECK(report.attempts.back().started >= report.resolve_elapsed);
  socket.close();
  run(context);
  CHECK(peer.received() == greeting);
}

TEST_CASE("the two strings may go when the function returns")
{
  asio::io_context context;
  sink peer(context);
  tcp::socket socket(context);
  race_outcome result;
  {
    std::string host = loopback_name();
    std::string service = port_of(peer.endpoint());
    async_connect_ex(socket, host, service, result.handler());
    host.assign(host.size(), '?');
    service.assign(service.size(), '?');
  }
  result.await(context);
  CHECK(result.is_success(peer.endpoint(), 0));
  socket.close();
  run(context);
}

TEST_CASE("an address and a port need no look-up")
{
  asio::io_context context;
  sink peer(context);
  tcp::socket socket(context);
  connect_report report;
  race_outcome result;
  async_connect_ex(socket, "127.0.0.1", port_of(peer.endpoint()), asio::buffer(greeting),
      racing(endless_delay, report), result.handler());
  result.await(context);
  CHECK(result.is_success(peer.endpoint(), greeting.size()));
  CHECK(report.resolve_elapsed.count() == 0);
  CHECK(report.attempts.size() == 1);
  CHECK(report.endpoints == std::vector<generic_endpoint>{peer.endpoint()});
  socket.close();
  run(context);
}

TEST_CASE("a port that is none is not taken for one")
{
  const char* const service = GENERATE("0x50", "80 ", "no-such-service");
  asio::io_context context;
  tcp::socket socket(context);
  connect_report report;
  race_outcome result;
  async_connect_ex(socket, "127.0.0.1", service, racing(endless_delay, report), result.handler());
  run(context);
  CAPTURE(result, service);
  CHECK(result.calls == 1);
  CHECK(result.error);
  CHECK_FALSE(socket.is_open());
}

TEST_CASE("a number that is no port is not made into one")
{
  const char* const host = GENERATE("127.0.0.1", "localhost");
  const char* const service = GENERATE(
      "65536", "99999", "0065536", "99999999999999999999", "-1", " 80", "+80", "-4294901680");
  asio::io_context context;
  tcp::socket socket(context);
  connect_report report;
  race_outcome result;
  async_connect_ex(socket, host, service, racing(endless_delay, report), result.handler());
  run(context);
  CAPTURE(result, host, service);
  CHECK(result.calls == 1);
  CHECK(result.error == asio::error::service_not_found);
  CHECK(report.attempts.empty());
  CHECK_FALSE(socket.is_open());
}

TEST_CASE("a host with a port in it is no address")
{
  const char* const host = GENERATE("127.0.0.1:80", "localhost:80", "[::1]:80", "[::1]");
  asio::io_context context;
  tcp::socket socket(context);
  connect_report report;
  race_outcome result;
  async_connect_ex(socket, host, "1", racing(endless_delay, report), result.handler());
  run(context);
  CAPTURE(result, host);
  CHECK(result.calls == 1);
  CHECK(result.error == asio::error::host_not_found);
  CHECK(report.attempts.empty());
}

TEST_CASE("a name that is not known fails with the error of the look-up")
{
  asio::io_context context;
  tcp::socket socket(context);
  connect_report report;
  connect_options options = racing(endless_delay, report);
  options.retry.max_attempts = 3;
  race_outcome result;
  SECTION("because nobody has it")
  {
    async_connect_ex(socket, "connectex.invalid", "80", options, result.handler());
  }
  SECTION("because it is empty, which the system would take for this machine")
  {
    async_connect_ex(socket, "", "80", options, result.handler());
  }
  SECTION("because it has a zero in it, where the system would stop reading")
  {
    async_connect_ex(
        socket, std::string_view("localhost\0.invalid", 18), "80", options, result.handler());
  }
  run(context);
  CAPTURE(result);
  CHECK(result.calls == 1);
  CHECK((result.error == asio::error::host_not_found
      || result.error == asio::error::host_not_found_try_again));
  CHECK(result.peer == tcp::endpoint());
  CHECK_FALSE(socket.is_open());
  CHECK(report.attempts.empty());
}
