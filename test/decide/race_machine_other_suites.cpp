// SPDX-License-Identifier: BSL-1.0

// The cases that other implementations of Happy Eyeballs are tested with, as far as they are about
// the race and not about the search for addresses.

#include "support/catch.hpp"
#include "support/race.hpp"

#include <boost/asio/error.hpp>

#include <cstddef>
#include <string>
#include <vector>

using namespace test;

namespace
{

struct suite_case
{
  const char* name;
  std::vector<candidate> candidates;

  /// Which one wins; `nobody` if all fail.
  std::size_t winner;
  int took;

  /// When the attempts begin, in their order.
  std::vector<int> starts;
};

constexpr std::size_t nobody = static_cast<std::size_t>(-1);

void check(const race_course& result, const suite_case& r)
{
  CHECK(result.finished);
  CHECK(result.took == r.took);
  CHECK(result.starts == r.starts);
  CHECK(static_cast<bool>(result.error) == (r.winner == nobody));
  if (r.winner != nobody)
    CHECK(result.course.find("finish " + std::to_string(r.winner)) != std::string::npos);
}

template <std::size_t Size>
void check(int delay, const suite_case (&rows)[Size])
{
  for (const suite_case& r : rows)
  {
    INFO(r.name);
    check(race(with_delay(delay)).run(r.candidates), r);

    // With a first flight the same endpoints win at the same times, and nobody else gets a byte.
    const race_course result = race(with_flight(with_delay(delay))).run(r.candidates);
    check(result, r);
    CHECK(result.reached
        == (r.winner == nobody ? std::vector<std::size_t>() : std::vector<std::size_t>{r.winner}));
  }
}

const candidate unsupported_v4 = fails(0, error::address_family_not_supported, v4);
const candidate unsupported_v6 = fails(0, error::address_family_not_supported, v6);

} // namespace

TEST_CASE("a race goes as in TestDialParallel of Go")
{
  const int delay = 200;
  const suite_case rows[] = {
      {"IPv4", {connects(1, v4)}, 0, 1, {0}},
      {"IPv6", {connects(1, v6)}, 0, 1, {0}},
      {"first works, IPv4", {connects(1, v4), connects(1, v6), silent(v6)}, 0, 1, {0}},
      {"first works, IPv6", {connects(1, v6), connects(1, v4), silent(v4)}, 0, 1, {0}},
      {"the first is slow", {silent(v4), connects(1, v6)}, 1, 201, {0, 200}},
      {"skip a refusal, IPv4", {refused(1, v4), connects(1, v6)}, 1, 2, {0, 1}},
      {"skip a refusal, IPv6", {refused(1, v6), connects(1, v4)}, 1, 2, {0, 1}},

      // Go runs two lists side by side: there the second slow address costs nothing.
      {"skip a refusal later", {silent(v4), silent(v6), refused(1, v6), connects(1, v4)}, 3, 401,
          {0, 200, 400}},
      {"everything is refused", {refused(1, v4)}, nobody, 1, {0}},
      {"nothing to do", {}, nobody, 0, {}},
      {"tons of addresses", repeated(1000, connects(1, v6)), 0, 1, {0}},
  };
  check(delay, rows);

  for (const suite_case& r : rows)
  {
    INFO(r.name << ", cancelled at 5 ms");
    race cancelled(with_delay(delay));
    const race_course result = cancelled.stops(5, stop_reason::cancelled).run(r.candidates);
    CHECK(result.finished);
    CHECK(result.took <= 5);
  }
}

TEST_CASE("of two connections at the same time one gets the bytes, as in Go's SpuriousConnection")
{
  const candidate late = silent(v6).closing_in(1).connecting_too_late();
  const race_course result = race(with_flight(with_delay(100))).run({connects(200, v4), late});
  CHECK(result.course == "0: start 0; 100: start 1; 200: lose 1, write 0; 201: finish 0");
  CHECK(result.reached == std::vector<std::size_t>{0});
}

