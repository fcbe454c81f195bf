// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_DETAIL_OPERATION_STEP_HANDLER_HPP
#define CONNECTEX_DETAIL_OPERATION_STEP_HANDLER_HPP

#include <connectex/detail/asio_platform.hpp>

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associator.hpp>

#if CONNECTEX_DETAIL_HAS_IMMEDIATE_EXECUTOR
#include <boost/asio/associated_immediate_executor.hpp>
#endif

#include <utility>

namespace connectex::detail
{

/// The handler of each step of an operation: it is the operation, which moves from one step to the
/// next.
/**
 * It has the associated properties of the operation's handler but two: the slot is that of the
 * step, and nothing completes on the handler's immediate executor but the operation as a whole.
 */
template <typename Op>
class step_handler
{
public:
  explicit step_handler(Op&& op) noexcept : op_(std::move(op)) {}

  template <typename... Results>
  void operator()(const Results&... results)
  {
    op_.resume(results...);
  }

  const Op& op() const noexcept { return op_; }

private:
  Op op_;
};

} // namespace connectex::detail

namespace boost::asio
{

/// A step runs where, and from which memory, the operation's handler wants to.
template <template <typename, typename> class Associator, typename Op, typename DefaultCandidate>
struct associator<Associator, connectex::detail::step_handler<Op>, DefaultCandidate>
  : Associator<typename Op::handler_type, DefaultCandidate>
{
  using base_type = Associator<typename Op::handler_type, DefaultCandidate>;

  static decltype(auto) get(const connectex::detail::step_handler<Op>& step) noexcept
  {
    return base_type::get(step.op().handler());
  }

  static decltype(auto) get(
      const connectex::detail::step_handler<Op>& step, const DefaultCandidate& candidate) noexcept
  {
    return base_type::get(step.op().handler(), candidate);
  }
};

/// A step is cancelled by the operation, never by the handler's slot directly.
template <typename Op, typename CancellationSlot>
struct associated_cancellation_slot<connectex::detail::step_handler<Op>, CancellationSlot>
{
  using type = cancellation_slot;

  static type get(const connectex::detail::step_handler<Op>& step,
      const CancellationSlot& = CancellationSlot()) noexcept
  {
    return step.op().get_cancellation_slot();
  }
};

#if CONNECTEX_DETAIL_HAS_IMMEDIATE_EXECUTOR

/// A step that is done at once must not come back from within the call that started it: that call
/// holds the lock of the stoppable step.
template <typename Op, typename Executor>
struct associated_immediate_executor<connectex::detail::step_handler<Op>, Executor>
  : associated_immediate_executor<void (*)(), Executor>
{
  static auto get(const connectex::detail::step_handler<Op>&, const Executor& executor) noexcept
  {
    return associated_immediate_executor<void (*)(), Executor>::get(nullptr, executor);
  }
};

#endif

} // namespace boost::asio

#endif // CONNECTEX_DETAIL_OPERATION_STEP_HANDLER_HPP
