// SPDX-License-Identifier: BSL-1.0

#include <connectex/detail/operation/stoppable_step.hpp>

#include "support/catch.hpp"

#include <atomic>
#include <thread>

namespace
{

namespace asio = boost::asio;
using asio::cancellation_type;
using connectex::detail::stop_reason;
using connectex::detail::stop_relay;

constexpr auto before = stop_relay::before_first_byte;
constexpr auto after = stop_relay::after_first_byte;

/// What an operation does whose handler's executor is at hand.
void cancel(stop_relay& relay, cancellation_type type)
{
  if (const auto step = relay.request(type))
    relay.stop(*step, type);
}

/// Counts the cancellations that reach the step.
struct step
{
  explicit step(stop_relay& r) : relay(r) {}

  bool start(cancellation_type heeded)
  {
    return relay.start_step(heeded,
        [this]
        {
          ++starts;
          relay.slot().assign([this](cancellation_type) { ++cancellations; });
        });
  }

  stop_relay& relay;
  int starts = 0;
  int cancellations = 0;
};

} // namespace

TEST_CASE("a request reaches the step in flight")
{
  for (const auto type :
      {cancellation_type::terminal, cancellation_type::partial, cancellation_type::total})
  {
    stop_relay relay;
    step s(relay);
    REQUIRE(s.start(before));
    cancel(relay, type);
    CHECK(s.cancellations == 1);
    CHECK(relay.finish_step() == stop_reason::cancelled);
  }
}

TEST_CASE("a request before a step keeps it from being started")
{
  stop_relay relay;
  cancel(relay, cancellation_type::terminal);
  step s(relay);
  CHECK_FALSE(s.start(before));
  CHECK(s.starts == 0);
}

TEST_CASE("a request between two steps keeps the second from being started")
{
  stop_relay relay;
  step s(relay);
  REQUIRE(s.start(before));
  CHECK(relay.finish_step() == stop_reason::none);
  cancel(relay, cancellation_type::partial);
  CHECK_FALSE(s.start(after));
  CHECK(s.starts == 1);
  CHECK(s.cancellations == 0);
}

TEST_CASE("a request after the last step touches nothing")
{
  stop_relay relay;
  step s(relay);
  REQUIRE(s.start(before));
  relay.finish_step();
  cancel(relay, cancellation_type::terminal);
  CHECK(s.cancellations == 0);
}

TEST_CASE("total is not heeded once a byte has been handed over")
{
  stop_relay relay;
  step s(relay);
  REQUIRE(s.start(after));
  cancel(relay, cancellation_type::total);
  CHECK(s.cancellations == 0);
  CHECK(relay.finish_step() == stop_reason::none);

  CHECK(s.start(after));
  cancel(relay, cancellation_type::terminal);
  CHECK(s.cancellations == 1);
  CHECK(relay.finish_step() == stop_reason::cancelled);
}

TEST_CASE("a request of no type is no request")
{
  stop_relay relay;
  cancel(relay, cancellation_type::none);
  step s(relay);
  CHECK(s.start(before));
  CHECK(s.cancellations == 0);
}

TEST_CASE("a time limit reaches the step that it is for, and says which limit it was")
{
  for (const auto limit : {stop_reason::attempt_timeout, stop_reason::total_timeout})
  {
    stop_relay relay;
    step s(relay);
    const unsigned number = relay.step();
    REQUIRE(s.start(after));
    relay.expire(number, limit);
    CHECK(s.cancellations == 1);
    CHECK(relay.finish_step() == limit);
  }
}

TEST_CASE(
    "a time limit that is reached before its step begins ends the step as soon as it is begun")
{
  stop_relay relay;
  step s(relay);
  relay.expire(relay.step(), stop_reason::attempt_timeout);
  CHECK(s.cancellations == 0);
  CHECK(s.start(before));
  CHECK(s.cancellations == 1);
  CHECK(relay.finish_step() == stop_reason::attempt_timeout);
}

TEST_CASE(
    "a time limit that comes after its step touches neither the next nor what that says of itself")
{
  stop_relay relay;
  step s(relay);
  const unsigned first = relay.step();
  REQUIRE(s.start(before));
  CHECK(relay.finish_step() == stop_reason::none);

  relay.expire(first, stop_reason::attempt_timeout);
  REQUIRE(s.start(before));
  relay.expire(first, stop_reason::attempt_timeout);
  CHECK(s.cancellations == 0);
  CHECK(relay.finish_step() == stop_reason::none);
}

TEST_CASE("the next step knows nothing of the limit that ended the one before")
{
  stop_relay relay;
  step s(relay);
  const unsigned first = relay.step();
  REQUIRE(s.start(before));
  relay.expire(first, stop_reason::attempt_timeout);
  relay.finish_step();
  REQUIRE(s.start(before));
  CHECK(s.cancellations == 1);
  CHECK(relay.finish_step() == stop_reason::none);
}

TEST_CASE("who has cancelled is never told of a time limit, whichever came first")
{
  const bool limit_first = GENERATE(false, true);
  stop_relay relay;
  step s(relay);
  REQUIRE(s.start(before));
  if (limit_first)
    relay.expire(relay.step(), stop_reason::total_timeout);
  cancel(relay, cancellation_type::terminal);
  if (!limit_first)
    relay.expire(relay.step(), stop_reason::total_timeout);
  CHECK(relay.finish_step() == stop_reason::cancelled);
}

TEST_CASE("what is to stop a step that has ended leaves the next alone")
{
  stop_relay relay;
  step s(relay);
  REQUIRE(s.start(after));
  CHECK_FALSE(relay.request(cancellation_type::total));
  const auto number = relay.request(cancellation_type::partial);
  REQUIRE(number);
  CHECK(s.cancellations == 0);
  CHECK(relay.finish_step() == stop_reason::cancelled);
  CHECK_FALSE(relay.request(cancellation_type::partial));

  stop_relay fresh;
  step t(fresh);
  REQUIRE(t.start(before));
  CHECK(fresh.finish_step() == stop_reason::none);
  REQUIRE(t.start(before));
  fresh.stop(0, cancellation_type::terminal);
  CHECK(t.cancellations == 0);
  fresh.stop(1, cancellation_type::terminal);
  CHECK(t.cancellations == 1);
}

TEST_CASE("requests from another thread meet each step either not begun or in flight")
{
  for (int round = 0; round != 200; ++round)
  {
    stop_relay relay;
    std::atomic<int> cancellations{0};
    std::thread other([&] { cancel(relay, cancellation_type::terminal); });

    int begun = 0;
    int cancelled = 0;
    while (relay.start_step(
        before, [&] { relay.slot().assign([&](cancellation_type) { ++cancellations; }); }))
    {
      ++begun;
      cancelled += relay.finish_step() == stop_reason::cancelled;
    }
    other.join();

    // At most the step that was in flight saw it, and then its end said so. It may also have ended
    // between the request and what was to stop it.
    CHECK(cancelled <= 1);
    CHECK(cancellations <= cancelled);
  }
}
