// SPDX-License-Identifier: BSL-1.0

#include <connectex/connect_options.hpp>
#include <connectex/connect_report.hpp>
#include <connectex/error.hpp>

#include "support/catch.hpp"
#include "support/printed.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/system/error_category.hpp>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <functional>
#include <iomanip>
#include <iostream>
#include <limits>
#include <sstream>
#include <string>
#include <vector>

namespace
{

namespace asio = boost::asio;
namespace errc = boost::system::errc;
using asio::ip::tcp;
using boost::system::error_code;
using connectex::attempt_outcome;
using connectex::connect_attempt;
using connectex::connect_call;
using connectex::connect_report;
using connectex::fast_open_mode;
using connectex::first_flight_path;
using connectex::reopen_policy;
using duration = std::chrono::steady_clock::duration;
using endpoint = asio::generic::stream_protocol::endpoint;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;
using test::printed;

std::vector<std::string> lines_of(const std::string& text)
{
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);)
    lines.push_back(line);
  return lines;
}

tcp::endpoint endpoint_at(const char* address, unsigned short port = 80)
{
  return {asio::ip::make_address(address), port};
}

connect_attempt attempt_between(duration start, duration end)
{
  return {endpoint_at("192.0.2.7"), {}, 0, start, end - start, attempt_outcome::connected};
}

/// The time lines of a report, each behind the column in which it starts.
std::vector<std::string> bars_of(const connect_report& report)
{
  std::vector<std::string> lines = lines_of(printed(report));
  const std::size_t column = lines.at(0).find("0 -");
  REQUIRE(column != std::string::npos);
  lines.erase(lines.begin());
  lines.pop_back();
  for (std::string& line : lines)
    line.erase(0, column);
  return lines;
}

std::string took(duration elapsed)
{
  connect_attempt attempt;
  attempt.elapsed = elapsed;
  const std::string text = printed(attempt);
  return text.substr(text.find("took ") + 5);
}

/// A sockaddr of @p family whose bytes after the family are @p data.
endpoint raw(int family, const std::string& data)
{
  endpoint result;
  const std::size_t header = 2;
  result.resize(header + data.size());
  result.data()->sa_family = static_cast<decltype(result.data()->sa_family)>(family);
  std::memcpy(reinterpret_cast<char*>(result.data()) + header, data.data(), data.size());
  return result;
}

connect_report sample()
{
  connect_report report;
  report.attempts = {
      {endpoint_at("192.0.2.7"), asio::error::timed_out, 125, microseconds(12),
          microseconds(250100), attempt_outcome::given_up},
      {endpoint_at("192.0.2.7"), asio::error::timed_out, 125, microseconds(331400),
          microseconds(250100), attempt_outcome::given_up},
      {endpoint_at("192.0.2.7"), {}, 0, microseconds(702800), microseconds(31500),
          attempt_outcome::connected},
  };
  report.elapsed = microseconds(734400);
  report.first_flight = first_flight_path::in_connect;
  report.bytes_in_connect = 517;
  return report;
}

} // namespace

TEST_CASE("the report in the documentation of to_string looks as it does there")
{
  CHECK('\n' + to_string(sample()) == R"(
#  endpoint      outcome    error        started      took  0 ------------------> 734.4 ms
1  192.0.2.7:80  given_up   timed_out   +12.0 us  250.1 ms  =========|
2  192.0.2.7:80  given_up   timed_out  +331.4 ms  250.1 ms                =========|
3  192.0.2.7:80  connected             +702.8 ms   31.5 ms                               |
elapsed: 734.4 ms, first flight: in_connect, bytes in connect: 517)");
}

TEST_CASE("the last line tells the call only if it was a layer's")
{
  connect_report report = sample();
  const std::string usual = to_string(report);
  for (const connect_call call : {connect_call::connect, connect_call::connect_ex})
  {
    report.call = call;
    CHECK(to_string(report) == usual);
  }
  report.call = connect_call::layered_connect_ex;
  CHECK(to_string(report) == usual + ", call: layered_connect_ex");
  report.fast_open_error = asio::error::no_protocol_option;
  CHECK(to_string(report) == usual + ", call: layered_connect_ex, fast open: no_protocol_option");
}

