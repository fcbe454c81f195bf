// SPDX-License-Identifier: BSL-1.0

#include "fuzz.hpp"

#include <connectex/detail/decide/after_delivery.hpp>
#include <connectex/detail/decide/race_machine.hpp>
#include <connectex/detail/decide/stopping.hpp>
#include <connectex/error.hpp>
#include <connectex/race_policy.hpp>

#include <boost/asio/error.hpp>
#include <boost/system/error_code.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <set>
#include <vector>

namespace
{

namespace error = boost::asio::error;
using boost::system::error_code;
using connectex::race_mode;
using connectex::race_payload;
using connectex::detail::after_delivery;
using connectex::detail::race_machine;
using connectex::detail::stop_reason;
using fuzz::byte_source;
using action = race_machine::action;
using decision = race_machine::decision;
using duration = race_machine::duration;

const error_code retryable_errors[] = {
    error::connection_refused, error::network_unreachable, error::timed_out};

const error_code errors_of_missing_families[] = {error::network_unreachable,
    error::address_family_not_supported, connectex::portable_error_from_win32(10049)};

const error_code errors[] = {error::connection_refused, error::connection_refused, error::timed_out,
    error::network_unreachable, error::address_family_not_supported,
    connectex::portable_error_from_win32(10049), error::host_unreachable, error::connection_reset,
    error::connection_aborted, error::operation_aborted, error::access_denied};

constexpr stop_reason stop_reasons[] = {stop_reason::cancelled, stop_reason::total_timeout};

constexpr int families[] = {2, 10, 2, 10, 10, 17};

constexpr std::size_t most_candidates = 12;

constexpr std::size_t nobody = race_machine::no_attempt;

template <std::size_t Size>
bool is_among(const error_code (&those)[Size], const error_code& ec)
{
  return std::find(std::begin(those), std::end(those), ec) != std::end(those);
}

/// The order of RFC 8305, section 4, told a second time: over one flat list.
class reference_order
{
public:
  explicit reference_order(unsigned first_family_count) : count_(first_family_count) {}

  void add(std::size_t number, int family)
  {
    left_.push_back({number, family});
    if (std::find(seen_.begin(), seen_.end(), family) == seen_.end())
      seen_.push_back(family);
  }

  bool empty() const { return left_.empty(); }
  std::size_t size() const { return left_.size(); }

  std::size_t take()
  {
    const auto chosen = choose();
    const candidate taken = *chosen;
    left_.erase(chosen);
    taken_.push_back(taken.family);
    return taken.number;
  }

private:
  struct candidate
  {
    std::size_t number;
    int family;
  };

  using position = std::vector<candidate>::iterator;

  position first_of(int family)
  {
    return std::find_if(
        left_.begin(), left_.end(), [family](const candidate& c) { return c.family == family; });
  }

  position choose()
  {
    if (count_ == 0)
      return left_.begin();

    const int first = seen_.front();
    const bool only_first =
        std::all_of(taken_.begin(), taken_.end(), [first](int taken) { return taken == first; });
    if (only_first && taken_.size() < count_ && first_of(first) != left_.end())
      return first_of(first);

    auto turn = std::find(seen_.begin(), seen_.end(), taken_.back());
    for (;;)
    {
      if (++turn == seen_.end())
        turn = seen_.begin();
      if (first_of(*turn) != left_.end())
        return first_of(*turn);
    }
  }

  std::size_t count_;
  std::vector<candidate> left_;
  std::vector<int> seen_;
  std::vector<int> taken_;
};

/// One operation: lets the input choose what becomes of the attempts, and compares what the machine
/// asks for with what follows from the rules, of which it keeps its own account.
class operation
{
public:
  explicit operation(byte_source& bytes)
    : bytes_(bytes),
      given_(choose_environment()),
      order_(given_.race.first_family_count),
      machine_(given_)
  {
  }

  operation(const operation&) = delete;
  operation& operator=(const operation&) = delete;

  void run()
  {
    for (unsigned n = bytes_.below(8); n != 0; --n)
      add();
    if (!bytes_.one_in(4))
      all_added();
    perform_all();
    while (!finished_ && !bytes_.empty())
    {
      let_something_happen();
      perform_all();
    }
    wind_down();
    check_end();
  }

private:
  enum class wish : unsigned char
  {
    none,
    give_up,
    lose,
    stop
  };

