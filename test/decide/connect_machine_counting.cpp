// SPDX-License-Identifier: BSL-1.0

#include "support/catch.hpp"
#include "support/machine.hpp"

#include <boost/asio/error.hpp>

#include <vector>

using namespace test;

namespace
{

std::vector<error_code> all_errors()
{
  std::vector<error_code> errors = retryable_errors();
  for (const error_code& ec : final_errors())
    errors.push_back(ec);
  return errors;
}

std::vector<error_code> all_errors_and_those_of_stopping()
{
  std::vector<error_code> errors = all_errors();
  for (const error_code& ec : errors_of_stopping())
    errors.push_back(ec);
  return errors;
}

} // namespace

TEST_CASE("before its first attempt the machine has counted none and has no last error")
{
  subject m;
  CHECK(m.attempts() == 0);
  CHECK_FALSE(m.last_error());
}

TEST_CASE("the machine makes one attempt unless it is told otherwise")
{
  const error_code ec = GENERATE(from_range(all_errors()));
  const means allowed = GENERATE(from_range(all_means()));
  CAPTURE(ec, allowed);
  subject m(environment(), allowed);
  CHECK_FALSE(m.may_retry());
  CHECK(m.on_attempt(failed(ec)) == finish_with(ec));
  CHECK(m.attempts() == 1);
  CHECK(m.last_error() == ec);
}

TEST_CASE("a single attempt without a machine ends as it does with one")
{
  const error_code ec = GENERATE(from_range(all_errors_and_those_of_stopping()));
  const stop_reason stop = GENERATE(from_range(all_stop_reasons()));
  CAPTURE(ec, stop);
  const error_code expected = result_of(ec, stop);
  for (const ending& e :
      {failed(ec, stop), failed_at_once(ec, stop), failed_after_connecting(ec, stop)})
  {
    CHECK(subject::on_single_attempt(e) == finish_with(expected));
    CHECK(subject().on_attempt(e) == finish_with(expected));
  }
  const ending delivered = failed_after_delivery(ec, stop);
  CHECK(subject::on_single_attempt(delivered) == finish_with(after_delivery(expected)));
  CHECK(subject().on_attempt(delivered) == finish_with(after_delivery(expected)));
}

TEST_CASE("a single attempt that connects without a machine finishes, or its writes begin")
{
  const stop_reason stop = GENERATE(from_range(all_stop_reasons()));
  CAPTURE(stop);
  CHECK(subject::on_single_attempt(connected(false, stop)) == finish);
  CHECK(subject::on_single_attempt(connected(true, stop)) == write_rest);
}

TEST_CASE("max_attempts counts all attempts, and the last error is the one that is reported")
{
  const unsigned max_attempts = GENERATE(1u, 2u, 3u, 7u);
  const std::vector<error_code> errors = retryable_errors();
  subject m(tries(max_attempts));
  for (unsigned n = 1; n <= max_attempts; ++n)
  {
    INFO("attempt " << n << " of " << max_attempts);
    const error_code ec = errors[n % errors.size()];
    CHECK(m.on_attempt(failed(ec)) == (n == max_attempts ? finish_with(ec) : attempt));
    CHECK(m.attempts() == n);
    CHECK(m.last_error() == ec);
  }
}

TEST_CASE("max_attempts 0 sets no limit")
{
  subject m(tries(0));
  for (unsigned n = 1; n <= 1000; ++n)
  {
    REQUIRE(m.may_retry());
    REQUIRE(m.on_attempt(failed(error::connection_refused)) == attempt);
    REQUIRE(m.attempts() == n);
  }
  CHECK(m.on_attempt(connected()) == finish);
}

TEST_CASE("may_retry says beforehand whether the next attempt is the last")
{
  struct row
  {
    unsigned max_attempts;
    unsigned failed;
    bool may_retry;
  };
  const row rows[] = {
      {1, 0, false},
      {2, 0, true},
      {2, 1, false},
      {3, 0, true},
      {3, 1, true},
      {3, 2, false},
      {0xffffffff, 2, true},
      {0, 0, true},
      {0, 5, true},
  };
  for (const row& r : rows)
  {
    INFO(r.failed << " of " << r.max_attempts);
    subject m(tries(r.max_attempts));
    for (unsigned n = 0; n != r.failed; ++n)
      REQUIRE(m.on_attempt(failed(error::connection_refused)) == attempt);
    CHECK(m.may_retry() == r.may_retry);

    const verdict next = m.on_attempt(failed(error::connection_refused));
    CHECK(next == (r.may_retry ? attempt : finish_with(error::connection_refused)));
  }
}

TEST_CASE("three errors are retried by default")
{
  const error_code ec = GENERATE(from_range(retryable_errors()));
  CAPTURE(ec);
  CHECK(subject(tries(0)).on_attempt(failed(ec)) == attempt);
  CHECK(subject(tries(0)).on_attempt(failed_at_once(ec)) == attempt);
}

TEST_CASE("no other error is retried by default")
{
  const error_code ec = GENERATE(from_range(final_errors()));
  CAPTURE(ec);
  CHECK(subject(tries(0), by_both).on_attempt(failed(ec)) == finish_with(ec));
  CHECK(subject(tries(0), by_both).on_attempt(failed_at_once(ec)) == finish_with(ec));
}

