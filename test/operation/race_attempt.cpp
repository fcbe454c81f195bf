// SPDX-License-Identifier: BSL-1.0

#include <connectex/detail/operation/race_attempt.hpp>

#include "support/catch.hpp"
#include "support/loopback.hpp"

namespace
{

using namespace test;
using connectex::attempt_outcome;
using connectex::connect_attempt;
using connectex::detail::race_machine;
using connectex::detail::stop_reason;

struct no_control
{
};

using attempt_type = connectex::detail::race_attempt<tcp::socket, no_control>;

} // namespace

TEST_CASE("of two attempts that have connected the winner alone tells statistics")
{
  struct row
  {
    race_machine::action ended_by;
    attempt_outcome outcome;
    bool has_statistics;
  };
  const row rows[] = {
      {race_machine::action::none, attempt_outcome::connected, true},
      {race_machine::action::lose, attempt_outcome::lost, false},
      {race_machine::action::give_up, attempt_outcome::given_up, false},
  };
  for (const row& r : rows)
  {
    CAPTURE(r.outcome);
    attempt_type attempt(loopback_v4(), false, {});
    attempt.ended_by = r.ended_by;
    attempt.made.emplace().outcome = attempt_outcome::connected;
    attempt.made->statistics.emplace().bytes_sent = 5;
    const connect_attempt told = attempt.describe(stop_reason::none);
    CHECK(told.outcome == r.outcome);
    CHECK(told.statistics.has_value() == r.has_statistics);
  }
}