TEST_CASE("what is written to a stream is what to_string gives")
{
  const connect_report report = sample();
  CHECK(printed(report) == to_string(report));
  CHECK(printed(report.attempts[0]) == to_string(report.attempts[0]));
  CHECK(printed(first_flight_path::in_syn) == to_string(first_flight_path::in_syn));
}

TEST_CASE("an enumerator is printed by its name")
{
  CHECK(printed(first_flight_path::none) == "none");
  CHECK(printed(first_flight_path::in_connect) == "in_connect");
  CHECK(printed(first_flight_path::after_connect) == "after_connect");
  CHECK(printed(first_flight_path::in_syn) == "in_syn");
  CHECK(printed(connect_call::none) == "none");
  CHECK(printed(connect_call::connect) == "connect");
  CHECK(printed(connect_call::connect_ex) == "connect_ex");
  CHECK(printed(connect_call::layered_connect_ex) == "layered_connect_ex");
  CHECK(printed(attempt_outcome::connected) == "connected");
  CHECK(printed(attempt_outcome::failed) == "failed");
  CHECK(printed(attempt_outcome::lost) == "lost");
  CHECK(printed(attempt_outcome::given_up) == "given_up");
  CHECK(printed(attempt_outcome::cancelled) == "cancelled");
  CHECK(printed(fast_open_mode::off) == "off");
  CHECK(printed(fast_open_mode::idempotent_data) == "idempotent_data");
  CHECK(printed(reopen_policy::never) == "never");
  CHECK(printed(reopen_policy::if_opened_here) == "if_opened_here");
  CHECK(printed(reopen_policy::always) == "always");
}

TEST_CASE("the names of enumerators are there at compile time")
{
  STATIC_REQUIRE(to_string(first_flight_path::in_connect) == "in_connect");
  STATIC_REQUIRE(to_string(connect_call::connect_ex) == "connect_ex");
  STATIC_REQUIRE(to_string(attempt_outcome::given_up) == "given_up");
  STATIC_REQUIRE(to_string(fast_open_mode::off) == "off");
  STATIC_REQUIRE(to_string(reopen_policy::always) == "always");
}

TEST_CASE("a value that is no enumerator is printed as its type and its number")
{
  CHECK(printed(static_cast<first_flight_path>(7)) == "first_flight_path(7)");
  CHECK(printed(static_cast<connect_call>(7)) == "connect_call(7)");
  CHECK(printed(static_cast<attempt_outcome>(-1)) == "attempt_outcome(-1)");
  CHECK(printed(static_cast<fast_open_mode>(2)) == "fast_open_mode(2)");
  CHECK(printed(static_cast<reopen_policy>(3)) == "reopen_policy(3)");
  CHECK(to_string(static_cast<first_flight_path>(7)).empty());

  connect_report report;
  report.first_flight = static_cast<first_flight_path>(9);
  report.attempts.resize(1);
  report.attempts[0].outcome = static_cast<attempt_outcome>(9);
  CHECK(printed(report).find("attempt_outcome(9)") != std::string::npos);
  CHECK(printed(report).find("first flight: first_flight_path(9)") != std::string::npos);
}

TEST_CASE("an attempt is one line that says how it ended, and when")
{
  connect_attempt attempt{endpoint_at("2001:db8::7", 443), asio::error::network_unreachable, 101,
      nanoseconds(10500), microseconds(21), attempt_outcome::failed};
  CHECK(printed(attempt)
      == "[2001:db8::7]:443 failed: network_unreachable (101), started +10.5 us, took 21.0 us");

  attempt = {endpoint_at("192.0.2.7", 443), {}, 0, microseconds(250200), microseconds(31400),
      attempt_outcome::connected};
  CHECK(printed(attempt) == "192.0.2.7:443 connected, started +250.2 ms, took 31.4 ms");
}

TEST_CASE("an attempt that was stopped is printed without the number for a cancelled call")
{
  for (const auto outcome :
      {attempt_outcome::lost, attempt_outcome::given_up, attempt_outcome::cancelled})
  {
    const connect_attempt attempt{
        endpoint_at("192.0.2.7", 443), asio::error::operation_aborted, 125, {}, {}, outcome};
    CHECK(printed(attempt)
        == "192.0.2.7:443 " + std::string(to_string(outcome))
            + ": operation_aborted, started +0.0 us, took 0.0 us");
  }
}

