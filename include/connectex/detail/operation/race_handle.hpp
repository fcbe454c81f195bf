// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_DETAIL_OPERATION_RACE_HANDLE_HPP
#define CONNECTEX_DETAIL_OPERATION_RACE_HANDLE_HPP

#include <connectex/detail/operation/work_guard.hpp>

#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/dispatch.hpp>
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
 *
 * @tparam SocketExecutor The socket's. Events come by way of it, because a post to the handler's
 * may bring in a thread that the program knows nothing of: that of use_future does.
 */
template <typename Race, typename Executor, typename SocketExecutor>
class race_handle
{
public:
  using strand_type = boost::asio::strand<Executor>;

  /// Not a template, for each type that a strand is given to run is much code.
  struct event
  {
    void operator()(Race& race) const { function(race, number); }

    void (*function)(Race&, unsigned);
    unsigned number = 0;
  };

  race_handle(const Executor& executor, const SocketExecutor& socket_executor)
    : executors_(std::in_place, executor, socket_executor)
  {
  }

  race_handle(const race_handle&) = delete;
  race_handle& operator=(const race_handle&) = delete;

  ~race_handle()
  {
    if (race_)
      Race::destroy(std::move(race_));
  }

  void own(std::shared_ptr<Race> race) noexcept { race_ = std::move(race); }

  /// The race. Only for those without whose end it cannot be over.
  Race& race() const noexcept { return *race_; }

  /// Its strand, for the same.
  const strand_type& strand() const noexcept { return executors_->strand; }

  /// Calls @p told with the race, on the strand and not before this function has returned; not at
  /// all if the race is over by then. May be called on any thread.
  static void post(const std::shared_ptr<race_handle>& handle, const event& told)
  {
    if (const auto to = handle->find_executors())
      boost::asio::post(to->socket, [handle, told] { dispatch(handle, told); });
  }

  /// The same, and perhaps before this function has returned. To be called on the socket's
  /// executor.
  /**
   * @tparam Event An `event`, or a function that has more to tell.
   */
  template <typename Event>
  static void dispatch(const std::shared_ptr<race_handle>& handle, const Event& told)
  {
    const auto to = handle->find_executors();
    if (!to)
      return;
    boost::asio::dispatch(to->strand,
        [handle, told]
        {
          if (handle->race_)
            told(*handle->race_);
        });
  }

  /// Records that the caller wants the race to end. May be called on any thread.
  void request(boost::asio::cancellation_type type)
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    requested_ = requested_ | type;
  }

  /// What was recorded.
  boost::asio::cancellation_type requested()
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    return requested_;
  }

  /// The race is over. To be called on the strand.
  std::shared_ptr<Race> release()
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    executors_.reset();
    return std::move(race_);
  }

private:
  struct executors
  {
    executors(const Executor& executor, const SocketExecutor& socket_executor)
      : work(executor), socket_work(socket_executor), strand(executor), socket(socket_executor)
    {
    }

    // Declared first and so destroyed last: what the others use may go with the last work.
    work_guard<Executor> work;
    work_guard<SocketExecutor> socket_work;
    strand_type strand;
    SocketExecutor socket;
  };

  /// With their work, because another thread may end the race before the strand has the event.
  std::optional<executors> find_executors()
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    return executors_;
  }

  std::mutex mutex_;
  std::optional<executors> executors_;
  boost::asio::cancellation_type requested_ = boost::asio::cancellation_type::none;
  std::shared_ptr<Race> race_;
};

} // namespace connectex::detail

#endif // CONNECTEX_DETAIL_OPERATION_RACE_HANDLE_HPP
