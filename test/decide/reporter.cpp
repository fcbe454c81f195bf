// SPDX-License-Identifier: BSL-1.0

#include "support/catch.hpp"
#include "support/stopping.hpp"

#include <connectex/detail/decide/race_reporter.hpp>
#include <connectex/detail/decide/reporter.hpp>

#include <boost/asio/error.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

using namespace test;
using namespace std::chrono_literals;

namespace
{

using boost::asio::ip::tcp;
using connectex::attempt_outcome;
using connectex::connect_attempt;
using connectex::connect_call;
using connectex::connect_options;
using connectex::connect_report;
using connectex::first_flight_path;
using connectex::detail::attempt_result;
using connectex::detail::outcome_of;
using connectex::detail::race_reporter;
using connectex::detail::reporter;
using duration = std::chrono::steady_clock::duration;

constexpr reporter::time_point operation_start = reporter::time_point(1h);

const tcp::endpoint peer(boost::asio::ip::address_v4::loopback(), 4711);

connect_options options_with(connect_report& report)
{
  connect_options options;
  options.report = &report;
  return options;
}

attempt_result failed_with(const error_code& ec, std::uint32_t native = 0)
{
  attempt_result result;
  result.error = ec;
  result.native = native;
  return result;
}

attempt_result sent(std::size_t bytes, std::size_t in_connect, first_flight_path path)
{
  attempt_result result;
  result.sent = bytes;
  result.sent_in_connect = in_connect;
  result.path = path;
  return result;
}

connect_attempt attempt_that_failed_with(const error_code& ec)
{
  connect_attempt attempt;
  attempt.error = ec;
  return attempt;
}

} // namespace

TEST_CASE("the outcome of an attempt follows from its error and from what had asked it to stop")
{
  struct row
  {
    error_code error;
    attempt_outcome unstopped;
    attempt_outcome cancelled;
    attempt_outcome at_a_limit;
  };
  using outcome = attempt_outcome;
  const row rows[] = {
      {{}, outcome::connected, outcome::connected, outcome::connected},
      {error::operation_aborted, outcome::cancelled, outcome::cancelled, outcome::given_up},
      {error::connection_reset, outcome::failed, outcome::cancelled, outcome::given_up},
      {error::connection_aborted, outcome::failed, outcome::cancelled, outcome::given_up},
      {error::connection_refused, outcome::failed, outcome::failed, outcome::failed},
      {error::host_unreachable, outcome::failed, outcome::failed, outcome::failed},

      // The system's own limit was reached, not one of the operation's.
      {error::timed_out, outcome::failed, outcome::failed, outcome::failed},
  };
  for (const row& r : rows)
  {
    INFO(r.error.message());
    CHECK(outcome_of(r.error, stop_reason::none) == r.unstopped);
    CHECK(outcome_of(r.error, stop_reason::cancelled) == r.cancelled);
    CHECK(outcome_of(r.error, stop_reason::attempt_timeout) == r.at_a_limit);
    CHECK(outcome_of(r.error, stop_reason::total_timeout) == r.at_a_limit);

    const connect_options options;
    const reporter reports(options, operation_start);
    for (const stop_reason stop : all_stop_reasons())
    {
      CAPTURE(stop);
      CHECK(reports.describe(peer, failed_with(r.error), stop, operation_start, operation_start)
                .outcome
          == outcome_of(r.error, stop));
    }
  }
}

TEST_CASE("an attempt is described by its peer, its error and the system's number")
{
  const connect_options options;
  const reporter reports(options, operation_start);
  const connect_attempt attempt =
      reports.describe(peer, failed_with(error::connection_refused, 1225), stop_reason::none,
          operation_start, operation_start);
  CHECK(attempt.endpoint == boost::asio::generic::stream_protocol::endpoint(peer));
  CHECK(attempt.error == error::connection_refused);
  CHECK(attempt.native_error == 1225);
}

TEST_CASE("an attempt that connected is described without an error")
{
  const connect_options options;
  const stop_reason stop = GENERATE(from_range(all_stop_reasons()));
  CAPTURE(stop);
  const connect_attempt attempt =
      reporter(options, operation_start)
          .describe(peer, attempt_result(), stop, operation_start, operation_start);
  CHECK_FALSE(attempt.error);
  CHECK(attempt.native_error == 0);
}

