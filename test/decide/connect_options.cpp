// SPDX-License-Identifier: BSL-1.0

#include <connectex/connect_options.hpp>

#include "support/catch.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <chrono>
#include <limits>
#include <string>

namespace
{

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using connectex::attempt_outcome;
using connectex::connect_attempt;
using connectex::connect_options;
using connectex::connect_report;
using connectex::fast_open_mode;
using connectex::first_flight_path;
using connectex::opened_socket;
using connectex::race_mode;
using connectex::race_payload;
using connectex::reopen_policy;
using duration = connect_options::duration;
using std::chrono::milliseconds;
using std::chrono::seconds;

} // namespace

TEST_CASE("the default options ask for nothing special")
{
  const connect_options options;
  CHECK(options.retry.max_attempts == 1);
  CHECK_FALSE(options.retry.predicate);
  CHECK(options.race.mode == race_mode::staggered);
  CHECK(options.race.payload == race_payload::winner_only);
  CHECK_FALSE(options.attempt_timeout);
  CHECK_FALSE(options.total_timeout);
  CHECK(options.fast_open == fast_open_mode::off);
  CHECK(options.reuse_unicast_port);
  CHECK_FALSE(options.loopback_fast_fail);
  CHECK(options.reopen == reopen_policy::if_opened_here);
  CHECK_FALSE(options.prepare);
  CHECK_FALSE(options.on_attempt);
  CHECK(options.report == nullptr);
  CHECK_FALSE(options.statistics);
  CHECK(options.validate().empty());
}

TEST_CASE("options can be given by name")
{
  connect_report report;
  std::string calls;
  const connect_options options{
      .retry = {.max_attempts = 3,
          .backoff = {milliseconds(50), 2.0, seconds(5), 0.5},
          .predicate = [](const connect_attempt& attempt)
          { return attempt.error == asio::error::connection_refused; }},
      .race = {.mode = race_mode::sequential,
          .attempt_delay = milliseconds(100),
          .first_family_count = 2,
          .max_in_flight = 4,
          .payload = race_payload::first_attempt},
      .attempt_timeout = seconds(2),
      .total_timeout = seconds(10),
      .fast_open = fast_open_mode::idempotent_data,
      .reuse_unicast_port = false,
      .loopback_fast_fail = true,
      .statistics = true,
      .reopen = reopen_policy::always,
      .prepare = [&](opened_socket&, error_code&) { calls += "prepare "; },
      .on_attempt = [&](const connect_attempt&) { calls += "on_attempt "; },
      .report = &report,
  };
  CHECK(options.retry.max_attempts == 3);
  CHECK(options.retry.backoff.max == seconds(5));
  CHECK(options.race.mode == race_mode::sequential);
  CHECK(options.race.attempt_delay == milliseconds(100));
  CHECK(options.race.first_family_count == 2);
  CHECK(options.race.max_in_flight == 4);
  CHECK(options.race.payload == race_payload::first_attempt);
  CHECK(options.attempt_timeout == seconds(2));
  CHECK(options.total_timeout == seconds(10));
  CHECK(options.fast_open == fast_open_mode::idempotent_data);
  CHECK_FALSE(options.reuse_unicast_port);
  CHECK(options.loopback_fast_fail);
  CHECK(options.reopen == reopen_policy::always);
  CHECK(options.report == &report);
  CHECK(options.statistics);
  CHECK(options.validate().empty());

  connect_attempt attempt;
  CHECK_FALSE(options.retry.predicate(attempt));
  attempt.error = asio::error::connection_refused;
  CHECK(options.retry.predicate(attempt));

  asio::io_context context;
  tcp::socket socket(context, tcp::v4());
  opened_socket opened(socket, tcp::endpoint(asio::ip::address_v4::loopback(), 80));
  error_code ec;
  options.prepare(opened, ec);
  options.on_attempt(attempt);
  CHECK(calls == "prepare on_attempt ");
}

TEST_CASE("one option by name leaves the others alone")
{
  const connect_options options{.total_timeout = seconds(1)};
  CHECK(options.total_timeout == seconds(1));
  CHECK(options.retry.max_attempts == 1);
  CHECK(options.race.attempt_delay == milliseconds(250));
  CHECK_FALSE(options.attempt_timeout);
  CHECK(options.reuse_unicast_port);
  CHECK(options.reopen == reopen_policy::if_opened_here);
  CHECK(options.validate().empty());
}