TEST_CASE("an attempt of which nothing is known can be printed")
{
  CHECK(printed(connect_attempt()) == "family 0 failed, started +0.0 us, took 0.0 us");
}

TEST_CASE("an error is shown by the name that Asio gives it")
{
  struct row
  {
    error_code error;
    const char* name;
  };
  const row rows[] = {
      {asio::error::access_denied, "access_denied"},
      {asio::error::address_family_not_supported, "address_family_not_supported"},
      {asio::error::address_in_use, "address_in_use"},
      {asio::error::already_connected, "already_connected"},
      {asio::error::already_started, "already_started"},
      {asio::error::bad_descriptor, "bad_descriptor"},
      {asio::error::broken_pipe, "broken_pipe"},
      {asio::error::connection_aborted, "connection_aborted"},
      {asio::error::connection_refused, "connection_refused"},
      {asio::error::connection_reset, "connection_reset"},
      {asio::error::fault, "fault"},
      {asio::error::host_unreachable, "host_unreachable"},
      {asio::error::in_progress, "in_progress"},
      {asio::error::interrupted, "interrupted"},
      {asio::error::invalid_argument, "invalid_argument"},
      {asio::error::message_size, "message_size"},
      {asio::error::name_too_long, "name_too_long"},
      {asio::error::network_down, "network_down"},
      {asio::error::network_reset, "network_reset"},
      {asio::error::network_unreachable, "network_unreachable"},
      {asio::error::no_buffer_space, "no_buffer_space"},
      {asio::error::no_descriptors, "no_descriptors"},
      {asio::error::no_memory, "no_memory"},
      {asio::error::no_protocol_option, "no_protocol_option"},
      {asio::error::not_connected, "not_connected"},
      {asio::error::not_socket, "not_socket"},
      {asio::error::operation_aborted, "operation_aborted"},
      {asio::error::operation_not_supported, "operation_not_supported"},
      {asio::error::timed_out, "timed_out"},
      {asio::error::would_block, "would_block"},
      {make_error_code(errc::timed_out), "timed_out"},
      {make_error_code(errc::address_not_available), "address_not_available"},
      {make_error_code(errc::destination_address_required), "destination_required"},
      {make_error_code(errc::function_not_supported), "function_not_supported"},
      {make_error_code(errc::no_such_file_or_directory), "no_such_file_or_directory"},
      {make_error_code(errc::operation_not_permitted), "no_permission"},
      {make_error_code(errc::protocol_error), "protocol_error"},
      {make_error_code(errc::protocol_not_supported), "protocol_not_supported"},
      {make_error_code(errc::too_many_files_open_in_system), "no_descriptors_in_system"},
      {make_error_code(errc::wrong_protocol_type), "wrong_protocol_type"},
      {connectex::portable_error_from_win32(1225), "connection_refused"},
      {connectex::portable_error_from_win32(10049), "address_not_available"},
      {connectex::portable_error_from_ntstatus(0xC0001234), "NTSTATUS 0xC0001234"},
  };
  for (const row& r : rows)
  {
    connect_attempt attempt;
    attempt.error = r.error;
    attempt.native_error = 4711;
    CHECK(printed(attempt)
        == "family 0 failed: " + std::string(r.name) + " (4711), started +0.0 us, took 0.0 us");
  }
}

TEST_CASE("a message that stands for a name stays in its line")
{
  class category : public boost::system::error_category
  {
  public:
    const char* name() const noexcept override { return "test"; }
    std::string message(int) const override { return "two\r\nlines"; }
    // A condition of the system's must not hide that it is another code.
    boost::system::error_condition default_error_condition(int) const noexcept override
    {
      return make_error_condition(errc::timed_out);
    }
  };
  const category instance;
  connect_attempt attempt;
  attempt.error = error_code(1, instance);
  CHECK(printed(attempt) == "family 0 failed: two??lines, started +0.0 us, took 0.0 us");
}

