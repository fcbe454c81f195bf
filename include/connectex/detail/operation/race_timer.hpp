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
template <typename Executor>
class race_timer
{
public:
  using clock = std::chrono::steady_clock;

  explicit race_timer(const Executor& executor) : timer_(executor) {}

  /// Brings @p event to the race at @p time, in place of an earlier one that has not come yet.
  template <typename Handle, typename Event>
  void start(const std::shared_ptr<Handle>& handle, clock::time_point time, Event event)
  {
    timer_.expires_at(time);
    timer_.async_wait(
        [this, handle, event, number = ++number_](const boost::system::error_code& error)
        {
          if (error)
            return;
          Handle::dispatch(handle,
              [this, event, number](auto& race)
              {
                // It may have been on its way when another took its place.
                if (number == number_)
                  event(race);
              });
        });
  }

private:
  boost::asio::basic_waitable_timer<clock, boost::asio::wait_traits<clock>, Executor> timer_;
  unsigned number_ = 0;
};

} // namespace connectex::detail

#endif // CONNECTEX_DETAIL_OPERATION_RACE_TIMER_HPP
