// SPDX-License-Identifier: BSL-1.0

#include <connectex/async_connect_ex_race.hpp>
#include <connectex/error.hpp>

#include "support/expected.hpp"
#include "support/loopback.hpp"
#include "support/race_outcome.hpp"
#include "support/report.hpp"

#include <boost/asio/generic/stream_protocol.hpp>

#include <cstring>
#include <list>
#include <string>
#include <vector>

namespace
{

using namespace test;
using connectex::async_connect_ex;
using connectex::attempt_outcome;
using connectex::connect_attempt;
using connectex::connect_options;
using connectex::connect_report;
using connectex::first_flight_path;
using connectex::opened_socket;
using connectex::race_mode;
using connectex::race_payload;

using endpoints = std::vector<tcp::endpoint>;

/// Nothing can be sent there, and nothing is.
tcp::endpoint unspecified(const char* address = "0.0.0.0")
{
  return {asio::ip::make_address(address), 80};
}

bool is_told(const connect_report& report, const endpoints& expected)
{
  const std::vector<asio::generic::stream_protocol::endpoint> generic(
      expected.begin(), expected.end());
  return report.endpoints == generic;
}

endpoints peers_of(const connect_report& report)
{
  endpoints result;
  for (const connect_attempt& attempt : report.attempts)
  {
    tcp::endpoint peer;
    REQUIRE(attempt.endpoint.size() <= peer.capacity());
    std::memcpy(peer.data(), attempt.endpoint.data(), attempt.endpoint.size());
    result.push_back(peer);
  }
  return result;
}

} // namespace

TEST_CASE(
    "the first of two good endpoints gets the connection and the bytes, and the other nothing")
{
  asio::io_context context;
  sink first(context);
  tcp::acceptor second(context, loopback_v4());
  tcp::socket socket(context);
  connect_report report;
  race_outcome result;
  async_connect_ex(socket, endpoints{first.endpoint(), second.local_endpoint()},
      asio::buffer(greeting), racing(endless_delay, report), result.handler());
  CHECK(result.calls == 0);
  result.await(context);

  CAPTURE(result);
  CHECK(result.is_success(first.endpoint(), greeting.size()));
  CHECK(socket.remote_endpoint() == first.endpoint());
  socket.close();
  run(context);
  CHECK(first.received() == greeting);
  CHECK(is_unvisited(second));

  CHECK(outcomes(report) == std::vector<attempt_outcome>{attempt_outcome::connected});
  CHECK(report.not_tried == 1);
  CHECK(is_told(report, {first.endpoint(), second.local_endpoint()}));
  CHECK(report.first_flight == first_flight_path::after_connect);
  CHECK(report.bytes_in_connect == 0);
  CHECK(report.elapsed >= report.attempts[0].started + report.attempts[0].elapsed);
}

TEST_CASE("an endpoint that refuses is followed by the next one at once")
{
  asio::io_context context;
  refusing_port closed(context);
  sink peer(context);
  tcp::socket socket(context);
  connect_report report;
  race_outcome result;
  async_connect_ex(socket, endpoints{closed.endpoint(), peer.endpoint()}, asio::buffer(greeting),
      racing(endless_delay, report), result.handler());
  result.await(context);

  CAPTURE(result);
  CHECK(result.is_success(peer.endpoint(), greeting.size()));
  socket.close();
  run(context);
  CHECK(peer.received() == greeting);
  CHECK(outcomes(report)
      == std::vector<attempt_outcome>{attempt_outcome::failed, attempt_outcome::connected});
  CHECK(report.attempts[0].error == asio::error::connection_refused);
  CHECK(report.attempts[0].native_error != 0);
  CHECK(report.attempts[1].started >= report.attempts[0].started + report.attempts[0].elapsed);
  CHECK(peers_of(report) == endpoints{closed.endpoint(), peer.endpoint()});
}

TEST_CASE("an endpoint that does not answer loses against the next one, and gets no byte")
{
  asio::io_context context;
  full_listener silent(context);
  sink peer(context);
  tcp::socket socket(context);
  connect_report report;
  race_outcome result;
  async_connect_ex(socket, endpoints{silent.endpoint(), peer.endpoint()}, asio::buffer(greeting),
      racing(shortest_delay, report), result.handler());
  result.await(context);

  CAPTURE(result);
  CHECK(result.is_success(peer.endpoint(), greeting.size()));
  CHECK(socket.remote_endpoint() == peer.endpoint());
  CHECK(socket.local_endpoint().address().is_loopback());
  socket.close();
  run(context);
  CHECK(peer.received() == greeting);
  REQUIRE(outcomes(report)
      == std::vector<attempt_outcome>{attempt_outcome::lost, attempt_outcome::connected});
  CHECK(report.attempts[0].error == asio::error::operation_aborted);
  CHECK(report.attempts[1].started >= report.attempts[0].started + shortest_delay);
  CHECK(report.attempts[1].started < report.attempts[0].started + report.attempts[0].elapsed);
}