TEST_CASE("attempts start, overlap and end as in unit2600 of curl")
{
  struct curl_row
  {
    int delay;
    std::vector<candidate> candidates;
    std::size_t attempts;
    int took;
    std::size_t most_at_once;
  };
  const candidate a = refused(250, v4);
  const candidate aaaa = refused(250, v6);
  std::vector<candidate> four = repeated(4, refused(400, v6));
  four[1] = refused(400, v4);
  std::vector<candidate> nine = repeated(9, refused(500, v6));
  nine[1] = refused(500, v4);

  const curl_row rows[] = {
      {150, {a}, 1, 250, 1},
      {150, {a, a}, 2, 400, 2},
      {150, {aaaa}, 1, 250, 1},
      {150, {aaaa, aaaa}, 2, 400, 2},
      {150, {a, aaaa}, 2, 400, 2},
      {150, {aaaa, a}, 2, 400, 2},
      {150, {refused(500, v4)}, 1, 500, 1},
      {150, {refused(500, v6)}, 1, 500, 1},
      {50, four, 4, 550, 4},

      // The three oldest make room, and the last one starts at 160 ms.
      {20, nine, 9, 660, 6},
  };
  for (const curl_row& r : rows)
  {
    const race_course result = race(with_delay(r.delay)).run(r.candidates);
    INFO(result.course);
    CHECK(result.starts.size() == r.attempts);
    for (std::size_t n = 0; n != result.starts.size(); ++n)
      CHECK(result.starts[n] == static_cast<int>(n) * r.delay);
    CHECK(result.took == r.took);
    CHECK(result.most_at_once == r.most_at_once);
    CHECK(result.not_tried == 0);
  }
}

TEST_CASE("a race of two families goes as in libmongoc's tests of Happy Eyeballs")
{
  const suite_case rows[] = {
      {"v4 to v4", {connects(1, v4)}, 0, 1, {0}},
      {"v4 to v6", {refused(1, v4)}, nobody, 1, {0}},
      {"v6 to v4", {refused(1, v6)}, nobody, 1, {0}},
      {"v6 to v6", {connects(1, v6)}, 0, 1, {0}},

      {"both to v4", {refused(1, v6), connects(1, v4)}, 1, 2, {0, 1}},
      {"both to v6", {connects(1, v6), refused(1, v4)}, 0, 1, {0}},
      {"both to both", {connects(1, v6), connects(1, v4)}, 0, 1, {0}},
      {"both to neither", {refused(1, v6), refused(1, v4)}, nobody, 2, {0, 1}},

      // The server listens later, at 250 ms for IPv6, and at 500 ms for IPv4.
      {"v6 before v4", {connects(249, v6), connects(250, v4)}, 0, 249, {0}},
      {"v6 as v4 starts", {connects(251, v6), connects(250, v4)}, 0, 251, {0, 250}},
      {"v6 hangs up, v4 late", {refused(251, v6), connects(250, v4)}, 1, 500, {0, 250}},
      {"both hang up, v4 later", {refused(251, v6), refused(250, v4)}, nobody, 500, {0, 250}},

      // IPv6 at 1250 ms.
      {"v6 too late", {connects(1250, v6), connects(1, v4)}, 1, 251, {0, 250}},
      {"v6 late, v4 hangs up", {connects(1250, v6), refused(1, v4)}, 0, 1250, {0, 250}},
      {"v6 hangs up last", {refused(1250, v6), refused(1, v4)}, nobody, 1250, {0, 250}},
  };
  check(250, rows);
}

