// SPDX-License-Identifier: BSL-1.0

// Run by test/network/run, in the network that it makes.

#include <connectex/async_connect_ex_race.hpp>

#include "support/expected.hpp"
#include "support/loopback.hpp"
#include "support/race_outcome.hpp"

#include <chrono>
#include <cstdlib>
#include <deque>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#if defined(__linux__)
#include <netinet/tcp.h>
#include <sys/socket.h>
#endif

namespace
{

using namespace test;
using namespace std::chrono_literals;
using connectex::async_connect_ex;
using connectex::attempt_outcome;
using connectex::connect_attempt;
using connectex::connect_options;
using connectex::connect_report;
using connectex::fast_open_mode;
using connectex::first_flight_path;
using connectex::opened_socket;
using connectex::race_mode;

using endpoints = std::vector<tcp::endpoint>;
using outcomes = std::vector<attempt_outcome>;

constexpr attempt_outcome connected = attempt_outcome::connected;
constexpr attempt_outcome failed = attempt_outcome::failed;
constexpr attempt_outcome lost = attempt_outcome::lost;
constexpr attempt_outcome given_up = attempt_outcome::given_up;

// In this network the system gives up an address that does not answer after 3 s. If a busy machine
// loses the first SYN to a good one, that costs 1 s.
constexpr auto without_the_systems_limit = 2500ms;
constexpr auto within_one_limit_of_the_system = 5500ms;

/// What becomes of a connect to an address.
enum class fate
{
  absent,
  good,
  slow,
  refused,
  black_hole,
  no_route
};

enum class family
{
  v4,
  v6
};

unsigned short port_of(fate destiny)
{
  switch (destiny)
  {
  case fate::refused:
    return 9;
  case fate::slow:
    return 7008;
  case fate::black_hole:
    return 7009;
  default:
    return 7007;
  }
}

/// An endpoint that no other test uses, so that a capture can tell what was sent to it.
tcp::endpoint unused_endpoint(family given, fate destiny)
{
  static int number = 100;
  REQUIRE(number < 250);
  const bool has_route = destiny != fate::no_route;
  const std::string network = given == family::v4 ? (has_route ? "203.0.113." : "192.0.2.")
                                                  : (has_route ? "2001:db8:2::" : "2001:db8:3::");
  return {asio::ip::make_address(network + std::to_string(number++)), port_of(destiny)};
}

endpoints unused_endpoints(std::size_t count, family given, fate destiny)
{
  endpoints all;
  while (all.size() != count)
    all.push_back(unused_endpoint(given, destiny));
  return all;
}

endpoints operator+(endpoints left, const endpoints& right)
{
  left.insert(left.end(), right.begin(), right.end());
  return left;
}

/// One operation, and what the server sends back of its first flight.
struct race
{
  explicit race(asio::io_context& context) : socket(context) {}

  auto handler()
  {
    return [this](const error_code& ec, const tcp::endpoint& peer, std::size_t bytes)
    {
      result.handler()(ec, peer, bytes);
      error_code ignored;
      socket.shutdown(tcp::socket::shutdown_send, ignored);
      if (!ec)
        asio::async_read(socket, asio::dynamic_buffer(echo), [](const error_code&, std::size_t) {});
    };
  }

  void start(const endpoints& all, connect_options options)
  {
    candidates = all;
    options.report = &report;
    async_connect_ex(socket, all, asio::buffer(greeting), options, handler());
  }

  void start(const char* host, connect_options options)
  {
    options.report = &report;
    async_connect_ex(socket, host, "7007", asio::buffer(greeting), options, handler());
  }

  bool is_won_by(const tcp::endpoint& winner) const
  {
    return result.is_success(winner, greeting.size()) && echo == greeting;
  }

  endpoints candidates;
  tcp::socket socket;
  connect_report report;
  race_outcome result;
  std::string echo;
};

connect_options with_delay(std::chrono::steady_clock::duration delay)
{
  connect_options options;
  options.race.attempt_delay = delay;
  return options;
}

outcomes outcomes_of(const connect_report& report)
{
  outcomes all;
  for (const connect_attempt& attempt : report.attempts)
    all.push_back(attempt.outcome);
  return all;
}

/// All that has been sent until now.
class capture
{
public:
  explicit capture(asio::io_context& context)
  {
    const tcp::endpoint last = unused_endpoint(family::v4, fate::refused);
    tcp::socket socket(context);
    error_code ignored;
    socket.connect(last, ignored);
    const auto deadline = std::chrono::steady_clock::now() + limit;
    while (connects_to(last) == 0 && std::chrono::steady_clock::now() < deadline)
      read();
    REQUIRE(connects_to(last) == 1);
  }