TEST_CASE("a duration has the unit that fits it")
{
  CHECK(took(nanoseconds(0)) == "0.0 us");
  CHECK(took(nanoseconds(100)) == "0.1 us");
  CHECK(took(nanoseconds(999900)) == "999.9 us");
  CHECK(took(nanoseconds(999960)) == "1.0 ms");
  CHECK(took(milliseconds(1)) == "1.0 ms");
  CHECK(took(microseconds(45600)) == "45.6 ms");
  CHECK(took(microseconds(999900)) == "999.9 ms");
  CHECK(took(microseconds(999960)) == "1.000 s");
  CHECK(took(milliseconds(1005)) == "1.005 s");
  CHECK(took(seconds(3600)) == "3600.000 s");
  CHECK(took(microseconds(-1500)) == "-1.5 ms");
  CHECK(took(nanoseconds(-10)) == "0.0 us");
}

TEST_CASE("a duration is printed alike in every locale")
{
  struct comma : std::numpunct<char>
  {
    char do_decimal_point() const override { return ','; }
    char do_thousands_sep() const override { return '.'; }
    std::string do_grouping() const override { return "\3"; }
  };
  std::ostringstream out;
  out.imbue(std::locale(out.getloc(), new comma));
  out << std::hex << std::showbase << std::showpos << std::uppercase;
  connect_report report = sample();
  report.bytes_in_connect = 65535;
  out << report;
  CHECK(out.str() == to_string(report));
}

TEST_CASE("an endpoint is printed as people write it")
{
  using connectex::to_string;
  CHECK(to_string(endpoint_at("127.0.0.1", 0)) == "127.0.0.1:0");
  CHECK(to_string(endpoint_at("192.0.2.255", 65535)) == "192.0.2.255:65535");
  CHECK(to_string(endpoint_at("::", 1)) == "[::]:1");
  CHECK(to_string(endpoint_at("2001:db8::7", 443)) == "[2001:db8::7]:443");
  CHECK(to_string(endpoint_at("1:2:3:4:5:6:7:8", 80)) == "[1:2:3:4:5:6:7:8]:80");
  CHECK(to_string(endpoint_at("::ffff:192.0.2.1", 80)) == "[::ffff:192.0.2.1]:80");
  asio::ip::address_v6 scoped = asio::ip::make_address_v6("fe80::1");
  scoped.scope_id(4294967295u);
  CHECK(to_string(tcp::endpoint(scoped, 80)) == "[fe80::1%4294967295]:80");
}

TEST_CASE("an AF_UNIX endpoint is printed as its path")
{
  using namespace std::string_literals;
  using connectex::to_string;
  constexpr int af_unix = 1;
  CHECK(to_string(raw(af_unix, "/run/server")) == "/run/server");
  CHECK(to_string(raw(af_unix, "/run/server\0"s)) == "/run/server");
  CHECK(to_string(raw(af_unix, "/run/server\0behind"s)) == "/run/server");
  CHECK(to_string(raw(af_unix, std::string(108, 'x'))) == std::string(108, 'x'));
  CHECK(to_string(raw(af_unix, "\0abstract"s)) == "@abstract");
  CHECK(to_string(raw(af_unix, "\0a\0b\n"s)) == "@a?b?");
  CHECK(to_string(raw(af_unix, "/a\nb\x7F\xC3\xA9")) == "/a?b?\xC3\xA9");
  CHECK(to_string(raw(af_unix, "")) == "(unnamed)");
  CHECK(to_string(raw(af_unix, std::string(108, '\0'))) == "(unnamed)");
}

TEST_CASE("an endpoint of which no more is known is printed as its family")
{
  using connectex::to_string;
  CHECK(to_string(endpoint()) == "family 0");
  CHECK(to_string(raw(99, "whatever")) == "family 99");
  const int v6 = tcp::v6().family();
  CHECK(to_string(raw(v6, "short")) == "family " + std::to_string(v6));
  CHECK(to_string(raw(tcp::v4().family(), "short")) == "family 2");
}