TEST_CASE("validate names the option that is out of its range")
{
  struct row
  {
    const char* field;
    connect_options options;
  };
  const duration longest = (duration::max)();
  const double not_a_number = std::numeric_limits<double>::quiet_NaN();
  const row rows[] = {
      {"", {}},
      {"", {.attempt_timeout = duration(1), .total_timeout = duration(1)}},
      {"", {.attempt_timeout = longest, .total_timeout = longest}},

      // What is left of a deadline that has passed.
      {"", {.attempt_timeout = duration::zero(), .total_timeout = duration::zero()}},
      {"", {.attempt_timeout = duration(-1), .total_timeout = duration(-1)}},
      {"", {.attempt_timeout = (duration::min)(), .total_timeout = (duration::min)()}},

      // Of no use, but no mistake either: the total limit comes first.
      {"", {.attempt_timeout = seconds(2), .total_timeout = seconds(1)}},
      {"", {.fast_open = fast_open_mode::off}},
      {"", {.fast_open = fast_open_mode::idempotent_data}},
      {"", {.reopen = reopen_policy::never}},
      {"", {.reopen = reopen_policy::if_opened_here}},
      {"", {.reopen = reopen_policy::always}},

      {"retry.backoff.initial", {.retry = {.backoff = {.initial = seconds(-1)}}}},
      {"retry.backoff.multiplier", {.retry = {.backoff = {.multiplier = 0.5}}}},
      {"retry.backoff.max", {.retry = {.backoff = {.max = milliseconds(99)}}}},
      {"retry.backoff.jitter", {.retry = {.backoff = {.jitter = not_a_number}}}},
      {"race.mode", {.race = {.mode = static_cast<race_mode>(2)}}},
      {"race.attempt_delay", {.race = {.attempt_delay = milliseconds(9)}}},
      {"race.max_in_flight", {.race = {.max_in_flight = 0}}},
      {"race.payload", {.race = {.payload = static_cast<race_payload>(2)}}},
      {"fast_open", {.fast_open = static_cast<fast_open_mode>(2)}},
      {"fast_open", {.fast_open = static_cast<fast_open_mode>(-1)}},
      {"reopen", {.reopen = static_cast<reopen_policy>(3)}},
      {"reopen", {.reopen = static_cast<reopen_policy>(-1)}},

      // Of several, the first.
      {"retry.backoff.jitter", {.retry = {.backoff = {.jitter = 2}}, .race = {.max_in_flight = 0}}},
      {"race.max_in_flight",
          {.race = {.max_in_flight = 0}, .fast_open = static_cast<fast_open_mode>(2)}},
      {"fast_open",
          {.fast_open = static_cast<fast_open_mode>(2), .reopen = static_cast<reopen_policy>(3)}},
  };
  for (const row& r : rows)
    CHECK(std::string(r.options.validate()) == r.field);
}

TEST_CASE("an empty report says that nothing has happened")
{
  const connect_report report;
  CHECK(report.attempts.empty());
  CHECK(report.elapsed == duration::zero());
  CHECK(report.first_flight == first_flight_path::none);
  CHECK(report.bytes_in_connect == 0);
  CHECK_FALSE(report.fast_open_error);
  CHECK_FALSE(report.maybe_delivered);
  CHECK(report.not_tried == 0);
  CHECK_FALSE(report.resolve_error);
  CHECK(report.resolve_elapsed == duration::zero());

  const connect_attempt attempt;
  CHECK_FALSE(attempt.error);
  CHECK(attempt.native_error == 0);
  CHECK(attempt.started == duration::zero());
  CHECK(attempt.elapsed == duration::zero());
  CHECK(attempt.outcome == attempt_outcome::failed);
  CHECK_FALSE(attempt.statistics);
}

TEST_CASE("the endpoint of an attempt equals the one that was passed in, and no other")
{
  for (const char* address : {"127.0.0.1", "192.0.2.7", "::1", "2001:db8::7", "fe80::1%3"})
  {
    INFO(address);
    const tcp::endpoint peer(asio::ip::make_address(address), 80);
    connect_attempt attempt;
    attempt.endpoint = peer;
    CHECK(attempt.endpoint == peer);
    CHECK(attempt.endpoint == tcp::endpoint(asio::ip::make_address(address), 80));
    CHECK(peer == attempt.endpoint);
    CHECK(attempt.endpoint != tcp::endpoint(peer.address(), 81));
    CHECK(attempt.endpoint != tcp::endpoint(asio::ip::make_address("192.0.2.8"), 80));
    CHECK(attempt.endpoint != tcp::endpoint(asio::ip::make_address("2001:db8::8"), 80));
    CHECK(attempt.endpoint.protocol().family() == peer.protocol().family());
  }
}
