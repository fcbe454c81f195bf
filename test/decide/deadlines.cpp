// SPDX-License-Identifier: BSL-1.0

#include "support/catch.hpp"
#include "support/stopping.hpp"

#include <connectex/detail/decide/deadlines.hpp>

#include <chrono>
#include <optional>

using namespace test;
using namespace std::chrono_literals;

namespace
{

using connectex::detail::deadlines;
using time_point = deadlines::time_point;
using duration = deadlines::duration;
using limits = std::optional<duration>;

/// Some time after the machine was started.
constexpr time_point start = time_point(1h);
constexpr time_point never = (time_point::max)();

bool is(const std::optional<deadlines::limit>& limit, time_point at, stop_reason reason)
{
  return limit && limit->at == at && limit->reason == reason;
}

} // namespace

TEST_CASE("without time limits nothing is limited")
{
  deadlines d(start, {}, {});
  CHECK_FALSE(d.has_any());
  CHECK_FALSE(d.for_attempt());
  CHECK_FALSE(d.for_write());
  CHECK_FALSE(d.is_total_up(start));
  CHECK_FALSE(d.is_total_up(never));
  CHECK(d.used_up(start) == stop_reason::none);
  CHECK(d.used_up(never) == stop_reason::none);
  CHECK(d.end_of_wait(start, 5s) == start + 5s);
}

TEST_CASE("there are limits if either is given, however long or short it is")
{
  const duration limit =
      GENERATE((duration::min)(), duration(-1s), duration::zero(), duration(1s), (duration::max)());
  CHECK(deadlines(start, limit, {}).has_any());
  CHECK(deadlines(start, {}, limit).has_any());
  CHECK(deadlines(start, limit, limit).has_any());
}

TEST_CASE("attempt_timeout limits each attempt from its own start")
{
  deadlines d(start, 2s, {});
  CHECK(d.attempt_started() == start);
  CHECK(is(d.for_attempt(), start + 2s, stop_reason::attempt_timeout));

  d.start_attempt(start + 7s);
  CHECK(d.attempt_started() == start + 7s);
  CHECK(is(d.for_attempt(), start + 9s, stop_reason::attempt_timeout));
}

TEST_CASE("attempt_timeout limits neither writes nor waits nor the operation")
{
  const deadlines d(start, 2s, {});
  CHECK_FALSE(d.for_write());
  CHECK(d.end_of_wait(start, 5s) == start + 5s);
  CHECK(d.used_up(start + 5s) == stop_reason::none);
  CHECK_FALSE(d.is_total_up(never));
}

TEST_CASE("total_timeout limits attempts, writes and waits from the start of the operation")
{
  deadlines d(start, {}, 10s);
  d.start_attempt(start + 4s);
  CHECK(d.attempt_started() == start + 4s);
  CHECK(is(d.for_attempt(), start + 10s, stop_reason::total_timeout));
  CHECK(is(d.for_write(), start + 10s, stop_reason::total_timeout));
  CHECK(d.end_of_wait(start + 4s, 5s) == start + 9s);
  CHECK(d.end_of_wait(start + 4s, 6s) == start + 10s);
  CHECK(d.end_of_wait(start + 4s, 7s) == start + 10s);
}

TEST_CASE("the nearer limit ends the attempt, and total_timeout if both are due together")
{
  struct row
  {
    duration attempt_start;
    duration at;
    stop_reason reason;
  };
  const row rows[] = {
      {0s, 4s, stop_reason::attempt_timeout},
      {5s, 9s, stop_reason::attempt_timeout},
      {6s - duration(1), 10s - duration(1), stop_reason::attempt_timeout},
      {6s, 10s, stop_reason::total_timeout},
      {6s + duration(1), 10s, stop_reason::total_timeout},
      {9s, 10s, stop_reason::total_timeout},
  };
  for (const row& r : rows)
  {
    INFO("an attempt that starts after " << r.attempt_start.count() << " ticks");
    deadlines d(start, 4s, 10s);
    d.start_attempt(start + r.attempt_start);
    CHECK(is(d.for_attempt(), start + r.at, r.reason));
    CHECK(is(d.for_write(), start + 10s, stop_reason::total_timeout));
  }
}

