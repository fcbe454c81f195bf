// SPDX-License-Identifier: BSL-1.0

// A call on a socket that has failed before may fail at once because of the socket: the system
// reports the earlier failure once more (a stale error), or it refuses to use the socket again.

#include "support/catch.hpp"
#include "support/machine.hpp"

#include <boost/asio/error.hpp>

using namespace test;

TEST_CASE("an immediate connection_aborted after a failure is stale: the call is made again")
{
  subject m(tries_with_waits(2));
  CHECK(m.on_attempt(failed(error::connection_refused)) == wait_for(milliseconds(100)));
  CHECK(m.on_waited() == attempt);
  CHECK(m.on_attempt(failed_at_once(error::connection_aborted)) == attempt);
  CHECK(m.attempts() == 1);
  CHECK(m.last_error() == error::connection_refused);
  CHECK_FALSE(m.may_retry());

  SECTION("the call that follows is the attempt")
  {
    CHECK(m.on_attempt(failed(error::timed_out)) == finish_with(error::timed_out));
    CHECK(m.attempts() == 2);
  }
  SECTION("the call that follows may succeed")
  {
    CHECK(m.on_attempt(connected(true)) == write_rest);
    CHECK(m.attempts() == 2);
    CHECK_FALSE(m.last_error());
  }
  SECTION("the call that follows may be prevented")
  {
    CHECK(m.on_stopped(stop_reason::cancelled) == finish_with(error::operation_aborted));
    CHECK(m.attempts() == 1);
  }
}

TEST_CASE("one stale error is taken from the socket after each failed attempt")
{
  const bool may_reopen = GENERATE(false, true);
  subject m(tries(0), {may_reopen, false});
  for (unsigned n = 1; n <= 3; ++n)
  {
    CHECK(m.on_attempt(failed(error::connection_refused)) == attempt);
    CHECK(m.on_attempt(failed_at_once(error::connection_aborted)) == attempt);
    CHECK(m.attempts() == n);
  }

  // With the second in a row the system refuses the socket.
  const verdict last = m.on_attempt(failed_at_once(error::connection_aborted));
  CHECK(last == (may_reopen ? reopen : finish_with(error::connection_refused)));
  CHECK(m.attempts() == 3);
  CHECK(m.last_error() == error::connection_refused);
}

TEST_CASE("a stale error is taken from a socket that was disconnected too")
{
  subject m(tries(0), by_disconnecting);
  CHECK(m.on_attempt(failed(error::connection_refused)) == attempt);
  CHECK(m.on_attempt(failed_at_once(error::connection_aborted)) == attempt);
  CHECK(m.attempts() == 1);
}

TEST_CASE("connection_aborted on a fresh socket is an error of the network")
{
  const means allowed = GENERATE(from_range(all_means()));
  CAPTURE(allowed);

  subject at_once(tries(5), allowed);
  CHECK(at_once.on_attempt(failed_at_once(error::connection_aborted))
      == finish_with(error::connection_aborted));
  CHECK(at_once.attempts() == 1);

  subject later(tries(5), allowed);
  CHECK(later.on_attempt(failed(error::connection_aborted))
      == finish_with(error::connection_aborted));
  CHECK(later.attempts() == 1);
}

TEST_CASE("connection_aborted after some time is an error of the network")
{
  subject m(tries(5), by_reopening);
  CHECK(m.on_attempt(failed(error::connection_refused)) == attempt);
  CHECK(m.on_attempt(failed(error::connection_aborted)) == finish_with(error::connection_aborted));
  CHECK(m.attempts() == 2);
  CHECK(m.last_error() == error::connection_aborted);
}

TEST_CASE("connection_aborted on a socket that was opened anew is an error of the network")
{
  subject m(tries(5), by_reopening);
  CHECK(m.on_attempt(failed(error::operation_aborted, stop_reason::attempt_timeout)) == reopen);
  CHECK(m.on_reopened() == attempt);
  CHECK(m.on_attempt(failed_at_once(error::connection_aborted))
      == finish_with(error::connection_aborted));
  CHECK(m.attempts() == 2);
}

TEST_CASE("a predicate that retries connection_aborted does not change which of them are stale")
{
  environment given = tries(3);
  given.predicate = retry_everything;
  subject m(given);
  CHECK(m.on_attempt(failed_at_once(error::connection_aborted)) == attempt);
  CHECK(m.attempts() == 1);
  CHECK(m.on_attempt(failed_at_once(error::connection_aborted)) == attempt);
  CHECK(m.attempts() == 1);
  CHECK(m.on_attempt(failed(error::connection_aborted)) == attempt);
  CHECK(m.attempts() == 2);
  CHECK(m.on_attempt(failed(error::connection_aborted)) == finish_with(error::connection_aborted));
  CHECK(m.attempts() == 3);
}

