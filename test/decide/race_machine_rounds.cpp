// SPDX-License-Identifier: BSL-1.0

#include "support/catch.hpp"
#include "support/race.hpp"

#include <boost/asio/error.hpp>

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

using namespace test;

TEST_CASE("when all attempts have failed, the whole list is tried again after the backoff")
{
  const std::vector<candidate> candidates = {refused(10, v6), refused(20, v6), refused(30, v4)};
  struct row
  {
    unsigned max_rounds;
    std::string expected;
  };
  const row rows[] = {
      {1, "0: start 0; 10: start 2; 40: start 1; 60: fail"},
      {2,
          "0: start 0; 10: start 2; 40: start 1; 60: wait 100; "
          "160: start 0; 170: start 2; 200: start 1; 220: fail"},
      {3,
          "0: start 0; 10: start 2; 40: start 1; 60: wait 100; "
          "160: start 0; 170: start 2; 200: start 1; 220: wait 200; "
          "420: start 0; 430: start 2; 460: start 1; 480: fail"},
  };
  for (const row& r : rows)
  {
    const race_course result = race(in_rounds(r.max_rounds)).run(candidates);
    CHECK(result.course == r.expected);
    CHECK(result.error == error::connection_refused);
  }
}

TEST_CASE("max_rounds 0 sets no limit")
{
  race r(in_rounds(0));
  const race_course result = r.stops(9000000, stop_reason::cancelled).run({refused(1), refused(1)});
  CHECK(result.starts.size() > 1000);
  CHECK(result.took == 9000000);
  CHECK(result.error == error::operation_aborted);
}

TEST_CASE(
    "a round begins like the first: with its delay, its limit, and its first attempt's flight")
{
  race::environment given = with_delay(50, with_at_most(2, in_rounds(2)));
  given.race.payload = race_payload::first_attempt;
  given.has_flight = true;
  const race_course result = race(given).run({refused(130), refused(70), refused(70)});
  CHECK(result.course
      == "0: start 0 with flight; 50: start 1; 100: give up 0, start 2; 170: wait 100; "
         "270: start 0 with flight; 320: start 1; 370: give up 0, start 2; 440: fail");
}

TEST_CASE("a list of one carries the first flight in each round")
{
  CHECK(race(with_flight(in_rounds(2))).run({refused(10)}).course
      == "0: start 0 with flight; 10: wait 100; 110: start 0 with flight; 120: fail");
}

TEST_CASE("candidates that came late are part of the next round, in the order of the whole list")
{
  race r(in_rounds(2));
  r.arrives(0, refused(10, v6)).arrives(0, refused(10, v6));
  r.arrives(15, refused(10, v4)).all_added(15);
  const race_course result = r.run();
  CHECK(result.order == std::vector<std::size_t>{0, 1, 2, 0, 2, 1});
}

TEST_CASE("a round follows only an error that is retryable")
{
  struct row
  {
    error_code error;
    bool expected;
  };
  const row rows[] = {
      {error::connection_refused, true},
      {error::network_unreachable, true},
      {error::timed_out, true},
      {error::host_unreachable, false},
      {error::connection_reset, false},
      {error::access_denied, false},
      {error::operation_aborted, false},
  };
  for (const row& r : rows)
  {
    CAPTURE(r.error);
    CHECK(race(in_rounds(2)).run({fails(5, r.error)}).order.size() == (r.expected ? 2u : 1u));

    // The error of the round decides, not the last.
    CHECK(race(in_rounds(2)).run({fails(5, r.error), refused(5)}).order.size()
        == (r.expected ? 4u : 2u));
    CHECK(race(in_rounds(2)).run({refused(5), fails(5, r.error)}).order.size() == 4);
  }
}

TEST_CASE("the predicate is asked once for each round but the last, about the error of the round")
{
  std::vector<std::pair<std::size_t, error_code>> asked;
  race::environment given = in_rounds(3);
  given.predicate = [&](std::size_t attempt, const error_code& ec)
  {
    asked.emplace_back(attempt, ec);
    return true;
  };
  const race_course result = race(given).run({fails(0, error::network_unreachable, v6),
      fails(300, error::host_unreachable, v4), fails(1, error::connection_refused, v6)});
  CHECK(result.error == error::host_unreachable);
  CHECK(asked
      == std::vector<std::pair<std::size_t, error_code>>{
          {1, error::host_unreachable}, {1, error::host_unreachable}});
}

TEST_CASE("a predicate that says no ends the operation with the error that it was asked about")
{
  race::environment given = in_rounds(0);
  given.predicate = [](std::size_t, const error_code&) { return false; };
  const race_course result = race(given).run({refused(10), fails(10, error::timed_out)});
  CHECK(result.course == "0: start 0; 10: start 1; 20: fail");
  CHECK(result.error == error::connection_refused);
}

TEST_CASE("the predicate is not asked once a byte may have been delivered, and no round follows")
{
  const candidate late = silent().connecting_too_late();
  struct row
  {
    race::environment given;
    std::vector<candidate> candidates;
    error_code expected;
  };
  const row rows[] = {
      {with_flight(), {refused(5).delivering()}, error::connection_refused},
      {with_flight(), {refused(5), refused(5).delivering()}, error::connection_refused},
      {with_consent(), {refused(5).delivering(), refused(5)}, error::connection_refused},
      {with_consent(with_at_most(1)), {late, refused(5)}, error::timed_out},
      {with_flight(in_sequence()), {refused(5).delivering(), refused(5)},
          error::connection_refused},
  };
  for (const row& r : rows)
  {
    bool asked = false;
    race::environment given = in_rounds(0, r.given);
    given.predicate = [&](std::size_t, const error_code&) { return asked = true; };
    const race_course result = race(given).run(r.candidates);
    CHECK_FALSE(asked);
    CHECK(result.course.find("wait") == std::string::npos);
    CHECK(result.error == after_delivery(r.expected));
  }
}

TEST_CASE("the predicate is not asked about an attempt that ended because it was aborted")
{
  bool asked = false;
  race::environment given = in_rounds(0);
  given.predicate = [&](std::size_t, const error_code&) { return asked = true; };
  const race_course result = race(given).run({fails(5, error::operation_aborted), refused(5)});
  CHECK_FALSE(asked);
  CHECK(result.error == error::operation_aborted);
}

TEST_CASE("a round waits for the end of those that were given up")
{
  CHECK(race(in_rounds(2, with_at_most(1))).run({silent().closing_in(100), refused(10)}).course
      == "0: start 0; 250: give up 0, start 1; 350: wait 100; "
         "450: start 0; 700: give up 0, start 1; 800: fail");
}

TEST_CASE("there is no round after a search that found nothing")
{
  const race_course result = race(in_rounds(0)).run({});
  CHECK(result.course == "0: fail");
  CHECK(result.error == error::not_found);
}
