// SPDX-License-Identifier: BSL-1.0

#include "support/catch.hpp"
#include "support/race.hpp"

#include <boost/asio/error.hpp>

#include <cstddef>
#include <string>
#include <vector>

using namespace test;

TEST_CASE("in sequential mode each attempt waits for the end of the one before")
{
  struct row
  {
    std::vector<candidate> candidates;
    std::string expected;
  };
  const row rows[] = {
      {{connects(10), connects(10)}, "0: start 0; 10: finish 0"},
      {{connects(9000), connects(10)}, "0: start 0; 9000: finish 0"},
      {{refused(9000), connects(10)}, "0: start 0; 9000: start 1; 9010: finish 1"},
      {{refused(0), refused(0), connects(10)}, "0: start 0, start 1, start 2; 10: finish 2"},
      {{refused(5), refused(5)}, "0: start 0; 5: start 1; 10: fail"},
      {{silent(), connects(10)}, "0: start 0"},

      // The families take turns here, too.
      {{refused(1, v6), refused(1, v6), refused(1, v4)},
          "0: start 0; 1: start 2; 2: start 1; 3: fail"},
  };
  for (const row& r : rows)
    CHECK(race(in_sequence()).run(r.candidates).course == r.expected);
}

TEST_CASE("in sequential mode each attempt carries the first flight")
{
  const race_course result =
      race(with_flight(in_sequence())).run({refused(5), refused(5), connects(10), connects(10)});
  CHECK(result.course
      == "0: start 0 with flight; 5: start 1 with flight; 10: start 2 with flight; 20: finish 2");
  CHECK(result.reached == std::vector<std::size_t>{2});
}

TEST_CASE("in sequential mode no endpoint is tried once a byte may have been delivered")
{
  struct row
  {
    std::vector<candidate> candidates;
    std::string expected;
    error_code error;
    std::size_t not_tried;
  };
  const row rows[] = {
      {{refused(5).delivering(), connects(5)}, "0: start 0 with flight; 5: fail",
          after_delivery(error::connection_refused), 1},
      {{fails(5, error::connection_reset).delivering(), connects(5)},
          "0: start 0 with flight; 5: fail", error::connection_reset, 1},

      // Its error is the one that says why, even if an earlier attempt failed in another way, and
      // even if it is one of a missing family.
      {{refused(5), fails(5, error::timed_out).delivering(), connects(5)},
          "0: start 0 with flight; 5: start 1 with flight; 10: fail",
          after_delivery(error::timed_out), 1},
      {{refused(5), fails(5, error::network_unreachable).delivering(), connects(5)},
          "0: start 0 with flight; 5: start 1 with flight; 10: fail",
          after_delivery(error::network_unreachable), 1},
      {{refused(5), fails(5, error::timed_out).delivering()},
          "0: start 0 with flight; 5: start 1 with flight; 10: fail",
          after_delivery(error::timed_out), 0},
  };
  for (const row& r : rows)
  {
    const race_course result = race(with_flight(in_sequence(in_rounds(0)))).run(r.candidates);
    CHECK(result.course == r.expected);
    CHECK(result.error == r.error);
    CHECK(result.not_tried == r.not_tried);
    CHECK(result.reached.size() == 1);
  }
}

TEST_CASE("in sequential mode the end does not wait for candidates that would not be tried")
{
  race r(with_flight(in_sequence()));
  const race_course result = r.arrives(0, refused(5).delivering()).all_added(900).run();
  CHECK(result.took == 5);
  CHECK(result.error == after_delivery(error::connection_refused));
}

TEST_CASE("in sequential mode candidates that come late are tried when their time has come")
{
  race r(in_sequence());
  r.arrives(0, refused(5)).arrives(100, refused(200)).arrives(150, connects(10)).all_added(150);
  CHECK(r.run().course == "0: start 0; 100: start 1; 300: start 2; 310: finish 2");
}

TEST_CASE("in sequential mode there are rounds, and the error is chosen as in a race")
{
  const race_course result =
      race(in_sequence(in_rounds(2))).run({fails(0, error::network_unreachable), refused(10)});
  CHECK(result.course == "0: start 0, start 1; 10: wait 100; 110: start 0, start 1; 120: fail");
  CHECK(result.error == error::connection_refused);
}

TEST_CASE("in sequential mode the fields of the race have no effect")
{
  race::environment given = in_sequence(with_delay(10, with_at_most(1)));
  given.race.payload = race_payload::first_attempt;
  CHECK(race(with_flight(given)).run({refused(500), connects(500)}).course
      == "0: start 0 with flight; 500: start 1 with flight; 1000: finish 1");
}

TEST_CASE("in sequential mode the delay is never wanted")
{
  race_machine m(in_sequence());
  m.add(v4);
  m.add(v4);
  CHECK(m.next().next == race_machine::action::start);
  CHECK(m.next().next == race_machine::action::none);
  m.on_delay_over();
  CHECK(m.next().next == race_machine::action::none);
}
