// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_DETAIL_DECIDE_RACE_MACHINE_HPP
#define CONNECTEX_DETAIL_DECIDE_RACE_MACHINE_HPP

#include <connectex/detail/decide/race_order.hpp>
#include <connectex/detail/decide/stopping.hpp>
#include <connectex/detail/platform.hpp>
#include <connectex/race_policy.hpp>
#include <connectex/retry_policy.hpp>

#include <boost/system/error_code.hpp>

#include <chrono>
#include <cstddef>
#include <functional>
#include <limits>
#include <vector>

namespace connectex::detail
{

/// Decides what a connect to several endpoints does next. Events go in by the functions on_...();
/// after each, next() gives one action after the other until there is none to perform.
/**
 * It makes no calls, has no clock and knows neither sockets nor addresses: a candidate is the
 * number that add() has given it, an attempt is the number of its start in the round. Actions are
 * pulled because one event may ask for several, and because an attempt that fails as soon as it
 * starts must not come back into the event that has started it.
 */
class race_machine
{
public:
  using error_code = boost::system::error_code;
  using duration = race_policy::duration;

  static constexpr std::size_t no_attempt = (std::numeric_limits<std::size_t>::max)();

  enum class action : unsigned char
  {
    /// Nothing, until the next event.
    none,

    /// Start `attempt` on `candidate`, with the first flight if `with_flight`.
    start,

    /// Call on_delay_over() when `delay` has passed; an earlier such wish is void.
    arm_delay,

    /// End `attempt`: it has to make room.
    give_up,

    /// End `attempt`: another has won.
    lose,

    /// End `attempt`, or the write to it: the operation was asked to stop.
    stop,

    /// Write the first flight to the connection of `attempt`, which has won.
    write,

    /// All attempts of this round have failed. Call on_waited() when `delay` has passed.
    wait,

    /// Complete with `error`; if there is none, with the connection of `attempt`.
    finish
  };

  struct decision
  {
    action next = action::none;
    std::size_t attempt = no_attempt;
    std::size_t candidate = 0;
    bool with_flight = false;
    duration delay = {};
    error_code error = {};
  };

  /// The properties of the operation that the machine decides by.
  struct environment
  {
    race_policy race = {};
    bool has_flight = false;

    /// How often the whole list is tried. 0: no limit.
    unsigned max_rounds = 1;

    exponential_backoff backoff = {};

    /// Whether the error of an attempt, which is the error of its round, deserves another round.
    /// Empty: condition::retryable.
    std::function<bool(std::size_t attempt, const error_code&)> predicate = nullptr;
  };

  /// How an attempt ended.
  struct attempt_end
  {
    error_code error = {};

    /// The peer may have got some of the first flight although the attempt failed.
    bool maybe_delivered = false;
  };

  CONNECTEX_DECL explicit race_machine(environment given);

  /// There is one more candidate, of this address family.
  /**
   * @returns Its number: how many there were before.
   */
  CONNECTEX_DECL std::size_t add(int family);

  /// No more candidates come.
  /**
   * @param none_found The error of the operation if there is no candidate at all.
   */
  CONNECTEX_DECL void on_all_added(const error_code& none_found);

  /// The connection of an attempt stands, although the attempt may go on with its first flight.
  CONNECTEX_DECL void on_connected(std::size_t attempt);

  /// An attempt is over, and with it everything that the system knew of it.
  CONNECTEX_DECL void on_attempt_ended(std::size_t attempt, const attempt_end& end);

  /// The delay that was asked for has passed.
  CONNECTEX_DECL void on_delay_over();

  /// The wait that was asked for is over.
  CONNECTEX_DECL void on_waited();

  /// The write that was asked for has ended.
  CONNECTEX_DECL void on_written(const error_code& error);

  /// The operation is to stop.
  CONNECTEX_DECL void on_stopped(stop_reason reason);

  CONNECTEX_DECL decision next();

  /// How many candidates of this round no attempt was made on.
  std::size_t not_tried() const noexcept { return order_.size(); }

  /// The attempt that has won, or no_attempt.
  std::size_t winner() const noexcept { return winner_; }

  /// Whether a peer may have got some of the first flight.
  bool is_maybe_delivered() const noexcept { return maybe_delivered_; }

private:
  enum class phase : unsigned char
  {
    racing,
    won,
    stopped,
    waiting,
    finished
  };

  enum class state : unsigned char
  {
    running,
    given_up,
    ending,
    ended
  };

  struct attempt
  {
    state now = state::running;
    bool with_flight = false;
    error_code error = {};
  };

  bool is_sequential() const noexcept { return environment_.race.mode == race_mode::sequential; }
  bool may_start() const noexcept;
  decision next_in_race();
  decision next_after_win();
  decision start();
  decision end(action how, std::size_t number) noexcept;
  decision end_round();
  decision finish(const error_code& error) noexcept;
  std::size_t find_running() const noexcept;
  std::size_t find_deciding_failure() const noexcept;
  bool is_retryable(std::size_t number, const error_code& error) const;
  void begin_round();

  environment environment_;
  std::vector<int> families_;
  race_order order_;
  bool all_added_ = false;
  error_code none_found_;

  phase phase_ = phase::racing;
  stop_reason stop_ = stop_reason::none;
  unsigned rounds_ = 0;

  std::vector<attempt> attempts_;

  /// Attempts that have not ended, and those among them that were not told to.
  std::size_t in_flight_ = 0;
  std::size_t running_ = 0;

  /// The next candidate need not wait for the attempts that run.
  bool start_due_ = true;

  /// The delay has to be armed.
  bool delay_due_ = false;

  bool maybe_delivered_ = false;

  std::size_t winner_ = no_attempt;
  bool winner_told_to_stop_ = false;

  enum class flight : unsigned char
  {
    unsent,
    being_written,
    done
  };
  flight flight_ = flight::unsent;
  error_code write_error_;
};

} // namespace connectex::detail

#endif // CONNECTEX_DETAIL_DECIDE_RACE_MACHINE_HPP