  struct attempt
  {
    std::size_t candidate;
    bool with_flight;
    wish told = wish::none;
    bool ended = false;

    /// Of the attempt, as far as it decides about the round.
    error_code error = {};

    bool runs() const { return !ended && told == wish::none; }
  };

  enum class write_state : unsigned char
  {
    none,
    running,
    done
  };

  race_machine::environment choose_environment()
  {
    race_machine::environment given;
    given.race.mode = bytes_.one_in(4) ? race_mode::sequential : race_mode::staggered;
    given.race.payload = bytes_.one_in(3) ? race_payload::first_attempt : race_payload::winner_only;
    given.race.first_family_count = bytes_.pick({1u, 0u, 1u, 2u, 3u, 0xffffffffu});
    given.race.max_in_flight = bytes_.pick({6u, 1u, 2u, 3u, 0xffffffffu});
    given.race.attempt_delay = std::chrono::milliseconds(bytes_.pick({250, 10, 2000}));
    FUZZ_REQUIRE(given.race.validate().empty());
    given.has_flight = bytes_.coin();
    given.max_rounds = bytes_.pick({1u, 2u, 3u, 0u, 0xffffffffu});
    given.backoff.jitter = 0.0;
    if (bytes_.coin())
      given.backoff.initial = duration::zero();
    if (bytes_.one_in(3))
    {
      const unsigned wanted = bytes_.next();
      given.predicate = [this, wanted](std::size_t number, const error_code& ec)
      {
        FUZZ_REQUIRE(!asked_);
        asked_ = true;
        FUZZ_REQUIRE(stop_ == stop_reason::none && winner_ == nobody && !delivered_);
        FUZZ_REQUIRE(count_in_flight() == 0 && order_.empty() && all_added_);
        FUZZ_REQUIRE(ec && ec != error::operation_aborted);
        FUZZ_REQUIRE(number == deciding_failure() && ec == attempts_[number].error);
        return (wanted >> (number + static_cast<unsigned>(ec.value())) % 8 & 1) != 0;
      };
    }
    return given;
  }

  // The events.

  void let_something_happen()
  {
    switch (bytes_.below(16))
    {
    case 0:
      return add();
    case 1:
      return all_added();
    case 2:
      if (bytes_.one_in(3))
        stop(bytes_.pick(stop_reasons));
      return;
    case 3:
    case 4:
    case 5:
      return delay_over();
    case 6:
    case 7:
      return waited();
    case 8:
    case 9:
      return written(bytes_.coin() ? error_code() : bytes_.pick(errors));
    case 10:
    case 11:
      return connected(choose_attempt());
    default:
      return ended(choose_attempt());
    }
  }

  void add()
  {
    if (all_added_ || candidates_.size() == most_candidates)
      return;
    const int family = bytes_.pick(families);
    FUZZ_REQUIRE(machine_.add(family) == candidates_.size());
    order_.add(candidates_.size(), family);
    candidates_.push_back(family);
  }

  void all_added()
  {
    if (all_added_)
      return;
    all_added_ = true;
    machine_.on_all_added(error::host_not_found);
  }

  void stop(stop_reason reason)
  {
    if (stop_ != stop_reason::cancelled)
      stop_ = reason;
    machine_.on_stopped(reason);
  }

  void delay_over()
  {
    if (!delay_armed_)
      return;
    delay_armed_ = false;
    due_ = true;
    machine_.on_delay_over();
  }

  void waited()
  {
    if (!waiting_)
      return;
    if (stop_ == stop_reason::none)
      begin_round();
    machine_.on_waited();
  }

  void begin_round()
  {
    waiting_ = false;
    asked_ = false;
    due_ = true;
    arm_due_ = false;
    attempts_.clear();
    order_ = reference_order(given_.race.first_family_count);
    for (std::size_t number = 0; number != candidates_.size(); ++number)
      order_.add(number, candidates_[number]);
  }

  void written(const error_code& ec)
  {
    if (write_ != write_state::running)
      return;
    write_ = write_state::done;
    write_error_ = ec;
    delivered_ = true;
    machine_.on_written(ec);
  }

