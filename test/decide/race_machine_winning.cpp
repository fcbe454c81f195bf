// SPDX-License-Identifier: BSL-1.0

#include "support/catch.hpp"
#include "support/race.hpp"

#include <boost/asio/error.hpp>

#include <string>
#include <vector>

using namespace test;

TEST_CASE("the first connection wins, the others lose, and nothing starts after it")
{
  struct row
  {
    std::vector<candidate> candidates;
    std::string expected;
  };
  const row rows[] = {
      {{connects(10), connects(10), connects(10)}, "0: start 0; 10: finish 0"},
      {{connects(300), connects(100), connects(10)},
          "0: start 0; 250: start 1; 300: lose 1, finish 0"},
      {{connects(400), connects(100), connects(10)},
          "0: start 0; 250: start 1; 350: lose 0, finish 1"},
      {{connects(900), connects(900), connects(100)},
          "0: start 0; 250: start 1; 500: start 2; 600: lose 0, lose 1, finish 2"},

      // At the same time as the delay, or as another connection.
      {{connects(250), connects(10)}, "0: start 0; 250: finish 0"},
      {{connects(350), connects(100)}, "0: start 0; 250: start 1; 350: lose 1, finish 0"},
  };
  for (const row& r : rows)
  {
    const race_course result = race().run(r.candidates);
    CHECK(result.course == r.expected);
    CHECK_FALSE(result.error);
  }
}

TEST_CASE("the operation does not finish before every loser has ended")
{
  const bool too_late = GENERATE(false, true);
  candidate loser = silent().closing_in(40);
  loser.connects_too_late = too_late;

  CHECK(race().run({loser, connects(10)}).course
      == "0: start 0; 250: start 1; 260: lose 0; 300: finish 1");
  CHECK(race().run({loser, loser, connects(10)}).course
      == "0: start 0; 250: start 1; 500: start 2; 510: lose 0, lose 1; 550: finish 2");
  CHECK(race(with_at_most(1)).run({loser, connects(10)}).course
      == "0: start 0; 250: give up 0, start 1; 290: finish 1");
}

TEST_CASE("the winner is told even if one that was given up has ended in a connection before")
{
  const race_course result =
      race(with_flight(with_at_most(1)))
          .run({silent().closing_in(5).connecting_too_late(), connects(10), silent()});
  CHECK(result.course == "0: start 0; 250: give up 0, start 1; 260: write 1, finish 1");
  CHECK(result.reached == std::vector<std::size_t>{1});
}

TEST_CASE("a connection that breaks after it has won is the end: no other endpoint is tried")
{
  const candidate breaks = fails(60, error::connection_reset).connecting_after(20);
  const race_course result = race().run({breaks, connects(10)});
  CHECK(result.course == "0: start 0; 60: fail");
  CHECK(result.error == error::connection_reset);
  CHECK(result.not_tried == 1);

  CHECK(race().run({silent(), breaks, connects(10)}).course
      == "0: start 0; 250: start 1; 270: lose 0; 310: fail");
}

TEST_CASE("no round follows a winner that breaks")
{
  const candidate breaks = fails(60, error::timed_out).connecting_after(20);
  const race_course result = race(in_rounds(0)).run({breaks, connects(10)});
  CHECK(result.course == "0: start 0; 60: fail");
  CHECK(result.error == error::timed_out);
}

TEST_CASE("the losers are told when the winner stands, not when its first flight is sent")
{
  const race_course result =
      race(with_consent()).run({connects(400).connecting_after(300), silent().closing_in(10)});
  CHECK(result.course == "0: start 0 with flight; 250: start 1; 300: lose 1; 400: finish 0");
}

TEST_CASE("a connection of which the machine was told twice is the same")
{
  const race_course result = race().run({silent(), connects(20).connecting_after(20), connects(5)});
  CHECK(result.course == "0: start 0; 250: start 1; 270: lose 0, finish 1");
}