TEST_CASE("if all endpoints fail the socket is closed and the first telling error is given")
{
  asio::io_context context;
  refusing_port closed(context);
  refusing_port other(context, second_loopback);
  const endpoints all = {unspecified(), closed.endpoint(), other.endpoint()};
  tcp::socket socket(context);
  connect_report report;
  connect_options options = racing(endless_delay, report);
  std::vector<std::size_t> told;
  options.on_attempt = [&](const connect_attempt&) { told.push_back(report.attempts.size()); };
  race_outcome result;
  async_connect_ex(socket, all, asio::buffer(greeting), options, result.handler());
  run(context);

  CAPTURE(result);
  CHECK(result.is_failure(asio::error::connection_refused));
  CHECK_FALSE(socket.is_open());
  CHECK(peers_of(report) == all);
  CHECK(report.attempts[0].error == boost::system::errc::address_not_available);
  CHECK(report.not_tried == 0);
  CHECK_FALSE(report.maybe_delivered);
  CHECK(told == std::vector<std::size_t>{1, 2, 3});
}

TEST_CASE("a socket that is open is refused and stays as it was")
{
  asio::io_context context;
  sink peer(context);
  tcp::socket socket(context, loopback_v4());
  const tcp::endpoint local = socket.local_endpoint();
  race_outcome result;
  SECTION("with several endpoints")
  {
    refusing_port closed(context);
    async_connect_ex(socket, endpoints{closed.endpoint(), peer.endpoint()}, result.handler());
  }
  SECTION("with one") { async_connect_ex(socket, endpoints{peer.endpoint()}, result.handler()); }
  SECTION("with a name") { async_connect_ex(socket, "127.0.0.1", "80", result.handler()); }
  CHECK(result.calls == 0);
  result.await(context);
  CHECK(result.is_failure(asio::error::already_open));
  CHECK(socket.local_endpoint() == local);
}

TEST_CASE("no endpoint at all is not found")
{
  asio::io_context context;
  tcp::socket socket(context);
  connect_report report;
  race_outcome result;
  async_connect_ex(
      socket, endpoints(), asio::buffer(greeting), racing(endless_delay, report), result.handler());
  CHECK(result.calls == 0);
  run(context);
  CHECK(result.is_failure(asio::error::not_found));
  CHECK_FALSE(socket.is_open());
  CHECK(report.attempts.empty());
}

TEST_CASE("a delay may be as long as its type can tell")
{
  asio::io_context context;
  refusing_port closed(context);
  full_listener silent(context);
  tcp::socket socket(context);
  connect_report report;
  connect_options options = racing((connect_options::duration::max)(), report);
  options.attempt_timeout = std::chrono::milliseconds(50);
  race_outcome result;
  async_connect_ex(
      socket, endpoints{silent.endpoint(), closed.endpoint()}, options, result.handler());
  run(context);
  CHECK(result.is_failure(asio::error::timed_out));
  REQUIRE(report.attempts.size() == 2);
  CHECK(report.attempts[1].started >= std::chrono::milliseconds(50));
}

TEST_CASE("an option that is out of its range is refused before anything is opened")
{
  asio::io_context context;
  refusing_port closed(context);
  refusing_port other(context, second_loopback);
  tcp::socket socket(context);
  connect_report report;
  report.not_tried = 7;
  connect_options options = racing(std::chrono::milliseconds(9), report);
  int prepared = 0;
  options.prepare = [&](opened_socket&, error_code&) { ++prepared; };
  race_outcome result;
  SECTION("with several endpoints")
  {
    async_connect_ex(
        socket, endpoints{closed.endpoint(), other.endpoint()}, options, result.handler());
  }
  SECTION("with one")
  {
    async_connect_ex(socket, endpoints{closed.endpoint()}, options, result.handler());
  }
  CHECK(result.calls == 0);
  run(context);
  CHECK(result.is_failure(asio::error::invalid_argument));
  CHECK(prepared == 0);
  CHECK(report.not_tried == 0);
}