TEST_CASE("bars that overlap belong to attempts that overlapped")
{
  connect_report report;
  report.elapsed = seconds(30);
  report.attempts = {
      attempt_between(seconds(0), seconds(12)),
      attempt_between(seconds(10), seconds(30)),
      attempt_between(milliseconds(12600), milliseconds(12600)),
      attempt_between(seconds(29), seconds(30)),
      attempt_between(seconds(30), seconds(30)),
  };
  const std::vector<std::string> expected = {
      "===========|",
      "          ===================|",
      "             |",
      "                             |",
      "                             |",
  };
  CHECK(bars_of(report) == expected);
}

TEST_CASE("a race is printed with its attempts side by side")
{
  const auto aborted = asio::error::operation_aborted;
  connect_report report;
  report.attempts = {
      {endpoint_at("192.0.2.1"), aborted, 125, microseconds(15), microseconds(750600),
          attempt_outcome::given_up},
      {endpoint_at("192.0.2.2"), asio::error::network_unreachable, 101, microseconds(250300),
          microseconds(22), attempt_outcome::failed},
      {endpoint_at("192.0.2.3"), aborted, 125, microseconds(250400), microseconds(780100),
          attempt_outcome::lost},
      {endpoint_at("192.0.2.4"), {}, 0, microseconds(500500), microseconds(530000),
          attempt_outcome::connected},
      {endpoint_at("192.0.2.5"), aborted, 125, microseconds(750600), microseconds(279900),
          attempt_outcome::lost},
  };
  report.elapsed = microseconds(1030600);
  report.first_flight = first_flight_path::after_connect;
  report.not_tried = 2;
  report.resolve_elapsed = microseconds(12300);

  // clang-format off
  CHECK('\n' + to_string(report) == R"(
#  endpoint      outcome    error                        started      took  0 -------------------> 1.031 s
1  192.0.2.1:80  given_up   operation_aborted           +15.0 us  750.6 ms  =====================|
2  192.0.2.2:80  failed     network_unreachable (101)  +250.3 ms   22.0 us         |
3  192.0.2.3:80  lost       operation_aborted          +250.4 ms  780.1 ms         ======================|
4  192.0.2.4:80  connected                             +500.5 ms  530.0 ms                 ==============|
5  192.0.2.5:80  lost       operation_aborted          +750.6 ms  279.9 ms                        =======|
elapsed: 1.031 s, first flight: after_connect, bytes in connect: 0, not tried: 2, look-up: 12.3 ms)");
  // clang-format on
}

TEST_CASE("of attempts one after the other no bar covers another's column")
{
  connect_report report;
  report.elapsed = milliseconds(1000);
  for (int i = 0; i != 10; ++i)
    report.attempts.push_back(
        attempt_between(milliseconds(97 * i), milliseconds(97 * (i + 1)) - nanoseconds(1)));
  std::string all;
  for (const std::string& bar : bars_of(report))
  {
    CHECK(bar.find_first_not_of(' ') >= all.size());
    all = bar;
  }
}

TEST_CASE("an attempt beyond the end of the operation lengthens the time line")
{
  connect_report report;
  report.attempts = {
      attempt_between(seconds(0), seconds(15)), attempt_between(seconds(15), seconds(30))};
  report.elapsed = GENERATE(seconds(0), seconds(1));
  CHECK(lines_of(printed(report))[0].find("> 30.000 s") != std::string::npos);
  CHECK(bars_of(report)
      == std::vector<std::string>{"==============|", "               ==============|"});
}

TEST_CASE("durations out of all bounds stay in the table")
{
  const duration longest = (duration::max)();
  const duration shortest = (duration::min)();
  connect_report report;
  report.elapsed = GENERATE_COPY(duration(0), longest, shortest);
  for (const duration started : {duration(0), longest, shortest})
  {
    for (const duration elapsed : {duration(0), longest, shortest})
    {
      report.attempts.push_back(attempt_between(duration(0), duration(0)));
      report.attempts.back().started = started;
      report.attempts.back().elapsed = elapsed;
    }
  }
  for (const std::string& bar : bars_of(report))
  {
    CHECK(bar.size() <= 30);
    CHECK(bar.back() == '|');
    CHECK(bar.find_first_not_of(" =|") == std::string::npos);
  }
}