  /// How many connections were tried. A SYN that is sent again comes from the same port.
  std::size_t connects_to(const tcp::endpoint& peer) const
  {
    const auto found = sent_.find(text_of(peer));
    return found == sent_.end() ? 0 : found->second.connects_from.size();
  }

  std::size_t bytes_to(const tcp::endpoint& peer) const
  {
    const auto found = sent_.find(text_of(peer));
    return found == sent_.end() ? 0 : found->second.bytes;
  }

private:
  struct sent
  {
    std::set<std::string> connects_from;
    std::size_t bytes = 0;
  };

  static std::string text_of(const tcp::endpoint& peer)
  {
    return peer.address().to_string() + "." + std::to_string(peer.port()) + ":";
  }

  void read()
  {
    sent_.clear();
    std::ifstream lines(std::getenv("CONNECTEX_SENT"));
    for (std::string line; std::getline(lines, line);)
      take(line);
  }

  // 12:00:00.000000 IP 198.51.100.1.40000 > 203.0.113.10.7007: Flags [S], seq 1, [...], length 0
  void take(const std::string& line)
  {
    std::istringstream words(line);
    std::string time, protocol, source, arrow, destination;
    words >> time >> protocol >> source >> arrow >> destination;
    sent& one = sent_[destination];
    if (line.find("Flags [S") != std::string::npos)
      one.connects_from.insert(source);
    const auto length = line.rfind("length ");
    if (length != std::string::npos)
      one.bytes += std::stoul(line.substr(length + 7));
  }