  /// One that has not ended, if there is any.
  std::size_t choose_attempt()
  {
    if (waiting_ || attempts_.empty())
      return nobody;
    std::size_t number = bytes_.below(static_cast<unsigned>(attempts_.size()));
    for (std::size_t n = 0; n != attempts_.size(); ++n)
    {
      if (!attempts_[number].ended)
        return number;
      number = (number + 1) % attempts_.size();
    }
    return nobody;
  }

  void connected(std::size_t number)
  {
    if (number == nobody)
      return;
    wins_if_first(number);
    machine_.on_connected(number);
  }

  void wins_if_first(std::size_t number)
  {
    if (winner_ == nobody && stop_ == stop_reason::none && attempts_[number].told == wish::none)
      winner_ = number;
  }

  void ended(std::size_t number)
  {
    if (number != nobody)
      ended(number, bytes_.one_in(5) ? error_code() : bytes_.pick(errors));
  }

  void ended(std::size_t number, const error_code& ec)
  {
    attempt& a = attempts_[number];
    race_machine::attempt_end end;
    end.error = ec;
    end.maybe_delivered = ec && a.with_flight && bytes_.one_in(4);

    if (!ec)
      wins_if_first(number);
    const bool is_complete = a.with_flight || !given_.has_flight;
    if (!ec && winner_ == nobody && stop_ != stop_reason::none && a.told != wish::give_up
        && is_complete)
      winner_ = number;
    if (end.maybe_delivered || (!ec && a.with_flight))
      reach(a.candidate);
    due_ = due_ || a.told == wish::none;
    a.ended = true;
    a.error = a.told == wish::give_up ? error_code(error::timed_out) : ec;
    machine_.on_attempt_ended(number, end);
  }

  void reach(std::size_t candidate)
  {
    delivered_ = true;
    reached_.insert(candidate);
  }

  // The actions.

  void perform_all()
  {
    for (std::size_t n = 0;; ++n)
    {
      FUZZ_REQUIRE(n < 1000);
      const decision expected = expect();
      const decision next = machine_.next();
      check(next, expected);
      if (next.next == action::none)
        break;
      perform(next);

      // What it has asked for may be over at once, and other things may happen meanwhile.
      if (!finished_ && bytes_.one_in(4))
        ended(attempt_of(next));
      else if (!finished_ && bytes_.one_in(8))
        let_something_happen();
    }
    FUZZ_REQUIRE(machine_.not_tried() == order_.size());

    // It must not wait for what will never come.
    FUZZ_REQUIRE(finished_ || waiting_ || !all_added_ || count_in_flight() != 0
        || write_ == write_state::running);
  }

  /// Which attempt it is about that has not ended, if any.
  std::size_t attempt_of(const decision& next) const
  {
    return next.attempt < attempts_.size() && !attempts_[next.attempt].ended ? next.attempt
                                                                             : nobody;
  }

  static void check(const decision& next, const decision& expected)
  {
    FUZZ_REQUIRE(next.next == expected.next);
    FUZZ_REQUIRE(next.error == expected.error);
    FUZZ_REQUIRE(next.delay == expected.delay);
    FUZZ_REQUIRE(next.with_flight == expected.with_flight);
    FUZZ_REQUIRE(next.candidate == expected.candidate);
    if (next.next != action::finish || !next.error)
      FUZZ_REQUIRE(next.attempt == expected.attempt);
  }

  void perform(const decision& next)
  {
    FUZZ_REQUIRE(!finished_);
    switch (next.next)
    {
    case action::none:
      break;
    case action::start:
      return start(next);
    case action::arm_delay:
      arm_due_ = false;
      delay_armed_ = true;
      break;
    case action::give_up:
      return tell(next.attempt, wish::give_up);
    case action::lose:
      return tell(next.attempt, wish::lose);
    case action::stop:
      if (next.attempt == winner_)
        winner_told_ = true;
      else
        tell(next.attempt, wish::stop);
      break;
    case action::write:
      FUZZ_REQUIRE(attempts_[next.attempt].ended);
      write_ = write_state::running;
      reached_.insert(attempts_[next.attempt].candidate);
      break;
    case action::wait:
      FUZZ_REQUIRE(count_in_flight() == 0 && !delivered_);
      waiting_ = true;
      ++rounds_;
      break;
    case action::finish:
      FUZZ_REQUIRE(count_in_flight() == 0 && write_ != write_state::running);
      finished_ = true;
      result_ = next.error;
      break;
    }
  }