TEST_CASE("two attempts as long as can be share the time line")
{
  const duration longest = (duration::max)();
  connect_report report;
  report.attempts.resize(2);
  report.attempts[0].elapsed = longest;
  report.attempts[1].started = longest;
  report.attempts[1].elapsed = longest;
  CHECK(bars_of(report)
      == std::vector<std::string>{"==============|", "               ==============|"});
}

TEST_CASE("an operation that ended before it began has a table")
{
  connect_report report;
  report.elapsed = seconds(-1);
  report.attempts = {attempt_between(seconds(1), seconds(-2))};
  CHECK(bars_of(report) == std::vector<std::string>{"|"});
}

TEST_CASE("the numbers of a column end below each other, whatever their units")
{
  connect_report report;
  report.attempts = {
      attempt_between(seconds(0), seconds(1)), attempt_between(seconds(0), milliseconds(5))};
  const std::vector<std::string> lines = lines_of(printed(report));
  REQUIRE(lines[2].find(" ms ") != std::string::npos);
  CHECK(lines[1].find(" s ") == lines[2].find(" ms "));
}

TEST_CASE("an operation that took no time has a table")
{
  connect_report report;
  report.attempts.resize(2);
  CHECK(bars_of(report) == std::vector<std::string>{"|", "|"});
}

TEST_CASE("a report without attempts says so")
{
  CHECK(printed(connect_report())
      == "no attempts\nelapsed: 0.0 us, first flight: none, bytes in connect: 0");
}

TEST_CASE("a report tells why fast open could not be asked for")
{
  connect_report report;
  report.fast_open_error = asio::error::operation_not_supported;
  CHECK(lines_of(printed(report)).back()
      == "elapsed: 0.0 us, first flight: none, bytes in connect: 0, fast open: "
         "operation_not_supported");
}

TEST_CASE("the last line tells what of a race, a look-up and a delivery there is to tell")
{
  connect_report report = sample();
  const std::string usual = to_string(report);
  report.maybe_delivered = true;
  CHECK(to_string(report) == usual + ", maybe delivered");
  report.not_tried = 3;
  CHECK(to_string(report) == usual + ", maybe delivered, not tried: 3");
  report.resolve_elapsed = microseconds(12300);
  CHECK(to_string(report) == usual + ", maybe delivered, not tried: 3, look-up: 12.3 ms");
  report.resolve_error = asio::error::host_not_found;
  CHECK(to_string(report)
      == usual
          + ", maybe delivered, not tried: 3, look-up: 12.3 ms, look-up error: host_not_found");
  report.fast_open_error = asio::error::no_protocol_option;
  CHECK(to_string(report).find(", fast open: no_protocol_option, maybe delivered, not tried: 3, ")
      != std::string::npos);
}

TEST_CASE("statistics are printed as far as the system knows them")
{
  connectex::connection_statistics statistics;
  CHECK(printed(statistics) == "nothing known");
  statistics.bytes_received = 0;
  CHECK(printed(statistics) == "bytes received 0");
  statistics.syn_retransmissions = 2;
  CHECK(printed(statistics) == "SYN retransmissions 2, bytes received 0");
  statistics.round_trip_time = microseconds(31200);
  statistics.minimum_round_trip_time = microseconds(999);
  statistics.bytes_retransmitted = 1448;
  statistics.bytes_sent = 5000000000;
  CHECK(printed(statistics)
      == "round trip 31.2 ms, minimum 999.0 us, SYN retransmissions 2, bytes retransmitted 1448, "
         "bytes sent 5000000000, bytes received 0");
  CHECK(to_string(statistics) == printed(statistics));
}

TEST_CASE("an attempt is printed with its statistics, and a report has a line for them")
{
  connect_report report = sample();
  const std::string usual = to_string(report);
  const std::string attempt = to_string(report.attempts.back());
  report.attempts.back().statistics.emplace().bytes_sent = 5;
  CHECK(to_string(report) == usual + "\nconnection: bytes sent 5");
  CHECK(to_string(report.attempts.back()) == attempt + ", bytes sent 5");
}

