// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_DETAIL_OPERATION_RACE_HANDLE_HPP
#define CONNECTEX_DETAIL_OPERATION_RACE_HANDLE_HPP

#include <connectex/detail/operation/work_guard.hpp>

#include <boost/asio/bind_executor.hpp>
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

  /// Calls @p event with the race, on the strand and not before this function has returned; not at
  /// all if the race is over by then. May be called on any thread.
  template <typename Event>
  static void post(const std::shared_ptr<race_handle>& handle, Event event)
  {
    if (const auto to = handle->find_executors())
      boost::asio::post(to->socket, boost::asio::bind_executor(to->strand, bring(handle, event)));
  }

  /// The same, and perhaps before this function has returned. To be called on the socket's
  /// executor.
  template <typename Event>
  static void dispatch(const std::shared_ptr<race_handle>& handle, Event event)
  {
    if (const auto to = handle->find_executors())
      boost::asio::dispatch(to->strand, bring(handle, event));
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
  struct targets
  {
    strand_type strand;
    SocketExecutor socket;
  };

  struct executors : targets
  {
    executors(const Executor& executor, const SocketExecutor& socket_executor)
      : targets{strand_type(executor), socket_executor},
        work(executor),
        socket_work(socket_executor)
    {
    }

    work_guard<Executor> work;
    work_guard<SocketExecutor> socket_work;
  };

  template <typename Event>
  static auto bring(const std::shared_ptr<race_handle>& handle, const Event& event)
  {
    return [handle, event]
    {
      if (handle->race_)
        event(*handle->race_);
    };
  }

  std::optional<targets> find_executors()
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    return executors_ ? std::optional<targets>(*executors_) : std::nullopt;
  }

  std::mutex mutex_;
  std::optional<executors> executors_;
  boost::asio::cancellation_type requested_ = boost::asio::cancellation_type::none;
  std::shared_ptr<Race> race_;
};

} // namespace connectex::detail

#endif // CONNECTEX_DETAIL_OPERATION_RACE_HANDLE_HPP
