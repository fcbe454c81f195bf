// SPDX-License-Identifier: BSL-1.0

#include "support/catch.hpp"
#include "support/race.hpp"

#include <boost/asio/error.hpp>

#include <cstddef>
#include <string>
#include <vector>

using namespace test;

namespace
{

using numbers = std::vector<std::size_t>;

struct payload_case
{
  std::vector<candidate> candidates;
  std::string expected;
  numbers reached;
};

} // namespace

TEST_CASE("the first flight is written to the winner and to nobody else")
{
  const payload_case rows[] = {
      {{connects(10), connects(10)}, "0: start 0; 10: write 0, finish 0", {0}},
      {{silent(), connects(10)}, "0: start 0; 250: start 1; 260: lose 0, write 1, finish 1", {1}},
      {{refused(5), connects(10), silent()}, "0: start 0; 5: start 1; 15: write 1, finish 1", {1}},
      {{silent().closing_in(30), connects(10)},
          "0: start 0; 250: start 1; 260: lose 0, write 1; 290: finish 1", {1}},
      {{silent().closing_in(30).connecting_too_late(), connects(10)},
          "0: start 0; 250: start 1; 260: lose 0, write 1; 290: finish 1", {1}},
      {{refused(5), refused(5), silent()}, "0: start 0; 5: start 1; 10: start 2 with flight", {}},
  };
  for (const payload_case& r : rows)
  {
    const race_course result = race(with_flight()).run(r.candidates);
    CHECK(result.course == r.expected);
    CHECK(result.reached == r.reached);
  }
}

TEST_CASE("an attempt that is alone and the last carries the first flight")
{
  const payload_case rows[] = {
      {{connects(10)}, "0: start 0 with flight; 10: finish 0", {0}},
      {{refused(5), connects(10)}, "0: start 0; 5: start 1 with flight; 15: finish 1", {1}},

      // The other one still ran when it started.
      {{refused(300), connects(100)}, "0: start 0; 250: start 1; 350: write 1, finish 1", {1}},
      {{refused(5), refused(5), connects(10)},
          "0: start 0; 5: start 1; 10: start 2 with flight; 20: finish 2", {2}},
      {{refused(0), refused(0), connects(10)},
          "0: start 0, start 1, start 2 with flight; 10: finish 2", {2}},
  };
  for (const payload_case& r : rows)
  {
    const race_course result = race(with_flight()).run(r.candidates);
    CHECK(result.course == r.expected);
    CHECK(result.reached == r.reached);
  }
}

TEST_CASE("an attempt is not alone as long as one that was given up has not ended")
{
  CHECK(race(with_flight(with_at_most(1))).run({silent().closing_in(30), connects(10)}).course
      == "0: start 0; 250: give up 0, start 1; 260: write 1; 280: finish 1");
}

TEST_CASE("an attempt is not the last as long as another candidate may come")
{
  SECTION("because the search goes on")
  {
    race r(with_flight());
    r.arrives(0, connects(10)).all_added(5);
    CHECK(r.run().course == "0: start 0; 10: write 0, finish 0");
  }
  SECTION("because it is there")
  {
    race r(with_flight());
    r.arrives(0, connects(10)).arrives(0, connects(10)).all_added(0);
    CHECK(r.run().course == "0: start 0; 10: write 0, finish 0");
  }
}

TEST_CASE("without a first flight nothing is carried and nothing written")
{
  race::environment consented;
  consented.race.payload = race_payload::first_attempt;
  for (const race::environment& given : {race::environment(), consented, in_sequence()})
  {
    CHECK(race(given).run({connects(10)}).course == "0: start 0; 10: finish 0");
    CHECK(race(given).run({refused(5), connects(10), connects(10)}).course
        == "0: start 0; 5: start 1; 15: finish 1");
  }
}

TEST_CASE("with the caller's consent the first attempt carries the first flight, and no other")
{
  const payload_case rows[] = {
      {{connects(10), connects(10)}, "0: start 0 with flight; 10: finish 0", {0}},
      {{silent(), connects(10), silent()},
          "0: start 0 with flight; 250: start 1; 260: lose 0, write 1, finish 1", {1}},
      {{silent(), connects(600), connects(10), silent()},
          "0: start 0 with flight; 250: start 1; 500: start 2; 510: lose 0, lose 1, write 2, "
          "finish 2",
          {2}},
      {{refused(5), connects(10), silent()},
          "0: start 0 with flight; 5: start 1; 15: write 1, finish 1", {1}},

      // It has read the flight, and yet another connection wins: that is what the caller allows.
      {{refused(5).delivering(), connects(10), silent()},
          "0: start 0 with flight; 5: start 1; 15: write 1, finish 1", {0, 1}},
      {{silent().closing_in(5).connecting_too_late(), connects(10)},
          "0: start 0 with flight; 250: start 1; 260: lose 0, write 1; 265: finish 1", {1, 0}},

      // Alone and the last.
      {{refused(5), connects(10)}, "0: start 0 with flight; 5: start 1 with flight; 15: finish 1",
          {1}},
  };
  for (const payload_case& r : rows)
  {
    const race_course result = race(with_consent()).run(r.candidates);
    CHECK(result.course == r.expected);
    CHECK(result.reached == r.reached);
    CHECK_FALSE(result.error);
  }
}

TEST_CASE("a write to the winner that fails is final, and what was delivered shows in its error")
{
  struct failure
  {
    error_code error;
    error_code expected;
  };
  const failure failures[] = {
      {error::connection_reset, error::connection_reset},
      {error::broken_pipe, error::broken_pipe},
      {error::timed_out, after_delivery(error::timed_out)},
      {error::network_unreachable, after_delivery(error::network_unreachable)},
  };
  for (const failure& f : failures)
  {
    race r(with_flight(in_rounds(0)));
    const race_course result = r.writes(5, f.error).run({silent(), connects(10), connects(10)});
    CHECK(result.course == "0: start 0; 250: start 1; 260: lose 0, write 1; 265: fail");
    CHECK(result.error == f.expected);
  }
}

TEST_CASE("the operation does not finish before its write has ended")
{
  race r(with_flight());
  CHECK(r.writes(100).run({silent().closing_in(30), connects(10)}).course
      == "0: start 0; 250: start 1; 260: lose 0, write 1; 360: finish 1");
}

TEST_CASE("the write begins when the winner's attempt has ended, not when its connection stands")
{
  CHECK(race(with_flight()).run({connects(50).connecting_after(20), silent()}).course
      == "0: start 0; 50: write 0, finish 0");
}

TEST_CASE("the machine tells whether a peer may have got some of the first flight")
{
  struct told
  {
    race::environment given;
    std::vector<candidate> candidates;
    bool expected;
  };
  const told rows[] = {
      {{}, {connects(10)}, false},
      {with_flight(), {refused(10)}, false},
      {with_flight(), {refused(10), refused(10)}, false},
      {with_flight(), {refused(10).delivering()}, true},

      // A caller who closes the socket after that turns a success into a failure.
      {with_flight(), {connects(10)}, true},
      {with_flight(), {connects(10), silent()}, true},
      {with_flight(in_sequence()), {refused(10), connects(10)}, true},
      {with_consent(), {refused(10).delivering(), refused(10)}, true},
  };
  for (const told& r : rows)
  {
    const race_course result = race(r.given).run(r.candidates);
    INFO(result.course);
    CHECK(result.maybe_delivered == r.expected);
    CHECK(result.maybe_delivered == !result.reached.empty());
  }
}
