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

error_code name_of(stop_reason reason)
{
  return reason == stop_reason::cancelled ? error::operation_aborted : error::timed_out;
}

} // namespace

TEST_CASE("a stop ends all attempts, and the operation when they have ended")
{
  struct row
  {
    race::environment given;
    int at;
    std::vector<candidate> candidates;
    std::string expected;
  };
  const row rows[] = {
      {{}, 100, {silent(), silent()}, "0: start 0; 100: stop 0, fail"},
      {{}, 300, {silent(), silent(), silent()},
          "0: start 0; 250: start 1; 300: stop 0, stop 1, fail"},
      {{}, 300, {silent().closing_in(50), silent().closing_in(20), silent()},
          "0: start 0; 250: start 1; 300: stop 0, stop 1; 350: fail"},
      {with_at_most(1), 300, {silent().closing_in(100), silent()},
          "0: start 0; 250: give up 0, start 1; 300: stop 1; 350: fail"},
      {in_sequence(), 300, {refused(10), silent(), silent()},
          "0: start 0; 10: start 1; 300: stop 1, fail"},

      // In a wait, and in a later round.
      {in_rounds(2), 50, {refused(10)}, "0: start 0; 10: wait 100; 50: fail"},
      {in_rounds(2), 115, {refused(10)},
          "0: start 0; 10: wait 100; 110: start 0; 115: stop 0, fail"},

      // With all its candidates tried.
      {{}, 600, {refused(10), silent()}, "0: start 0; 10: start 1; 600: stop 1, fail"},
  };
  const stop_reason reason = GENERATE(from_range(final_stop_reasons()));
  CAPTURE(reason);
  for (const row& r : rows)
  {
    race stopped(r.given);
    const race_course result = stopped.stops(r.at, reason).run(r.candidates);
    CHECK(result.course == r.expected);
    CHECK(result.error == name_of(reason));
  }
}

TEST_CASE("after a stop nothing starts, whatever happens meanwhile")
{
  race r(in_rounds(0));
  r.arrives(0, silent().closing_in(900)).arrives(400, connects(1)).all_added(500);
  const race_course result = r.stops(100, stop_reason::cancelled).run();
  CHECK(result.course == "0: start 0; 100: stop 0; 1000: fail");
  CHECK(result.error == error::operation_aborted);
  CHECK(result.not_tried == 1);
}

TEST_CASE("a stop before the first candidate has come ends the operation at once")
{
  race r;
  const race_course result = r.stops(100, stop_reason::total_timeout).all_added(200).run();
  CHECK(result.course == "100: fail");
  CHECK(result.error == error::timed_out);
}

TEST_CASE("a caller who has cancelled is never told of a time limit")
{
  const bool first = GENERATE(false, true);
  race r;
  r.stops(first ? 100 : 101, stop_reason::cancelled);
  r.stops(first ? 101 : 100, stop_reason::total_timeout);
  CHECK(r.run({silent().closing_in(50)}).error == error::operation_aborted);
}

TEST_CASE("an error of the network that comes with a stop does not hide the stop")
{
  const stop_reason reason = GENERATE(from_range(final_stop_reasons()));
  race_machine m({});
  m.add(v4);
  m.on_all_added({});
  CHECK(m.next().next == race_machine::action::start);
  m.on_stopped(reason);
  CHECK(m.next().next == race_machine::action::stop);
  m.on_attempt_ended(0, {error::connection_refused});
  const race_machine::decision last = m.next();
  CHECK(last.next == race_machine::action::finish);
  CHECK(last.error == name_of(reason));
}

TEST_CASE("a success that a stop came too late for counts if nothing is left to write")
{
  const candidate late = silent().closing_in(20).connecting_too_late();
  struct row
  {
    race::environment given;
    std::vector<candidate> candidates;
    std::string expected;
    bool succeeds;
  };
  const row rows[] = {
      // No first flight, or it was carried.
      {{}, {late}, "0: start 0; 100: stop 0; 120: finish 0", true},
      {{}, {late, silent()}, "0: start 0; 100: stop 0; 120: finish 0", true},
      {with_flight(), {late}, "0: start 0 with flight; 100: stop 0; 120: finish 0", true},
      {with_consent(), {late, silent()}, "0: start 0 with flight; 100: stop 0; 120: finish 0",
          true},
      {with_flight(in_sequence()), {late, silent()},
          "0: start 0 with flight; 100: stop 0; 120: finish 0", true},

      // The flight would have to be written.
      {with_flight(), {late, silent()}, "0: start 0; 100: stop 0; 120: fail", false},
  };
  const stop_reason reason = GENERATE(from_range(final_stop_reasons()));
  for (const row& r : rows)
  {
    race stopped(r.given);
    const race_course result = stopped.stops(100, reason).run(r.candidates);
    CHECK(result.course == r.expected);
    CHECK(result.error == (r.succeeds ? error_code() : name_of(reason)));
  }
}