TEST_CASE("a refused socket is opened anew, or the operation ends with the last attempt's error")
{
  const error_code refusal = GENERATE(from_range(errors_about_the_socket()));
  const error_code of_attempt = GENERATE(from_range(retryable_errors()));
  const bool stale_before = GENERATE(false, true);
  const bool may_reopen = GENERATE(false, true);
  CAPTURE(refusal, of_attempt, stale_before, may_reopen);

  subject m(tries(5), {may_reopen, false});
  REQUIRE(m.on_attempt(failed(of_attempt)) == attempt);
  if (stale_before)
    REQUIRE(m.on_attempt(failed_at_once(error::connection_aborted)) == attempt);
  CHECK(m.on_attempt(failed_at_once(refusal)) == (may_reopen ? reopen : finish_with(of_attempt)));
  CHECK(m.attempts() == 1);
  CHECK(m.last_error() == of_attempt);
}

TEST_CASE("the errors that can refuse a socket are those of the attempt if the socket is fresh")
{
  const error_code ec = GENERATE(from_range(errors_about_the_socket()));
  CAPTURE(ec);

  SECTION("because this is its first attempt")
  {
    subject m(tries(5), by_both);
    CHECK(m.on_attempt(failed_at_once(ec)) == finish_with(ec));
    CHECK(m.attempts() == 1);
  }
  SECTION("because it was opened anew")
  {
    subject m(tries(5), by_reopening);
    REQUIRE(m.on_attempt(failed(error::connection_refused)) == attempt);
    REQUIRE(m.on_attempt(failed_at_once(ec)) == reopen);
    REQUIRE(m.on_reopened() == attempt);
    CHECK(m.on_attempt(failed_at_once(ec)) == finish_with(ec));
    CHECK(m.attempts() == 2);
    CHECK(m.last_error() == ec);
  }
}

TEST_CASE("the errors that can refuse a socket are those of the attempt if they come later")
{
  const error_code ec = GENERATE(from_range(errors_about_the_socket()));
  CAPTURE(ec);
  subject m(tries(5), by_reopening);
  REQUIRE(m.on_attempt(failed(error::connection_refused)) == attempt);
  CHECK(m.on_attempt(failed(ec)) == finish_with(ec));
  CHECK(m.attempts() == 2);
}

TEST_CASE("any other error at once on a used socket is that of an attempt")
{
  struct row
  {
    error_code error;
    verdict expected;
  };
  const row rows[] = {
      {error::connection_refused, attempt},
      {error::network_unreachable, attempt},
      {error::timed_out, attempt},
      {error::host_unreachable, finish_with(error::host_unreachable)},
      {error::connection_reset, finish_with(error::connection_reset)},
      {error::address_in_use, finish_with(error::address_in_use)},
      {error::operation_aborted, finish_with(error::operation_aborted)},
      {error::already_connected, finish_with(error::already_connected)},
  };
  for (const row& r : rows)
  {
    INFO(r.error.message());
    subject m(tries(5), by_reopening);
    REQUIRE(m.on_attempt(failed(error::connection_refused)) == attempt);
    CHECK(m.on_attempt(failed_at_once(r.error)) == r.expected);
    CHECK(m.attempts() == 2);
    CHECK(m.last_error() == r.error);
  }
}

TEST_CASE("a cancellation or total_timeout that comes with a refusal ends the operation")
{
  struct row
  {
    stop_reason stop;
    verdict expected;
  };
  const row rows[] = {
      {stop_reason::cancelled, finish_with(error::operation_aborted)},
      {stop_reason::total_timeout, finish_with(error::timed_out)},
  };
  const error_code refusal =
      GENERATE(error_code(error::invalid_argument), error_code(error::already_started),
          error_code(error::network_down), error_code(error::connection_aborted));
  CAPTURE(refusal);
  for (const row& r : rows)
  {
    CAPTURE(r.stop);
    subject m(tries(5), by_reopening);
    REQUIRE(m.on_attempt(failed(error::connection_refused)) == attempt);
    CHECK(m.on_attempt(failed_at_once(refusal, r.stop)) == r.expected);
    CHECK(m.attempts() == 1);
    CHECK(m.last_error() == error::connection_refused);
  }
}

TEST_CASE("attempt_timeout does not change what a call that failed at once means")
{
  const auto limit = stop_reason::attempt_timeout;
  subject m(tries(5), by_reopening);
  REQUIRE(m.on_attempt(failed(error::connection_refused)) == attempt);
  CHECK(m.on_attempt(failed_at_once(error::connection_aborted, limit)) == attempt);
  CHECK(m.on_attempt(failed_at_once(error::connection_aborted, limit)) == reopen);
  CHECK(m.attempts() == 1);
}

