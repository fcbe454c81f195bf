// SPDX-License-Identifier: BSL-1.0

#include "../error/native_code.hpp"

#include <connectex/detail/decide/connect_machine.hpp>
#include <connectex/error.hpp>

#include <limits>
#include <optional>

namespace connectex::detail
{

using boost::system::error_code;

namespace
{

bool may_come_from_stopping(const error_code& error) noexcept
{
  return error == native_code::operation_aborted || error == native_code::connection_reset
      || error == native_code::connection_aborted;
}

/// Said at once of a socket that has failed before, these speak of the socket, not of the peer: Winsock
/// promises that it can be used again, but Wine and some providers do not keep that promise.
bool speaks_of_the_socket(const error_code& error) noexcept
{
  return error == native_code::connection_aborted || error == native_code::invalid_argument
      || error == native_code::already_started || error == native_code::network_down;
}

bool ends_the_operation(stop_reason stop) noexcept
{
  return stop == stop_reason::cancelled || stop == stop_reason::total_timeout;
}

} // namespace

error_code result_of_stopped(const error_code& error, stop_reason stop) noexcept
{
  if (!may_come_from_stopping(error))
    return error;
  return error_code_of(
      stop == stop_reason::cancelled ? native_code::operation_aborted : native_code::timed_out);
}

connect_machine::decision connect_machine::on_attempt(const attempt_result& result)
{
  if (reused_ && result.immediate && speaks_of_the_socket(result.error))
  {
    if (const auto cleared = clear_the_way(result))
      return *cleared;
  }

  const error_code error = result_of(result.error, result.stop);
  count(error);
  if (error)
    return fail(error, result);
  return {result.unsent ? action::write : action::finish};
}

std::optional<connect_machine::decision> connect_machine::clear_the_way(
    const attempt_result& refusal)
{
  if (ends_the_operation(refusal.stop))
    return on_stopped(refusal.stop);

  // Wine and Linux spend the first call after a failure on reporting it a second time.
  if (refusal.error == native_code::connection_aborted && !absorbed_)
  {
    absorbed_ = true;
    return decision{action::attempt};
  }
  if (may_reopen_)
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
  reused_ = true;
  absorbed_ = false;
  waited_ = false;
}

connect_machine::decision connect_machine::fail(
    const error_code& error, const attempt_result& result)
{
  const bool attempts_left =
      retry_ && (retry_->max_attempts == 0 || attempts_ < retry_->max_attempts);
  if (!attempts_left || result.may_have_connected || error == native_code::operation_aborted
      || !is_retryable(error))
    return {action::finish, error};
  if (ends_the_operation(result.stop))
    return on_stopped(result.stop);

  in_limbo_ = error != result.error;
  if (can_dissolve_)
    return {action::dissolve};
  return in_limbo_ ? reopen_or_finish() : try_again();
}

connect_machine::decision connect_machine::on_dissolved(const error_code& error)
{
  return error && in_limbo_ ? reopen_or_finish() : try_again();
}

connect_machine::decision connect_machine::on_reopened(const error_code& error)
{
  if (error)
    return {action::finish, error};
  reused_ = false;
  return try_again();
}

connect_machine::decision connect_machine::on_stopped(stop_reason stop) noexcept
{
  return {action::finish, result_of(error_code_of(native_code::operation_aborted), stop)};
}

bool connect_machine::may_retry() const noexcept
{
  return retry_ && (retry_->max_attempts == 0 || attempts_ + 1 < retry_->max_attempts);
}

connect_machine::decision connect_machine::reopen_or_finish() const noexcept
{
  return may_reopen_ ? decision{action::reopen} : decision{action::finish, last_error_};
}

connect_machine::decision connect_machine::try_again()
{
  if (!waited_)
  {
    waited_ = true;
    const duration delay = retry_->backoff.delay(attempts_);
    if (delay > duration::zero())
      return {action::wait, {}, delay};
  }
  return {action::attempt};
}

bool connect_machine::is_retryable(const error_code& error) const
{
  const auto& predicate = retry_->predicate;
  return predicate ? predicate(error) : error == condition::retryable;
}

} // namespace connectex::detail