TEST_CASE("an error of a look-up is shown by the name that Asio gives it")
{
  struct row
  {
    error_code error;
    const char* name;
  };
  const row rows[] = {
      {asio::error::host_not_found, "host_not_found"},
      {asio::error::host_not_found_try_again, "host_not_found_try_again"},
      {asio::error::no_data, "no_data"},
      {asio::error::no_recovery, "no_recovery"},
      {asio::error::service_not_found, "service_not_found"},
      {asio::error::socket_type_not_supported, "socket_type_not_supported"},
      {asio::error::operation_aborted, "operation_aborted"},
      {asio::error::no_memory, "no_memory"},
      {connectex::portable_error_from_ntstatus(0xC0001234), "NTSTATUS 0xC0001234"},
  };
  for (const row& r : rows)
  {
    connect_report report;
    report.resolve_error = r.error;
    CHECK(printed(report)
        == "no attempts\nelapsed: 0.0 us, first flight: none, bytes in connect: 0, look-up error: "
            + std::string(r.name));
  }
}

TEST_CASE("the lines of a hundred attempts stand below each other")
{
  connect_report report;
  report.elapsed = seconds(100);
  for (int i = 0; i != 100; ++i)
  {
    connect_attempt attempt = attempt_between(seconds(i), seconds(i + 1) - milliseconds(i));
    if (i % 3 == 0)
    {
      attempt.endpoint = endpoint_at("2001:db8:1111:2222:3333:4444:5555:6666", 65535);
      attempt.error = asio::error::network_unreachable;
      attempt.native_error = 10051;
      attempt.outcome = attempt_outcome::failed;
    }
    report.attempts.push_back(attempt);
  }
  const std::vector<std::string> lines = lines_of(printed(report));
  REQUIRE(lines.size() == 102);
  CHECK(lines[1].substr(0, 6) == "  1  [");
  CHECK(lines[100].substr(0, 6) == "100  [");
  for (const char* heading : {"endpoint", "outcome", "error"})
  {
    const std::size_t column = lines[0].find(heading);
    for (std::size_t i = 1; i != 101; ++i)
      CHECK(lines[i].substr(column - 2, 2) == "  ");
  }
  const std::vector<std::string> bars = bars_of(report);
  for (const std::string& bar : bars)
    CHECK(bar.find_first_not_of(" =|") == std::string::npos);
}

TEST_CASE("a long path makes its own line longer and no other")
{
  connect_report report;
  report.attempts.resize(2);
  report.attempts[0].endpoint = endpoint_at("192.0.2.7");
  report.attempts[1].endpoint = raw(1, "/" + std::string(90, 'p'));
  const std::vector<std::string> lines = lines_of(printed(report));
  CHECK(lines[1].size() < 80);
  CHECK(lines[2].find("/" + std::string(90, 'p') + "  failed") != std::string::npos);
}

TEST_CASE("no line ends in blanks, and the last is not ended")
{
  const std::string text = printed(sample());
  CHECK(text.find(" \n") == std::string::npos);
  CHECK(text.back() != '\n');
  CHECK(text.back() != ' ');
}

TEST_CASE("the width of a stream holds for one name and does no harm to a table")
{
  std::ostringstream out;
  out << std::setfill('.') << std::left << std::setw(8) << attempt_outcome::lost << '|'
      << std::right << std::setw(10) << reopen_policy::never;
  CHECK(out.str() == "lost....|.....never");

  std::ostringstream table;
  table << std::setfill('.') << std::setw(2000) << sample();
  CHECK(table.str() == to_string(sample()));
  CHECK(table.width() == 0);
  CHECK(table.fill() == '.');
}

TEST_CASE("options can log each attempt as it ends")
{
  std::ostringstream log;
  std::streambuf* const before = std::clog.rdbuf(log.rdbuf());
  connectex::connect_options options;
  options.on_attempt = [](const connectex::connect_attempt& attempt)
  { std::clog << attempt << '\n'; };
  options.on_attempt(attempt_between(duration(0), milliseconds(2)));
  const connect_report report = sample();
  std::clog << report << '\n';
  std::clog.rdbuf(before);
  CHECK(log.str()
      == "192.0.2.7:80 connected, started +0.0 us, took 2.0 ms\n" + to_string(report) + '\n');
}
