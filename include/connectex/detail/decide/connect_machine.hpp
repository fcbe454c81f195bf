// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_DETAIL_DECIDE_CONNECT_MACHINE_HPP
#define CONNECTEX_DETAIL_DECIDE_CONNECT_MACHINE_HPP

#include <connectex/detail/decide/after_delivery.hpp>
#include <connectex/detail/decide/attempt_result.hpp>
#include <connectex/detail/decide/stopping.hpp>
#include <connectex/detail/platform.hpp>
#include <connectex/retry_policy.hpp>

#include <boost/system/error_code.hpp>

#include <chrono>
#include <functional>
#include <optional>
#include <utility>

namespace connectex::detail
{

/// The state of the first flight after a step.
struct flight_state
{
  /// Some of it has still to be handed over.
  bool unsent = false;

  /// The peer may have got some of it.
  bool maybe_delivered = false;
};

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

  /// The properties of the operation that the machine decides by. By default it makes one attempt.
  struct environment
  {
    /// 0: no limit.
    unsigned max_attempts = 1;

    exponential_backoff backoff = {};

    /// Whether an error deserves another attempt. Empty: condition::retryable.
    std::function<bool(const error_code&)> predicate = nullptr;

    bool may_reopen = false;
  };

  connect_machine() = default;

  explicit connect_machine(environment given) : environment_(std::move(given)) {}

  /// The only attempt of an operation without a retry policy has ended.
  static decision on_single_attempt(
      const attempt_result& result, stop_reason stop, const flight_state& flight) noexcept
  {
    return on_write(result.error, stop, flight);
  }

  /// The attempt that was asked for has ended.
  CONNECTEX_DECL decision on_attempt(
      const attempt_result& result, stop_reason stop, const flight_state& flight);

  /// The opening that was asked for has ended.
  CONNECTEX_DECL decision on_reopened(const error_code& error);

  /// The wait that was asked for has ended.
  static decision on_waited(stop_reason stop) noexcept
  {
    return stop == stop_reason::none ? decision{action::attempt} : on_stopped(stop);
  }

  /// The attempt, the wait or the write that was asked for was not started.
  CONNECTEX_DECL static decision on_stopped(
      stop_reason stop, const flight_state& flight = {}) noexcept;

  /// A write that was asked for has ended.
  static decision on_write(
      const error_code& error, stop_reason stop, const flight_state& flight) noexcept
  {
    return error ? finish(result_of(error, stop), flight)
                 : decision{flight.unsent ? action::write : action::finish};
  }

  /// How many attempts have ended. A call that only took a stale error from the socket is not one.
  unsigned attempts() const noexcept { return attempts_; }

  /// How the last of them ended.
  const error_code& last_error() const noexcept { return last_error_; }

  /// Whether any failure of the next attempt could be followed by another attempt.
  CONNECTEX_DECL bool may_retry() const noexcept;

private:
  void count(const error_code& error) noexcept;
  static decision finish(const error_code& error, const flight_state& flight) noexcept
  {
    return {action::finish, flight.maybe_delivered ? after_delivery(error) : error};
  }

  decision fail(const error_code& error, const attempt_result& result, stop_reason stop,
      const flight_state& flight);
  std::optional<decision> on_refused_socket(const attempt_result& refusal, stop_reason stop);
  decision reopen_or_finish() const noexcept;
  decision try_again();
  bool is_retryable(const error_code& error) const;

  environment environment_;
  error_code last_error_;
  unsigned attempts_ = 0;

  /// The socket has been through a failed attempt.
  bool has_failed_ = false;

  /// The system has reported an earlier failure once more. It may do so once for each attempt.
  bool stale_error_seen_ = false;

  /// The wait before the next attempt is over or was not due.
  bool waited_ = false;
};

} // namespace connectex::detail

#endif // CONNECTEX_DETAIL_DECIDE_CONNECT_MACHINE_HPP
