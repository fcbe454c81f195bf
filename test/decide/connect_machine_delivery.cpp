// SPDX-License-Identifier: BSL-1.0

#include "support/catch.hpp"
#include "support/machine.hpp"

#include <connectex/error.hpp>

#include <boost/asio/error.hpp>

using namespace test;

namespace
{

constexpr flight_state all_sent{false, true};
constexpr flight_state some_unsent{true, true};
constexpr flight_state none_sent{true, false};

} // namespace

TEST_CASE("a connection ends the operation, or its writes begin")
{
  const unsigned max_attempts = GENERATE(1u, 3u);
  const bool unsent = GENERATE(false, true);

  // What asks the attempt to stop after its success but before its handler has come too late.
  const stop_reason stop = GENERATE(from_range(all_stop_reasons()));
  CAPTURE(stop);
  subject m(tries(max_attempts), by_both);
  CHECK(m.on_attempt(connected(unsent, stop)) == (unsent ? write_rest : finish));
  CHECK(m.attempts() == 1);
  CHECK_FALSE(m.last_error());
}

TEST_CASE("a connection at a later attempt leaves no error behind")
{
  subject m(tries(3));
  CHECK(m.on_attempt(failed(error::connection_refused)) == attempt);
  CHECK(m.on_attempt(connected()) == finish);
  CHECK(m.attempts() == 2);
  CHECK_FALSE(m.last_error());
}

TEST_CASE("writes go on until nothing is left, and end with an error as the truth table says")
{
  struct row
  {
    error_code from_system;
    stop_reason stop;
    flight_state flight;
    verdict expected;
  };
  const verdict timed_out = finish_with(after_delivery(error::timed_out));
  const row rows[] = {
      {{}, stop_reason::none, some_unsent, write_rest},
      {{}, stop_reason::none, all_sent, finish},

      // These stops come too late for this write. The next one, if any, is not started.
      {{}, stop_reason::cancelled, all_sent, finish},
      {{}, stop_reason::attempt_timeout, all_sent, finish},
      {{}, stop_reason::total_timeout, all_sent, finish},
      {{}, stop_reason::cancelled, some_unsent, write_rest},
      {{}, stop_reason::total_timeout, some_unsent, write_rest},

      {error::operation_aborted, stop_reason::none, some_unsent,
          finish_with(error::operation_aborted)},
      {error::operation_aborted, stop_reason::cancelled, some_unsent,
          finish_with(error::operation_aborted)},
      {error::operation_aborted, stop_reason::total_timeout, some_unsent, timed_out},
      {error::connection_reset, stop_reason::none, some_unsent,
          finish_with(error::connection_reset)},
      {error::connection_reset, stop_reason::cancelled, some_unsent,
          finish_with(error::operation_aborted)},
      {error::connection_reset, stop_reason::total_timeout, some_unsent, timed_out},
      {error::connection_aborted, stop_reason::none, all_sent,
          finish_with(error::connection_aborted)},
      {error::connection_aborted, stop_reason::cancelled, all_sent,
          finish_with(error::operation_aborted)},
      {error::connection_aborted, stop_reason::total_timeout, all_sent, timed_out},
      {error::broken_pipe, stop_reason::none, some_unsent, finish_with(error::broken_pipe)},
      {error::broken_pipe, stop_reason::cancelled, some_unsent, finish_with(error::broken_pipe)},
      {error::broken_pipe, stop_reason::total_timeout, some_unsent,
          finish_with(error::broken_pipe)},
      {error::timed_out, stop_reason::none, some_unsent, timed_out},
      {error::timed_out, stop_reason::cancelled, some_unsent, timed_out},

      // A first write that fails may have delivered nothing.
      {error::timed_out, stop_reason::none, none_sent, finish_with(error::timed_out)},
      {error::operation_aborted, stop_reason::total_timeout, none_sent,
          finish_with(error::timed_out)},
      {error::operation_aborted, stop_reason::cancelled, none_sent,
          finish_with(error::operation_aborted)},
  };
  for (const row& r : rows)
  {
    CAPTURE(r.from_system, r.stop, r.flight.unsent, r.flight.maybe_delivered);
    subject m(tries(0), by_both);
    REQUIRE(m.on_attempt(connected(true)) == write_rest);
    REQUIRE(m.on_write({}, stop_reason::none, some_unsent) == write_rest);
    CHECK(m.on_write(r.from_system, r.stop, r.flight) == r.expected);
    CHECK(m.attempts() == 1);
    CHECK_FALSE(m.last_error());
  }
}

TEST_CASE("nothing is retried once the connection may have stood, by default either")
{
  const means allowed = GENERATE(from_range(all_means()));
  CAPTURE(allowed);
  CHECK(subject(tries(0), allowed).on_attempt(failed_after_connecting(error::timed_out))
      == finish_with(error::timed_out));
  CHECK(subject(tries(0), allowed).on_attempt(failed_after_delivery(error::timed_out))
      == finish_with(after_delivery(error::timed_out)));
}

TEST_CASE("an attempt that may have delivered bytes ends the operation with an error of its own")
{
  const error_code ec = GENERATE(from_range(retryable_errors()));
  const unsigned max_attempts = GENERATE(0u, 1u, 3u);
  CAPTURE(ec, max_attempts);
  subject m(tries(max_attempts), by_both);
  CHECK(m.on_attempt(failed_after_delivery(ec)) == finish_with(after_delivery(ec)));
  CHECK(m.attempts() == 1);
  CHECK(m.last_error() == ec);
}

TEST_CASE("a caller is not invited to retry once bytes may have been delivered")
{
  using connectex::condition;
  const error_code ec = GENERATE(from_range(retryable_errors()));
  CAPTURE(ec);

  const verdict of_attempt = subject(tries(0)).on_attempt(failed_after_delivery(ec));
  CHECK(of_attempt.next == action::finish);
  CHECK(of_attempt.error);
  CHECK_FALSE(of_attempt.error == condition::retryable);

  const verdict of_single = subject::on_single_attempt(failed_after_delivery(ec));
  CHECK(of_single.next == action::finish);
  CHECK(of_single.error);
  CHECK_FALSE(of_single.error == condition::retryable);

  const verdict of_write = subject().on_write(ec, stop_reason::none, some_unsent);
  CHECK(of_write.next == action::finish);
  CHECK(of_write.error);
  CHECK_FALSE(of_write.error == condition::retryable);
}

TEST_CASE("a caller may retry if nothing can have been delivered")
{
  using connectex::condition;
  const error_code ec = GENERATE(from_range(retryable_errors()));
  CAPTURE(ec);
  CHECK(subject().on_attempt(failed(ec)).error == condition::retryable);
  CHECK(subject().on_attempt(failed_after_connecting(ec)).error == condition::retryable);
  CHECK(subject::on_single_attempt(failed(ec)).error == condition::retryable);
  CHECK(subject().on_write(ec, stop_reason::none, none_sent).error == condition::retryable);
}

TEST_CASE("no error but the three retryable ones changes because bytes may have been delivered")
{
  const error_code ec = GENERATE(from_range(final_errors()));
  const unsigned max_attempts = GENERATE(0u, 1u);
  CAPTURE(ec, max_attempts);
  CHECK(subject(tries(max_attempts)).on_attempt(failed_after_delivery(ec)) == finish_with(ec));
  CHECK(subject().on_write(ec, stop_reason::none, some_unsent) == finish_with(ec));
}