TEST_CASE("an attempt that was stopped is described by the error of what has stopped it")
{
  struct row
  {
    stop_reason stop;
    error_code expected;
  };
  const row rows[] = {
      {stop_reason::none, error::operation_aborted},
      {stop_reason::cancelled, error::operation_aborted},
      {stop_reason::attempt_timeout, error::timed_out},
      {stop_reason::total_timeout, error::timed_out},
  };
  const connect_options options;
  const reporter reports(options, operation_start);
  for (const row& r : rows)
  {
    CAPTURE(r.stop);
    const connect_attempt attempt = reports.describe(
        peer, failed_with(error::operation_aborted, 995), r.stop, operation_start, operation_start);
    CHECK(attempt.error == r.expected);
    CHECK(attempt.native_error == 995);
  }
}

TEST_CASE("an attempt's start is counted from the operation's, its duration from its own")
{
  const connect_options options;
  const reporter reports(options, operation_start);
  const attempt_result result;

  const connect_attempt first =
      reports.describe(peer, result, stop_reason::none, operation_start, operation_start + 3ms);
  CHECK(first.started == 0ms);
  CHECK(first.elapsed == 3ms);

  const connect_attempt second = reports.describe(
      peer, result, stop_reason::none, operation_start + 20ms, operation_start + 25ms);
  CHECK(second.started == 20ms);
  CHECK(second.elapsed == 5ms);
}

TEST_CASE("statistics have to be asked for only if the options want them and somebody reads them")
{
  const bool wanted = GENERATE(false, true);
  const bool has_report = GENERATE(false, true);
  const bool has_function = GENERATE(false, true);
  CAPTURE(wanted, has_report, has_function);
  connect_report report;
  connect_options options;
  options.statistics = wanted;
  options.report = has_report ? &report : nullptr;
  if (has_function)
    options.on_attempt = [](const connect_attempt&) {};
  const bool expected = wanted && (has_report || has_function);
  CHECK(reporter(options, operation_start).has_statistics() == expected);
  CHECK(race_reporter(options, operation_start).has_statistics() == expected);
}

TEST_CASE("a report that is used again is empty when the next operation begins")
{
  connect_report report;
  report.attempts.resize(3);
  report.elapsed = 1s;
  report.first_flight = first_flight_path::in_syn;
  report.bytes_in_connect = 7;
  report.fast_open_error = error::access_denied;
  report.maybe_delivered = true;
  report.not_tried = 2;
  report.resolve_error = error::access_denied;
  report.resolve_elapsed = 1s;
  report.endpoints.resize(2);

  const connect_options options = options_with(report);
  const reporter reports(options, operation_start);
  CHECK(report.attempts.empty());
  CHECK(report.elapsed == duration::zero());
  CHECK(report.first_flight == first_flight_path::none);
  CHECK(report.bytes_in_connect == 0);
  CHECK_FALSE(report.fast_open_error);
  CHECK_FALSE(report.maybe_delivered);
  CHECK(report.not_tried == 0);
  CHECK_FALSE(report.resolve_error);
  CHECK(report.resolve_elapsed == duration::zero());
  CHECK(report.endpoints.empty());
}

TEST_CASE("attempts are told to the report and to on_attempt, whichever is there")
{
  const bool with_report = GENERATE(false, true);
  const bool with_function = GENERATE(false, true);
  CAPTURE(with_report, with_function);

  connect_report report;
  std::vector<error_code> told;
  connect_options options;
  if (with_report)
    options.report = &report;
  if (with_function)
    options.on_attempt = [&](const connect_attempt& attempt) { told.push_back(attempt.error); };

  reporter reports(options, operation_start);
  CHECK(reports.has_report() == with_report);
  CHECK(reports.has_readers() == (with_report || with_function));
  reports.add(attempt_that_failed_with(error::connection_refused));
  reports.add(attempt_that_failed_with(error::timed_out));

  const std::vector<error_code> both = {error::connection_refused, error::timed_out};
  CHECK(told == (with_function ? both : std::vector<error_code>()));
  REQUIRE(report.attempts.size() == (with_report ? 2 : 0));
  if (with_report)
  {
    CHECK(report.attempts[0].error == error::connection_refused);
    CHECK(report.attempts[1].error == error::timed_out);
  }
}

TEST_CASE("without a report there is nothing to write to")
{
  connect_options options;
  options.on_attempt = [](const connect_attempt&) {};
  reporter reports(options, operation_start);
  reports.record_fast_open(error::operation_not_supported);
  reports.record_sent(sent(10, 10, first_flight_path::in_connect));
  reports.record_written(10);
  reports.record_delivery(true);
  reports.end(error::timed_out, operation_start + 1s);
  CHECK_FALSE(reports.has_report());
}