  void start(const decision& next)
  {
    FUZZ_REQUIRE(winner_ == nobody && stop_ == stop_reason::none);
    for (const attempt& a : attempts_)
      FUZZ_REQUIRE(a.candidate != next.candidate);
    if (is_sequential())
      FUZZ_REQUIRE(count_in_flight() == 0 && !delivered_);

    FUZZ_REQUIRE(order_.take() == next.candidate);
    attempts_.push_back({next.candidate, next.with_flight});
    due_ = false;
    arm_due_ = !is_sequential() && may_be_followed();
    if (!is_sequential())
      FUZZ_REQUIRE(count_running() <= given_.race.max_in_flight);
  }

  void tell(std::size_t number, wish what)
  {
    FUZZ_REQUIRE(attempts_[number].runs());
    attempts_[number].told = what;
  }

  // The rules.

  bool is_sequential() const { return given_.race.mode == race_mode::sequential; }
  bool may_be_followed() const { return !order_.empty() || !all_added_; }

  std::size_t count_in_flight() const
  {
    return static_cast<std::size_t>(std::count_if(
        attempts_.begin(), attempts_.end(), [](const attempt& a) { return !a.ended; }));
  }

  std::size_t count_running() const
  {
    return static_cast<std::size_t>(std::count_if(
        attempts_.begin(), attempts_.end(), [](const attempt& a) { return a.runs(); }));
  }

  /// The oldest that runs, but not the winner.
  std::size_t oldest() const
  {
    for (std::size_t number = 0; number != attempts_.size(); ++number)
    {
      if (attempts_[number].runs() && number != winner_)
        return number;
    }
    return nobody;
  }

  decision expect() const
  {
    if (finished_)
      return {};
    if (winner_ != nobody)
      return expect_after_win();
    if (stop_ != stop_reason::none)
    {
      if (oldest() != nobody)
        return about(action::stop, oldest());
      return count_in_flight() == 0 ? finish_with(error::operation_aborted) : decision();
    }
    return waiting_ ? decision() : expect_in_race();
  }

  decision expect_after_win() const
  {
    if (oldest() != nobody)
      return about(action::lose, oldest());

    const attempt& winner = attempts_[winner_];
    const bool goes_on = !winner.ended || write_ == write_state::running;
    if (stop_ != stop_reason::none && goes_on && !winner_told_)
      return about(action::stop, winner_);
    if (goes_on)
      return {};

    const bool is_unsent = given_.has_flight && !winner.with_flight && write_ == write_state::none;
    if (!winner.error && is_unsent && stop_ == stop_reason::none)
      return about(action::write, winner_);
    if (count_in_flight() != 0)
      return {};
    if (winner.error)
      return finish_with(winner.error);
    return finish_with(is_unsent ? error_code(error::operation_aborted) : write_error_);
  }

  decision expect_in_race() const
  {
    const std::size_t running = count_running();
    const bool may_start =
        is_sequential() ? count_in_flight() == 0 && !delivered_ : due_ || running == 0;
    if (!order_.empty() && may_start)
    {
      if (!is_sequential() && running == given_.race.max_in_flight)
        return about(action::give_up, oldest());
      return expect_start();
    }
    if (arm_due_)
    {
      decision arm = about(action::arm_delay, nobody);
      arm.delay = given_.race.attempt_delay;
      return arm;
    }
    const bool is_over = all_added_ || (is_sequential() && delivered_);
    return is_over && count_in_flight() == 0 ? expect_end_of_round() : decision();
  }

  decision expect_start() const
  {
    decision start = about(action::start, attempts_.size());
    reference_order order = order_;
    start.candidate = order.take();
    const bool is_alone = count_in_flight() == 0 && order.empty() && all_added_;
    const bool is_consented =
        given_.race.payload == race_payload::first_attempt && attempts_.empty();
    start.with_flight = given_.has_flight && (is_sequential() || is_alone || is_consented);
    return start;
  }

  std::size_t deciding_failure() const
  {
    if (is_sequential() && delivered_)
      return attempts_.size() - 1;
    for (std::size_t number = 0; number != attempts_.size(); ++number)
    {
      if (!is_among(errors_of_missing_families, attempts_[number].error))
        return number;
    }
    return 0;
  }

