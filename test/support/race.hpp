// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_TEST_SUPPORT_RACE_HPP
#define CONNECTEX_TEST_SUPPORT_RACE_HPP

#include "catch.hpp"
#include "stopping.hpp"

#include <connectex/detail/decide/after_delivery.hpp>
#include <connectex/detail/decide/race_machine.hpp>
#include <connectex/error.hpp>

#include <boost/asio/error.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace test
{

using connectex::exponential_backoff;
using connectex::race_mode;
using connectex::race_payload;
using connectex::detail::after_delivery;
using connectex::detail::race_machine;
using std::chrono::milliseconds;

/// Any two numbers: the machine only compares them.
constexpr int v4 = 2;
constexpr int v6 = 10;

constexpr int never = -1;

/// An endpoint, and how an attempt on it goes. Times are in milliseconds.
struct candidate
{
  int family = v4;

  /// From the start of an attempt to its end. 0: before its start returns.
  int ends_after = never;

  error_code error = {};

  /// From the start to the connection, if the attempt goes on with its first flight.
  int connects_after = never;

  /// The peer may have got a part of the first flight, if the attempt carries it.
  bool delivers = false;

  /// From the wish that it end to its end, and whether it has connected all the same.
  int closes_in = 0;
  bool connects_too_late = false;

  candidate of(int other) const { return with(&candidate::family, other); }
  candidate delivering() const { return with(&candidate::delivers, true); }
  candidate connecting_after(int t) const { return with(&candidate::connects_after, t); }
  candidate closing_in(int t) const { return with(&candidate::closes_in, t); }
  candidate connecting_too_late() const { return with(&candidate::connects_too_late, true); }

private:
  template <typename T>
  candidate with(T candidate::*member, T value) const
  {
    candidate changed = *this;
    changed.*member = value;
    return changed;
  }
};

inline candidate connects(int after, int family = v4)
{
  candidate c;
  c.family = family;
  c.ends_after = after;
  return c;
}

inline candidate fails(int after, const error_code& error, int family = v4)
{
  candidate c = connects(after, family);
  c.error = error;
  return c;
}

inline candidate refused(int after, int family = v4)
{
  return fails(after, error::connection_refused, family);
}

inline candidate silent(int family = v4) { return connects(never, family); }

inline std::vector<candidate> repeated(std::size_t count, const candidate& c)
{
  return std::vector<candidate>(count, c);
}

/// What the machine has asked for, and what came of it.
struct race_course
{
  /// "0: start 0; 250: start 1; 260: lose 0, finish 1": times, and candidates by their numbers.
  std::string course;

  bool finished = false;
  error_code error;

  /// In milliseconds.
  int took = 0;

  /// When attempts on the candidates were started, in their order, whichever round.
  std::vector<int> starts;
  std::vector<std::size_t> order;

  /// The candidates that may have got some of the first flight.
  std::vector<std::size_t> reached;

  /// The same, in the machine's opinion.
  bool maybe_delivered = false;

  std::size_t most_at_once = 0;
  std::size_t not_tried = 0;
};

/// Performs what the machine asks for, in a time that it moves itself.
class race
{
public:
  using action = race_machine::action;
  using environment = race_machine::environment;

  explicit race(environment given = {})
    : delay_(given.race.attempt_delay),
      max_in_flight_(given.race.mode == race_mode::sequential ? 1 : given.race.max_in_flight),
      machine_(std::move(given))
  {
  }

  race(const race&) = delete;
  race& operator=(const race&) = delete;

  race& arrives(int time, const candidate& c)
  {
    return at(time,
        [this, c]
        {
          REQUIRE(machine_.add(c.family) == candidates_.size());
          candidates_.push_back(c);
        });
  }

  race& all_added(int time, const error_code& none_found = error::not_found)
  {
    return at(time, [this, none_found] { machine_.on_all_added(none_found); });
  }

  race& stops(int time, stop_reason reason)
  {
    return at(time, [this, reason] { machine_.on_stopped(reason); });
  }

  race& writes(int takes, const error_code& error = {})
  {
    write_takes_ = takes;
    write_error_ = error;
    return *this;
  }

  /// All of the candidates are known from the beginning.
  race_course run(const std::vector<candidate>& candidates)
  {
    for (const candidate& c : candidates)
    {
      REQUIRE(machine_.add(c.family) == candidates_.size());
      candidates_.push_back(c);
    }
    machine_.on_all_added(error::not_found);
    return run();
  }

  race_course run()
  {
    perform_all();
    for (int n = 0; !events_.empty(); ++n)
    {
      REQUIRE(n < 20000);
      const auto first = events_.begin();
      now_ = first->first;
      const std::function<void()> event = std::move(first->second);
      events_.erase(first);
      event();
      perform_all();
    }
    result_.not_tried = machine_.not_tried();
    result_.maybe_delivered = machine_.is_maybe_delivered();
    return result_;
  }

private:
  struct attempt
  {
    std::size_t candidate;
    bool with_flight;
    bool told_to_end = false;
    bool ended = false;
  };

  race& at(int time, std::function<void()> event)
  {
    events_.emplace(time, std::move(event));
    return *this;
  }

  void perform_all()
  {
    for (int n = 0;; ++n)
    {
      REQUIRE(n < 10000);
      const race_machine::decision next = machine_.next();
      if (next.next == action::none)
        return;
      REQUIRE_FALSE(result_.finished);
      perform(next);
    }
  }

  void perform(const race_machine::decision& next)
  {
    switch (next.next)
    {
    case action::none:
      return;
    case action::start:
      return start(next);
    case action::arm_delay:
      return arm_delay(next.delay);
    case action::give_up:
      return end("give up", next.attempt);
    case action::lose:
      return end("lose", next.attempt);
    case action::stop:
      return writing_ ? stop_write(next.attempt) : end("stop", next.attempt);
    case action::write:
      return write(next.attempt);
    case action::wait:
      return wait(next.delay);
    case action::finish:
      return finish(next);
    }
  }

  void tell(const std::string& what)
  {
    if (last_told_ != now_)
      result_.course += (result_.course.empty() ? "" : "; ") + std::to_string(now_) + ": " + what;
    else
      result_.course += ", " + what;
    last_told_ = now_;
  }

  std::string name_of(std::size_t number) const
  {
    return std::to_string(attempts_.at(number).candidate);
  }

  void start(const race_machine::decision& next)
  {
    REQUIRE(next.attempt == attempts_.size());
    REQUIRE(next.candidate < candidates_.size());
    tell("start " + std::to_string(next.candidate) + (next.with_flight ? " with flight" : ""));
    attempts_.push_back({next.candidate, next.with_flight});
    result_.starts.push_back(now_);
    result_.order.push_back(next.candidate);

    const auto running = static_cast<std::size_t>(std::count_if(attempts_.begin(), attempts_.end(),
        [](const attempt& a) { return !a.ended && !a.told_to_end; }));
    REQUIRE(running <= max_in_flight_);
    result_.most_at_once = (std::max)(result_.most_at_once, running);

    const candidate& course = candidates_[next.candidate];
    if (course.connects_after != never)
      later(course.connects_after, next.attempt, [this, n = next.attempt] { connected(n); });
    if (course.ends_after == 0)
      ended(next.attempt, course.error);
    else if (course.ends_after != never)
      later(course.ends_after, next.attempt,
          [this, n = next.attempt, ec = course.error] { ended(n, ec); });
  }

  /// Unless the attempt is to end, or another round has begun.
  void later(int after, std::size_t number, std::function<void()> event)
  {
    at(now_ + after,
        [this, number, round = round_, event = std::move(event)]
        {
          if (round == round_ && !attempts_.at(number).told_to_end)
            event();
        });
  }

  void connected(std::size_t number)
  {
    if (attempts_[number].with_flight)
      reach(attempts_[number].candidate);
    machine_.on_connected(number);
  }

  void ended(std::size_t number, const error_code& error)
  {
    attempt& a = attempts_.at(number);
    REQUIRE_FALSE(a.ended);
    a.ended = true;
    const bool delivered = a.with_flight && (!error || candidates_[a.candidate].delivers);
    if (delivered)
      reach(a.candidate);
    machine_.on_attempt_ended(number, {error, delivered && error});
  }

  void reach(std::size_t number)
  {
    std::vector<std::size_t>& all = result_.reached;
    if (std::find(all.begin(), all.end(), number) == all.end())
      all.push_back(number);
  }

  void end(const std::string& how, std::size_t number)
  {
    tell(how + " " + name_of(number));
    attempt& a = attempts_.at(number);
    REQUIRE_FALSE(a.ended);
    REQUIRE_FALSE(a.told_to_end);
    a.told_to_end = true;
    const candidate& course = candidates_[a.candidate];
    at(now_ + course.closes_in,
        [this, number, late = course.connects_too_late]
        { ended(number, late ? error_code() : error_code(error::operation_aborted)); });
  }

  void arm_delay(race_machine::duration delay)
  {
    REQUIRE(delay == delay_);
    const int armed = ++delays_;
    at(now_ + in_milliseconds(delay),
        [this, armed]
        {
          if (armed == delays_)
            machine_.on_delay_over();
        });
  }

  void write(std::size_t number)
  {
    tell("write " + name_of(number));
    REQUIRE(attempts_.at(number).ended);
    REQUIRE_FALSE(writing_);
    writing_ = true;
    reach(attempts_[number].candidate);
    end_write(now_ + write_takes_, write_error_);
  }

  void end_write(int time, const error_code& error)
  {
    at(time,
        [this, error]
        {
          if (std::exchange(writing_, false))
            machine_.on_written(error);
        });
  }

  void stop_write(std::size_t number)
  {
    tell("stop " + name_of(number));
    end_write(now_, error::operation_aborted);
  }

  void wait(race_machine::duration delay)
  {
    tell("wait " + std::to_string(in_milliseconds(delay)));
    require_nothing_runs();
    attempts_.clear();
    ++round_;
    at(now_ + in_milliseconds(delay), [this] { machine_.on_waited(); });
  }

  void finish(const race_machine::decision& next)
  {
    require_nothing_runs();
    result_.finished = true;
    result_.error = next.error;
    result_.took = now_;
    if (next.error)
    {
      tell("fail");
      return;
    }
    tell("finish " + name_of(next.attempt));
    REQUIRE(attempts_[next.attempt].ended);
  }

  void require_nothing_runs() const
  {
    REQUIRE_FALSE(writing_);
    for (const attempt& a : attempts_)
      REQUIRE(a.ended);
  }

  static int in_milliseconds(race_machine::duration d)
  {
    return static_cast<int>(std::chrono::duration_cast<milliseconds>(d).count());
  }

  race_machine::duration delay_;
  std::size_t max_in_flight_;
  race_machine machine_;
  std::vector<candidate> candidates_;
  std::vector<attempt> attempts_;
  unsigned round_ = 0;

  std::multimap<int, std::function<void()>> events_;
  int now_ = 0;
  int last_told_ = -1;
  int delays_ = 0;

  bool writing_ = false;
  int write_takes_ = 0;
  error_code write_error_;

  race_course result_;
};

inline race::environment with_flight(race::environment given = {})
{
  given.has_flight = true;
  return given;
}

inline race::environment in_sequence(race::environment given = {})
{
  given.race.mode = race_mode::sequential;
  return given;
}

inline race::environment with_delay(int delay, race::environment given = {})
{
  given.race.attempt_delay = milliseconds(delay);
  return given;
}

inline race::environment with_at_most(unsigned max_in_flight, race::environment given = {})
{
  given.race.max_in_flight = max_in_flight;
  return given;
}

/// The first attempt may carry the first flight.
inline race::environment with_consent(race::environment given = {})
{
  given.has_flight = true;
  given.race.payload = race_payload::first_attempt;
  return given;
}

/// The whole list several times, after waits of exactly 100, 200, 400, ... milliseconds.
inline race::environment in_rounds(unsigned max_rounds, race::environment given = {})
{
  given.max_rounds = max_rounds;
  given.backoff = {milliseconds(100), 2.0, std::chrono::seconds(10), 0.0};
  return given;
}

/// These say that this machine does not speak the candidate's protocol.
inline std::vector<error_code> errors_of_missing_families()
{
  constexpr unsigned wsa_address_not_available = 10049;
  return {error::network_unreachable, error::address_family_not_supported,
      connectex::portable_error_from_win32(wsa_address_not_available)};
}

} // namespace test

#endif // CONNECTEX_TEST_SUPPORT_RACE_HPP
