// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_DETAIL_CANCELLATION_RELAY_HPP
#define CONNECTEX_DETAIL_CANCELLATION_RELAY_HPP

#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/cancellation_type.hpp>

#include <mutex>

namespace connectex::detail
{

/// Stands between the handler's cancellation slot and the step that an operation is in.
/**
 * The caller may emit from any thread, before, between and after the operation's steps. The slot of
 * the handler is filled once, when the operation starts, and never touched again, because a slot
 * that is refilled while another thread emits is a data race. Each step puts its own cancellation
 * into the slot of the relay, under the relay's lock.
 */
class cancellation_relay
{
public:
  using cancellation_type = boost::asio::cancellation_type;

  /// What ends the operation as long as the peer has seen no byte of it.
  static constexpr cancellation_type before_first_byte =
      cancellation_type::terminal | cancellation_type::partial | cancellation_type::total;

  /// `total` promises that nothing has happened, so it cannot be kept any more.
  static constexpr cancellation_type after_first_byte =
      cancellation_type::terminal | cancellation_type::partial;

  cancellation_relay() = default;
  cancellation_relay(const cancellation_relay&) = delete;
  cancellation_relay& operator=(const cancellation_relay&) = delete;

  /// The caller's slot was emitted.
  void request(cancellation_type type)
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    requested_ = requested_ | type;
    if (is_any(type, heeded_))
      step_signal_.emit(type);
  }

  /// Runs @p start, which begins the next step, unless a cancellation that this step heeds has come.
  template <typename Start>
  bool start_step(cancellation_type heeded, Start&& start)
  {
    // Held over the whole of start(): a cancellation finds the step either not begun or pending.
    const std::lock_guard<std::mutex> lock(mutex_);
    if (is_any(requested_, heeded))
      return false;
    heeded_ = heeded;
    start();
    return true;
  }

  /// Called by the step's completion before anything else. From here on no cancellation acts on what
  /// the step left behind: above all not on an OVERLAPPED whose address the next operation may get.
  /// Returns whether one had come.
  bool finish_step()
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    step_signal_.slot().clear();
    const bool cancelled = is_any(requested_, heeded_);
    heeded_ = cancellation_type::none;
    return cancelled;
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
};

} // namespace connectex::detail

#endif // CONNECTEX_DETAIL_CANCELLATION_RELAY_HPP