TEST_CASE("a race goes as in trio's tests of open_tcp_stream")
{
  const suite_case rows[] = {
      {"one_host_quick_success", {connects(123)}, 0, 123, {0}},
      {"one_host_slow_success", {connects(100000)}, 0, 100000, {0}},
      {"one_host_quick_fail", {refused(123)}, nobody, 123, {0}},
      {"one_host_slow_fail", {refused(100000)}, nobody, 100000, {0}},
      {"basic_fallthrough", {connects(1000), connects(1000), connects(200)}, 2, 700, {0, 250, 500}},
      {"early_success", {connects(1000), connects(100), connects(200)}, 1, 350, {0, 250}},
      {"errors_expedite", {refused(100), refused(200), connects(10000), connects(250)}, 3, 800,
          {0, 100, 300, 550}},
      {"all_fail", {refused(100), refused(200), refused(10000), refused(250)}, nobody, 10300,
          {0, 100, 300, 550}},
      {"no_hosts", {}, nobody, 0, {}},
  };
  check(250, rows);

  const suite_case with_450[] = {
      {"custom_delay", {connects(1000), connects(1000), connects(200)}, 0, 1000, {0, 450, 900}},
  };
  check(450, with_450);

  const suite_case with_1000[] = {
      {"multi_success",
          {refused(500), connects(10000), connects(9000), connects(8000), refused(500)}, 1, 10500,
          {0, 500, 1500, 2500, 3500}},
      {"does_reorder", {refused(10000, v4), connects(1000, v4), connects(500, v6)}, 2, 1500,
          {0, 1000}},
      {"handles_no_ipv4", {connects(10000, v6), unsupported_v4, connects(100, v6), unsupported_v4},
          2, 1100, {0, 1000, 1000}},
      {"handles_no_ipv6", {unsupported_v6, connects(10000, v4), unsupported_v6, connects(100, v4)},
          3, 1100, {0, 0, 1000, 1000}},
  };
  check(1000, with_1000);

  race cancelled;
  const race_course result =
      cancelled.stops(5000, stop_reason::cancelled).run(repeated(4, connects(10000)));
  CHECK(result.took == 5000);
  CHECK(result.starts == std::vector<int>{0, 250, 500, 750});
  CHECK(result.error == error::operation_aborted);
}

TEST_CASE("a race goes as in the tests of staggered_race of aiohappyeyeballs and CPython")
{
  const suite_case rows[] = {
      {"empty", {}, nobody, 0, {}},
      {"one winner", repeated(4, connects(0)), 0, 0, {0}},
      {"multiple winners", {connects(100), connects(90), connects(80), connects(70)}, 0, 100,
          {0, 10, 20, 30}},
      {"first_error_second_successful", {refused(0), connects(0)}, 1, 0, {0, 0}},
      {"first_timeout_second_successful", {silent(), connects(0)}, 1, 10, {0, 10}},
      {"none_successful", {refused(0), refused(0)}, nobody, 0, {0, 0}},
  };
  check(10, rows);

  const suite_case patient[] = {
      {"long_delay_early_failure", {refused(20), connects(1)}, 1, 21, {0, 20}},
  };
  check(10000, patient);
}

TEST_CASE("a race goes as in OkHttp's tests of its fast fallback")
{
  const suite_case rows[] = {
      {"first connects before the second is planned", {connects(249), connects(1)}, 0, 249, {0}},
      {"first connects after the second was planned", {connects(260), connects(100)}, 0, 260,
          {0, 250}},
      {"second connects first", {connects(400), connects(100)}, 1, 350, {0, 250}},
      {"third connects first", {silent(), silent(), connects(100)}, 2, 600, {0, 250, 500}},
      {"fails and there are no others", {refused(270)}, nobody, 270, {0}},
      {"second fails, first connects", {connects(400), refused(20)}, 0, 400, {0, 250}},
  };
  check(250, rows);
}

TEST_CASE("a race goes on at errors and after delays as in the tests of mozilla/happy-eyeballs")
{
  const suite_case rows[] = {
      {"move_on_non_timeout, v6", {refused(1, v6), connects(5, v4)}, 1, 6, {0, 1}},
      {"move_on_non_timeout, v4", {refused(1, v4), connects(5, v6)}, 1, 6, {0, 1}},
      {"move_on_non_timeout, same family", {refused(1, v6), connects(5, v6)}, 1, 6, {0, 1}},
      {"move_on_timeout", {silent(v6), connects(5, v4)}, 1, 255, {0, 250}},
      {"all fail", {refused(1, v6), refused(1, v4)}, nobody, 2, {0, 1}},
  };
  check(250, rows);

  race unanswered_yet;
  unanswered_yet.arrives(0, connects(10, v6)).all_added(5000);
  CHECK(unanswered_yet.run().course == "0: start 0; 10: finish 0");
}
