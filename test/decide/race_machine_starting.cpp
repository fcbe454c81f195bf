// SPDX-License-Identifier: BSL-1.0

#include "support/catch.hpp"
#include "support/race.hpp"

#include <boost/asio/error.hpp>

#include <string>
#include <vector>

using namespace test;

TEST_CASE("attempts start attempt_delay apart, and one that fails starts the next at once")
{
  struct row
  {
    std::vector<candidate> candidates;
    std::string expected;
  };
  const row rows[] = {
      {{connects(20)}, "0: start 0; 20: finish 0"},
      {{connects(20), connects(20)}, "0: start 0; 20: finish 0"},
      {{silent(), connects(20)}, "0: start 0; 250: start 1; 270: lose 0, finish 1"},
      {{silent(), silent(), connects(20)},
          "0: start 0; 250: start 1; 500: start 2; 520: lose 0, lose 1, finish 2"},

      // The delay starts the next one and ends none.
      {{connects(700), silent(), silent()},
          "0: start 0; 250: start 1; 500: start 2; 700: lose 1, lose 2, finish 0"},

      // Its delay is counted from the last start.
      {{refused(30), silent(), connects(20)},
          "0: start 0; 30: start 1; 280: start 2; 300: lose 1, finish 2"},
      {{refused(30), refused(40), connects(20)},
          "0: start 0; 30: start 1; 70: start 2; 90: finish 2"},

      // Whichever of them fails.
      {{fails(400, error::connection_refused), silent(), silent(), connects(10)},
          "0: start 0; 250: start 1; 400: start 2; 650: start 3; 660: lose 1, lose 2, finish 3"},
      {{silent(), fails(50, error::connection_refused), silent(), connects(10)},
          "0: start 0; 250: start 1; 300: start 2; 550: start 3; 560: lose 0, lose 2, finish 3"},

      // Before its start returns.
      {{refused(0), refused(0), connects(10)}, "0: start 0, start 1, start 2; 10: finish 2"},
      {{connects(0), silent()}, "0: start 0, finish 0"},
      {{silent(), refused(0), connects(0), silent()},
          "0: start 0; 250: start 1, start 2, lose 0, finish 2"},

      // The last one waits for nobody, and nothing waits after it.
      {{refused(300), refused(300)}, "0: start 0; 250: start 1; 550: fail"},
      {{refused(600), refused(300)}, "0: start 0; 250: start 1; 600: fail"},
  };
  for (const row& r : rows)
    CHECK(race().run(r.candidates).course == r.expected);
}

TEST_CASE("attempt_delay is the one that the policy says")
{
  const int delay = GENERATE(10, 100, 250, 2000);
  const race_course result = race(with_delay(delay)).run({silent(), silent(), connects(1)});
  CHECK(result.starts == std::vector<int>{0, delay, 2 * delay});
  CHECK(result.took == 2 * delay + 1);
}

TEST_CASE("the candidates are started in the order of RFC 8305")
{
  struct row
  {
    unsigned first_family_count;
    std::vector<std::size_t> expected;
  };
  const row rows[] = {
      {0, {0, 1, 2, 3, 4}},
      {1, {0, 3, 1, 4, 2}},
      {2, {0, 1, 3, 2, 4}},
  };
  for (const row& r : rows)
  {
    race::environment given;
    given.race.first_family_count = r.first_family_count;
    const std::vector<candidate> candidates = {
        refused(1, v6), refused(1, v6), refused(1, v6), refused(1, v4), refused(1, v4)};
    CHECK(race(given).run(candidates).order == r.expected);
  }
}

TEST_CASE("when max_in_flight attempts run, the oldest makes room for the next")
{
  struct row
  {
    unsigned max_in_flight;
    std::vector<candidate> candidates;
    std::string expected;
  };
  const row rows[] = {
      {1, {silent(), connects(20)}, "0: start 0; 250: give up 0, start 1; 270: finish 1"},
      {2, {silent(), silent(), silent(), connects(20)},
          "0: start 0; 250: start 1; 500: give up 0, start 2; 750: give up 1, start 3; "
          "770: lose 2, finish 3"},

      // Not before its time, and not if there is nobody to make room for.
      {2, {silent(), silent(), silent()}, "0: start 0; 250: start 1; 500: give up 0, start 2"},
      {2, {silent(), connects(1000)}, "0: start 0; 250: start 1; 1250: lose 0, finish 1"},

      // One that has failed has made room.
      {2, {refused(300), silent(), connects(20)},
          "0: start 0; 250: start 1; 300: start 2; 320: lose 1, finish 2"},
      {2, {silent(), refused(100), silent(), connects(20)},
          "0: start 0; 250: start 1; 350: start 2; 600: give up 0, start 3; 620: lose 2, finish 3"},
      {1, {refused(30), connects(20)}, "0: start 0; 30: start 1; 50: finish 1"},

      // Room is made by the wish that it end; its end is waited for only by the operation's.
      {1, {silent().closing_in(100), connects(20)},
          "0: start 0; 250: give up 0, start 1; 350: finish 1"},
      {1, {silent().closing_in(100), refused(20)},
          "0: start 0; 250: give up 0, start 1; 350: fail"},
  };
  for (const row& r : rows)
  {
    const race_course result = race(with_at_most(r.max_in_flight)).run(r.candidates);
    CHECK(result.course == r.expected);
    CHECK(result.most_at_once <= r.max_in_flight);
  }
}

