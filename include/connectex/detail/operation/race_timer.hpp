// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_DETAIL_OPERATION_RACE_TIMER_HPP
#define CONNECTEX_DETAIL_OPERATION_RACE_TIMER_HPP

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/wait_traits.hpp>
#include <boost/system/error_code.hpp>

#include <chrono>
#include <memory>

namespace connectex::detail
{

/// A timer of a race, which brings it one event at a time.
template <typename Race, typename Executor>
class race_timer
{
public:
  using clock = std::chrono::steady_clock;

  explicit race_timer(const Executor& executor) : timer_(executor) {}

  /// Brings @p event to the race at @p time, in place of an earlier one that has not come yet.
  /**
   * @param at_time Called with the race and a number at that time; calls on_expired() with them.
   */
  template <typename Handle>
  void start(const std::shared_ptr<Handle>& handle, clock::time_point time, void (*event)(Race&),
      void (*at_time)(Race&, unsigned))
  {
    event_ = event;
    timer_.expires_at(time);
    timer_.async_wait(
        [handle, at_time, number = ++number_](const boost::system::error_code& error)
        {
          if (!error)
            Handle::dispatch(handle, typename Handle::event{at_time, number});
        });
  }

  void on_expired(Race& race, unsigned number) const
  {
    // It may have been on its way when another took its place.
    if (number == number_)
      event_(race);
  }

private:
  boost::asio::basic_waitable_timer<clock, boost::asio::wait_traits<clock>, Executor> timer_;
  void (*event_)(Race&) = nullptr;
  unsigned number_ = 0;
};

} // namespace connectex::detail

#endif // CONNECTEX_DETAIL_OPERATION_RACE_TIMER_HPP