TEST_CASE("an error that is not retried ends the operation at any attempt")
{
  subject m(tries(5), by_reopening);
  CHECK(m.on_attempt(failed(error::connection_refused)) == attempt);
  CHECK(m.on_attempt(failed(error::timed_out)) == attempt);
  CHECK(m.on_attempt(failed(error::host_unreachable)) == finish_with(error::host_unreachable));
  CHECK(m.attempts() == 3);
  CHECK(m.last_error() == error::host_unreachable);
}

TEST_CASE("a predicate replaces the three errors by fewer or by others")
{
  environment given = tries(0);
  given.predicate = [](const error_code& ec)
  { return ec == error::connection_refused || ec == error::host_unreachable; };

  subject m(given);
  CHECK(m.on_attempt(failed(error::connection_refused)) == attempt);
  CHECK(m.on_attempt(failed(error::host_unreachable)) == attempt);
  CHECK(m.on_attempt(failed(error::timed_out)) == finish_with(error::timed_out));

  subject n(given);
  CHECK(
      n.on_attempt(failed(error::network_unreachable)) == finish_with(error::network_unreachable));
}

TEST_CASE("the predicate is asked once for each failure that it can decide, by its portable error")
{
  std::vector<error_code> asked;
  environment given = tries(4);
  given.predicate = [&](const error_code& ec)
  {
    asked.push_back(ec);
    return true;
  };
  subject m(given, by_disconnecting);

  CHECK(m.on_attempt(failed(error::connection_reset)) == attempt);
  CHECK(asked == std::vector<error_code>{error::connection_reset});

  // It is told timed_out, not the error that the stopped call left.
  CHECK(m.on_attempt(failed(error::operation_aborted, stop_reason::attempt_timeout)) == attempt);
  CHECK(asked == std::vector<error_code>{error::connection_reset, error::timed_out});

  // A call that only reports the earlier failure once more is no failed attempt.
  CHECK(m.on_attempt(failed_at_once(error::connection_aborted)) == attempt);
  CHECK(asked.size() == 2);

  CHECK(m.on_attempt(failed(error::host_unreachable)) == attempt);
  CHECK(asked.size() == 3);

  // No attempt is left, so there is nothing to decide.
  CHECK(m.on_attempt(failed(error::connection_refused)) == finish_with(error::connection_refused));
  CHECK(asked.size() == 3);
}

TEST_CASE("the predicate is not asked about a refused socket that is opened anew")
{
  int asked = 0;
  environment given = tries(0);
  given.predicate = [&](const error_code&) { return ++asked != 0; };
  subject m(given, by_reopening);
  REQUIRE(m.on_attempt(failed(error::connection_refused)) == attempt);
  CHECK(m.on_attempt(failed_at_once(error::invalid_argument)) == reopen);
  CHECK(asked == 1);
}

TEST_CASE("the predicate is not asked about a success, a cancellation, or bytes perhaps delivered")
{
  struct row
  {
    ending e;
    verdict expected;
  };
  const error_code timed_out = after_delivery(error::timed_out);
  const row rows[] = {
      {connected(), finish},
      {connected(true), write_rest},
      {connected(false, stop_reason::cancelled), finish},
      {failed(error::operation_aborted), finish_with(error::operation_aborted)},
      {failed(error::operation_aborted, stop_reason::cancelled),
          finish_with(error::operation_aborted)},
      {failed(error::connection_reset, stop_reason::cancelled),
          finish_with(error::operation_aborted)},
      {failed(error::connection_aborted, stop_reason::cancelled),
          finish_with(error::operation_aborted)},
      {failed_at_once(error::operation_aborted), finish_with(error::operation_aborted)},
      {failed_after_connecting(error::timed_out), finish_with(error::timed_out)},
      {failed_after_connecting(error::connection_refused), finish_with(error::connection_refused)},
      {failed_after_connecting(error::connection_reset), finish_with(error::connection_reset)},
      {failed_after_connecting(error::operation_aborted, stop_reason::attempt_timeout),
          finish_with(error::timed_out)},
      {failed_after_connecting(error::operation_aborted, stop_reason::total_timeout),
          finish_with(error::timed_out)},
      {failed_after_delivery(error::timed_out), finish_with(timed_out)},
      {failed_after_delivery(error::connection_refused),
          finish_with(after_delivery(error::connection_refused))},
      {failed_after_delivery(error::connection_reset), finish_with(error::connection_reset)},
      {failed_after_delivery(error::operation_aborted, stop_reason::attempt_timeout),
          finish_with(timed_out)},
      {failed_after_delivery(error::operation_aborted, stop_reason::total_timeout),
          finish_with(timed_out)},
  };
  for (const row& r : rows)
  {
    CAPTURE(r.e.result.error, r.e.stop, r.e.flight.maybe_delivered);
    bool asked = false;
    environment given = tries(0);
    given.predicate = [&](const error_code&) { return asked = true; };
    subject m(given, by_both);
    CHECK(m.on_attempt(r.e) == r.expected);
    CHECK_FALSE(asked);
    CHECK(m.attempts() == 1);
    CHECK(m.last_error() == result_of(r.e.result.error, r.e.stop));
  }
}