  std::map<std::string, sent> sent_;
};

/// The fates of the addresses of two families, in the order in which they are given, and what
/// follows from them.
struct combination
{
  fate first;
  fate second;
  outcomes attempts;
  error_code error;
  std::chrono::milliseconds at_most;
};

// clang-format off
const combination combinations[] = {
    {fate::good, fate::absent, {connected}, {}, without_the_systems_limit},
    {fate::good, fate::good, {connected}, {}, without_the_systems_limit},
    {fate::good, fate::refused, {connected}, {}, without_the_systems_limit},
    {fate::good, fate::black_hole, {connected}, {}, without_the_systems_limit},
    {fate::good, fate::no_route, {connected}, {}, without_the_systems_limit},

    {fate::refused, fate::absent, {failed}, asio::error::connection_refused, without_the_systems_limit},
    {fate::refused, fate::good, {failed, connected}, {}, without_the_systems_limit},
    {fate::refused, fate::refused, {failed, failed}, asio::error::connection_refused, without_the_systems_limit},
    {fate::refused, fate::black_hole, {failed, failed}, asio::error::connection_refused, within_one_limit_of_the_system},
    {fate::refused, fate::no_route, {failed, failed}, asio::error::connection_refused, without_the_systems_limit},

    {fate::black_hole, fate::absent, {failed}, asio::error::timed_out, within_one_limit_of_the_system},
    {fate::black_hole, fate::good, {lost, connected}, {}, without_the_systems_limit},
    {fate::black_hole, fate::refused, {failed, failed}, asio::error::timed_out, within_one_limit_of_the_system},
    {fate::black_hole, fate::black_hole, {failed, failed}, asio::error::timed_out, within_one_limit_of_the_system},
    {fate::black_hole, fate::no_route, {failed, failed}, asio::error::timed_out, within_one_limit_of_the_system},

    {fate::no_route, fate::absent, {failed}, asio::error::network_unreachable, without_the_systems_limit},
    {fate::no_route, fate::good, {failed, connected}, {}, without_the_systems_limit},
    {fate::no_route, fate::refused, {failed, failed}, asio::error::connection_refused, without_the_systems_limit},
    {fate::no_route, fate::black_hole, {failed, failed}, asio::error::timed_out, within_one_limit_of_the_system},
    {fate::no_route, fate::no_route, {failed, failed}, asio::error::network_unreachable, without_the_systems_limit},
};
// clang-format on

error_code error_of(fate destiny, attempt_outcome outcome)
{
  switch (destiny)
  {
  case fate::refused:
    return asio::error::connection_refused;
  case fate::no_route:
    return asio::error::network_unreachable;
  case fate::black_hole:
    return outcome == lost ? asio::error::operation_aborted : asio::error::timed_out;
  default:
    return {};
  }
}

/// Only an address that does not answer lets the delay pass.
std::chrono::steady_clock::duration delay_of(const combination& given)
{
  return given.first == fate::black_hole ? 250ms : std::chrono::milliseconds(endless_delay);
}

endpoints unused_endpoints(const combination& given, family first)
{
  endpoints all = {unused_endpoint(first, given.first)};
  if (given.second != fate::absent)
  {
    const family second = first == family::v4 ? family::v6 : family::v4;
    all.push_back(unused_endpoint(second, given.second));
  }
  return all;
}

void check_result(const race& run, const combination& expected)
{
  CHECK(outcomes_of(run.report) == expected.attempts);
  if (expected.error)
  {
    CHECK(run.result.is_failure(expected.error));
    CHECK_FALSE(run.socket.is_open());
    CHECK(run.echo.empty());
  }
  else
    CHECK(run.is_won_by(run.candidates.at(expected.attempts.size() - 1)));
  CHECK(run.report.not_tried == run.candidates.size() - expected.attempts.size());
  CHECK(run.report.elapsed < expected.at_most);
}

void check_attempts(const race& run, const combination& expected)
{
  REQUIRE(run.report.attempts.size() == expected.attempts.size());
  for (std::size_t i = 0; i != expected.attempts.size(); ++i)
  {
    const connect_attempt& attempt = run.report.attempts[i];
    CHECK(attempt.endpoint == run.candidates[i]);
    CHECK(
        attempt.error == error_of(i == 0 ? expected.first : expected.second, expected.attempts[i]));
  }
  if (expected.first == fate::black_hole && run.report.attempts.size() == 2)
    CHECK(run.report.attempts[1].started >= run.report.attempts[0].started + 250ms);
}

/// Only an attempt that is alone and the last one carries the first flight.
void check_first_flight(const race& run, const combination& expected)
{
  const bool is_alone_and_last =
      expected.attempts.size() == run.candidates.size() && expected.first != fate::black_hole;
  const bool carries = is_alone_and_last && !expected.error;
  CHECK(run.report.bytes_in_connect == (carries ? bytes_in_connect_of(greeting.size()) : 0));
  if (expected.error)
    CHECK(run.report.first_flight == first_flight_path::none);
  else
    CHECK(run.report.first_flight
        == (carries ? path_of(greeting.size()) : first_flight_path::after_connect));
}

void check_sent(const race& run, const combination& expected, const capture& seen)
{
  for (std::size_t i = 0; i != run.candidates.size(); ++i)
  {
    CAPTURE(run.candidates[i]);
    const bool tried = i < expected.attempts.size();
    const bool sent_to = tried && (i == 0 ? expected.first : expected.second) != fate::no_route;
    CHECK(seen.connects_to(run.candidates[i]) == (sent_to ? 1u : 0u));
    const bool won = tried && expected.attempts[i] == connected;
    CHECK((seen.bytes_to(run.candidates[i]) != 0) == won);
  }
}

} // namespace

TEST_CASE("whichever families work, the first that answers wins, and no other gets a byte")
{
  asio::io_context context;
  std::deque<race> races;
  for (const family first : {family::v4, family::v6})
    for (const combination& given : combinations)
      races.emplace_back(context).start(
          unused_endpoints(given, first), with_delay(delay_of(given)));
  run(context);

  const capture seen(context);
  for (std::size_t i = 0; i != races.size(); ++i)
  {
    const combination& expected = combinations[i % std::size(combinations)];
    CAPTURE(i, races[i].candidates, races[i].result, races[i].report);
    check_result(races[i], expected);
    check_sent(races[i], expected, seen);
    check_first_flight(races[i], expected);
    check_attempts(races[i], expected);
  }
}

TEST_CASE("an address of the link is connected to by its scope, alone and after a dead address")
{
  // The number of the link is test/network/run's choice.
  asio::ip::address_v6 address = asio::ip::make_address_v6("fe80::2");
  address.scope_id(7);
  const tcp::endpoint on_link(address, port_of(fate::good));
  const bool is_alone = GENERATE(true, false);
  endpoints all{on_link};
  if (!is_alone)
    all.insert(all.begin(), unused_endpoint(family::v6, fate::refused));

  asio::io_context context;
  tcp::socket socket(context);
  race_outcome result;
  async_connect_ex(socket, all, asio::buffer(greeting), result.handler());
  result.await(context);
  CAPTURE(result);
  CHECK(result.is_success(on_link, greeting.size()));
}

