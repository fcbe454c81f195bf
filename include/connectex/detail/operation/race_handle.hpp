// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_DETAIL_OPERATION_RACE_HANDLE_HPP
#define CONNECTEX_DETAIL_OPERATION_RACE_HANDLE_HPP

#include <connectex/detail/operation/work_guard.hpp>

#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>

#include <memory>
#include <mutex>
#include <optional>
#include <utility>

namespace connectex::detail
{

/// Owns a race until it is over, and brings it the events that come from elsewhere.
/**
 * Each attempt, timer and look-up of the race holds one of these, so that the race goes with the
 * last of them if the execution context is destroyed. They may hold it for longer than the race
 * and the handler's execution context live, so the race is taken out of it when it is over, and
 * the executor too.
 *
 * @tparam Executor The handler's. All events of the race come through one strand over it, because
 * attempts end on any thread of the socket's execution context.
 */
template <typename Race, typename Executor>
class race_handle
{
public:
  using strand_type = boost::asio::strand<Executor>;

  explicit race_handle(const Executor& executor)
    : executors_(std::in_place, strand_type(executor), work_guard<Executor>(executor))
  {
  }

  race_handle(const race_handle&) = delete;
  race_handle& operator=(const race_handle&) = delete;

  void own(std::shared_ptr<Race> race) noexcept { race_ = std::move(race); }

  /// The race. Only for those without whose end it cannot be over.
  Race& race() const noexcept { return *race_; }

  /// Its strand, for the same.
  const strand_type& strand() const noexcept { return executors_->first; }

  /// Calls @p event with the race, on the strand and not before this function has returned; not at
  /// all if the race is over by then. May be called on any thread.
  template <typename Event>
  static void post(const std::shared_ptr<race_handle>& handle, Event event)
  {
    if (const auto strand = handle->find_strand())
    {
      boost::asio::post(*strand,
          [handle, event = std::move(event)]() mutable
          {
            if (handle->race_)
              event(*handle->race_);
          });
    }
  }

  /// The race is over. To be called on the strand.
  std::shared_ptr<Race> release()
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    executors_.reset();
    return std::move(race_);
  }

private:
  std::optional<strand_type> find_strand()
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    return executors_ ? std::optional<strand_type>(executors_->first) : std::nullopt;
  }

  std::mutex mutex_;
  std::optional<std::pair<strand_type, work_guard<Executor>>> executors_;
  std::shared_ptr<Race> race_;
};

} // namespace connectex::detail

#endif // CONNECTEX_DETAIL_OPERATION_RACE_HANDLE_HPP
