// SPDX-License-Identifier: BSL-1.0

#include <connectex/detail/operation/race_timer.hpp>

#include "support/run.hpp"

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace
{

using namespace test;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

struct timed_race;

/// Keeps what a timer tells a race, as a strand does that is busy.
struct busy_handle
{
  struct event
  {
    void operator()(timed_race& race) const { function(race, number); }

    void (*function)(timed_race&, unsigned);
    unsigned number;
  };

  static void dispatch(const std::shared_ptr<busy_handle>& handle, const event& told)
  {
    handle->waiting.push_back(told);
  }

  std::vector<event> waiting;
};

struct timed_race
{
  explicit timed_race(asio::io_context& context) : timer(context.get_executor()) {}

  void start(milliseconds delay, void (*event)(timed_race&))
  {
    timer.start(handle, steady_clock::now() + delay, event,
        [](timed_race& race, unsigned number) { race.timer.on_expired(race, number); });
  }

  void deliver()
  {
    for (const busy_handle::event& told : std::exchange(handle->waiting, {}))
      told(*this);
  }

  std::shared_ptr<busy_handle> handle = std::make_shared<busy_handle>();
  connectex::detail::race_timer<timed_race, asio::io_context::executor_type> timer;
  std::string events;
};

void add_a(timed_race& race) { race.events += 'a'; }

void add_b(timed_race& race) { race.events += 'b'; }

} // namespace

TEST_CASE("a timer of a race brings the event at its time, once")
{
  asio::io_context context;
  timed_race race(context);
  const auto begun = steady_clock::now();
  race.start(milliseconds(5), add_a);
  run(context);
  CHECK(steady_clock::now() - begun >= milliseconds(5));
  REQUIRE(race.handle->waiting.size() == 1);
  CHECK(race.events.empty());
  race.deliver();
  CHECK(race.events == "a");
}

TEST_CASE("a timer of a race that is set anew before its time brings the later event alone")
{
  asio::io_context context;
  timed_race race(context);
  race.start(std::chrono::minutes(10), add_a);
  race.start(milliseconds(0), add_b);
  run(context);
  CHECK(race.handle->waiting.size() == 1);
  race.deliver();
  CHECK(race.events == "b");
}

TEST_CASE("an expiry that still waits for the race when its timer is set anew brings nothing")
{
  asio::io_context context;
  timed_race race(context);
  race.start(milliseconds(0), add_a);
  run(context);
  REQUIRE(race.handle->waiting.size() == 1);
  race.start(milliseconds(0), add_b);
  race.deliver();
  CHECK(race.events.empty());
  run(context);
  race.deliver();
  CHECK(race.events == "b");
}
