// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_DETAIL_CONNECT_MACHINE_HPP
#define CONNECTEX_DETAIL_CONNECT_MACHINE_HPP

#include <connectex/detail/platform.hpp>
#include <connectex/retry_policy.hpp>

#include <boost/system/error_code.hpp>

#include <chrono>
#include <optional>

namespace connectex::detail
{

/// What, other than the system, has ended a step or kept it from starting.
enum class stop_reason : unsigned char
{
  none,

  /// By the caller: through the slot, or by closing the socket.
  cancelled,

  attempt_timeout,
  total_timeout
};

/// result_of for a step that failed and that something had asked to stop.
CONNECTEX_DECL boost::system::error_code result_of_stopped(
    const boost::system::error_code& error, stop_reason stop) noexcept;

/// What a step that ended with @p error means, given what had asked it to stop before its result was
/// seen. The truth table of the whole library:
/**
 * | error                                 | none | cancelled | either limit |
 * |---------------------------------------|------|-----------|--------------|
 * | success                               | same | same      | same         |
 * | operation_aborted                     | same | aborted   | timed_out    |
 * | connection_reset, connection_aborted  | same | aborted   | timed_out    |
 * | anything else                         | same | same      | same         |
 *
 * A success wins over whatever came too late to prevent it. The packet of a call that was stopped may
 * carry any of the codes in the middle, and the same codes come from the network: what we know
 * ourselves goes first.
 */
inline boost::system::error_code result_of(
    const boost::system::error_code& error, stop_reason stop) noexcept
{
  return error && stop != stop_reason::none ? result_of_stopped(error, stop) : error;
}

/// Decides what one operation does next: an event goes in, an action comes out.
/**
 * It makes no calls, has no clock and knows no sockets: what it has to know comes with the events.
 */
class connect_machine
{
public:
  using error_code = boost::system::error_code;
  using duration = std::chrono::steady_clock::duration;

  enum class action : unsigned char
  {
    /// Start an attempt.
    attempt,

    /// Make the system forget the failed attempt, so that the same socket can connect again.
    dissolve,

    /// Close the socket and open it anew.
    reopen,

    /// Let `delay` pass.
    wait,

    /// Write what is left of the first flight.
    write,

    /// Complete with `error`.
    finish
  };

  struct decision
  {
    action next = action::finish;
    error_code error = {};
    duration delay = {};
  };

  struct attempt_result
  {
    /// As it came from the system, in portable terms.
    error_code error = {};

    stop_reason stop = stop_reason::none;

    /// It failed within the call that began it.
    bool immediate = false;

    /// The connection may have stood although the attempt failed: bytes may have been delivered.
    bool may_have_connected = false;

    /// Some of the first flight is still to be written. For a success.
    bool unsent = false;
  };

  /// What the machine has to know of its surroundings. By default, to make one attempt.
  struct setting
  {
    /// Null: one attempt.
    const retry_policy* retry = nullptr;

    bool may_reopen = false;

    /// Whether `dissolve` is worth trying on this system.
    bool can_dissolve = false;
  };

  connect_machine() = default;

  explicit connect_machine(const setting& where) noexcept
    : retry_(where.retry), may_reopen_(where.may_reopen), can_dissolve_(where.can_dissolve)
  {
  }

  /// The only attempt of an operation without options has ended.
  static decision on_only_attempt(const attempt_result& result) noexcept
  {
    return on_write(result.error, result.stop, result.unsent);
  }

  /// The attempt that was asked for has ended.
  CONNECTEX_DECL decision on_attempt(const attempt_result& result);

  /// The dissolving that was asked for has ended.
  CONNECTEX_DECL decision on_dissolved(const error_code& error);

  /// The opening that was asked for has ended.
  CONNECTEX_DECL decision on_reopened(const error_code& error);

  /// The wait that was asked for has ended.
  static decision on_waited(stop_reason stop) noexcept
  {
    return stop == stop_reason::none ? decision{action::attempt} : on_stopped(stop);
  }

  /// The attempt that was asked for was not started.
  CONNECTEX_DECL static decision on_stopped(stop_reason stop) noexcept;

  /// A write that was asked for has ended, or was not started (operation_aborted).
  static decision on_write(const error_code& error, stop_reason stop, bool unsent) noexcept
  {
    if (error)
      return {action::finish, result_of(error, stop)};
    return {unsent ? action::write : action::finish};
  }

  /// How many attempts have ended. A call that merely cleared the way for another is not one.
  unsigned attempts() const noexcept { return attempts_; }

  /// How the last of them ended.
  const error_code& last_error() const noexcept { return last_error_; }

  /// Whether any failure of the next attempt could be followed by another attempt.
  CONNECTEX_DECL bool may_retry() const noexcept;

private:
  void count(const error_code& error) noexcept;
  decision fail(const error_code& error, const attempt_result& result);
  std::optional<decision> clear_the_way(const attempt_result& refusal);
  decision reopen_or_finish() const noexcept;
  decision try_again();
  bool is_retryable(const error_code& error) const;

  const retry_policy* retry_ = nullptr;
  error_code last_error_;
  unsigned attempts_ = 0;
  bool may_reopen_ = false;
  bool can_dissolve_ = false;

  /// The socket has been through a failed attempt.
  bool reused_ = false;

  /// The one free call after a failure has been spent.
  bool absorbed_ = false;

  /// The failed attempt was ended by us, so the system may still be at it.
  bool in_limbo_ = false;

  /// The wait before the next attempt is over or was not due.
  bool waited_ = false;
};

} // namespace connectex::detail

#endif // CONNECTEX_DETAIL_CONNECT_MACHINE_HPP
