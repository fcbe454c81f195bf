// SPDX-License-Identifier: BSL-1.0

#include <connectex/detail/cancellation_relay.hpp>

#include "support/catch.hpp"

#include <atomic>
#include <thread>

namespace
{

namespace asio = boost::asio;
using asio::cancellation_type;
using connectex::detail::cancellation_relay;

constexpr auto before = cancellation_relay::before_first_byte;
constexpr auto after = cancellation_relay::after_first_byte;

/// Counts the cancellations that reach the step.
struct step
{
  explicit step(cancellation_relay& r) : relay(r) {}

  bool start(cancellation_type heeded)
  {
    return relay.start_step(heeded,
        [this]
        {
          ++starts;
          relay.slot().assign([this](cancellation_type) { ++cancellations; });
        });
  }

  cancellation_relay& relay;
  int starts = 0;
  int cancellations = 0;
};

} // namespace

TEST_CASE("a request reaches the step in flight")
{
  for (const auto type :
      {cancellation_type::terminal, cancellation_type::partial, cancellation_type::total})
  {
    cancellation_relay relay;
    step s(relay);
    REQUIRE(s.start(before));
    relay.request(type);
    CHECK(s.cancellations == 1);
    CHECK(relay.finish_step());
  }
}

TEST_CASE("a request before a step keeps it from being started")
{
  cancellation_relay relay;
  relay.request(cancellation_type::terminal);
  step s(relay);
  CHECK_FALSE(s.start(before));
  CHECK(s.starts == 0);
}

TEST_CASE("a request between two steps keeps the second from being started")
{
  cancellation_relay relay;
  step s(relay);
  REQUIRE(s.start(before));
  CHECK_FALSE(relay.finish_step());
  relay.request(cancellation_type::partial);
  CHECK_FALSE(s.start(after));
  CHECK(s.starts == 1);
  CHECK(s.cancellations == 0);
}

TEST_CASE("a request after the last step touches nothing")
{
  cancellation_relay relay;
  step s(relay);
  REQUIRE(s.start(before));
  relay.finish_step();
  relay.request(cancellation_type::terminal);
  CHECK(s.cancellations == 0);
}

TEST_CASE("total is not heeded once a byte has been handed over")
{
  cancellation_relay relay;
  step s(relay);
  REQUIRE(s.start(after));
  relay.request(cancellation_type::total);
  CHECK(s.cancellations == 0);
  CHECK_FALSE(relay.finish_step());

  CHECK(s.start(after));
  relay.request(cancellation_type::terminal);
  CHECK(s.cancellations == 1);
  CHECK(relay.finish_step());
}

TEST_CASE("a request of no type is no request")
{
  cancellation_relay relay;
  relay.request(cancellation_type::none);
  step s(relay);
  CHECK(s.start(before));
  CHECK(s.cancellations == 0);
}

TEST_CASE("requests from another thread meet each step either not begun or in flight")
{
  for (int round = 0; round != 200; ++round)
  {
    cancellation_relay relay;
    std::atomic<int> cancellations{0};
    std::thread other([&] { relay.request(cancellation_type::terminal); });

    int begun = 0;
    int cancelled = 0;
    while (relay.start_step(
        before, [&] { relay.slot().assign([&](cancellation_type) { ++cancellations; }); }))
    {
      ++begun;
      cancelled += relay.finish_step();
    }
    other.join();

    // At most the step that was in flight saw it, and then its end said so.
    CHECK(cancelled == cancellations);
    CHECK(cancellations <= 1);
  }
}