TEST_CASE("a family whose addresses are all dead costs one delay, however many they are")
{
  const auto [dead, alive] = GENERATE(std::pair(family::v4, family::v6), //
      std::pair(family::v6, family::v4));
  asio::io_context context;
  const endpoints all =
      unused_endpoints(8, dead, fate::black_hole) + unused_endpoints(2, alive, fate::good);
  race several(context);
  several.start(all, with_delay(250ms));
  run(context);
  CAPTURE(several.result, several.report);
  CHECK(several.is_won_by(all[8]));
  CHECK(outcomes_of(several.report) == outcomes{lost, connected});
  CHECK(several.report.not_tried == 8);
  CHECK(several.report.elapsed < without_the_systems_limit);
  const capture seen(context);
  for (const tcp::endpoint& each : all)
    CHECK(seen.connects_to(each) == (each == all[0] || each == all[8] ? 1u : 0u));
}

TEST_CASE("dead addresses of both families are left behind one after the other")
{
  asio::io_context context;
  const endpoints v6 = {unused_endpoint(family::v6, fate::black_hole),
      unused_endpoint(family::v6, fate::refused), unused_endpoint(family::v6, fate::black_hole)};
  const endpoints v4 = {unused_endpoint(family::v4, fate::no_route),
      unused_endpoint(family::v4, fate::black_hole), unused_endpoint(family::v4, fate::good)};
  race several(context);
  several.start(v6 + v4, with_delay(100ms));
  run(context);
  CAPTURE(several.result, several.report);
  CHECK(several.is_won_by(v4[2]));
  REQUIRE(outcomes_of(several.report) == outcomes{lost, failed, failed, lost, lost, connected});
  const endpoints order = {v6[0], v4[0], v6[1], v4[1], v6[2], v4[2]};
  for (std::size_t i = 0; i != order.size(); ++i)
    CHECK(several.report.attempts[i].endpoint == order[i]);
  CHECK(several.report.elapsed >= 300ms);
  CHECK(several.report.elapsed < without_the_systems_limit);
  const capture seen(context);
  for (const tcp::endpoint& each : order)
    CHECK((seen.bytes_to(each) != 0) == (each == v4[2]));
}

TEST_CASE("of two slow servers the first wins, and the second gets no byte, if it is asked at all")
{
  const auto [first, second] = GENERATE(std::pair(family::v4, family::v6), //
      std::pair(family::v6, family::v4));
  asio::io_context context;
  const endpoints with_patience = {
      unused_endpoint(first, fate::slow), unused_endpoint(second, fate::slow)};
  const endpoints without = {
      unused_endpoint(first, fate::slow), unused_endpoint(second, fate::slow)};
  race alone(context);
  alone.start(with_patience, with_delay(endless_delay));
  race both(context);
  both.start(without, with_delay(250ms));
  run(context);
  CAPTURE(alone.report, both.report);
  CHECK(alone.is_won_by(with_patience[0]));
  CHECK(both.is_won_by(without[0]));
  CHECK(outcomes_of(both.report) == outcomes{connected, lost});
  const capture seen(context);
  CHECK(seen.connects_to(with_patience[0]) == 1);
  CHECK(seen.connects_to(with_patience[1]) == 0);
  CHECK(seen.connects_to(without[1]) == 1);
  CHECK(seen.bytes_to(without[1]) == 0);
}

TEST_CASE("a failure is followed by the next address at once although an earlier attempt goes on")
{
  asio::io_context context;
  const endpoints all = {unused_endpoint(family::v6, fate::black_hole),
      unused_endpoint(family::v4, fate::refused), unused_endpoint(family::v6, fate::good)};
  race several(context);
  several.start(all, with_delay(1s));
  run(context);
  CAPTURE(several.result, several.report);
  CHECK(several.is_won_by(all[2]));
  REQUIRE(outcomes_of(several.report) == outcomes{lost, failed, connected});
  CHECK(several.report.attempts[2].started < several.report.attempts[1].started + 1s);
}

TEST_CASE("of more dead addresses than may be tried at once the oldest make room for the good one")
{
  asio::io_context context;
  const endpoints all = unused_endpoints(4, family::v6, fate::black_hole)
      + unused_endpoints(1, family::v6, fate::good);
  connect_options options = with_delay(100ms);
  options.race.max_in_flight = 3;
  race several(context);
  several.start(all, options);
  run(context);
  CAPTURE(several.result, several.report);
  CHECK(several.is_won_by(all.back()));
  CHECK(outcomes_of(several.report) == outcomes{given_up, given_up, lost, lost, connected});
  CHECK(several.report.elapsed < without_the_systems_limit);
}