TEST_CASE("an endpoint that is given twice is tried once")
{
  asio::io_context context;
  refusing_port closed(context);
  refusing_port other(context, second_loopback);
  tcp::socket socket(context);
  connect_report report;
  race_outcome result;
  async_connect_ex(socket,
      endpoints{closed.endpoint(), other.endpoint(), closed.endpoint(), other.endpoint()},
      racing(endless_delay, report), result.handler());
  run(context);
  CHECK(result.is_failure(asio::error::connection_refused));
  CHECK(peers_of(report) == endpoints{closed.endpoint(), other.endpoint()});
  CHECK(is_told(report, {closed.endpoint(), other.endpoint()}));
}

TEST_CASE("one endpoint, however often it is given, is connected to as by the form for one")
{
  asio::io_context context;
  sink peer(context);
  tcp::socket socket(context);
  connect_report alone;
  race_outcome result;
  async_connect_ex(socket, endpoints{peer.endpoint(), peer.endpoint()}, asio::buffer(greeting),
      racing(endless_delay, alone), result.handler());

  // The form for one opens the socket before it returns.
  CHECK(socket.is_open());
  result.await(context);
  CHECK(result.is_success(peer.endpoint(), greeting.size()));
  socket.close();
  run(context);
  CHECK(peer.received() == greeting);

  sink again(context);
  connect_report single;
  connect_options options;
  options.report = &single;
  outcome single_result;
  async_connect_ex(
      socket, again.endpoint(), asio::buffer(greeting), options, single_result.handler());
  single_result.await(context);
  CHECK(alone.first_flight == single.first_flight);
  CHECK(alone.bytes_in_connect == single.bytes_in_connect);
  CHECK(alone.call == single.call);
  socket.close();
  run(context);
}

TEST_CASE("one endpoint that fails leaves the socket closed, too")
{
  asio::io_context context;
  refusing_port closed(context);
  tcp::socket socket(context);
  race_outcome result;
  async_connect_ex(socket, endpoints{closed.endpoint()}, asio::buffer(greeting), result.handler());
  run(context);
  CHECK(result.is_failure(asio::error::connection_refused));
  CHECK_FALSE(socket.is_open());
}

TEST_CASE("the last endpoint left carries the first flight in its connect")
{
  asio::io_context context;
  refusing_port closed(context);
  sink peer(context);
  tcp::socket socket(context);
  connect_report report;
  race_outcome result;
  async_connect_ex(socket, endpoints{closed.endpoint(), peer.endpoint()}, asio::buffer(greeting),
      racing(endless_delay, report), result.handler());
  result.await(context);
  CHECK(result.is_success(peer.endpoint(), greeting.size()));
  CHECK(report.first_flight == path_of(greeting.size()));
  CHECK(report.bytes_in_connect == bytes_in_connect_of(greeting.size()));
  socket.close();
  run(context);
  CHECK(peer.received() == greeting);
}

TEST_CASE("in sequential mode each attempt carries the first flight in its connect")
{
  asio::io_context context;
  refusing_port closed(context);
  sink peer(context);
  tcp::acceptor unused(context, loopback_v4());
  tcp::socket socket(context);
  connect_report report;
  connect_options options = racing(shortest_delay, report);
  options.race.mode = race_mode::sequential;
  race_outcome result;
  async_connect_ex(socket, endpoints{closed.endpoint(), peer.endpoint(), unused.local_endpoint()},
      asio::buffer(greeting), options, result.handler());
  result.await(context);
  CHECK(result.is_success(peer.endpoint(), greeting.size()));
  CHECK(report.attempts.size() == 2);
  CHECK(report.not_tried == 1);
  CHECK(report.bytes_in_connect == bytes_in_connect_of(greeting.size()));
  socket.close();
  run(context);
  CHECK(peer.received() == greeting);
  CHECK(is_unvisited(unused));
}

TEST_CASE("in sequential mode an endpoint that does not answer keeps the others from being tried")
{
  asio::io_context context;
  full_listener silent(context);
  sink peer(context);
  tcp::socket socket(context);
  connect_report report;
  connect_options options = racing(shortest_delay, report);
  options.race.mode = race_mode::sequential;
  options.attempt_timeout = std::chrono::milliseconds(100);
  race_outcome result;
  async_connect_ex(socket, endpoints{silent.endpoint(), peer.endpoint()}, asio::buffer(greeting),
      options, result.handler());
  result.await(context);
  CAPTURE(result);
  CHECK(result.is_success(peer.endpoint(), greeting.size()));
  REQUIRE(outcomes(report)
      == std::vector<attempt_outcome>{attempt_outcome::given_up, attempt_outcome::connected});
  CHECK(report.attempts[1].started >= *options.attempt_timeout);
  socket.close();
  run(context);
  CHECK(peer.received() == greeting);
}

