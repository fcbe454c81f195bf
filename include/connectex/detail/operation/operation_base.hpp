// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_DETAIL_OPERATION_OPERATION_BASE_HPP
#define CONNECTEX_DETAIL_OPERATION_OPERATION_BASE_HPP

#include <connectex/detail/decide/deadlines.hpp>
#include <connectex/detail/decide/stopping.hpp>
#include <connectex/detail/operation/immediate_completion.hpp>
#include <connectex/detail/operation/self_owned_ptr.hpp>
#include <connectex/detail/operation/step_handler.hpp>
#include <connectex/detail/operation/step_on_executor.hpp>

#include <boost/asio/associated_allocator.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/recycling_allocator.hpp>

#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

namespace connectex::detail
{

template <typename Allocator>
struct recycled
{
  using type = Allocator;
};

template <typename T>
struct recycled<std::allocator<T>>
{
  using type = boost::asio::recycling_allocator<void>;
};

/// Where the memory of an operation comes from: like Asio's own it recycles, unless the handler's
/// allocator is one of its own.
template <typename Handler>
using operation_allocator_t = typename recycled<boost::asio::associated_allocator_t<Handler>>::type;

template <typename Handler>
operation_allocator_t<Handler> get_operation_allocator(const Handler& handler) noexcept
{
  if constexpr (std::is_same_v<operation_allocator_t<Handler>,
                    boost::asio::recycling_allocator<void>>)
    return {};
  else
    return boost::asio::get_associated_allocator(handler);
}

/// The part that every operation has, whatever it does: the handler and what is associated with it,
/// the step in flight and what may stop it, the work that keeps both execution contexts busy, and
/// the two ways to complete.
/**
 * An operation moves from step to step, inside a step_handler.
 *
 * @tparam Executor The executor of the I/O object.
 *
 * @tparam State The optional parts of the operation, with members `work` (an optional work_guard
 * for Executor) and `timer` (a step_timer). They stay where they are; an operation that does
 * without them has none.
 */
template <typename Handler, typename Executor, typename State>
class operation_base
{
public:
  using handler_type = Handler;
  using cancellation_type = boost::asio::cancellation_type;

  const Handler& handler() const noexcept { return handler_; }

  /// Where the step that is being started puts its cancellation. It is not the handler's slot.
  boost::asio::cancellation_slot get_cancellation_slot() const noexcept
  {
    return step_ ? step_->slot() : boost::asio::cancellation_slot();
  }

protected:
  using allocator_type = operation_allocator_t<Handler>;

  static constexpr bool blocks = false;

  explicit operation_base(Handler&& handler) : handler_(std::move(handler)) {}

  allocator_type get_allocator() const noexcept { return get_operation_allocator(handler_); }

  /// Whether the handler runs on @p executor, and with it every step.
  bool runs_on(const Executor& executor) const noexcept
  {
    const auto& associated = boost::asio::get_associated_executor(handler_, executor);
    if constexpr (std::is_same_v<decltype(associated), const Executor&>)
      return &associated == &executor || associated == executor;
    else
      return false;
  }

  template <typename... Args>
  void make_state(const Args&... args)
  {
    state_ = self_owned_ptr<State>(std::allocate_shared<State>(get_allocator(), args...));
  }

  /// The optional parts, or null.
  State* state() const noexcept { return state_ ? &*state_ : nullptr; }

  /// Lets the handler's slot, if it is connected, and the time limits stop the steps.
  void make_stoppable(const Executor& executor, bool has_time_limit)
  {
    auto slot = boost::asio::get_associated_cancellation_slot(handler_);
    if (!slot.is_connected() && !has_time_limit)
      return;

    // Shared with the caller's slot and with timers, which may act or be destroyed long after the
    // operation, so the handler's allocator, which promises less, does not serve it.
    const auto step = std::allocate_shared<step_type>(
        boost::asio::recycling_allocator<step_type>(), get_handler_executor(executor));
    step_ = self_owned_ptr<step_type>(step);

    if (slot.is_connected())
      slot.template emplace<step_cancellation<step_type>>(step);
  }

  /// Whether a cancellation has been requested that a step would allow.
  bool is_cancelled(cancellation_type allowed) const
  {
    return step_ && step_->is_cancelled(allowed);
  }

  /// Starts @p wait, unless a cancellation that the step allows came before it.
  /**
   * @param op The operation whose base this is.
   *
   * @returns Whether the step was started. The operation has moved away then.
   */
  template <typename Op, typename Wait>
  bool start_step(Op& op, const Executor& executor, cancellation_type allowed,
      const std::optional<deadlines::limit>& limit, const Wait& wait)
  {
    // A copy: the operation moves away when the wait starts.
    const auto step = step_.share();
    if (step && limit)
      state_->timer.arm(executor, *limit, step);
    const auto start_with_work = [&]
    {
      hold_work(executor);
      auto& socket = op.socket();
      wait.start(socket, step_handler<Op>(std::move(op)));
    };
    if (step)
      return step->start(allowed, start_with_work);
    start_with_work();
    return true;
  }

  /// Keeps both execution contexts from running out of work until the operation is over.
  /**
   * Not called before a step begins: work that ends while there is no other stops an execution
   * context, and an operation may be over without a step.
   */
  void hold_work(const Executor& executor)
  {
    if (state_ && !state_->work)
      state_->work.emplace(executor);
    if (step_)
      step_->hold_work();
  }

  /// Called when a step has ended, before anything else.
  /**
   * @returns What had asked the step to stop.
   */
  stop_reason end_step() { return step_ ? step_->end() : stop_reason::none; }

  /// Calls the handler. To be called by a step's completion, on the handler's executor and with the
  /// step's memory freed.
  template <typename... Results>
  void complete(const Results&... results)
  {
    release();
    std::move(handler_)(results...);
  }

  /// Calls the handler as if by post, or on its immediate executor. To be called within the
  /// initiating function.
  /**
   * @param complete_with Called with the handler; calls it with the results.
   */
  template <typename Completion>
  void complete_immediately(const Executor& executor, const Completion& complete_with)
  {
    release();
    detail::complete_immediately(std::move(handler_), executor, complete_with);
  }

private:
  using handler_executor_type = boost::asio::associated_executor_t<Handler, Executor>;
  using step_type = step_on_executor<handler_executor_type>;

  handler_executor_type get_handler_executor(const Executor& executor) const noexcept
  {
    return boost::asio::get_associated_executor(handler_, executor);
  }

  void release()
  {
    state_.reset();
    step_.reset();
  }

  // Declared first and so destroyed last: its allocator may own the memory of the members below.
  Handler handler_;

  self_owned_ptr<State> state_;
  self_owned_ptr<step_type> step_;
};

} // namespace connectex::detail

#endif // CONNECTEX_DETAIL_OPERATION_OPERATION_BASE_HPP
