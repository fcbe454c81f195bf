// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_DETAIL_STOP_RELAY_HPP
#define CONNECTEX_DETAIL_STOP_RELAY_HPP

#include <connectex/detail/decide/connect_machine.hpp>
#include <connectex/detail/operation/self_owned_ptr.hpp>
#include <connectex/detail/operation/work_guard.hpp>

#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/dispatch.hpp>

#include <memory>
#include <mutex>
#include <optional>

namespace connectex::detail
{

/// Stands between the step that an operation is in and what may stop it: the handler's cancellation
/// slot and the time limits.
/**
 * The caller may emit from any thread, before, between and after the operation's steps. The slot of
 * the handler is filled once, when the operation starts, and never touched again, because a slot
 * that is refilled while another thread emits is a data race. Each step puts its own cancellation
 * into the slot of the relay, under the relay's lock. A time limit names the step that it is for,
 * because its timer may go off when that step is long over.
 */
class stop_relay
{
public:
  using cancellation_type = boost::asio::cancellation_type;

  /// What ends the operation as long as the peer has seen no byte of it.
  static constexpr cancellation_type before_first_byte =
      cancellation_type::terminal | cancellation_type::partial | cancellation_type::total;

  /// `total` promises that nothing has happened, so it cannot be kept any more.
  static constexpr cancellation_type after_first_byte =
      cancellation_type::terminal | cancellation_type::partial;

  stop_relay() = default;
  stop_relay(const stop_relay&) = delete;
  stop_relay& operator=(const stop_relay&) = delete;

  /// The caller's slot was emitted.
  /**
   * @returns The number of the step in flight, if it has to be stopped: by stop(), and on the handler's
   * executor, where the caller may just be closing the socket.
   */
  std::optional<unsigned> request(cancellation_type type)
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    requested_ = requested_ | type;
    return is_any(type, heeded_) ? std::optional<unsigned>(step_) : std::nullopt;
  }

  void stop(unsigned step, cancellation_type type)
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (step == step_ && is_any(type, heeded_))
      step_signal_.emit(type);
  }

  /// Whether a cancellation has come that a step would heed.
  bool is_requested(cancellation_type heeded)
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    return is_any(requested_, heeded);
  }

  /// The number of the step in flight, or else of the next one.
  unsigned step()
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    return step_;
  }

  /// A time limit of the step with this number was reached.
  void expire(unsigned step, stop_reason limit)
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (step != step_)
      return;
    expired_ = limit;
    if (heeded_ != cancellation_type::none)
      step_signal_.emit(cancellation_type::terminal);
  }

  /// Runs @p start, which begins the next step, unless a cancellation that this step heeds has come.
  template <typename Start>
  bool start_step(cancellation_type heeded, Start&& start)
  {
    // Held over the whole of start(): whatever stops it finds the step either not begun or pending.
    const std::lock_guard<std::mutex> lock(mutex_);
    if (is_any(requested_, heeded))
      return false;
    heeded_ = heeded;
    start();
    if (expired_ != stop_reason::none)
      step_signal_.emit(cancellation_type::terminal);
    return true;
  }

  /// Called by the step's completion before anything else. From here on nothing acts on what the step
  /// left behind: above all not on an OVERLAPPED whose address the next operation may get. Returns what
  /// had asked the step to stop; a user who has cancelled is never told of a time limit.
  stop_reason finish_step()
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    step_signal_.slot().clear();
    const stop_reason stop = is_any(requested_, heeded_) ? stop_reason::cancelled : expired_;
    heeded_ = cancellation_type::none;
    expired_ = stop_reason::none;
    ++step_;
    return stop;
  }

  /// Where the step in start_step() puts its cancellation.
  boost::asio::cancellation_slot slot() noexcept { return step_signal_.slot(); }

private:
  static bool is_any(cancellation_type requested, cancellation_type heeded) noexcept
  {
    return (requested & heeded) != cancellation_type::none;
  }

  std::mutex mutex_;
  boost::asio::cancellation_signal step_signal_;
  cancellation_type requested_ = cancellation_type::none;
  cancellation_type heeded_ = cancellation_type::none;
  stop_reason expired_ = stop_reason::none;
  unsigned step_ = 0;
};

/// A relay that knows where the caller may touch the socket.
template <typename Executor>
class executor_bound_relay : public stop_relay,
                             public thin_ptr_target<executor_bound_relay<Executor>>
{
public:
  explicit executor_bound_relay(const Executor& executor) : executor_(executor) {}

  /// Called when the first step begins. A step's completion may find the strand taken by a thread that has
  /// yet to tell the execution context of it. Without work of our own the context would stop just then,
  /// with the operation unfinished.
  void hold_work()
  {
    if (!work_)
      work_.emplace(executor_);
  }

  static void cancel(const std::shared_ptr<executor_bound_relay>& relay, cancellation_type type)
  {
    if (const auto number = relay->request(type))
    {
      boost::asio::dispatch(
          relay->executor_, [relay, number = *number, type] { relay->stop(number, type); });
    }
  }

  /// On the handler's executor, too, so that the caller who closes the socket there is not raced.
  static void expire(
      const std::shared_ptr<executor_bound_relay>& relay, unsigned step, stop_reason limit)
  {
    boost::asio::dispatch(
        relay->executor_, [relay, step, limit] { relay->stop_relay::expire(step, limit); });
  }

private:
  Executor executor_;
  std::optional<work_guard<Executor>> work_;
};

} // namespace connectex::detail

#endif // CONNECTEX_DETAIL_STOP_RELAY_HPP