TEST_CASE("the end of an attempt that was given up starts no other one")
{
  const race_course result =
      race(with_at_most(1)).run({silent().closing_in(30), silent().closing_in(30), connects(10)});
  CHECK(result.course
      == "0: start 0; 250: give up 0, start 1; 500: give up 1, start 2; 530: finish 2");
}

TEST_CASE("an attempt that was given up does not win any more")
{
  const race_course result =
      race(with_at_most(1)).run({silent().closing_in(30).connecting_too_late(), connects(100)});
  CHECK(result.course == "0: start 0; 250: give up 0, start 1; 350: finish 1");
}

TEST_CASE("a thousand silent candidates never have more than six attempts at once")
{
  std::vector<candidate> candidates = repeated(1000, silent());
  candidates.push_back(connects(10));
  const race_course result = race().run(candidates);
  CHECK(result.most_at_once == 6);
  CHECK(result.took == 1000 * 250 + 10);
  CHECK_FALSE(result.error);
}

TEST_CASE("a thousand refused candidates take no longer than their refusals")
{
  std::vector<candidate> candidates = repeated(1000, refused(0));
  candidates.push_back(connects(10));
  const race_course result = race().run(candidates);
  CHECK(result.most_at_once == 1);
  CHECK(result.took == 10);
}

TEST_CASE("the race begins with the first candidate and goes on when others come")
{
  SECTION("before the delay is over")
  {
    race r;
    r.arrives(0, silent()).arrives(100, connects(20)).all_added(100);
    CHECK(r.run().course == "0: start 0; 250: start 1; 270: lose 0, finish 1");
  }
  SECTION("after the delay is over: at once")
  {
    race r;
    r.arrives(0, silent()).arrives(400, connects(20)).all_added(400);
    CHECK(r.run().course == "0: start 0; 400: start 1; 420: lose 0, finish 1");
  }
  SECTION("after the delay is over, when max_in_flight attempts run")
  {
    race r(with_at_most(1));
    r.arrives(0, silent()).arrives(400, connects(20)).all_added(400);
    CHECK(r.run().course == "0: start 0; 400: give up 0, start 1; 420: finish 1");
  }
  SECTION("after the earlier ones have failed: at once")
  {
    race r;
    r.arrives(0, refused(20)).arrives(100, connects(20)).all_added(500);
    CHECK(r.run().course == "0: start 0; 100: start 1; 120: finish 1");
  }
  SECTION("after one has failed, while another runs: at once")
  {
    race r;
    r.arrives(0, refused(260)).arrives(0, silent()).arrives(270, connects(20)).all_added(270);
    CHECK(r.run().course == "0: start 0; 250: start 1; 270: start 2; 290: lose 1, finish 2");
  }
  SECTION("in the order of the families")
  {
    race r;
    r.arrives(0, silent(v6)).arrives(0, silent(v6)).arrives(100, connects(20, v4)).all_added(100);
    CHECK(r.run().course == "0: start 0; 250: start 2; 270: lose 0, finish 2");
  }
  SECTION("after the first has won: no more")
  {
    race r;
    r.arrives(0, connects(20).closing_in(50)).arrives(30, connects(20)).all_added(40);
    const race_course result = r.run();
    CHECK(result.course == "0: start 0; 20: finish 0");
    CHECK(result.not_tried == 1);
  }
}

TEST_CASE("the race is not over before all candidates have come")
{
  race r;
  r.arrives(0, refused(20)).arrives(5, refused(20)).all_added(900);
  CHECK(r.run().course == "0: start 0; 20: start 1; 900: fail");
}

TEST_CASE("a race without candidates ends as the search for them has ended")
{
  SECTION("found none")
  {
    const race_course result = race().run({});
    CHECK(result.course == "0: fail");
    CHECK(result.error == error::not_found);
  }
  SECTION("has failed")
  {
    race r;
    const race_course result = r.all_added(70, error::host_not_found).run();
    CHECK(result.course == "70: fail");
    CHECK(result.error == error::host_not_found);
  }
  SECTION("has failed after it has found some")
  {
    race r;
    const race_course result =
        r.arrives(0, refused(100)).all_added(70, error::host_not_found).run();
    CHECK(result.course == "0: start 0; 100: fail");
    CHECK(result.error == error::connection_refused);
  }
}

TEST_CASE("the candidates that were not tried are counted")
{
  CHECK(race().run(repeated(5, connects(1))).not_tried == 4);
  CHECK(race().run({refused(1), connects(1), connects(1)}).not_tried == 1);
  CHECK(race().run(repeated(5, refused(1))).not_tried == 0);
  CHECK(race().run({}).not_tried == 0);
}

TEST_CASE("the delay is wanted only while another candidate may come")
{
  race_machine m({});
  CHECK(m.add(v4) == 0);
  CHECK(m.add(v4) == 1);
  m.on_all_added({});
  CHECK(m.next().next == race_machine::action::start);
  CHECK(m.next().next == race_machine::action::arm_delay);
  CHECK(m.next().next == race_machine::action::none);
  m.on_delay_over();
  CHECK(m.next().next == race_machine::action::start);
  CHECK(m.next().next == race_machine::action::none);
}
