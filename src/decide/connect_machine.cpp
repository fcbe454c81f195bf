// SPDX-License-Identifier: BSL-1.0

#include "../error/winsock_codes.hpp"

#include <connectex/detail/decide/connect_machine.hpp>
#include <connectex/error.hpp>

#include <limits>
#include <optional>

namespace connectex::detail
{

using boost::system::error_code;

namespace
{

/// If a socket has failed before, these errors, when immediate, mean that the socket cannot be
/// used, not that the peer refused: Winsock promises that it can be used again, but Wine and some
/// providers do not keep that promise.
bool is_about_socket(const error_code& error) noexcept
{
  return error == wsa::connection_aborted || error == wsa::invalid_argument
      || error == wsa::already_started || error == wsa::network_down;
}

bool is_final(stop_reason stop) noexcept
{
  return stop == stop_reason::cancelled || stop == stop_reason::total_timeout;
}

} // namespace

connect_machine::decision connect_machine::on_attempt(
    const attempt_result& result, stop_reason stop, const flight_state& flight)
{
  if (has_failed_ && result.immediate && is_about_socket(result.error))
  {
    if (const auto next = on_refused_socket(result, stop))
      return *next;
  }

  const error_code error = result_of(result.error, stop);
  count(error);
  if (error)
    return fail(error, result, stop, flight);
  return {flight.unsent ? action::write : action::finish};
}

std::optional<connect_machine::decision> connect_machine::on_refused_socket(
    const attempt_result& refusal, stop_reason stop)
{
  if (is_final(stop))
    return on_stopped(stop);

  // Wine and Linux spend the first call after a failure on reporting it a second time.
  if (refusal.error == wsa::connection_aborted && !stale_error_seen_)
  {
    stale_error_seen_ = true;
    return decision{action::attempt};
  }
  if (environment_.may_reopen)
    return decision{action::reopen};

  // A predicate may want to go on with this very socket: to it this is a failure like any other.
  if (is_retryable(refusal.error))
    return std::nullopt;
  return decision{action::finish, last_error_};
}

void connect_machine::count(const error_code& error) noexcept
{
  if (attempts_ != (std::numeric_limits<unsigned>::max)())
    ++attempts_;
  last_error_ = error;
  has_failed_ = true;
  stale_error_seen_ = false;
  waited_ = false;
}

connect_machine::decision connect_machine::fail(const error_code& error,
    const attempt_result& result, stop_reason stop, const flight_state& flight)
{
  const bool attempts_left =
      environment_.max_attempts == 0 || attempts_ < environment_.max_attempts;
  if (!attempts_left || result.may_have_connected || error == wsa::operation_aborted
      || !is_retryable(error))
    return finish(error, flight);
  if (is_final(stop))
    return on_stopped(stop, flight);

  // After an attempt that a limit has stopped, the system may still be connecting.
  const bool was_stopped = error != result.error;
  return was_stopped && !result.disconnected ? reopen_or_finish() : try_again();
}

connect_machine::decision connect_machine::on_reopened(const error_code& error)
{
  if (error)
    return {action::finish, error};
  has_failed_ = false;
  return try_again();
}

connect_machine::decision connect_machine::on_stopped(
    stop_reason stop, const flight_state& flight) noexcept
{
  return finish(result_of(to_portable(wsa::operation_aborted), stop), flight);
}

bool connect_machine::may_retry() const noexcept
{
  return environment_.max_attempts == 0 || attempts_ + 1 < environment_.max_attempts;
}

connect_machine::decision connect_machine::reopen_or_finish() const noexcept
{
  return environment_.may_reopen ? decision{action::reopen} : decision{action::finish, last_error_};
}

connect_machine::decision connect_machine::try_again()
{
  if (!waited_)
  {
    waited_ = true;
    const duration delay = environment_.backoff.delay(attempts_);
    if (delay > duration::zero())
      return {action::wait, {}, delay};
  }
  return {action::attempt};
}

bool connect_machine::is_retryable(const error_code& error) const
{
  return environment_.predicate ? environment_.predicate(error) : error == condition::retryable;
}

} // namespace connectex::detail
