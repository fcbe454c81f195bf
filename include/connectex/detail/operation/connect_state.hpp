// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_DETAIL_CONNECT_CONTEXT_HPP
#define CONNECTEX_DETAIL_CONNECT_CONTEXT_HPP

#include <connectex/connect_options.hpp>
#include <connectex/detail/attempt/linux_attempt.hpp>
#include <connectex/detail/attempt/loopback_fast_fail.hpp>
#include <connectex/detail/attempt/preconditions.hpp>
#include <connectex/detail/attempt/to_portable.hpp>
#include <connectex/detail/decide/connect_machine.hpp>
#include <connectex/detail/operation/self_owned_ptr.hpp>
#include <connectex/detail/operation/stoppable_step.hpp>
#include <connectex/detail/operation/work_guard.hpp>
#include <connectex/detail/system/linux.hpp>
#include <connectex/detail/system/types.hpp>
#include <connectex/detail/system/winsock.hpp>

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/wait_traits.hpp>
#include <boost/system/error_code.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>

namespace connectex::detail
{

/// What an operation needs only because it was given options, or because its handler runs on another
/// executor than the socket's. It stays where it is while the operation moves from step to step.
template <typename Socket>
class connect_context : public thin_ptr_target<connect_context<Socket>>
{
  using executor_type = typename Socket::executor_type;
  using endpoint_type = typename Socket::endpoint_type;

public:
  using clock = std::chrono::steady_clock;
  using duration = clock::duration;
  using timer_type =
      boost::asio::basic_waitable_timer<clock, boost::asio::wait_traits<clock>, executor_type>;

  explicit connect_context(const connect_options& options) : options_(options)
  {
    if (options_.report)
      *options_.report = connect_report();
  }

  const connect_options& options() const noexcept { return options_; }

  connect_machine& machine() noexcept { return machine_; }

  void set_machine(bool opened_here, bool can_dissolve) noexcept
  {
    connect_machine::setting setting;
    setting.retry = &options_.retry;
    setting.may_reopen = options_.reopen == reopen_policy::always
        || (options_.reopen == reopen_policy::if_opened_here && opened_here);
    setting.can_dissolve = can_dissolve;
    machine_ = connect_machine(setting);
  }
  connect_report* report() const noexcept { return options_.report; }

  /// Called when the first step begins. Between two steps nothing else keeps the socket's execution context
  /// from stopping, if the handler's is another.
  void hold_work(const executor_type& executor)
  {
    if (!work_)
      work_.emplace(executor);
  }

  bool has_time_limit() const noexcept
  {
    return options_.attempt_timeout != duration::zero()
        || options_.total_timeout != duration::zero();
  }

  void start_attempt() { attempt_started_ = clock::now(); }

  /// Sets the limit of an attempt that starts now.
  template <typename Relay>
  void limit_attempt(const executor_type& executor, const std::shared_ptr<Relay>& relay)
  {
    const time_point attempt_deadline = later(attempt_started_, options_.attempt_timeout);
    if (attempt_deadline < total_deadline())
      limit(attempt_deadline, stop_reason::attempt_timeout, executor, relay);
    else
      limit_write(executor, relay);
  }

  /// Sets the limit of a write that starts now.
  template <typename Relay>
  void limit_write(const executor_type& executor, const std::shared_ptr<Relay>& relay)
  {
    if (options_.total_timeout != duration::zero())
      limit(total_deadline(), stop_reason::total_timeout, executor, relay);
  }

  /// A timer that goes off after @p delay, or when the operation's time is up if that is sooner.
  timer_type& timer_for_wait(const executor_type& executor, duration delay)
  {
    return timer_at((std::min)(later(clock::now(), delay), total_deadline()), executor);
  }

  bool is_time_up() const
  {
    return options_.total_timeout != duration::zero() && clock::now() >= total_deadline();
  }

  /// Asks the system for what has to be asked for before a connect. @p handle was just opened, or is new
  /// to this operation.
  void apply_options([[maybe_unused]] native_socket handle,
      [[maybe_unused]] const endpoint_type& peer, bool has_first_flight)
  {
#if CONNECTEX_DETAIL_WINDOWS
    if (options_.loopback_fast_fail)
      fail_fast_on_loopback(handle, peer.data(), peer.size());
#endif
    if (options_.fast_open == fast_open_mode::off || !has_first_flight)
      return;
#if CONNECTEX_DETAIL_WINDOWS
    record_fast_open(portable_error(os::set_fast_open(handle)));
#else
    if (!asks_for_fast_open(peer))
      record_fast_open(boost::asio::error::operation_not_supported);
#endif
  }

#if CONNECTEX_DETAIL_LINUX

  linux_attempt::progress start(
      const linux_attempt& attempt, const endpoint_type& peer, bool has_first_flight)
  {
    if (options_.fast_open == fast_open_mode::off || !has_first_flight || !asks_for_fast_open(peer))
      return attempt.start();
    native_error refusal = 0;
    const auto progress = attempt.start_fast_open(refusal);
    record_fast_open(portable_error(refusal));
    return progress;
  }

