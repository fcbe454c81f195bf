// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_DETAIL_OPERATION_STOPPABLE_STEP_HPP
#define CONNECTEX_DETAIL_OPERATION_STOPPABLE_STEP_HPP

#include <connectex/detail/decide/stopping.hpp>

#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/cancellation_type.hpp>

#include <mutex>
#include <optional>

namespace connectex::detail
{

/// The step that an operation is in, and what may stop it: the handler's cancellation slot and the
/// time limits.
/**
 * The caller may emit from any thread, before, between and after the operation's steps. The slot of
 * the handler is filled once, when the operation starts, and never touched again, because a slot
 * that is refilled while another thread emits is a data race. Each step puts its own cancellation
 * into the slot of this object, under its lock. A time limit names the step that it is for,
 * because its timer may go off when that step is long over.
 */
class stoppable_step
{
public:
  using cancellation_type = boost::asio::cancellation_type;

  /// Distinguishes the steps of one operation.
  using step_id = unsigned;

  /// The types that end the operation as long as the peer has seen no byte of it.
  static constexpr cancellation_type all_types =
      cancellation_type::terminal | cancellation_type::partial | cancellation_type::total;

  /// `total` promises that nothing has happened, so it cannot be kept any more.
  static constexpr cancellation_type types_after_first_byte =
      cancellation_type::terminal | cancellation_type::partial;

  stoppable_step() = default;
  stoppable_step(const stoppable_step&) = delete;
  stoppable_step& operator=(const stoppable_step&) = delete;

  /// Records a cancellation request.
  /**
   * @returns The step to interrupt, if it allows this type. The caller must do so by
   * interrupt_by_cancellation(), on the handler's executor, where the user may be closing the
   * socket.
   */
  std::optional<step_id> cancel(cancellation_type type)
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    requested_ = requested_ | type;
    return is_any(type, allowed_) ? std::optional<step_id>(step_) : std::nullopt;
  }

  /// Stops the step in flight if it is @p step and allows this type.
  void interrupt_by_cancellation(step_id step, cancellation_type type)
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (step == step_ && is_any(type, allowed_))
      signal_.emit(type);
  }

  /// Stops the step in flight if it is @p step, because of a time limit.
  void interrupt_by_limit(step_id step, stop_reason limit)
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (step != step_)
      return;
    expired_ = limit;
    stop_by_limit();
  }

  /// Whether a cancellation has been requested that a step would allow.
  bool is_cancelled(cancellation_type allowed)
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    return is_any(requested_, allowed);
  }

  /// The step in flight, or else the next one.
  step_id current()
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    return step_;
  }

  /// Runs @p start_step, which begins the next step, unless a cancellation that this step allows
  /// was requested.
  template <typename Start>
  bool start(cancellation_type allowed, Start&& start_step)
  {
    // Held over the whole of start_step(): whatever stops it finds the step either not begun or
    // pending.
    const std::lock_guard<std::mutex> lock(mutex_);
    if (is_any(requested_, allowed))
      return false;
    allowed_ = allowed;
    start_step();
    if (expired_ != stop_reason::none)
      stop_by_limit();
    return true;
  }

  /// Called by the step's completion before anything else.
  /**
   * From here on nothing acts on what the step left behind: above all not on an OVERLAPPED whose
   * address the next operation may get.
   *
   * @returns The reason why the step was asked to stop. A user who has cancelled is never told of a
   * time limit.
   */
  stop_reason end()
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    signal_.slot().clear();
    const stop_reason stop = is_any(requested_, allowed_) ? stop_reason::cancelled : expired_;
    allowed_ = cancellation_type::none;
    expired_ = stop_reason::none;
    ++step_;
    return stop;
  }

  /// Where the step that is being started puts its cancellation.
  boost::asio::cancellation_slot slot() noexcept { return signal_.slot(); }

private:
  static bool is_any(cancellation_type requested, cancellation_type allowed) noexcept
  {
    return (requested & allowed) != cancellation_type::none;
  }

  /// A step that allows nothing may have left in the slot what must not be called any more.
  void stop_by_limit()
  {
    if (allowed_ != cancellation_type::none)
      signal_.emit(cancellation_type::terminal);
  }

  std::mutex mutex_;
  boost::asio::cancellation_signal signal_;
  cancellation_type requested_ = cancellation_type::none;
  cancellation_type allowed_ = cancellation_type::none;
  stop_reason expired_ = stop_reason::none;
  step_id step_ = 0;
};

} // namespace connectex::detail

#endif // CONNECTEX_DETAIL_OPERATION_STOPPABLE_STEP_HPP
