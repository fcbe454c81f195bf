// SPDX-License-Identifier: BSL-1.0

// Run by test/network/run, in the network that it makes.

#include <connectex/async_connect_ex.hpp>
#include <connectex/connection_statistics.hpp>
#include <connectex/error.hpp>
#include <connectex/socket_options.hpp>

#include "support/expected.hpp"
#include "support/loopback.hpp"
#include "support/wine.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#if defined(__linux__)
#include "fast_open.hpp"
#endif

#if !defined(_WIN32)
#include <cerrno>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#endif

namespace
{

using namespace test;
using namespace std::chrono_literals;
using boost::system::errc::errc_t;
using connectex::async_connect_ex;
using connectex::condition;
using connectex::connect_options;
using connectex::connect_report;
using connectex::fast_open_mode;
using connectex::first_flight_path;
using connectex::reopen_policy;

#if defined(_WIN32)
#define NATIVE(posix, windows) windows
#define PORTABLE(posix, windows) asio::error::windows
#else
#define NATIVE(posix, windows) posix
#define PORTABLE(posix, windows) asio::error::posix
#endif

/// A way to fail, and how it reads.
struct fault
{
  const char* what;
  const char* address;
  error_code error;
  std::uint32_t native_error;
  bool retryable;
  bool unreachable;
};

// clang-format off
const fault faults[] = {
    {"no route", "192.0.2.99", asio::error::network_unreachable, NATIVE(ENETUNREACH, 10051), true, true},
    {"no route, IPv6", "2001:db8:3::99", asio::error::network_unreachable, NATIVE(ENETUNREACH, 10051), true, true},
    {"throw", "192.0.2.4", asio::error::network_unreachable, NATIVE(ENETUNREACH, 10051), true, true},
    {"throw, IPv6", "2001:db8:3::4", asio::error::network_unreachable, NATIVE(ENETUNREACH, 10051), true, true},
    {"unreachable", "192.0.2.1", asio::error::host_unreachable, NATIVE(EHOSTUNREACH, 10065), false, true},
    {"unreachable, IPv6", "2001:db8:3::1", asio::error::host_unreachable, NATIVE(EHOSTUNREACH, 10065), false, true},
    {"prohibit", "192.0.2.2", asio::error::access_denied, NATIVE(EACCES, 10013), false, false},
    {"prohibit, IPv6", "2001:db8:3::2", asio::error::access_denied, NATIVE(EACCES, 10013), false, false},
    {"blackhole", "192.0.2.3", asio::error::invalid_argument, NATIVE(EINVAL, 10022), false, false},
    {"blackhole, IPv6", "2001:db8:3::3", asio::error::invalid_argument, NATIVE(EINVAL, 10022), false, false},

    {"nobody listens", "203.0.113.99", asio::error::connection_refused, NATIVE(ECONNREFUSED, 1225), true, true},
    {"SYNs dropped", "203.0.113.10", asio::error::timed_out, NATIVE(ETIMEDOUT, 121), true, false},
    {"RST", "203.0.113.11", asio::error::connection_refused, NATIVE(ECONNREFUSED, 1225), true, true},
    {"net-unreachable", "203.0.113.12", asio::error::network_unreachable, NATIVE(ENETUNREACH, 1231), true, true},
    {"host-unreachable", "203.0.113.13", asio::error::host_unreachable, NATIVE(EHOSTUNREACH, 1232), false, true},
    {"prot-unreachable", "203.0.113.14", PORTABLE(no_protocol_option, invalid_argument), NATIVE(ENOPROTOOPT, 87), false, false},
    {"port-unreachable", "203.0.113.15", asio::error::connection_refused, NATIVE(ECONNREFUSED, 1225), true, true},
    {"net-prohibited", "203.0.113.16", asio::error::network_unreachable, NATIVE(ENETUNREACH, 1231), true, true},
    {"host-prohibited", "203.0.113.17", asio::error::host_unreachable, NATIVE(EHOSTUNREACH, 1232), false, true},
    {"admin-prohibited", "203.0.113.18", asio::error::host_unreachable, NATIVE(EHOSTUNREACH, 1232), false, true},

    {"SYNs dropped, IPv6", "2001:db8:2::10", asio::error::timed_out, NATIVE(ETIMEDOUT, 121), true, false},
    {"RST, IPv6", "2001:db8:2::11", asio::error::connection_refused, NATIVE(ECONNREFUSED, 1225), true, true},
    {"no-route, IPv6", "2001:db8:2::12", asio::error::network_unreachable, NATIVE(ENETUNREACH, 1231), true, true},
    {"admin-prohibited, IPv6", "2001:db8:2::13", asio::error::access_denied, NATIVE(EACCES, 5), false, false},
    {"addr-unreachable, IPv6", "2001:db8:2::14", asio::error::host_unreachable, NATIVE(EHOSTUNREACH, 1232), false, true},
    {"port-unreachable, IPv6", "2001:db8:2::15", asio::error::connection_refused, NATIVE(ECONNREFUSED, 1225), true, true},
};
// clang-format on

/// One operation that meets a fault.
struct meeting
{
  meeting(asio::io_context& context, const fault& given, const connect_options& asked)
    : expected(given), socket(context), options(asked)
  {
    const tcp::endpoint peer(asio::ip::make_address(given.address), 9);
    options.report = &report;
    async_connect_ex(socket, peer, asio::buffer("lost", 4), options, result.handler());
  }