TEST_CASE("with the caller's consent the first attempt carries the first flight")
{
  asio::io_context context;
  sink peer(context);
  tcp::acceptor unused(context, loopback_v4());
  tcp::socket socket(context);
  connect_report report;
  connect_options options = racing(endless_delay, report);
  options.race.payload = race_payload::first_attempt;
  race_outcome result;
  async_connect_ex(socket, endpoints{peer.endpoint(), unused.local_endpoint()},
      asio::buffer(greeting), options, result.handler());
  result.await(context);
  CHECK(result.is_success(peer.endpoint(), greeting.size()));
  CHECK(report.bytes_in_connect == bytes_in_connect_of(greeting.size()));
  socket.close();
  run(context);
  CHECK(peer.received() == greeting);
  CHECK(is_unvisited(unused));
}

TEST_CASE("a winner gets the first flight although the first attempt carried it")
{
  asio::io_context context;
  const bool refused = GENERATE(false, true);
  full_listener silent(context);
  refusing_port closed(context);
  sink peer(context);
  tcp::acceptor unused(context, loopback_v4());
  tcp::socket socket(context);
  connect_report report;
  connect_options options = racing(refused ? endless_delay : shortest_delay, report);
  options.race.payload = race_payload::first_attempt;
  race_outcome result;
  async_connect_ex(socket,
      endpoints{refused ? closed.endpoint() : silent.endpoint(), peer.endpoint(),
          unused.local_endpoint()},
      asio::buffer(greeting), options, result.handler());
  result.await(context);
  CAPTURE(result, refused);
  CHECK(result.is_success(peer.endpoint(), greeting.size()));
  CHECK(report.attempts[0].outcome == (refused ? attempt_outcome::failed : attempt_outcome::lost));
  socket.close();
  run(context);
  CHECK(peer.received() == greeting);
}

TEST_CASE("a first flight of several large buffers reaches the winner whole and in order")
{
  asio::io_context context;
  full_listener silent(context);
  sink peer(context);
  tcp::socket socket(context);
  const std::string body = pattern(1'000'000);
  const std::vector<asio::const_buffer> flight = {
      asio::buffer(greeting), asio::const_buffer(), asio::buffer(body), asio::buffer(greeting)};
  connect_report report;
  race_outcome result;
  async_connect_ex(socket, endpoints{silent.endpoint(), peer.endpoint()}, flight,
      racing(shortest_delay, report), result.handler());
  result.await(context);
  CHECK(result.is_success(peer.endpoint(), body.size() + 2 * greeting.size()));
  socket.close();
  run(context);
  CHECK(peer.received() == greeting + body + greeting);
}

TEST_CASE(
    "each socket that is opened is prepared, and what goes wrong there fails its attempt only")
{
  asio::io_context context;
  refusing_port closed(context);
  refusing_port other(context, second_loopback);
  full_listener silent(context);
  sink peer(context);
  const endpoints all = {other.endpoint(), silent.endpoint(), peer.endpoint()};
  tcp::socket socket(context);
  connect_report report;
  connect_options options = racing(shortest_delay, report);
  std::vector<std::string> prepared;
  options.prepare = [&](opened_socket& opened, error_code& error)
  {
    prepared.push_back(connectex::to_string(opened.peer()));
    opened.set_option(tcp::no_delay(true), error);
    if (prepared.size() == 1)
      error = asio::error::access_denied;
  };
  race_outcome result;
  async_connect_ex(socket, all, asio::buffer(greeting), options, result.handler());
  result.await(context);
  CAPTURE(result);
  CHECK(result.is_success(peer.endpoint(), greeting.size()));
  tcp::no_delay no_delay;
  socket.get_option(no_delay);
  CHECK(no_delay.value());
  REQUIRE(report.attempts.size() == 3);
  CHECK(report.attempts[0].error == asio::error::access_denied);
  for (std::size_t i = 0; i != all.size(); ++i)
    CHECK(prepared.at(i) == connectex::to_string(all[i]));
  socket.close();
  run(context);
}