  decision expect_end_of_round() const
  {
    if (attempts_.empty())
      return finish_with(error::host_not_found);
    const error_code ec = attempts_[deciding_failure()].error;
    if (!deserves_another_round(ec))
      return finish_with(ec);
    decision wait = about(action::wait, nobody);
    wait.delay = given_.backoff.delay(rounds_ + 1);
    return wait;
  }

  bool deserves_another_round(const error_code& ec) const
  {
    const bool is_last = given_.max_rounds != 0 && rounds_ + 1 == given_.max_rounds;
    if (is_last || delivered_ || ec == error::operation_aborted)
      return false;
    return given_.predicate ? wanted(ec) : is_among(retryable_errors, ec);
  }

  /// Asks the predicate before the machine does.
  bool wanted(const error_code& ec) const
  {
    const bool answer = given_.predicate(deciding_failure(), ec);
    asked_ = false;
    return answer;
  }

  static decision about(action what, std::size_t number)
  {
    decision result;
    result.next = what;
    result.attempt = number;
    return result;
  }

  decision finish_with(const error_code& ec) const
  {
    decision result = about(action::finish, winner_);
    const bool is_ambiguous = ec == error::operation_aborted || ec == error::connection_reset
        || ec == error::connection_aborted;
    result.error = ec;
    if (is_ambiguous && stop_ != stop_reason::none)
      result.error = stop_ == stop_reason::cancelled ? error_code(error::operation_aborted)
                                                     : error_code(error::timed_out);
    if (delivered_ && is_among(retryable_errors, result.error))
      result.error = after_delivery(result.error);
    return result;
  }

  // The end.

  /// From here on nothing is left to chance: whatever goes on ends, and the operation with it.
  void wind_down()
  {
    all_added();
    perform_all();
    if (!finished_)
      stop(stop_reason::cancelled);
    for (std::size_t n = 0; !finished_; ++n)
    {
      FUZZ_REQUIRE(n < 1000);
      perform_all();
      if (finished_)
        break;
      written(error::operation_aborted);
      for (std::size_t number = 0; number != attempts_.size() && !waiting_; ++number)
      {
        if (!attempts_[number].ended)
          ended(number, error::operation_aborted);
      }
    }
  }

  void check_end()
  {
    machine_.on_delay_over();
    FUZZ_REQUIRE(machine_.next().next == action::none);
    machine_.on_waited();
    FUZZ_REQUIRE(machine_.next().next == action::none);
    machine_.on_stopped(stop_reason::total_timeout);
    FUZZ_REQUIRE(machine_.next().next == action::none);

    FUZZ_REQUIRE((winner_ != nobody) || result_);
    FUZZ_REQUIRE(given_.has_flight || reached_.empty());
    if (!result_ && given_.has_flight)
      FUZZ_REQUIRE(reached_.count(attempts_[winner_].candidate) == 1);

    FUZZ_REQUIRE(machine_.is_maybe_delivered() == !reached_.empty());

    // A second one only with the caller's consent.
    const bool is_consented =
        !is_sequential() && given_.race.payload == race_payload::first_attempt;
    FUZZ_REQUIRE(reached_.size() <= (is_consented ? 2u : 1u));
  }

  byte_source& bytes_;
  race_machine::environment given_;

  /// The address families of all candidates, and those that no attempt of this round was made on.
  std::vector<int> candidates_;
  reference_order order_;
  bool all_added_ = false;

  std::vector<attempt> attempts_;
  unsigned rounds_ = 0;
  bool waiting_ = false;

  /// Since the last start an attempt has failed, or the delay has passed.
  bool due_ = true;

  bool arm_due_ = false;
  bool delay_armed_ = false;

  stop_reason stop_ = stop_reason::none;

  std::size_t winner_ = nobody;
  bool winner_told_ = false;
  write_state write_ = write_state::none;
  error_code write_error_;

  bool delivered_ = false;
  std::set<std::size_t> reached_;

  /// The predicate was asked about this round.
  mutable bool asked_ = false;

  bool finished_ = false;
  error_code result_;

  race_machine machine_;
};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
  byte_source bytes(data, size);
  while (!bytes.empty())
    operation(bytes).run();
  return 0;
}
