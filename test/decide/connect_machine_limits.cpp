// SPDX-License-Identifier: BSL-1.0

#include "support/catch.hpp"
#include "support/machine.hpp"

#include <boost/asio/error.hpp>

using namespace test;

TEST_CASE("a stop that comes with a retryable error keeps the next attempt from being made")
{
  struct row
  {
    unsigned max_attempts;
    stop_reason stop;
    verdict expected;
  };
  const row rows[] = {
      {2, stop_reason::cancelled, finish_with(error::operation_aborted)},
      {2, stop_reason::total_timeout, finish_with(error::timed_out)},
      {0, stop_reason::cancelled, finish_with(error::operation_aborted)},
      {0, stop_reason::total_timeout, finish_with(error::timed_out)},

      // No attempt was left that the stop could have prevented: the error of the network stays.
      {1, stop_reason::cancelled, finish_with(error::connection_refused)},
      {1, stop_reason::attempt_timeout, finish_with(error::connection_refused)},
      {1, stop_reason::total_timeout, finish_with(error::connection_refused)},
  };
  const means allowed = GENERATE(from_range(all_means()));
  CAPTURE(allowed);
  for (const row& r : rows)
  {
    INFO(r.max_attempts << " attempts, " << r.stop);
    subject m(tries_with_waits(r.max_attempts), allowed);
    CHECK(m.on_attempt(failed(error::connection_refused, r.stop)) == r.expected);
    CHECK(m.attempts() == 1);
    CHECK(m.last_error() == error::connection_refused);
  }
}

TEST_CASE("a stop that comes with an error that is not retried leaves that error alone")
{
  const stop_reason stop = GENERATE(from_range(all_stop_reasons()));
  CAPTURE(stop);
  subject m(tries(0), by_both);
  CHECK(
      m.on_attempt(failed(error::host_unreachable, stop)) == finish_with(error::host_unreachable));
}

TEST_CASE("an attempt that a cancellation or total_timeout has ended is the last")
{
  struct row
  {
    stop_reason stop;
    error_code expected;
  };
  const row rows[] = {
      {stop_reason::none, error::operation_aborted},
      {stop_reason::cancelled, error::operation_aborted},
      {stop_reason::total_timeout, error::timed_out},
  };
  const unsigned max_attempts = GENERATE(0u, 1u, 5u);
  const means allowed = GENERATE(from_range(all_means()));
  CAPTURE(allowed);
  for (const row& r : rows)
  {
    CAPTURE(r.stop);
    subject m(tries_with_waits(max_attempts), allowed);
    CHECK(m.on_attempt(failed(error::operation_aborted, r.stop)) == finish_with(r.expected));
    CHECK(m.attempts() == 1);
    CHECK(m.last_error() == r.expected);
  }
}

TEST_CASE("after attempt_timeout the socket must have been disconnected or be opened anew")
{
  struct row
  {
    means allowed;
    verdict expected;
  };
  const error_code ec = GENERATE(from_range(errors_of_stopping()));
  const bool waits = GENERATE(false, true);
  const environment given = waits ? tries_with_waits(3) : tries(3);
  const verdict go_on = waits ? wait_for(milliseconds(100)) : attempt;
  const row rows[] = {
      {no_means, finish_with(error::timed_out)},
      {by_reopening, reopen},
      {by_disconnecting, go_on},
      {by_both, go_on},
  };
  const ending stopped = failed(ec, stop_reason::attempt_timeout);
  for (const row& r : rows)
  {
    CAPTURE(ec, r.allowed);
    subject m(given, r.allowed);
    CHECK(m.on_attempt(stopped) == r.expected);
    CHECK(m.attempts() == 1);
    CHECK(m.last_error() == error::timed_out);
    if (r.expected == reopen)
      CHECK(m.on_reopened() == go_on);
  }
}

TEST_CASE("an attempt that is not followed by another ends in timed_out at its limit")
{
  const error_code ec = GENERATE(from_range(errors_of_stopping()));
  const means allowed = GENERATE(from_range(all_means()));
  CAPTURE(ec, allowed);
  const ending stopped = failed(ec, stop_reason::attempt_timeout);

  SECTION("because it is the last")
  {
    subject m(tries(1), allowed);
    CHECK(m.on_attempt(stopped) == finish_with(error::timed_out));
  }
  SECTION("because the predicate does not want another")
  {
    environment given = tries(2);
    given.predicate = [](const error_code& asked) { return asked != error::timed_out; };
    subject m(given, allowed);
    CHECK(m.on_attempt(stopped) == finish_with(error::timed_out));
  }
}

TEST_CASE("the limit of the last attempt is reported, not how an earlier attempt failed")
{
  const unsigned max_attempts = GENERATE(2u, 5u);
  subject m(tries(max_attempts));
  CHECK(m.on_attempt(failed(error::connection_refused)) == attempt);
  CHECK(m.on_attempt(failed(error::operation_aborted, stop_reason::attempt_timeout))
      == finish_with(error::timed_out));
  CHECK(m.attempts() == 2);
}

TEST_CASE("an error of the network that comes together with attempt_timeout is retried as usual")
{
  const error_code ec = GENERATE(from_range(retryable_errors()));
  const means allowed = GENERATE(from_range(all_means()));
  CAPTURE(ec, allowed);
  subject m(tries_with_waits(2), allowed);
  CHECK(m.on_attempt(failed(ec, stop_reason::attempt_timeout)) == wait_for(milliseconds(100)));
  CHECK(m.last_error() == ec);
}

TEST_CASE("after an error of the network the socket is used again, disconnected or not")
{
  const means allowed = GENERATE(from_range(all_means()));
  CAPTURE(allowed);
  subject m(tries_with_waits(3), allowed);
  CHECK(m.on_attempt(failed(error::connection_refused)) == wait_for(milliseconds(100)));
  CHECK(m.on_waited() == attempt);
}
