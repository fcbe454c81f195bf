// SPDX-License-Identifier: BSL-1.0

#include <connectex/retry_policy.hpp>

#include "support/catch.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <limits>
#include <string>
#include <thread>
#include <vector>

namespace
{

using connectex::exponential_backoff;
using connectex::retry_policy;
using duration = exponential_backoff::duration;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();
constexpr double just_below_1 = 1 - std::numeric_limits<double>::epsilon() / 2;
constexpr duration longest = (duration::max)();

exponential_backoff by_chance(double chance, double jitter = 1)
{
  return {milliseconds(100), 2.0, milliseconds(1000), jitter, [chance] { return chance; }};
}

std::vector<duration> draw(std::size_t count)
{
  const exponential_backoff backoff{seconds(1), 1.0, seconds(1)};
  std::vector<duration> delays(count);
  std::generate(delays.begin(), delays.end(), [&] { return backoff.delay(1); });
  return delays;
}

} // namespace

TEST_CASE("the defaults: one attempt, and waits from 100 ms to 10 s, doubled, all by chance")
{
  const retry_policy policy;
  CHECK(policy.max_attempts == 1);
  CHECK_FALSE(policy.predicate);
  CHECK(policy.backoff.initial == milliseconds(100));
  CHECK(policy.backoff.multiplier == 2);
  CHECK(policy.backoff.max == seconds(10));
  CHECK(policy.backoff.jitter == 1);
  CHECK_FALSE(policy.backoff.random);
  CHECK(policy.validate().empty());
}

TEST_CASE("four numbers in braces are a backoff")
{
  retry_policy policy;
  policy.backoff = {milliseconds(50), 3.0, seconds(5), 0.5};
  CHECK(policy.backoff.initial == milliseconds(50));
  CHECK(policy.backoff.multiplier == 3);
  CHECK(policy.backoff.max == seconds(5));
  CHECK(policy.backoff.jitter == 0.5);
  CHECK_FALSE(policy.backoff.random);

  const retry_policy named{.max_attempts = 5, .backoff = {.initial = milliseconds(7)}};
  CHECK(named.max_attempts == 5);
  CHECK(named.backoff.initial == milliseconds(7));
  CHECK(named.backoff.multiplier == 2);
  CHECK(named.validate().empty());
}

TEST_CASE("the wait grows by the multiplier until it meets its maximum")
{
  struct row
  {
    unsigned failed_attempts;
    duration expected;
  };

  SECTION("doubled")
  {
    const exponential_backoff backoff{milliseconds(100), 2.0, milliseconds(1000), 0.0};
    const row rows[] = {
        {1, milliseconds(100)},
        {2, milliseconds(200)},
        {3, milliseconds(400)},
        {4, milliseconds(800)},
        {5, milliseconds(1000)},
        {6, milliseconds(1000)},
        {1000, milliseconds(1000)},
        {0xffffffff, milliseconds(1000)},
    };
    for (const row& r : rows)
    {
      INFO(r.failed_attempts);
      CHECK(backoff.delay(r.failed_attempts) == r.expected);
    }
  }
  SECTION("by half of itself")
  {
    const exponential_backoff backoff{milliseconds(100), 1.5, seconds(1), 0.0};
    CHECK(backoff.delay(1) == milliseconds(100));
    CHECK(backoff.delay(2) == milliseconds(150));
    CHECK(backoff.delay(3) == milliseconds(225));
  }
  SECTION("not at all")
  {
    const exponential_backoff backoff{milliseconds(100), 1.0, seconds(1), 0.0};
    for (const unsigned failed_attempts : {1u, 2u, 10u, 0xffffffffu})
      CHECK(backoff.delay(failed_attempts) == milliseconds(100));
  }
  SECTION("with a maximum that leaves no room")
  {
    const exponential_backoff backoff{milliseconds(100), 2.0, milliseconds(100), 0.0};
    for (const unsigned failed_attempts : {1u, 2u, 10u})
      CHECK(backoff.delay(failed_attempts) == milliseconds(100));
  }
}

TEST_CASE("an initial wait of 0 stays 0")
{
  const double jitter = GENERATE(0.0, 1.0);
  const exponential_backoff backoff{duration::zero(), 2.0, seconds(10), jitter};
  for (const unsigned failed_attempts : {1u, 2u, 3000u, 0xffffffffu})
    CHECK(backoff.delay(failed_attempts) == duration::zero());

  const exponential_backoff none{duration::zero(), 2.0, duration::zero(), jitter};
  CHECK(none.delay(2) == duration::zero());
}