TEST_CASE("a refused socket that may not be opened anew is used again if the predicate agrees")
{
  environment given = tries(5);
  given.predicate = retry_everything;
  const error_code refusal =
      GENERATE(error_code(error::invalid_argument), error_code(error::already_started),
          error_code(error::network_down), error_code(error::connection_aborted));
  const bool may_reopen = GENERATE(false, true);
  CAPTURE(refusal, may_reopen);

  subject m(given, {may_reopen, false});
  REQUIRE(m.on_attempt(failed(error::connection_refused)) == attempt);
  if (refusal == error::connection_aborted)
    REQUIRE(m.on_attempt(failed_at_once(refusal)) == attempt);
  CHECK(m.on_attempt(failed_at_once(refusal)) == (may_reopen ? reopen : attempt));
  CHECK(m.attempts() == (may_reopen ? 1 : 2));
}

TEST_CASE("no further wait follows if the socket is refused after one, and the next is longer")
{
  const bool stale_before = GENERATE(false, true);
  subject m(tries_with_waits(0), by_reopening);
  CHECK(m.on_attempt(failed(error::connection_refused)) == wait_for(milliseconds(100)));
  CHECK(m.on_waited() == attempt);
  if (stale_before)
    CHECK(m.on_attempt(failed_at_once(error::connection_aborted)) == attempt);
  CHECK(m.on_attempt(
            failed_at_once(stale_before ? error::connection_aborted : error::already_started))
      == reopen);
  CHECK(m.on_reopened() == attempt);
  CHECK(m.on_attempt(failed(error::connection_refused)) == wait_for(milliseconds(200)));
  CHECK(m.on_waited() == attempt);
  CHECK(m.attempts() == 2);
}

TEST_CASE("no wait follows if the socket is refused after a wait of zero")
{
  double chance = 0;
  environment given = tries_with_waits(0);
  given.backoff.jitter = 1;
  given.backoff.random = [&] { return chance; };
  subject m(given, by_reopening);
  CHECK(m.on_attempt(failed(error::connection_refused)) == attempt);
  chance = 0.5;
  CHECK(m.on_attempt(failed_at_once(error::invalid_argument)) == reopen);
  CHECK(m.on_reopened() == attempt);
}

TEST_CASE("a socket that was opened anew is treated as the first was")
{
  subject m(tries_with_waits(3), by_reopening);
  CHECK(m.on_attempt(failed(error::operation_aborted, stop_reason::attempt_timeout)) == reopen);
  CHECK(m.on_reopened() == wait_for(milliseconds(100)));
  CHECK(m.on_waited() == attempt);
  CHECK(m.on_attempt(failed(error::connection_refused)) == wait_for(milliseconds(200)));
  CHECK(m.on_waited() == attempt);
  CHECK(m.on_attempt(failed_at_once(error::connection_aborted)) == attempt);
  CHECK(m.on_attempt(failed(error::operation_aborted, stop_reason::attempt_timeout))
      == finish_with(error::timed_out));
  CHECK(m.attempts() == 3);
}

TEST_CASE("a socket may be opened anew after every attempt")
{
  subject m(tries(0), by_reopening);
  for (int n = 0; n != 3; ++n)
  {
    CHECK(m.on_attempt(failed(error::operation_aborted, stop_reason::attempt_timeout)) == reopen);
    CHECK(m.on_reopened() == attempt);
    CHECK(m.on_attempt(failed(error::connection_refused)) == attempt);
    CHECK(m.on_attempt(failed_at_once(error::invalid_argument)) == reopen);
    CHECK(m.on_reopened() == attempt);
  }
  CHECK(m.attempts() == 6);
}

TEST_CASE("a socket that cannot be opened anew ends the operation with the error of the opening")
{
  // A prepare hook might leave connection_refused. It is not an attempt's, so it is not retried.
  const error_code reason =
      GENERATE(error_code(error::no_descriptors), error_code(error::connection_refused));
  const bool after_limit = GENERATE(false, true);
  subject m(tries(5), by_reopening);
  if (after_limit)
  {
    REQUIRE(m.on_attempt(failed(error::operation_aborted, stop_reason::attempt_timeout)) == reopen);
  }
  else
  {
    REQUIRE(m.on_attempt(failed(error::timed_out)) == attempt);
    REQUIRE(m.on_attempt(failed_at_once(error::invalid_argument)) == reopen);
  }
  CHECK(m.on_reopened(reason) == finish_with(reason));
  CHECK(m.attempts() == 1);
  CHECK(m.last_error() == error::timed_out);
}
