// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_DETAIL_OPERATION_RACE_BASE_HPP
#define CONNECTEX_DETAIL_OPERATION_RACE_BASE_HPP

#include <connectex/connect_options.hpp>
#include <connectex/detail/decide/stopping.hpp>
#include <connectex/detail/operation/connect_op.hpp>
#include <connectex/detail/operation/race_candidates.hpp>
#include <connectex/detail/operation/race_handle.hpp>
#include <connectex/detail/operation/race_step_handler.hpp>
#include <connectex/detail/operation/race_timer.hpp>

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/recycling_allocator.hpp>
#include <boost/system/error_code.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <utility>

namespace connectex::detail
{

/// The base of a race with a handler: starts its steps, brings it their ends, and calls the
/// handler.
/**
 * All functions but the constructor and launch() run on the strand of the race_handle, which owns
 * the race. blocking_race has the same functions for a race that the calling thread waits for.
 *
 * @tparam Race The race whose base this is: see the functions that it has for a base.
 */
template <typename Race, typename Socket, typename Flight, typename Handler>
class race_base
{
  using error_code = boost::system::error_code;

public:
  using handler_type = Handler;
  using executor_type = typename Socket::executor_type;
  using handle_type =
      race_handle<Race, boost::asio::associated_executor_t<Handler, executor_type>, executor_type>;
  using strand_type = typename handle_type::strand_type;

  /// What the race keeps of each attempt to end it.
  class attempt_control
  {
  public:
    void cancel(boost::asio::cancellation_type type) { signal_.emit(type); }

  private:
    friend class race_base;

    boost::asio::cancellation_signal signal_;
  };

  race_base(const race_base&) = delete;
  race_base& operator=(const race_base&) = delete;

  /// The initiating function's part. Nothing else happens before it returns.
  static void launch(std::shared_ptr<Race> race)
  {
    const auto executor =
        boost::asio::get_associated_executor(race->handler(), race->get_executor());
    const auto handle = std::allocate_shared<handle_type>(
        boost::asio::recycling_allocator<handle_type>(), executor, race->get_executor());
    race->handle_ = handle;
    race->make_cancellable();
    handle->own(std::move(race));
    handle_type::post(handle, {[](Race& live, unsigned) { live.start(); }});
  }

  /// Destroys a race that will never be over.
  static void destroy(std::shared_ptr<Race> race)
  {
    // The memory of *race may be its handler's.
    [[maybe_unused]] const Handler handler(std::move(race->handler_));
    race.reset();
  }

  const Handler& handler() const noexcept { return handler_; }

  /// Looks up a name.
  /**
   * @returns Whether the result is still to come.
   */
  template <typename Resolver>
  bool look_up(Resolver& resolver, const host_and_service& name)
  {
    // Not bound to the strand: an abandoned look-up may outlive the handler's execution context.
    resolver.async_resolve(name.host, name.service,
        [handle = handle()](const error_code& error, const typename Resolver::results_type& results)
        {
          handle_type::dispatch(
              handle, [error, results](Race& live) { live.on_looked_up(error, results); });
        });
    return true;
  }

protected:
  race_base(const executor_type& executor, Handler&& handler)
    : handler_(std::move(handler)), delay_(executor), limit_(executor)
  {
  }

  ~race_base() = default;

  /// Calls @p event with the race at @p time, in place of an earlier one that has not come yet.
  void start_delay(std::chrono::steady_clock::time_point time, void (*event)(Race&))
  {
    delay_.start(handle(), time, event,
        [](Race& race, unsigned number) { race.delay_.on_expired(race, number); });
  }

  /// The same, independently of it.
  void start_limit(std::chrono::steady_clock::time_point time, void (*event)(Race&))
  {
    limit_.start(handle(), time, event,
        [](Race& race, unsigned number) { race.limit_.on_expired(race, number); });
  }

  void start_connect(attempt_control& control, Socket& socket,
      const typename Socket::endpoint_type& peer, const Flight& flight,
      const connect_options& options, std::size_t number)
  {
    using attempt_handler = race_step_handler<Race, attempt_event>;
    connect_op<Socket, Flight, attempt_handler>(socket, peer, flight, &options,
        attempt_handler(handle(), control.signal_.slot(), attempt_event{number}))
        .start();
  }

  template <typename Wait>
  void start_write(Socket& socket, const Wait& wait)
  {
    wait.start(
        socket, race_step_handler<Race, write_event>(handle(), write_.slot(), write_event()));
  }

  void cancel_write() { write_.emit(boost::asio::cancellation_type::terminal); }

  bool is_cancellable() const noexcept { return is_cancellable_; }

  /// The types of cancellation that the caller has asked for.
  boost::asio::cancellation_type requested() const { return handle()->requested(); }

  /// The race is over. It is gone when this returns.
  void complete(const error_code& error, const typename Socket::endpoint_type& peer,
      std::size_t bytes_transferred)
  {
    // Copies: with the release the race is gone, before the handler is called.
    const error_code told_error = error;
    const typename Socket::endpoint_type told_peer = peer;
    Handler handler(std::move(handler_));
    handle()->release();
    std::move(handler)(told_error, typename Socket::endpoint_type(told_peer), bytes_transferred);
  }

private:
  struct attempt_event
  {
    void operator()(Race& race, const error_code& error, std::size_t bytes_transferred) const
    {
      race.on_attempt_ended(number, error, bytes_transferred);
    }

    std::size_t number;
  };

  struct write_event
  {
    void operator()(Race& race, const error_code& error, std::size_t bytes_transferred) const
    {
      race.on_written(error, bytes_transferred);
    }
  };

  std::shared_ptr<handle_type> handle() const { return handle_.lock(); }

  void make_cancellable()
  {
    // The slot may outlive the race.
    auto slot = boost::asio::get_associated_cancellation_slot(handler_);
    is_cancellable_ = slot.is_connected();
    if (!is_cancellable_)
      return;
    slot.assign(
        [weak = handle_](boost::asio::cancellation_type type)
        {
          const auto live = weak.lock();
          if (!live)
            return;

          // At once, so that no step that begins from now on misses it.
          live->request(type);
          handle_type::post(live, {[](Race& race, unsigned) { race.cancel(); }});
        });
  }

  // Declared first and so destroyed last: its allocator may own the memory of the race.
  Handler handler_;

  bool is_cancellable_ = false;
  boost::asio::cancellation_signal write_;

  // Weak, because the handle owns this object.
  std::weak_ptr<handle_type> handle_;
  race_timer<Race, executor_type> delay_;
  race_timer<Race, executor_type> limit_;
};

} // namespace connectex::detail

#endif // CONNECTEX_DETAIL_OPERATION_RACE_BASE_HPP
