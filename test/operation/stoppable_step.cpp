// SPDX-License-Identifier: BSL-1.0

#include <connectex/detail/operation/stoppable_step.hpp>

#include "support/catch.hpp"
#include "support/stopping.hpp"

#include <atomic>
#include <thread>

using namespace test;

namespace
{

using boost::asio::cancellation_type;
using connectex::detail::stoppable_step;

constexpr auto all_types = stoppable_step::all_types;
constexpr auto types_after_first_byte = stoppable_step::types_after_first_byte;

/// As an operation does whose handler's executor is at hand.
void cancel(stoppable_step& step, cancellation_type type)
{
  if (const auto id = step.cancel(type))
    step.interrupt_by_cancellation(*id, type);
}

/// Begins steps, and counts them and the cancellations that reach them.
struct starter
{
  explicit starter(stoppable_step& s) : step(s) {}

  bool start(cancellation_type allowed)
  {
    return step.start(allowed,
        [this]
        {
          ++starts;
          step.slot().assign(
              [this](cancellation_type type)
              {
                ++cancellations;
                last_type = type;
              });
        });
  }

  stoppable_step& step;
  int starts = 0;
  int cancellations = 0;
  cancellation_type last_type = cancellation_type::none;
};

} // namespace

TEST_CASE("a cancellation reaches the step in flight")
{
  const auto type =
      GENERATE(cancellation_type::terminal, cancellation_type::partial, cancellation_type::total);
  stoppable_step step;
  starter s(step);
  REQUIRE(s.start(all_types));
  cancel(step, type);
  CHECK(s.cancellations == 1);
  CHECK(s.last_type == type);
  CHECK(step.end() == stop_reason::cancelled);
}

TEST_CASE("a cancellation before a step keeps it from being started")
{
  stoppable_step step;
  cancel(step, cancellation_type::terminal);
  starter s(step);
  CHECK_FALSE(s.start(all_types));
  CHECK(s.starts == 0);
}

TEST_CASE("a cancellation between two steps keeps the second from being started")
{
  stoppable_step step;
  starter s(step);
  REQUIRE(s.start(all_types));
  CHECK(step.end() == stop_reason::none);
  cancel(step, cancellation_type::partial);
  CHECK_FALSE(s.start(types_after_first_byte));
  CHECK(s.starts == 1);
  CHECK(s.cancellations == 0);
}

TEST_CASE("a cancellation after the last step touches nothing")
{
  stoppable_step step;
  starter s(step);
  REQUIRE(s.start(all_types));
  step.end();
  cancel(step, cancellation_type::terminal);
  CHECK(s.cancellations == 0);
}

TEST_CASE("a total cancellation is not allowed once a byte has been handed over")
{
  stoppable_step step;
  starter s(step);
  REQUIRE(s.start(types_after_first_byte));
  cancel(step, cancellation_type::total);
  CHECK(s.cancellations == 0);
  CHECK(step.end() == stop_reason::none);

  CHECK(s.start(types_after_first_byte));
  cancel(step, cancellation_type::terminal);
  CHECK(s.cancellations == 1);
  CHECK(step.end() == stop_reason::cancelled);
}

TEST_CASE("a cancellation of no type is none")
{
  stoppable_step step;
  cancel(step, cancellation_type::none);
  starter s(step);
  CHECK(s.start(all_types));
  CHECK(s.cancellations == 0);
}

TEST_CASE("is_cancelled says whether a step that allows these types would not be started")
{
  struct row
  {
    cancellation_type requested;
    bool before_first_byte;
    bool after_first_byte;
  };
  const row rows[] = {
      {cancellation_type::none, false, false},
      {cancellation_type::terminal, true, true},
      {cancellation_type::partial, true, true},
      {cancellation_type::total, true, false},
  };
  for (const row& r : rows)
  {
    CAPTURE(static_cast<unsigned>(r.requested));
    stoppable_step step;
    CHECK_FALSE(step.is_cancelled(all_types));
    cancel(step, r.requested);
    CHECK(step.is_cancelled(all_types) == r.before_first_byte);
    CHECK(step.is_cancelled(types_after_first_byte) == r.after_first_byte);

    starter s(step);
    CHECK(s.start(types_after_first_byte) != r.after_first_byte);
  }
}

TEST_CASE("a cancellation of a second type does not replace the first")
{
  stoppable_step step;
  cancel(step, cancellation_type::partial);
  cancel(step, cancellation_type::total);
  CHECK(step.is_cancelled(types_after_first_byte));
}

TEST_CASE("a time limit reaches the step that it is for, which then says which limit it was")
{
  const stop_reason limit = GENERATE(stop_reason::attempt_timeout, stop_reason::total_timeout);
  stoppable_step step;
  starter s(step);
  const auto id = step.current();
  REQUIRE(s.start(types_after_first_byte));
  step.interrupt_by_limit(id, limit);
  CHECK(s.cancellations == 1);
  CHECK(s.last_type == cancellation_type::terminal);
  CHECK(step.end() == limit);
}