TEST_CASE("of two successes that a stop came too late for, the first counts")
{
  const candidate late = silent().connecting_too_late();
  race r;
  r.stops(300, stop_reason::cancelled);
  CHECK(r.run({late.closing_in(50), late.closing_in(20), silent()}).course
      == "0: start 0; 250: start 1; 300: stop 0, stop 1; 350: finish 1");
}

TEST_CASE("of two successes that a stop came too late for, only one that carried the flight counts")
{
  const candidate late = silent().connecting_too_late();
  race r(with_consent());
  r.stops(300, stop_reason::cancelled);
  const race_course result = r.run({late.closing_in(50), late.closing_in(20), silent()});
  CHECK(
      result.course == "0: start 0 with flight; 250: start 1; 300: stop 0, stop 1; 350: finish 0");
  CHECK(result.reached == std::vector<std::size_t>{0});
}

TEST_CASE("a connection that was given up does not count after a stop, either")
{
  race r(with_at_most(1));
  r.stops(300, stop_reason::cancelled);
  const race_course result = r.run({silent().closing_in(100).connecting_too_late(), silent()});
  CHECK(result.course == "0: start 0; 250: give up 0, start 1; 300: stop 1; 350: fail");
  CHECK(result.error == error::operation_aborted);
}

TEST_CASE("a stop after the win leaves the connection alone if nothing is left to write")
{
  race r;
  r.stops(260, stop_reason::cancelled);
  const race_course result = r.run({silent().closing_in(30), connects(5), silent()});
  CHECK(result.course == "0: start 0; 250: start 1; 255: lose 0; 285: finish 1");
  CHECK_FALSE(result.error);
}

TEST_CASE("a stop after the win ends the winner's attempt, if it goes on with its first flight")
{
  const stop_reason reason = GENERATE(from_range(final_stop_reasons()));
  race r(with_flight());
  r.stops(30, reason);
  const race_course result = r.run({connects(50).connecting_after(20)});
  CHECK(result.course == "0: start 0 with flight; 30: stop 0, fail");
  CHECK(result.error == name_of(reason));
}

TEST_CASE("bytes that a stopped attempt may have delivered show in a timed_out")
{
  race r(with_flight());
  r.stops(30, stop_reason::total_timeout);
  const race_course result = r.run({connects(50).connecting_after(20).delivering()});
  CHECK(result.course == "0: start 0 with flight; 30: stop 0, fail");
  CHECK(result.error == after_delivery(error::timed_out));
}

TEST_CASE("a stop ends the write to the winner, and the operation with it")
{
  race r(with_flight());
  SECTION("cancelled")
  {
    const race_course result = r.stops(260, stop_reason::cancelled)
                                   .writes(100)
                                   .run({silent().closing_in(30), connects(5), silent()});
    CHECK(
        result.course == "0: start 0; 250: start 1; 255: lose 0, write 1; 260: stop 1; 285: fail");
    CHECK(result.error == error::operation_aborted);
  }
  SECTION("at the time limit, after which the bytes show in the error")
  {
    const race_course result =
        r.stops(260, stop_reason::total_timeout).writes(100).run({silent(), connects(5), silent()});
    CHECK(result.course == "0: start 0; 250: start 1; 255: lose 0, write 1; 260: stop 1, fail");
    CHECK(result.error == after_delivery(error::timed_out));
  }
  SECTION("that has already ended: too late")
  {
    const race_course result = r.stops(275, stop_reason::cancelled)
                                   .writes(10)
                                   .run({silent().closing_in(30), connects(5), silent()});
    CHECK(result.course == "0: start 0; 250: start 1; 255: lose 0, write 1; 285: finish 1");
    CHECK_FALSE(result.error);
  }
}

TEST_CASE("a stop that comes with the win keeps the first flight from being written")
{
  const stop_reason reason = GENERATE(from_range(final_stop_reasons()));
  race_machine m(with_flight());
  m.add(v4);
  CHECK(m.next().next == race_machine::action::start);
  m.on_attempt_ended(0, {});
  m.on_stopped(reason);
  const race_machine::decision last = m.next();
  CHECK(last.next == race_machine::action::finish);
  CHECK(last.error == name_of(reason));
}

TEST_CASE("after a stop between a connection and the end of its attempt the winner is stopped")
{
  race r(with_flight());
  r.stops(30, stop_reason::cancelled);
  const candidate late = connects(50).connecting_after(20).closing_in(5).connecting_too_late();
  const race_course result = r.run({late, silent()});
  CHECK(result.course == "0: start 0; 30: stop 0; 35: fail");
  CHECK(result.error == error::operation_aborted);
}

TEST_CASE("a machine that has finished asks for nothing, whatever it is told")
{
  race_machine m({});
  m.on_all_added(error::not_found);
  CHECK(m.next().next == race_machine::action::finish);
  m.on_delay_over();
  CHECK(m.next().next == race_machine::action::none);
  m.on_waited();
  CHECK(m.next().next == race_machine::action::none);
  m.on_stopped(stop_reason::cancelled);
  CHECK(m.next().next == race_machine::action::none);
}