TEST_CASE("the report says how the attempt sent its bytes, and how many in the connect call")
{
  struct row
  {
    first_flight_path path;
    std::size_t sent;
    std::size_t in_connect;
  };
  const row rows[] = {
      {first_flight_path::in_connect, 65535, 65535},
      {first_flight_path::in_syn, 1000, 400},
      {first_flight_path::after_connect, 1000, 0},
  };
  for (const row& r : rows)
  {
    CAPTURE(static_cast<int>(r.path));
    connect_report report;
    const connect_options options = options_with(report);
    reporter(options, operation_start).record_sent(sent(r.sent, r.in_connect, r.path));
    CHECK(report.first_flight == r.path);
    CHECK(report.bytes_in_connect == r.in_connect);
  }
}

TEST_CASE("the report says which call the last attempt was made by")
{
  connect_report report;
  const connect_options options = options_with(report);
  reporter reports(options, operation_start);
  CHECK(report.call == connect_call::none);
  for (const connect_call call : {connect_call::layered_connect_ex, connect_call::connect})
  {
    attempt_result result;
    result.call = call;
    reports.record_sent(result);
    CHECK(report.call == call);
  }
}

TEST_CASE("an attempt that sent nothing leaves no path in the report")
{
  connect_report report;
  const connect_options options = options_with(report);
  reporter(options, operation_start).record_sent(sent(0, 0, first_flight_path::in_connect));
  CHECK(report.first_flight == first_flight_path::none);
  CHECK(report.bytes_in_connect == 0);
}

TEST_CASE("bytes that are written make the path after_connect if the connect call took none")
{
  connect_report report;
  const connect_options options = options_with(report);
  reporter reports(options, operation_start);

  SECTION("and the attempt sent none either")
  {
    reports.record_sent(sent(0, 0, first_flight_path::none));
  }
  SECTION("and the attempt sent some after the connect")
  {
    reports.record_sent(sent(10, 0, first_flight_path::after_connect));
  }
  reports.record_written(100);
  CHECK(report.first_flight == first_flight_path::after_connect);
  CHECK(report.bytes_in_connect == 0);
}

TEST_CASE("bytes that are written do not change the path of those in the connect call")
{
  const first_flight_path path = GENERATE(first_flight_path::in_connect, first_flight_path::in_syn);
  connect_report report;
  const connect_options options = options_with(report);
  reporter reports(options, operation_start);
  reports.record_sent(sent(400, 400, path));
  reports.record_written(100);
  CHECK(report.first_flight == path);
  CHECK(report.bytes_in_connect == 400);
}

TEST_CASE("a write of no bytes leaves no path in the report")
{
  connect_report report;
  const connect_options options = options_with(report);
  reporter(options, operation_start).record_written(0);
  CHECK(report.first_flight == first_flight_path::none);
}

TEST_CASE("the report says why fast open could not be asked for")
{
  connect_report report;
  const connect_options options = options_with(report);
  reporter(options, operation_start).record_fast_open(error::operation_not_supported);
  CHECK(report.fast_open_error == error::operation_not_supported);
}

TEST_CASE("an operation that failed may have delivered bytes by its attempt or by a write")
{
  const error_code ended = GENERATE(error_code(), error_code(error::connection_reset));
  CAPTURE(ended.failed());
  connect_report report;
  const connect_options options = options_with(report);
  reporter reports(options, operation_start);

  bool maybe_delivered = false;
  SECTION("by nothing") {}
  SECTION("by an attempt")
  {
    reports.record_delivery(true);
    maybe_delivered = true;
  }
  SECTION("by a write, whatever its count")
  {
    reports.record_delivery(false);
    reports.record_written(GENERATE(0u, 10u));
    maybe_delivered = true;
  }
  CHECK_FALSE(report.maybe_delivered);
  reports.end(ended, operation_start);
  CHECK(report.maybe_delivered == (ended && maybe_delivered));
}

TEST_CASE("the report's duration is that of the whole operation")
{
  connect_report report;
  const connect_options options = options_with(report);
  reporter reports(options, operation_start);
  reports.add(attempt_that_failed_with(error::timed_out));
  CHECK(report.elapsed == duration::zero());
  reports.end(error::timed_out, operation_start + 42ms);
  CHECK(report.elapsed == 42ms);
  CHECK(report.attempts.size() == 1);
}