TEST_CASE("no more attempts run side by side than allowed, and the oldest makes room")
{
  asio::io_context context;
  full_listener first(context);
  full_listener second(context);
  sink peer(context);
  tcp::socket socket(context);
  connect_report report;
  connect_options options = racing(shortest_delay, report);
  options.race.max_in_flight = 1;
  race_outcome result;
  async_connect_ex(socket, endpoints{first.endpoint(), second.endpoint(), peer.endpoint()},
      asio::buffer(greeting), options, result.handler());
  result.await(context);
  CAPTURE(result);
  CHECK(result.is_success(peer.endpoint(), greeting.size()));
  REQUIRE(outcomes(report)
      == std::vector<attempt_outcome>{
          attempt_outcome::given_up, attempt_outcome::given_up, attempt_outcome::connected});
  CHECK(report.attempts[0].error == asio::error::timed_out);
  socket.close();
  run(context);
  CHECK(peer.received() == greeting);
}

TEST_CASE("a retry tries the whole list again, with new sockets, by its first telling error")
{
  asio::io_context context;
  refusing_port closed(context);
  refusing_port other(context, second_loopback);
  const endpoints all = {closed.endpoint(), other.endpoint()};
  tcp::socket socket(context);
  connect_report report;
  connect_options options = racing(endless_delay, report);
  options.retry.max_attempts = 3;
  options.retry.backoff.initial = std::chrono::milliseconds(1);
  std::vector<std::size_t> asked;
  options.retry.predicate = [&](const connect_attempt& attempt)
  {
    CHECK(attempt.error == asio::error::connection_refused);
    CHECK(connectex::to_string(attempt.endpoint) == connectex::to_string(all[0]));
    asked.push_back(report.attempts.size());
    return true;
  };
  int prepared = 0;
  options.prepare = [&](opened_socket&, error_code&) { ++prepared; };
  race_outcome result;
  async_connect_ex(socket, all, asio::buffer(greeting), options, result.handler());
  run(context);
  CHECK(result.is_failure(asio::error::connection_refused));
  CHECK(prepared == 6);
  CHECK(peers_of(report) == endpoints{all[0], all[1], all[0], all[1], all[0], all[1]});
  CHECK(asked == std::vector<std::size_t>{2, 4});
}

TEST_CASE("the limit of an attempt ends each of them, and that of the operation all")
{
  const bool total = GENERATE(false, true);
  asio::io_context context;
  full_listener first(context);
  full_listener second(context);
  tcp::socket socket(context);
  connect_report report;
  connect_options options = racing(shortest_delay, report);
  (total ? options.total_timeout : options.attempt_timeout) = std::chrono::milliseconds(100);
  race_outcome result;
  async_connect_ex(socket, endpoints{first.endpoint(), second.endpoint()}, asio::buffer(greeting),
      options, result.handler());
  run(context);
  CAPTURE(result, report);
  CHECK(result.is_failure(asio::error::timed_out));
  CHECK(outcomes(report)
      == std::vector<attempt_outcome>{attempt_outcome::given_up, attempt_outcome::given_up});
  for (const connect_attempt& attempt : report.attempts)
    CHECK(attempt.error == asio::error::timed_out);
  CHECK(report.elapsed >= std::chrono::milliseconds(100));
}

TEST_CASE("a limit that is used up lets no attempt begin")
{
  asio::io_context context;
  refusing_port closed(context);
  refusing_port other(context, second_loopback);
  tcp::socket socket(context);
  connect_report report;
  connect_options options = racing(endless_delay, report);
  options.total_timeout = std::chrono::seconds(0);
  race_outcome result;
  async_connect_ex(
      socket, endpoints{closed.endpoint(), other.endpoint()}, options, result.handler());
  CHECK(result.calls == 0);
  run(context);
  CHECK(result.is_failure(asio::error::timed_out));
  CHECK(report.attempts.empty());
  CHECK(report.not_tried == 2);
  CHECK(is_told(report, {closed.endpoint(), other.endpoint()}));
}

TEST_CASE("an attempt without any time is not made")
{
  asio::io_context context;
  refusing_port closed(context);
  refusing_port other(context, second_loopback);
  tcp::socket socket(context);
  connect_report report;
  connect_options options = racing(endless_delay, report);
  options.attempt_timeout = std::chrono::seconds(0);
  options.retry.max_attempts = 0;
  int prepared = 0;
  options.prepare = [&](opened_socket&, error_code&) { ++prepared; };
  race_outcome result;
  async_connect_ex(
      socket, endpoints{closed.endpoint(), other.endpoint()}, options, result.handler());
  run(context);
  CHECK(result.is_failure(asio::error::timed_out));
  CHECK(prepared == 0);
}