  const fault& expected;
  tcp::socket socket;
  connect_options options;
  connect_report report;
  outcome result;
};

std::vector<std::unique_ptr<meeting>> meet_all(
    asio::io_context& context, const connect_options& options)
{
  std::vector<std::unique_ptr<meeting>> all;
  for (const fault& each : faults)
    all.push_back(std::make_unique<meeting>(context, each, options));
  run(context);
  return all;
}

void check(const meeting& met, std::size_t attempts)
{
  CAPTURE(met.expected.what, met.result);
  CHECK(met.result.is(met.expected.error, 0));
  CHECK((met.result.error == condition::retryable) == met.expected.retryable);
  CHECK((met.result.error == condition::refused_or_unreachable) == met.expected.unreachable);
  CHECK_FALSE(met.result.error == condition::local_exhaustion);
  CHECK(met.report.attempts.size() == attempts);
  for (const connectex::connect_attempt& attempt : met.report.attempts)
  {
    CHECK(attempt.error == met.expected.error);
    CHECK(attempt.native_error == met.expected.native_error);
  }
  CHECK(met.report.first_flight == first_flight_path::none);
}

/// Lets the script that made the network change it, and change it back whatever happens in between.
class changed_network
{
public:
  changed_network(const std::string& change, std::string back) : back_(std::move(back))
  {
    control_.connect({asio::ip::address_v4::loopback(), 7077});
    REQUIRE(tell(change) == "ok\n");
  }

  ~changed_network() { tell(back_); }

  changed_network(const changed_network&) = delete;
  changed_network& operator=(const changed_network&) = delete;

private:
  std::string tell(const std::string& command)
  {
    error_code ignored;
    asio::write(control_, asio::buffer(command + "\n"), ignored);
    std::string answer;
    asio::read_until(control_, asio::dynamic_buffer(answer), '\n', ignored);
    return answer;
  }

  asio::io_context context_;

  // One connection for both, because there may be no port left for another.
  tcp::socket control_{context_};
  std::string back_;
};

/// Resets connections, so that no port is left in TIME_WAIT, where a later test needs it. Asio lets
/// destroyed sockets linger.
void reset(std::vector<tcp::socket>& sockets)
{
  for (tcp::socket& socket : sockets)
  {
    error_code ignored;
    socket.set_option(asio::socket_base::linger(true, 0), ignored);
    socket.close();
  }
}

tcp::endpoint echo_server() { return {asio::ip::make_address("198.51.100.2"), 7007}; }

connect_options retrying(unsigned max_attempts, connect_report* report = nullptr)
{
  connect_options options;
  options.retry.max_attempts = max_attempts;
  options.retry.backoff = {1ms, 1.0, 1ms, 0.0};
  options.report = report;
  return options;
}

} // namespace

TEST_CASE("each fault of the network has its code, its number and its condition")
{
  asio::io_context context;
  for (const auto& met : meet_all(context, {}))
    check(*met, 1);
}

TEST_CASE("faults that may pass are tried again, and no others")
{
  asio::io_context context;
  for (const auto& met : meet_all(context, retrying(2)))
    check(*met, met->expected.retryable ? 2 : 1);
}

