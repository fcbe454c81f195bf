// SPDX-License-Identifier: BSL-1.0

#include "support/catch.hpp"
#include "support/machine.hpp"

#include <boost/asio/error.hpp>

#include <vector>

using namespace test;

TEST_CASE("before each further attempt comes the wait that the backoff asks for")
{
  subject m(tries_with_waits(4));
  for (const int delay : {100, 200, 400})
  {
    CHECK(m.on_attempt(failed(error::connection_refused)) == wait_for(milliseconds(delay)));
    CHECK(m.on_waited() == attempt);
  }
  CHECK(m.on_attempt(failed(error::connection_refused)) == finish_with(error::connection_refused));
  CHECK(m.attempts() == 4);
}

TEST_CASE("if the backoff gives a wait of zero, the next attempt follows at once")
{
  std::vector<double> chances = {0.5, 0.0};
  environment given = tries_with_waits(0);
  given.backoff.jitter = 1;
  given.backoff.random = [&]
  {
    const double chance = chances.back();
    chances.pop_back();
    return chance;
  };
  subject m(given);
  CHECK(m.on_attempt(failed(error::connection_refused)) == attempt);
  CHECK(m.on_attempt(failed(error::connection_refused)) == wait_for(milliseconds(100)));
}

TEST_CASE("a wait that is stopped ends the operation, with the error of what has stopped it")
{
  struct row
  {
    stop_reason stop;
    verdict expected;
  };
  const row rows[] = {
      {stop_reason::none, attempt},
      {stop_reason::cancelled, finish_with(error::operation_aborted)},
      {stop_reason::total_timeout, finish_with(error::timed_out)},
  };
  for (const row& r : rows)
  {
    CAPTURE(r.stop);
    subject m(tries_with_waits(0), by_both);
    REQUIRE(m.on_attempt(failed(error::connection_refused)) == wait_for(milliseconds(100)));
    CHECK(m.on_waited(r.stop) == r.expected);
    CHECK(m.attempts() == 1);
    CHECK(m.last_error() == error::connection_refused);
  }
}

TEST_CASE("a step that is not started ends the operation, with the error of what has prevented it")
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
  for (const row& r : rows)
  {
    CAPTURE(r.stop);
    subject first;
    CHECK(first.on_stopped(r.stop) == finish_with(r.expected));
    CHECK(first.attempts() == 0);
    CHECK_FALSE(first.last_error());

    subject second(tries(0), by_both);
    REQUIRE(second.on_attempt(failed(error::connection_refused)) == attempt);
    CHECK(second.on_stopped(r.stop) == finish_with(r.expected));
    CHECK(second.attempts() == 1);
    CHECK(second.last_error() == error::connection_refused);
  }
}