TEST_CASE("jitter is the share of the wait that is left to chance")
{
  struct row
  {
    double jitter;
    double chance;
    duration expected;
  };
  const row rows[] = {
      {0.0, 0.0, milliseconds(200)},
      {0.0, 0.5, milliseconds(200)},
      {0.0, just_below_1, milliseconds(200)},

      {0.5, 0.0, milliseconds(100)},
      {0.5, 0.5, milliseconds(150)},
      {0.5, just_below_1, milliseconds(200)},

      {0.25, 0.0, milliseconds(150)},
      {0.25, 0.5, milliseconds(175)},

      {1.0, 0.0, milliseconds(0)},
      {1.0, 0.25, milliseconds(50)},
      {1.0, 0.5, milliseconds(100)},
      {1.0, 0.9375, std::chrono::microseconds(187500)},
      {1.0, just_below_1, milliseconds(200)},
  };
  for (const row& r : rows)
  {
    INFO("jitter " << r.jitter << ", chance " << r.chance);
    CHECK(by_chance(r.chance, r.jitter).delay(2) == r.expected);
  }
}

TEST_CASE("jitter applies to the bounded wait")
{
  CHECK(by_chance(0.5).delay(10) == milliseconds(500));
  CHECK(by_chance(0.5).delay(0xffffffff) == milliseconds(500));
}

TEST_CASE("an out-of-range random number is clamped, and NaN counts as 0")
{
  struct row
  {
    double chance;
    duration expected;
  };
  const row rows[] = {
      {1.0, milliseconds(100)},
      {1.5, milliseconds(100)},
      {1e308, milliseconds(100)},
      {infinity, milliseconds(100)},
      {-0.0, milliseconds(0)},
      {-0.5, milliseconds(0)},
      {-1e308, milliseconds(0)},
      {-infinity, milliseconds(0)},
      {not_a_number, milliseconds(0)},
  };
  for (const row& r : rows)
  {
    INFO("chance " << r.chance);
    CHECK(by_chance(r.chance).delay(1) == r.expected);
    CHECK(by_chance(r.chance, 0.5).delay(1) == milliseconds(50) + r.expected / 2);
  }
}

TEST_CASE("the random source is asked once for each wait")
{
  int asked = 0;
  exponential_backoff backoff;
  backoff.random = [&]
  {
    ++asked;
    return 0.5;
  };
  for (int n = 1; n <= 3; ++n)
  {
    backoff.delay(1);
    CHECK(asked == n);
  }
}

TEST_CASE("no wait is beyond its bounds, whatever the numbers")
{
  const duration initials[] = {
      duration(1), milliseconds(1), longest / 2, longest - duration(1), longest};
  const double multipliers[] = {1.0, 1 + std::numeric_limits<double>::epsilon(), 2.0, 1e10,
      (std::numeric_limits<double>::max)()};
  const unsigned counts[] = {1, 2, 3, 62, 63, 64, 1024, 0x7fffffff, 0xffffffff};
  const double jitters[] = {0.0, std::numeric_limits<double>::denorm_min(), 0.5, just_below_1, 1.0};
  const double chances[] = {0.0, std::numeric_limits<double>::denorm_min(), 0.5, just_below_1};
  const duration bounds[] = {
      seconds(10), longest / 2, longest - duration(700), longest - duration(1), longest};

  for (const duration initial : initials)
    for (const duration bound : bounds)
      for (const double multiplier : multipliers)
        for (const double jitter : jitters)
          for (const double chance : chances)
          {
            const retry_policy policy{
                .backoff = {initial, multiplier, bound, jitter, [chance] { return chance; }}};
            if (!policy.validate().empty())
              continue;
            for (const unsigned count : counts)
            {
              const duration delay = policy.backoff.delay(count);
              const bool within =
                  delay >= duration::zero() && delay <= bound && (jitter != 0 || delay >= initial);
              if (!within)
                FAIL_CHECK(delay.count()
                    << " for {" << initial.count() << ", " << multiplier << ", " << bound.count()
                    << ", " << jitter << "}, chance " << chance << ", attempt " << count);
            }
          }
}

TEST_CASE("the longest wait of all can be asked for")
{
  const exponential_backoff steady{longest, 1.0, longest, 0.0};
  CHECK(steady.delay(1) == longest);
  CHECK(steady.delay(0xffffffff) == longest);

  const exponential_backoff growing{
      duration(1), (std::numeric_limits<double>::max)(), longest, 0.0};
  CHECK(growing.delay(1) == duration(1));
  CHECK(growing.delay(2) == longest);
  CHECK(growing.delay(0xffffffff) == longest);

  const exponential_backoff lucky{longest, 2.0, longest, 1.0, [] { return 0.0; }};
  CHECK(lucky.delay(1) == duration::zero());
}