  void record_syn(native_socket handle, std::size_t bytes_transferred) noexcept
  {
    bool acknowledged = false;
    if (!report() || os::get_syn_data_acknowledged(handle, acknowledged) != 0 || !acknowledged)
      return;
    report()->first_flight = first_flight_path::in_syn;
    report()->bytes_in_connect = bytes_transferred;
  }

#endif

  /// Remembers the local address of @p socket, which was just opened or is new to this operation, if it
  /// is bound and @p may_be_needed.
  void keep_local_endpoint(const Socket& socket, bool may_be_needed)
  {
    local_endpoint_.reset();
    if (!may_be_needed)
      return;
    boost::system::error_code error;
    const endpoint_type local = socket.local_endpoint(error);
    if (!error && has_port(local.data(), local.size()))
      local_endpoint_ = local;
  }

  /// Called when the first attempt has failed. Linux goes on to show the port that it had chosen for an
  /// earlier operation, but it has chosen another since; one that the caller has bound stays.
  void confirm_local_endpoint(const Socket& socket)
  {
    if (!local_endpoint_ || machine_.attempts() != 1)
      return;
    boost::system::error_code error;
    if (socket.local_endpoint(error) != *local_endpoint_ || error)
      local_endpoint_.reset();
  }

  /// Linux lets go of a port that it has chosen itself when a connect fails, although getsockname goes on
  /// to show it.
  boost::system::error_code restore_local_endpoint(Socket& socket)
  {
    boost::system::error_code error;
    if (local_endpoint_ && machine_.attempts() != 0)
      socket.bind(*local_endpoint_, error);
    const bool still_bound = error == boost::asio::error::invalid_argument;
    return still_bound ? boost::system::error_code() : error;
  }

  connect_machine::decision end_attempt(
      const connect_machine::attempt_result& result, const endpoint_type& peer, native_error native)
  {
    const unsigned attempts = machine_.attempts();
    const connect_machine::decision decision = machine_.on_attempt(result);
    if (report() && machine_.attempts() != attempts)
    {
      report()->attempts.push_back(
          {peer, machine_.last_error(), native, clock::now() - attempt_started_});
    }
    return decision;
  }

  void record_connect(std::size_t bytes_transferred) noexcept
  {
    if (!report() || bytes_transferred == 0)
      return;
    report()->first_flight = first_flight_path::in_connect;
    report()->bytes_in_connect = bytes_transferred;
  }

  void record_write(std::size_t bytes_transferred) noexcept
  {
    if (report() && bytes_transferred != 0 && report()->bytes_in_connect == 0)
      report()->first_flight = first_flight_path::after_connect;
  }

  void record_end() noexcept
  {
    if (report())
      report()->elapsed = clock::now() - started_;
  }

private:
  using time_point = clock::time_point;

  /// Whether each attempt asks for fast open in its own connect call.
  static bool asks_for_fast_open([[maybe_unused]] const endpoint_type& peer) noexcept
  {
#if CONNECTEX_DETAIL_LINUX
    return linux_attempt::can_fast_open(peer.protocol());
#else
    return false;
#endif
  }

  void record_fast_open(const boost::system::error_code& error) noexcept
  {
    if (report())
      report()->fast_open_error = error;
  }

  /// Never, for a @p limit of 0.
  static time_point later(time_point start, duration limit) noexcept
  {
    if (limit == duration::zero() || limit > (time_point::max)() - start)
      return (time_point::max)();
    return start + limit;
  }

  time_point total_deadline() const noexcept { return later(started_, options_.total_timeout); }

  timer_type& timer_at(time_point deadline, const executor_type& executor)
  {
    if (!timer_)
      timer_.emplace(executor);
    timer_->expires_at(deadline);
    return *timer_;
  }

  template <typename Relay>
  void limit(time_point deadline, stop_reason reason, const executor_type& executor,
      const std::shared_ptr<Relay>& relay)
  {
    // Weak: the timer's last completion may come when the operation is over and the handler's context
    // is gone.
    timer_at(deadline, executor)
        .async_wait(
            [target = std::weak_ptr<Relay>(relay), reason, step = relay->step()](
                const boost::system::error_code& error)
            {
              const auto live = error ? nullptr : target.lock();
              if (live)
                Relay::expire(live, step, reason);
            });
  }

  connect_options options_;
  connect_machine machine_;
  std::optional<work_guard<executor_type>> work_;
  time_point started_ = clock::now();
  time_point attempt_started_ = started_;
  std::optional<timer_type> timer_;
  std::optional<endpoint_type> local_endpoint_;
};

} // namespace connectex::detail

#endif // CONNECTEX_DETAIL_CONNECT_CONTEXT_HPP
