// SPDX-License-Identifier: BSL-1.0

#include <connectex/race_policy.hpp>

#include "support/catch.hpp"
#include "support/printed.hpp"

#include <chrono>
#include <iomanip>
#include <limits>
#include <sstream>
#include <string>

namespace
{

using connectex::race_mode;
using connectex::race_payload;
using connectex::race_policy;
using duration = race_policy::duration;
using std::chrono::milliseconds;
using test::printed;

constexpr unsigned most = (std::numeric_limits<unsigned>::max)();

} // namespace

TEST_CASE("the defaults of a race are those that RFC 8305 recommends")
{
  const race_policy policy;
  CHECK(policy.mode == race_mode::staggered);
  CHECK(policy.attempt_delay == milliseconds(250));
  CHECK(policy.first_family_count == 1);
  CHECK(policy.max_in_flight == 6);
  CHECK(policy.payload == race_payload::winner_only);
  CHECK(policy.validate().empty());
}

TEST_CASE("a race can be described by name")
{
  const race_policy policy{
      .attempt_delay = milliseconds(150), .payload = race_payload::first_attempt};
  CHECK(policy.mode == race_mode::staggered);
  CHECK(policy.attempt_delay == milliseconds(150));
  CHECK(policy.max_in_flight == 6);
  CHECK(policy.payload == race_payload::first_attempt);
  CHECK(policy.validate().empty());
}

TEST_CASE("the enumerators of a race are printed by their names")
{
  CHECK(printed(race_mode::staggered) == "staggered");
  CHECK(printed(race_mode::sequential) == "sequential");
  CHECK(printed(race_payload::winner_only) == "winner_only");
  CHECK(printed(race_payload::first_attempt) == "first_attempt");
}

TEST_CASE("the names of a race's enumerators are there at compile time")
{
  STATIC_REQUIRE(to_string(race_mode::sequential) == "sequential");
  STATIC_REQUIRE(to_string(race_payload::first_attempt) == "first_attempt");
}

TEST_CASE("a value that no race has is printed as its type and its number")
{
  CHECK(to_string(static_cast<race_mode>(2)).empty());
  CHECK(to_string(static_cast<race_payload>(-1)).empty());
  CHECK(printed(static_cast<race_mode>(2)) == "race_mode(2)");
  CHECK(printed(static_cast<race_payload>(-1)) == "race_payload(-1)");
}

TEST_CASE("the width of a stream holds for a race's enumerator")
{
  std::ostringstream out;
  out << std::setfill('.') << std::left << std::setw(12) << race_mode::staggered << '|'
      << std::right << std::setw(12) << race_payload::winner_only;
  CHECK(out.str() == "staggered...|.winner_only");
}

TEST_CASE("validate names the field of a race that is out of its range")
{
  struct row
  {
    const char* field;
    race_policy policy;
  };
  constexpr auto no_mode = static_cast<race_mode>(2);
  constexpr auto no_payload = static_cast<race_payload>(2);
  constexpr duration too_short = milliseconds(10) - duration(1);
  const row rows[] = {
      {"", {}},
      {"", {.mode = race_mode::sequential}},
      {"", {.attempt_delay = milliseconds(10)}},
      {"", {.attempt_delay = (duration::max)()}},
      {"", {.first_family_count = 0}},
      {"", {.first_family_count = most}},
      {"", {.max_in_flight = 1}},
      {"", {.max_in_flight = most}},
      {"", {.payload = race_payload::first_attempt}},

      {"race.mode", {.mode = no_mode}},
      {"race.mode", {.mode = static_cast<race_mode>(-1)}},
      {"race.attempt_delay", {.attempt_delay = too_short}},
      {"race.attempt_delay", {.attempt_delay = duration::zero()}},
      {"race.attempt_delay", {.attempt_delay = (duration::min)()}},
      {"race.max_in_flight", {.max_in_flight = 0}},
      {"race.payload", {.payload = no_payload}},
      {"race.payload", {.payload = static_cast<race_payload>(-1)}},

      // Also where the mode does not use it.
      {"race.attempt_delay", {.mode = race_mode::sequential, .attempt_delay = too_short}},

      // Of several, the first.
      {"race.mode", {.mode = no_mode, .attempt_delay = too_short}},
      {"race.attempt_delay", {.attempt_delay = too_short, .max_in_flight = 0}},
      {"race.max_in_flight", {.max_in_flight = 0, .payload = no_payload}},
  };
  for (const row& r : rows)
  {
    CAPTURE(&r - rows);
    CHECK(std::string(r.policy.validate()) == r.field);
  }
}