TEST_CASE("a link that goes down and comes back costs attempts, and the flight arrives once",
    "[asynchronous]")
{
  asio::io_context context;
  connect_report report;
  connect_options options = retrying(0, &report);
  options.retry.backoff = {20ms, 1.0, 20ms, 0.0};
  options.total_timeout = 20s;
  tcp::socket socket(context);
  socket.open(tcp::v4());
  const auto handle = socket.native_handle();
  outcome result;
  {
    const changed_network down("link down", "link up");
    async_connect_ex(socket, echo_server(), asio::buffer("hello", 5), options, result.handler());
    run_until(context, [&] { return report.attempts.size() >= 3 || result.calls != 0; });
  }
  run(context);
  CAPTURE(result);
  REQUIRE(result.is_success(5));
  CHECK(socket.native_handle() == handle);
  REQUIRE(report.attempts.size() >= 4);
  for (std::size_t i = 0; i != report.attempts.size() - 1; ++i)
  {
    CHECK(report.attempts[i].error == asio::error::network_unreachable);
    CHECK(report.attempts[i].native_error == NATIVE(ENETUNREACH, 10051u));
  }
  CHECK_FALSE(report.attempts.back().error);

  socket.shutdown(tcp::socket::shutdown_send);
  std::string echo;
  error_code end;
  asio::read(socket, asio::dynamic_buffer(echo), end);
  CHECK(end == asio::error::eof);
  CHECK(echo == "hello");
}

#if defined(__linux__)

TEST_CASE("attempts that find no network leave the socket the options that a disconnect would cost",
    "[asynchronous]")
{
  asio::io_context context;
  connect_report report;
  connect_options options = retrying(0, &report);
  options.retry.backoff = {20ms, 1.0, 20ms, 0.0};
  options.total_timeout = 20s;
  tcp::socket socket(context, tcp::v4());
  int max_segment = 800;
  socklen_t size = sizeof(max_segment);
  REQUIRE(::setsockopt(socket.native_handle(), IPPROTO_TCP, TCP_MAXSEG, &max_segment, size) == 0);
  outcome result;
  {
    const changed_network down("link down", "link up");
    async_connect_ex(socket, echo_server(), asio::buffer("hello", 5), options, result.handler());
    run_until(context, [&] { return report.attempts.size() >= 2 || result.calls != 0; });
  }
  run(context);
  REQUIRE(result.is_success(5));
  REQUIRE(report.attempts.size() >= 2);
  REQUIRE(::getsockopt(socket.native_handle(), IPPROTO_TCP, TCP_MAXSEG, &max_segment, &size) == 0);
  CHECK(max_segment <= 800);
}

#endif

TEST_CASE("a SYN that the network has lost is counted")
{
  asio::io_context context;
  connect_report report;
  connect_options options;
  options.report = &report;
  options.statistics = true;
  tcp::socket socket(context);
  outcome result;
  const tcp::endpoint peer(asio::ip::make_address("203.0.113.90"), 7008);
  async_connect_ex(socket, peer, asio::buffer("hello", 5), options, result.handler());
  run(context);
  REQUIRE(result.is_success(5));
  REQUIRE(report.attempts.size() == 1);
  CHECK(report.attempts[0].elapsed > 900ms);
  REQUIRE(report.attempts[0].statistics.has_value() == !under_wine());
  if (under_wine())
    return;
  CHECK(report.attempts[0].statistics->syn_retransmissions == 1u);
  CHECK(report.attempts[0].statistics->bytes_retransmitted == 0u);

  std::string echo(5, '\0');
  asio::read(socket, asio::buffer(echo));
  const connectex::connection_statistics statistics = connectex::get_connection_statistics(socket);
  CHECK(statistics.syn_retransmissions == 1u);
  CHECK(statistics.round_trip_time > 0us);
  CHECK(statistics.bytes_sent == 5u);
  CHECK(statistics.bytes_received == 5u);
}

#if defined(__linux__)

TEST_CASE("data that is sent again is counted, and from then on the SYNs are not")
{
  asio::io_context context;
  tcp::socket socket(context);
  socket.connect(echo_server());
  {
    const changed_network deaf("answers lost", "answers back");
    asio::write(socket, asio::buffer("lost", 4));
    const auto deadline = std::chrono::steady_clock::now() + 10s;
    while (connectex::get_connection_statistics(socket).bytes_retransmitted == 0u)
    {
      REQUIRE(std::chrono::steady_clock::now() < deadline);
      asio::steady_timer(context, 20ms).wait();
    }
  }
  std::string echo(4, '\0');
  asio::read(socket, asio::buffer(echo));
  const connectex::connection_statistics statistics = connectex::get_connection_statistics(socket);
  CHECK(statistics.bytes_retransmitted >= 4u);
  CHECK(statistics.bytes_sent >= 8u);
  CHECK_FALSE(statistics.syn_retransmissions);
}