TEST_CASE("binding to an address of one family excludes the other one only")
{
  const family bound = GENERATE(family::v4, family::v6);
  const family other = bound == family::v4 ? family::v6 : family::v4;
  const bool good = GENERATE(true, false);
  const asio::ip::address local =
      asio::ip::make_address(bound == family::v4 ? "198.51.100.1" : "2001:db8:1::1");
  asio::io_context context;
  const endpoints all = {unused_endpoint(other, fate::good),
      unused_endpoint(bound, good ? fate::good : fate::refused)};
  connect_options options = with_delay(endless_delay);
  options.prepare = [&](opened_socket& socket, error_code& ec)
  { socket.bind(tcp::endpoint(local, 0), ec); };
  race both(context);
  both.start(all, options);
  run(context);
  CAPTURE(both.result, both.report);
  REQUIRE(outcomes_of(both.report) == outcomes{failed, good ? connected : failed});
  CHECK(both.report.attempts[0].error == asio::error::address_family_not_supported);
  if (good)
    CHECK(both.is_won_by(all[1]));
  else
    CHECK(both.result.is_failure(asio::error::connection_refused));
  const capture seen(context);
  CHECK(seen.connects_to(all[0]) == 0);
  CHECK(seen.connects_to(all[1]) == 1);
}

TEST_CASE("of a name with good addresses of both families only the first sees a connection")
{
  asio::io_context context;
  const tcp::endpoint v6(asio::ip::make_address("2001:db8:2::253"), 7007);
  const tcp::endpoint v4(asio::ip::make_address("203.0.113.253"), 7007);
  race named(context);
  named.start("both.test", with_delay(endless_delay));
  run(context);
  CAPTURE(named.result, named.report);
  CHECK(named.is_won_by(v6));
  CHECK(named.report.not_tried == 1);
  const capture seen(context);
  CHECK(seen.connects_to(v6) == 1);
  CHECK(seen.connects_to(v4) == 0);
}

TEST_CASE("a name whose IPv6 address is dead is connected to by IPv4 after one delay")
{
  asio::io_context context;
  const tcp::endpoint v6(asio::ip::make_address("2001:db8:2::10"), 7007);
  const tcp::endpoint v4(asio::ip::make_address("203.0.113.252"), 7007);
  race named(context);
  named.start("broken-ipv6.test", connect_options());
  run(context);
  CAPTURE(named.result, named.report);
  CHECK(named.is_won_by(v4));
  CHECK(outcomes_of(named.report) == outcomes{lost, connected});
  CHECK(named.report.elapsed < without_the_systems_limit);
  const capture seen(context);
  CHECK(seen.connects_to(v6) == 1);
  CHECK(seen.bytes_to(v6) == 0);
}

#if defined(__linux__)

namespace
{

/// The SYN may have a payload although no server has given a cookie.
connect_options with_data_in_syn(race_mode mode)
{
  connect_options options = with_delay(250ms);
  options.race.mode = mode;
  options.fast_open = fast_open_mode::idempotent_data;
  options.prepare = [](opened_socket& socket, error_code&)
  {
    const int on = 1;
    CHECK(::setsockopt(socket.native_handle(), IPPROTO_TCP, TCP_FASTOPEN_NO_COOKIE, &on, sizeof(on))
        == 0);
  };
  return options;
}

} // namespace

TEST_CASE("the SYN of an attempt that may lose has no payload")
{
  asio::io_context context;
  const endpoints all = {
      unused_endpoint(family::v6, fate::black_hole), unused_endpoint(family::v4, fate::good)};
  race both(context);
  both.start(all, with_data_in_syn(race_mode::staggered));
  run(context);
  CAPTURE(both.result, both.report);
  CHECK(both.is_won_by(all[1]));
  CHECK(outcomes_of(both.report) == outcomes{lost, connected});
  const capture seen(context);
  CHECK(seen.connects_to(all[0]) == 1);
  CHECK(seen.bytes_to(all[0]) == 0);
}

TEST_CASE("in sequential mode the SYN of each attempt has the payload")
{
  asio::io_context context;
  const endpoints all = {
      unused_endpoint(family::v6, fate::refused), unused_endpoint(family::v4, fate::good)};
  race both(context);
  both.start(all, with_data_in_syn(race_mode::sequential));
  run(context);
  CAPTURE(both.result, both.report);
  CHECK(both.is_won_by(all[1]));
  CHECK(outcomes_of(both.report) == outcomes{failed, connected});
  const capture seen(context);
  CHECK(seen.bytes_to(all[0]) == greeting.size());
}

#endif
