// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_DETAIL_OPERATION_STEP_ON_EXECUTOR_HPP
#define CONNECTEX_DETAIL_OPERATION_STEP_ON_EXECUTOR_HPP

#include <connectex/detail/decide/stopping.hpp>
#include <connectex/detail/operation/self_owned_ptr.hpp>
#include <connectex/detail/operation/stoppable_step.hpp>
#include <connectex/detail/operation/work_guard.hpp>

#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/dispatch.hpp>

#include <memory>
#include <optional>

namespace connectex::detail
{

/// A stoppable step that is stopped on the handler's executor, so that it does not meet a close()
/// of the user's.
template <typename Executor>
class step_on_executor : public stoppable_step, public self_owned<step_on_executor<Executor>>
{
public:
  explicit step_on_executor(const Executor& executor) : executor_(executor) {}

  /// Called when the first step begins. A step's completion may find the strand taken by a thread
  /// that has yet to tell the execution context of it. Without work of our own the context would
  /// stop just then, with the operation unfinished.
  void hold_work()
  {
    if (!work_)
      work_.emplace(executor_);
  }

  /// The user's slot was emitted.
  static void cancel(const std::shared_ptr<step_on_executor>& step, cancellation_type type)
  {
    if (const auto current = step->stoppable_step::cancel(type))
    {
      boost::asio::dispatch(step->executor_,
          [step, id = *current, type] { step->interrupt_by_cancellation(id, type); });
    }
  }

  /// A time limit of the step @p id was reached.
  static void interrupt_by_limit(
      const std::shared_ptr<step_on_executor>& step, step_id id, stop_reason limit)
  {
    boost::asio::dispatch(step->executor_,
        [step, id, limit] { step->stoppable_step::interrupt_by_limit(id, limit); });
  }

private:
  Executor executor_;
  std::optional<work_guard<Executor>> work_;
};

/// In the caller's slot: stops an operation that is not over yet.
/**
 * Weak: the slot may outlive the execution context, which an executor must not.
 */
template <typename Step>
class step_cancellation
{
public:
  explicit step_cancellation(const std::shared_ptr<Step>& step) noexcept : step_(step) {}

  void operator()(boost::asio::cancellation_type type) const
  {
    if (const auto live = step_.lock())
      Step::cancel(live, type);
  }

private:
  std::weak_ptr<Step> step_;
};

} // namespace connectex::detail

#endif // CONNECTEX_DETAIL_OPERATION_STEP_ON_EXECUTOR_HPP