TEST_CASE(
    "a time limit that is reached before its step begins ends the step as soon as it has begun")
{
  stoppable_step step;
  starter s(step);
  step.interrupt_by_limit(step.current(), stop_reason::attempt_timeout);
  CHECK(s.cancellations == 0);
  CHECK(s.start(all_types));
  CHECK(s.cancellations == 1);
  CHECK(step.end() == stop_reason::attempt_timeout);
}

TEST_CASE("a time limit that is reached after its step changes nothing in the next")
{
  stoppable_step step;
  starter s(step);
  const auto first = step.current();
  REQUIRE(s.start(all_types));
  CHECK(step.end() == stop_reason::none);

  step.interrupt_by_limit(first, stop_reason::attempt_timeout);
  REQUIRE(s.start(all_types));
  step.interrupt_by_limit(first, stop_reason::attempt_timeout);
  CHECK(s.cancellations == 0);
  CHECK(step.end() == stop_reason::none);
}

TEST_CASE("a time limit that ended one step does not end the next")
{
  stoppable_step step;
  starter s(step);
  const auto first = step.current();
  REQUIRE(s.start(all_types));
  step.interrupt_by_limit(first, stop_reason::attempt_timeout);
  step.end();
  REQUIRE(s.start(all_types));
  CHECK(s.cancellations == 1);
  CHECK(step.end() == stop_reason::none);
}

TEST_CASE("a step that was cancelled does not report a time limit, whichever came first")
{
  const bool limit_first = GENERATE(false, true);
  stoppable_step step;
  starter s(step);
  REQUIRE(s.start(all_types));
  if (limit_first)
    step.interrupt_by_limit(step.current(), stop_reason::total_timeout);
  cancel(step, cancellation_type::terminal);
  if (!limit_first)
    step.interrupt_by_limit(step.current(), stop_reason::total_timeout);
  CHECK(step.end() == stop_reason::cancelled);
}

TEST_CASE("a cancellation names the step in flight only if that allows its type")
{
  stoppable_step step;
  starter s(step);
  REQUIRE(s.start(types_after_first_byte));
  CHECK_FALSE(step.cancel(cancellation_type::total));
  const auto id = step.cancel(cancellation_type::partial);
  REQUIRE(id);
  CHECK(*id == step.current());

  // The request counts although nothing has interrupted the step yet.
  CHECK(s.cancellations == 0);
  CHECK(step.end() == stop_reason::cancelled);
  CHECK_FALSE(step.cancel(cancellation_type::partial));
}

TEST_CASE("an interruption that was meant for a step that has ended leaves the next alone")
{
  stoppable_step step;
  starter s(step);
  const auto first = step.current();
  REQUIRE(s.start(all_types));
  CHECK(step.end() == stop_reason::none);
  REQUIRE(s.start(all_types));
  step.interrupt_by_cancellation(first, cancellation_type::terminal);
  CHECK(s.cancellations == 0);
  step.interrupt_by_cancellation(step.current(), cancellation_type::terminal);
  CHECK(s.cancellations == 1);
}

TEST_CASE("an interruption by a type that the step does not allow leaves it alone")
{
  stoppable_step step;
  starter s(step);
  REQUIRE(s.start(types_after_first_byte));
  step.interrupt_by_cancellation(step.current(), cancellation_type::total);
  CHECK(s.cancellations == 0);
}

TEST_CASE("the slot is empty when a step has ended, so nothing acts on what it left behind")
{
  stoppable_step step;
  starter s(step);
  REQUIRE(s.start(all_types));
  CHECK(step.slot().has_handler());
  step.end();
  CHECK_FALSE(step.slot().has_handler());
}

TEST_CASE("cancellations from another thread find each step either not begun or in flight")
{
  for (int round = 0; round != 200; ++round)
  {
    stoppable_step step;
    std::atomic<int> cancellations{0};
    std::thread other([&] { cancel(step, cancellation_type::terminal); });

    // The bound is far beyond what the other thread needs.
    constexpr int too_many = 20000000;
    int begun = 0;
    int cancelled = 0;
    while (begun != too_many
        && step.start(
            all_types, [&] { step.slot().assign([&](cancellation_type) { ++cancellations; }); }))
    {
      ++begun;
      cancelled += step.end() == stop_reason::cancelled;
    }
    other.join();
    REQUIRE(begun != too_many);

    // At most the step that was in flight saw it, and then its end said so. It may also have ended
    // between the request and the interruption.
    CHECK(cancelled <= 1);
    CHECK(cancellations <= cancelled);
  }
}