TEST_CASE("a limit of retransmissions drops a connection whose peer acknowledges nothing")
{
  asio::io_context context;
  tcp::socket socket(context);
  socket.connect(echo_server());
  socket.set_option(connectex::retransmission_limit(500ms));
  const changed_network deaf("answers lost", "answers back");
  asio::write(socket, asio::buffer("lost", 4));
  error_code error;
  char byte;
  socket.async_read_some(
      asio::buffer(&byte, 1), [&](const error_code& ec, std::size_t) { error = ec; });
  run(context);
  CHECK(error == asio::error::timed_out);
}

#endif

TEST_CASE("a machine without free local ports says so")
{
  asio::io_context context;
  const changed_network few("ports few", "ports many");
  std::vector<tcp::socket> sockets;
  connect_report report;
  outcome result;
  for (int i = 0; i != 10 && !result.error; ++i)
  {
    result = outcome();
    sockets.emplace_back(context);
    async_connect_ex(sockets.back(), echo_server(), asio::buffer("hello", 5), retrying(3, &report),
        result.handler());
    run(context);
  }
  reset(sockets);
  CAPTURE(result);
  // Linux does not always try the last of the three ports.
  CHECK(sockets.size() >= 3);
  CHECK(sockets.size() <= 4);
  CHECK(result.is(asio::error::address_in_use, 0));
  CHECK(result.error == condition::local_exhaustion);
  CHECK_FALSE(result.error == condition::misuse);
  REQUIRE(report.attempts.size() == 1);
  CHECK(report.attempts[0].native_error == NATIVE(EADDRNOTAVAIL, 10048u));
}

#if defined(__linux__)

TEST_CASE("sockets bound to an address alone share ports between peers, if they choose them late")
{
  asio::io_context context;
  const tcp::endpoint here(asio::ip::make_address("198.51.100.1"), 0);
  const changed_network few("ports few", "ports many");
  const bool late = GENERATE(false, true);
  CAPTURE(late);
  std::vector<tcp::socket> sockets;
  error_code failure;
  for (int i = 0; i != 4 && !failure; ++i)
  {
    tcp::socket& socket = sockets.emplace_back(context, tcp::v4());
    socket.set_option(connectex::bind_address_no_port(late));
    socket.bind(here, failure);
    if (failure)
      break;
    const tcp::endpoint peer(asio::ip::make_address("203.0.113.7" + std::to_string(i)), 7007);
    outcome result;
    async_connect_ex(socket, peer, asio::buffer("hello", 5), result.handler());
    run(context);
    failure = result.error;
  }
  reset(sockets);
  CAPTURE(failure);
  CHECK(failure == (late ? error_code() : error_code(asio::error::address_in_use)));
}

#endif

TEST_CASE("a second socket with the same two addresses fails")
{
  asio::io_context context;
  tcp::socket first(context, tcp::v4());
  first.set_option(asio::socket_base::reuse_address(true));
  first.bind({asio::ip::make_address("198.51.100.1"), 0});
  tcp::socket second(context, tcp::v4());
  second.set_option(asio::socket_base::reuse_address(true));
  second.bind(first.local_endpoint());

  outcome won;
  async_connect_ex(first, echo_server(), asio::buffer("hello", 5), won.handler());
  run(context);
  REQUIRE(won.is_success(5));

  connect_report report;
  outcome lost;
  async_connect_ex(
      second, echo_server(), asio::buffer("hello", 5), retrying(3, &report), lost.handler());
  run(context);
  CAPTURE(lost);
#if defined(_WIN32)
  // Wine's number. The ConnectEx page says WSAEADDRINUSE of this.
  CHECK(lost.calls == 1);
  CHECK(lost.error == boost::system::errc::address_not_available);
#else
  CHECK(lost.is(asio::error::address_in_use, 0));
  CHECK(lost.error == condition::local_exhaustion);
#endif
  REQUIRE(report.attempts.size() == 1);
  CHECK(report.attempts[0].native_error == NATIVE(EADDRNOTAVAIL, 10049u));
}

#if defined(__linux__)

namespace
{

/// A server that takes data with the SYN.
class fast_open_server
{
public:
  explicit fast_open_server(asio::io_context& context) : acceptor_(fast_open_acceptor(context)) {}

  tcp::endpoint endpoint() const { return acceptor_.local_endpoint(); }

  /// What the next connection brings.
  std::string receive(tcp::socket& client)
  {
    error_code ignored;
    client.shutdown(tcp::socket::shutdown_send, ignored);
    std::string bytes;
    tcp::socket accepted = acceptor_.accept();
    asio::read(accepted, asio::dynamic_buffer(bytes), ignored);
    return bytes;
  }

private:
  tcp::acceptor acceptor_;
};

connect_options fast_open(connect_report& report, fast_open_mode mode)
{
  connect_options options;
  options.fast_open = mode;
  options.report = &report;
  return options;
}

} // namespace

