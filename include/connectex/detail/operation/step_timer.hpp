// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_DETAIL_OPERATION_STEP_TIMER_HPP
#define CONNECTEX_DETAIL_OPERATION_STEP_TIMER_HPP

#include <connectex/detail/decide/deadlines.hpp>

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/wait_traits.hpp>
#include <boost/system/error_code.hpp>

#include <memory>
#include <optional>
#include <utility>

namespace connectex::detail
{

/// The timer of the step that an operation is in: it limits the step, or is the step. Made when
/// first needed.
template <typename Executor>
class step_timer
{
public:
  using clock = deadlines::clock;

  /// Stops the step in flight or, if none is, the next one when @p limit is reached.
  /**
   * @tparam Step A step_on_executor.
   */
  template <typename Step>
  void arm(
      const Executor& executor, const deadlines::limit& limit, const std::shared_ptr<Step>& step)
  {
    // Weak: the timer's last completion may come when the operation is over and the handler's
    // context is gone.
    at(executor, limit.at)
        .async_wait(
            [target = std::weak_ptr<Step>(step), id = step->current(), reason = limit.reason](
                const boost::system::error_code& error)
            {
              const auto live = error ? nullptr : target.lock();
              if (live)
                Step::interrupt_by_limit(live, id, reason);
            });
  }

  /// Waits until @p end.
  template <typename Handler>
  void wait(const Executor& executor, clock::time_point end, Handler&& handler)
  {
    at(executor, end).async_wait(std::forward<Handler>(handler));
  }

private:
  using timer_type =
      boost::asio::basic_waitable_timer<clock, boost::asio::wait_traits<clock>, Executor>;

  timer_type& at(const Executor& executor, clock::time_point time)
  {
    if (!timer_)
      timer_.emplace(executor);
    timer_->expires_at(time);
    return *timer_;
  }

  std::optional<timer_type> timer_;
};

} // namespace connectex::detail

#endif // CONNECTEX_DETAIL_OPERATION_STEP_TIMER_HPP