TEST_CASE("nothing is started or sent after the limit, although its timer was held up")
{
  asio::io_context context;
  refusing_port closed(context);
  sink peer(context);
  tcp::socket socket(context);
  connect_report report;
  connect_options options = racing(endless_delay, report);
  options.total_timeout = std::chrono::milliseconds(50);
  options.on_attempt = [&](const connect_attempt&)
  {
    const auto end = std::chrono::steady_clock::now() + *options.total_timeout;
    while (std::chrono::steady_clock::now() < end)
    {
    }
  };
  race_outcome result;
  async_connect_ex(socket, endpoints{closed.endpoint(), peer.endpoint()}, asio::buffer(greeting),
      options, result.handler());
  result.await(context);
  CAPTURE(result, report);
  CHECK(result.is_failure(asio::error::timed_out));
  CHECK(report.attempts.size() <= 1);
  peer.visit();
  run(context);
  CHECK(peer.received().empty());
}

TEST_CASE("the function that prepares sockets keeps its state from one to the next")
{
  asio::io_context context;
  refusing_port closed(context);
  refusing_port other(context, second_loopback);
  tcp::socket socket(context);
  connect_report report;
  connect_options options = racing(endless_delay, report);
  int last = 0;
  options.prepare = [&last, count = 0](opened_socket&, error_code&) mutable { last = ++count; };
  race_outcome result;
  async_connect_ex(
      socket, endpoints{closed.endpoint(), other.endpoint()}, options, result.handler());
  run(context);
  CHECK(last == 2);
}

TEST_CASE("address families take turns, unless the caller wants the given order")
{
  const unsigned first_family_count = GENERATE(0u, 1u, 2u);
  asio::io_context context;
  refusing_port closed(context);
  const endpoints all = {unspecified("::"), unspecified("::%1"), unspecified("::%2"), unspecified(),
      closed.endpoint()};
  tcp::socket socket(context);
  connect_report report;
  connect_options options = racing(endless_delay, report);
  options.race.first_family_count = first_family_count;
  race_outcome result;
  async_connect_ex(socket, all, options, result.handler());
  run(context);
  CHECK(result.is_failure(asio::error::connection_refused));
  const std::vector<std::vector<std::size_t>> orders = {
      {0, 1, 2, 3, 4}, {0, 3, 1, 4, 2}, {0, 1, 3, 2, 4}};
  endpoints expected;
  for (const std::size_t index : orders.at(first_family_count))
    expected.push_back(all[index]);
  CHECK(peers_of(report) == expected);
}

TEST_CASE("any sequence whose elements convert to the endpoint can be tried")
{
  asio::io_context context;
  refusing_port closed(context);
  sink peer(context);
  tcp::socket socket(context);
  race_outcome result;
  SECTION("a list")
  {
    async_connect_ex(socket, std::list<tcp::endpoint>{closed.endpoint(), peer.endpoint()},
        asio::buffer(greeting), result.handler());
  }
  SECTION("an array")
  {
    const tcp::endpoint all[] = {closed.endpoint(), peer.endpoint()};
    async_connect_ex(socket, all, asio::buffer(greeting), result.handler());
  }
  SECTION("the results of a resolver")
  {
    const std::vector<tcp::endpoint> all = {closed.endpoint(), peer.endpoint()};
    const auto results = tcp::resolver::results_type::create(all.begin(), all.end(), "", "");
    async_connect_ex(socket, results, asio::buffer(greeting), result.handler());
  }
  result.await(context);
  CHECK(result.is_success(peer.endpoint(), greeting.size()));
  socket.close();
  run(context);
  CHECK(peer.received() == greeting);
}

TEST_CASE("a socket of the generic protocol can be connected to a resolver's results")
{
  using generic = asio::generic::stream_protocol;
  asio::io_context context;
  refusing_port closed(context);
  sink peer(context);
  const std::vector<tcp::endpoint> all = {closed.endpoint(), peer.endpoint()};
  const auto results = tcp::resolver::results_type::create(all.begin(), all.end(), "", "");
  generic::socket socket(context);
  error_code error = asio::error::would_block;
  generic::endpoint connected;
  async_connect_ex(socket, results, asio::buffer(greeting),
      [&](const error_code& ec, const generic::endpoint& endpoint, std::size_t)
      {
        error = ec;
        connected = endpoint;
        socket.close();
      });
  run(context);
  CHECK(error == error_code());
  CHECK(connected == generic::endpoint(peer.endpoint()));
  CHECK(peer.received() == greeting);
}