TEST_CASE("a warm fast open has its payload in the SYN, and a capture sees it")
{
  asio::io_context context;
  fast_open_server server(context);
  const auto connect = [&](fast_open_mode mode)
  {
    tcp::socket socket(context);
    connect_report report;
    outcome result;
    async_connect_ex(socket, server.endpoint(), asio::buffer("hello", 5), fast_open(report, mode),
        result.handler());
    run(context);
    CHECK(result.is_success(5));
    CHECK_FALSE(report.fast_open_error);
    const auto payloads = syn_payloads(socket.local_endpoint().port(), server.endpoint());
    CHECK(server.receive(socket) == "hello");
    REQUIRE(payloads.size() == 1);
    return std::make_pair(payloads.front(), report);
  };

  // The first asks for a cookie unless an earlier test of this kernel got one from this address.
  connect(fast_open_mode::idempotent_data);
  const auto warm = connect(fast_open_mode::idempotent_data);
  CHECK(warm.first == 5);
  CHECK(warm.second.first_flight == first_flight_path::in_syn);
  CHECK(warm.second.bytes_in_connect == 5);

  const auto off = connect(fast_open_mode::off);
  CHECK(off.first == 0);
  CHECK(off.second.first_flight == first_flight_path::after_connect);
  CHECK(off.second.bytes_in_connect == 0);
}

TEST_CASE("of a long flight the SYN takes what fits, and the rest follows")
{
  asio::io_context context;
  fast_open_server server(context);
  const std::string flight = pattern(300000);
  for (const bool warm : {false, true})
  {
    tcp::socket socket(context);
    connect_report report;
    outcome result;
    std::string received;
    async_connect_ex(socket, server.endpoint(), split(flight, 7),
        fast_open(report, fast_open_mode::idempotent_data),
        [&](const error_code& ec, std::size_t n)
        {
          result.handler()(ec, n);
          received = server.receive(socket);
        });
    run(context);
    CHECK(result.is_success(flight.size()));
    CHECK((received == flight));
    if (warm)
    {
      CHECK(report.first_flight == first_flight_path::in_syn);
      CHECK(report.bytes_in_connect > 0);
      CHECK(report.bytes_in_connect <= 65536);
    }
  }
}

TEST_CASE("a fast open that is refused has handed over what its last SYN carried")
{
  asio::io_context context;
  fast_open_server server(context);
  {
    // For the cookie, which is the address's and not the port's.
    tcp::socket socket(context);
    socket.connect(server.endpoint());
    connect_report report;
    tcp::socket warm(context);
    outcome result;
    async_connect_ex(warm, server.endpoint(), asio::buffer("hello", 5),
        fast_open(report, fast_open_mode::idempotent_data), result.handler());
    run(context);
    REQUIRE(result.is_success(5));
  }

  const refusing_port nobody(context);
  tcp::socket socket(context);
  connect_report report;
  connect_options options = fast_open(report, fast_open_mode::idempotent_data);
  options.retry.max_attempts = 3;
  options.retry.backoff.initial = 0ms;
  outcome result;
  async_connect_ex(socket, nobody.endpoint(), asio::buffer("lost", 4), options, result.handler());
  run(context);
  CHECK(result.is(asio::error::connection_refused, 4));
  CHECK(report.attempts.size() == 3);
  CHECK(report.first_flight == first_flight_path::in_syn);
  CHECK(report.bytes_in_connect == 4);

  // Each attempt's SYN had them again.
  const auto payloads = syn_payloads(socket.local_endpoint().port(), nobody.endpoint());
  CHECK_FALSE(payloads.empty());
  for (const std::size_t size : payloads)
    CHECK(size == 4);
}

TEST_CASE("where fast open is switched off the connect goes on without")
{
  const changed_network off("fast open off", "fast open on");
  asio::io_context context;
  sink server(context);
  tcp::socket socket(context);
  connect_report report;
  outcome result;
  async_connect_ex(socket, server.endpoint(), asio::buffer("hello", 5),
      fast_open(report, fast_open_mode::idempotent_data), result.handler());
  run_until(context, [&] { return result.calls != 0; });
  CHECK(result.is_success(5));
  CHECK(report.fast_open_error == asio::error::operation_not_supported);
  CHECK(report.first_flight == first_flight_path::after_connect);
  socket.close();
  run(context);
  CHECK(server.received() == "hello");
}

#endif