TEST_CASE("by default chance spreads the waits over all of their range")
{
  struct row
  {
    double jitter;
    duration least;
  };
  const row rows[] = {{1.0, milliseconds(0)}, {0.5, milliseconds(500)}};
  for (const row& r : rows)
  {
    INFO("jitter " << r.jitter);
    const exponential_backoff backoff{seconds(1), 1.0, seconds(1), r.jitter};
    std::vector<duration> delays(1000);
    std::generate(delays.begin(), delays.end(), [&] { return backoff.delay(1); });

    const auto [least, most] = std::minmax_element(delays.begin(), delays.end());
    CHECK(*least >= r.least);
    CHECK(*most <= seconds(1));

    // Fails by chance less than once in 10^40 runs.
    const duration tenth = (seconds(1) - r.least) / 10;
    CHECK(*least < r.least + tenth);
    CHECK(*most > seconds(1) - tenth);
  }
}

TEST_CASE("threads draw their waits at once, and each its own")
{
  std::array<std::vector<duration>, 4> drawn;
  std::vector<std::thread> threads;
  std::atomic<unsigned> ready{0};
  for (auto& delays : drawn)
    threads.emplace_back(
        [&]
        {
          ++ready;
          while (ready != drawn.size())
            std::this_thread::yield();
          delays = draw(100);
        });
  for (std::thread& thread : threads)
    thread.join();

  for (std::size_t a = 0; a != drawn.size(); ++a)
    for (std::size_t b = 0; b != a; ++b)
      CHECK(drawn[a] != drawn[b]);
}

TEST_CASE("validate names the field that is out of its range")
{
  struct row
  {
    const char* field;
    exponential_backoff backoff;
  };
  const row rows[] = {
      {"", {}},
      {"", {milliseconds(0), 1.0, milliseconds(0), 0.0}},
      {"", {milliseconds(5), 1.0, milliseconds(5), 1.0}},
      {"", {longest, (std::numeric_limits<double>::max)(), longest, 0.5}},
      {"retry.backoff.initial", {duration(-1), 2.0, seconds(1), 0.5}},
      {"retry.backoff.initial", {(duration::min)(), 2.0, seconds(1), 0.5}},
      {"retry.backoff.multiplier", {seconds(1), just_below_1, seconds(1), 0.5}},
      {"retry.backoff.multiplier", {seconds(1), 0.0, seconds(1), 0.5}},
      {"retry.backoff.multiplier", {seconds(1), -2.0, seconds(1), 0.5}},
      {"retry.backoff.multiplier", {seconds(1), infinity, seconds(1), 0.5}},
      {"retry.backoff.multiplier", {seconds(1), -infinity, seconds(1), 0.5}},
      {"retry.backoff.multiplier", {seconds(1), not_a_number, seconds(1), 0.5}},
      {"retry.backoff.max", {seconds(1), 2.0, seconds(1) - duration(1), 0.5}},
      {"retry.backoff.max", {seconds(0), 2.0, duration(-1), 0.5}},
      {"retry.backoff.jitter", {seconds(1), 2.0, seconds(1), 1 + 1e-9}},
      {"retry.backoff.jitter", {seconds(1), 2.0, seconds(1), -1e-9}},
      {"retry.backoff.jitter", {seconds(1), 2.0, seconds(1), infinity}},
      {"retry.backoff.jitter", {seconds(1), 2.0, seconds(1), -infinity}},
      {"retry.backoff.jitter", {seconds(1), 2.0, seconds(1), not_a_number}},

      // Of several, the first.
      {"retry.backoff.initial", {seconds(-1), not_a_number, seconds(-2), not_a_number}},
      {"retry.backoff.multiplier", {seconds(1), not_a_number, seconds(0), not_a_number}},
      {"retry.backoff.max", {seconds(1), 2.0, seconds(0), not_a_number}},
  };
  for (const row& r : rows)
  {
    INFO(r.backoff.initial.count() << ", " << r.backoff.multiplier << ", " << r.backoff.max.count()
                                   << ", " << r.backoff.jitter);
    for (const unsigned max_attempts : {0u, 1u, 0xffffffffu})
    {
      retry_policy policy;
      policy.max_attempts = max_attempts;
      policy.backoff = r.backoff;
      CHECK(std::string(policy.validate()) == r.field);
    }
  }
}