TEST_CASE("total_timeout is up at its very tick and stays so")
{
  const limits attempt_timeout = GENERATE(limits(), limits(1s), limits(1h));
  const deadlines d(start, attempt_timeout, 10s);
  for (const duration elapsed : {duration(0s), 10s - duration(1)})
  {
    CHECK_FALSE(d.is_total_up(start + elapsed));
    CHECK(d.used_up(start + elapsed) == stop_reason::none);
  }
  for (const duration elapsed : {duration(10s), 10s + duration(1), duration(1h)})
  {
    CHECK(d.is_total_up(start + elapsed));
    CHECK(d.used_up(start + elapsed) == stop_reason::total_timeout);
  }
}

TEST_CASE("a wait that begins when the operation's time is up is over at once")
{
  const deadlines d(start, {}, 10s);
  CHECK(d.end_of_wait(start + 10s, 5s) <= start + 10s);
  CHECK(d.end_of_wait(start + 11s, 5s) <= start + 11s);
}

TEST_CASE("an attempt_timeout of zero or less leaves no time for any attempt")
{
  const duration limit = GENERATE(duration::zero(), duration(-1), duration(-1h), (duration::min)());
  const deadlines d(start, limit, {});
  CHECK(d.used_up(start) == stop_reason::attempt_timeout);
  CHECK(d.used_up(start + 1h) == stop_reason::attempt_timeout);
  CHECK(is(d.for_attempt(), start, stop_reason::attempt_timeout));
  CHECK_FALSE(d.for_write());
}

TEST_CASE("an attempt_timeout of one tick leaves time for an attempt")
{
  const deadlines d(start, duration(1), {});
  CHECK(d.used_up(start) == stop_reason::none);
  CHECK(is(d.for_attempt(), start + duration(1), stop_reason::attempt_timeout));
}

TEST_CASE("a total_timeout of zero or less is up from the start")
{
  const duration limit = GENERATE(duration::zero(), duration(-1), duration(-1h), (duration::min)());
  const limits attempt_timeout = GENERATE(limits(), limits(0s), limits(1s));
  const deadlines d(start, attempt_timeout, limit);
  CHECK(d.is_total_up(start));
  CHECK(d.used_up(start) == stop_reason::total_timeout);
  CHECK(is(d.for_attempt(), start, stop_reason::total_timeout));
  CHECK(is(d.for_write(), start, stop_reason::total_timeout));
  CHECK(d.end_of_wait(start, 5s) == start);
}

TEST_CASE("limits beyond the end of the clock are never reached, and nothing wraps around")
{
  const duration limit =
      GENERATE((duration::max)(), (duration::max)() - duration(1h) + duration(1));

  SECTION("of an attempt")
  {
    const deadlines d(start, limit, {});
    CHECK_FALSE(d.for_attempt());
    CHECK(d.used_up(start + 1h) == stop_reason::none);
  }
  SECTION("of an attempt, when the operation has a limit")
  {
    const deadlines d(start, limit, 10s);
    CHECK(is(d.for_attempt(), start + 10s, stop_reason::total_timeout));
  }
  SECTION("of the operation")
  {
    const deadlines d(start, {}, limit);
    CHECK(is(d.for_attempt(), never, stop_reason::total_timeout));
    CHECK(is(d.for_write(), never, stop_reason::total_timeout));
    CHECK_FALSE(d.is_total_up(start + 1h));
    CHECK(d.used_up(start + 1h) == stop_reason::none);
  }
  SECTION("of the operation, when the attempt has a nearer one")
  {
    const deadlines d(start, 2s, limit);
    CHECK(is(d.for_attempt(), start + 2s, stop_reason::attempt_timeout));
  }
  SECTION("of a wait")
  {
    CHECK(deadlines(start, {}, {}).end_of_wait(start, limit) == never);
    CHECK(deadlines(start, {}, 10s).end_of_wait(start, limit) == start + 10s);
  }
}

TEST_CASE("the longest limit that the clock can hold is kept to the tick")
{
  const duration longest = never - start;
  CHECK(is(deadlines(start, {}, longest - duration(1)).for_write(), never - duration(1),
      stop_reason::total_timeout));
  CHECK(is(deadlines(start, longest - duration(1), {}).for_attempt(), never - duration(1),
      stop_reason::attempt_timeout));
  CHECK(deadlines(start, {}, {}).end_of_wait(start, longest) == never);
}

TEST_CASE("a wait of zero or less is over when it begins")
{
  const duration delay = GENERATE(duration::zero(), duration(-1), duration(-1h), (duration::min)());
  const limits total_timeout = GENERATE(limits(), limits(10s));
  CHECK(deadlines(start, {}, total_timeout).end_of_wait(start + 1s, delay) == start + 1s);
}
