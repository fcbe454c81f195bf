// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_DETAIL_OPERATION_CONNECT_OP_HPP
#define CONNECTEX_DETAIL_OPERATION_CONNECT_OP_HPP

#include <connectex/connect_options.hpp>
#include <connectex/detail/attempt/attempt.hpp>
#include <connectex/detail/attempt/native_error.hpp>
#include <connectex/detail/attempt/preconditions.hpp>
#include <connectex/detail/decide/attempt_result.hpp>
#include <connectex/detail/decide/connect_machine.hpp>
#include <connectex/detail/decide/deadlines.hpp>
#include <connectex/detail/decide/first_flight.hpp>
#include <connectex/detail/decide/stopping.hpp>
#include <connectex/detail/operation/connect_completion.hpp>
#include <connectex/detail/operation/connect_state.hpp>
#include <connectex/detail/operation/open_socket.hpp>
#include <connectex/detail/operation/operation_base.hpp>
#include <connectex/detail/operation/step_timer.hpp>
#include <connectex/detail/operation/waits.hpp>
#include <connectex/detail/system/types.hpp>

#include <boost/asio/error.hpp>
#include <boost/system/error_code.hpp>

#include <cstddef>
#include <optional>
#include <utility>

namespace connectex::detail
{

/// Connects one socket to one peer: does what the machine decides, and tells it what came of it.
/**
 * It drives an attempt in the sense of attempt.hpp. Its base takes it from step to step: inside a
 * step_handler, or by waiting on the calling thread.
 *
 * @tparam Base An operation_base or a blocking_operation.
 */
template <typename Socket, typename ConstBufferSequence, typename Handler,
    typename Base = operation_base<Handler, typename Socket::executor_type, connect_state<Socket>>>
class connect_op : public Base
{
  using base = Base;
  using error_code = boost::system::error_code;
  using endpoint_type = typename Socket::endpoint_type;
  using flight_type = first_flight<ConstBufferSequence, typename base::allocator_type>;
  using action = connect_machine::action;
  using limit = std::optional<deadlines::limit>;

public:
  /// @param options Null: the defaults, which cost nothing.
  connect_op(Socket& socket, const endpoint_type& peer, const ConstBufferSequence& buffers,
      const connect_options* options, Handler&& handler)
    : base(std::move(handler)), socket_(socket), peer_(peer), flight_(buffers, get_allocator())
  {
    if (options)
      make_state(*options);
    else if (!runs_on(socket_.get_executor()))
      make_state(default_options);
  }

  /// The initiating function's part.
  void start()
  {
    if (const error_code error = prepare())
      return finish(error);
    start_attempt();
  }

  /// A step has ended.
  void resume(const error_code& error, std::size_t bytes_transferred = 0)
  {
    const stop_reason stop = leave_step();
    switch (step_)
    {
    case step::attempt:
      return resume_attempt(error, bytes_transferred, stop);
    case step::wait:
      return on_waited(stop);
    case step::write:
      return on_written(error, bytes_transferred, stop);
    }
  }

  /// An attempt that failed when it was started has come through the executor.
  void resume(const attempt_result& failed) { end_attempt(failed, leave_step()); }

  // The operation as its attempt sees it: attempt.hpp describes these.

  Socket& socket() noexcept { return socket_; }
  native_socket handle() const noexcept { return handle_; }
  bool is_closed() const { return detail::is_closed(socket_, handle_); }
  const endpoint_type& peer() const noexcept { return peer_; }
  flight_type& flight() noexcept { return flight_; }

  const connect_options& options() const { return state() ? state()->options : default_options; }

  bool may_retry() const { return state() && state()->machine.may_retry(); }
  bool has_time_limit() const { return state() && state()->limits.has_any(); }
  bool has_report() const { return state() && state()->report.has_report(); }

  /// Whether a system call may keep the thread. Not where another attempt may follow: a call that
  /// keeps it does not say whether it has begun anything when it fails.
  bool may_block() const
  {
    return base::blocks && !has_time_limit() && options().retry.max_attempts == 1;
  }

  void record_fast_open(const error_code& error)
  {
    if (state())
      state()->report.record_fast_open(error);
  }

  template <typename Wait>
  void await(const Wait& wait)
  {
    const limit until = state() ? state()->limits.for_attempt() : std::nullopt;
    suspend(step::attempt, until, wait);
  }

private:
  using base::complete;
  using base::complete_immediately;
  using base::end_step;
  using base::get_allocator;
  using base::is_cancelled;
  using base::make_state;
  using base::make_stoppable;
  using base::runs_on;
  using base::state;

  enum class step : unsigned char
  {
    attempt,
    wait,
    write
  };

  /// Called when a step has ended, before anything else. Returns the reason why it was to stop.
  stop_reason leave_step()
  {
    in_initiation_ = false;
    const stop_reason requested = end_step();
    return is_closed() ? stop_reason::cancelled : requested;
  }

  error_code prepare()
  {
    if (state() && !options().validate().empty())
      return boost::asio::error::invalid_argument;
    const bool opened_here = !socket_.is_open();
    if (const error_code error = opened_here
            ? open_socket(socket_, peer_, options())
            : check_socket(socket_.native_handle(), peer_.protocol().family()))
      return error;
    if (const error_code error = check_peer(peer_.data(), peer_.size()))
      return error;

    if (state())
      state()->make_machine(opened_here);
    use_socket(opened_here);
    make_stoppable(socket_.get_executor(), has_time_limit());
    return {};
  }

  /// Called for each socket, when it was opened or found open.
  void use_socket(bool opened_here)
  {
    handle_ = socket_.native_handle();
    const bool known_unbound = opened_here && !options().prepare;
    attempt_.prepare(*this, known_unbound);
    if (system_attempt::can_disconnect && may_retry() && !known_unbound)
      state()->local.remember(socket_);
  }

  error_code reopen()
  {
    error_code error;
    state()->local.forget();
    socket_.close(error);
    if ((error = open_socket(socket_, peer_, options())))
      return error;
    use_socket(true);
    return {};
  }

  /// Does what the machine has decided. A step is pending or the operation is over when it returns.
  void perform(const connect_machine::decision& decision)
  {
    // A function in the options may have closed the socket. Then the handle may be another socket's
    // by now. An error that is already decided stays.
    const bool is_failure_decided = decision.next == action::finish && decision.error;
    if (state() && !is_failure_decided && is_closed())
      return finish(connect_machine::on_stopped(stop_reason::cancelled).error);

    switch (decision.next)
    {
    case action::attempt:
      return start_attempt();
    case action::reopen:
      return perform(state()->machine.on_reopened(reopen()));
    case action::wait:
      return start_wait(decision.delay);
    case action::write:
      return start_write();
    case action::finish:
      return finish(decision.error);
    }
  }

  void start_attempt()
  {
    // Checked here, too, because an attempt may end before it comes to a step.
    if (is_cancelled(allowed_types()))
      return perform(connect_machine::on_stopped(stop_reason::cancelled));
    if (state())
    {
      // options.prepare may have closed the socket.
      if (is_closed())
        return perform(connect_machine::on_stopped(stop_reason::cancelled));
      const auto now = deadlines::clock::now();
      const stop_reason used_up = state()->limits.used_up(now);
      if (used_up != stop_reason::none)
        return perform(connect_machine::on_stopped(used_up));
      state()->limits.start_attempt(now);

      // A SYN may have carried bytes, and the caller has said that they may be sent twice.
      resent_ = resent_ || flight_.sent() != 0;
      flight_.rewind();
      if (const error_code error = state()->local.rebind(socket_))
        return fail_at_once(failed_attempt(error));
    }

    const auto result = attempt_.start(*this);
    if (!result)
      return; // It is pending, and *this has moved away.
    if (result->error)
      return fail_at_once(disconnected(*result, stop_reason::none));
    end_attempt(*result, stop_reason::none);
  }

  /// An attempt has failed before it came to a step that is pending.
  void fail_at_once(const attempt_result& result)
  {
    if (result.error == boost::asio::error::address_family_not_supported)
      return perform({action::finish, result.error}); // The caller's mistake, and no attempt.
    if (in_initiation_ && !may_retry())
      return end_attempt(result, stop_reason::none);

    // Through the executor: retries that fail as quickly would otherwise keep the thread.
    base::post(*this, socket_.get_executor(), result);
  }

  void resume_attempt(const error_code& error, std::size_t bytes_transferred, stop_reason stop)
  {
    const auto result = attempt_.resume(*this, error, bytes_transferred);
    if (result && result->error)
      end_attempt(disconnected(*result, stop), stop);
    else if (result)
      end_attempt(*result, stop); // Otherwise it is pending, and *this has moved away.
  }

  void end_attempt(const attempt_result& result, stop_reason stop)
  {
    // A success no longer counts once the caller has closed the socket.
    if (!result.error && is_closed())
      decide(result, failed_attempt(error_code(boost::asio::error::operation_aborted)), stop);
    else
      decide(result, result, stop);
  }

  /// Also after the last attempt: the caller, too, may connect the socket again. Not after an abort
  /// that was not ours: the caller may have closed the socket, and opened it with the same handle.
  attempt_result disconnected(attempt_result failed, stop_reason stop)
  {
    const bool is_ours =
        stop != stop_reason::none || failed.error != boost::asio::error::operation_aborted;
    failed.disconnected = is_ours && !is_closed() && attempt_.disconnect(*this, failed.error);
    if (state() && failed.disconnected)
      state()->local.on_disconnected(socket_);
    return failed;
  }

  /// @param effective The result, or operation_aborted in its place.
  void decide(const attempt_result& result, const attempt_result& effective, stop_reason stop)
  {
    const bool may_have_connected =
        effective.may_have_connected || (!result.error && result.sent != 0);
    const flight_state flight = state_of_flight(may_have_connected);
    if (state())
      return perform(state()->on_attempt(handle_, peer_, result, effective, stop, flight));

    // A single attempt leaves nothing to decide but this. The way through perform() is longer by a
    // measurable number of instructions.
    if (!effective.error && flight.unsent)
      return start_write();
    finish(connect_machine::on_single_attempt(effective, stop, flight).error);
  }

  void start_wait(connect_machine::duration delay)
  {
    const auto end = state()->limits.end_of_wait(deadlines::clock::now(), delay);
    suspend(step::wait, std::nullopt,
        time_wait<step_timer<typename Socket::executor_type>>{state()->timer, end});
  }

  void on_waited(stop_reason stop)
  {
    const bool is_total_up = state()->limits.is_total_up(deadlines::clock::now());
    if (stop == stop_reason::none && is_total_up)
      stop = stop_reason::total_timeout;
    perform(connect_machine::on_waited(stop));
  }

  void start_write()
  {
    limit until;
    if (state())
    {
      // Checked here as well: while writes complete at once, the timer's handler does not get to
      // run.
      const bool is_total_up = state()->limits.is_total_up(deadlines::clock::now());
      if (is_total_up && !is_cancelled(allowed_types()))
        return on_written(boost::asio::error::operation_aborted, 0, stop_reason::total_timeout);
      until = state()->limits.for_write();
    }
    suspend(step::write, until, write_wait<decltype(flight_.next())>{flight_.next()});
  }

  void on_written(error_code error, std::size_t bytes_transferred, stop_reason stop)
  {
    flight_.consume(bytes_transferred);
    if (state())
      state()->report.record_written(bytes_transferred);
    if (is_closed())
      error = boost::asio::error::operation_aborted;

    // A write that fails or is stopped may have delivered bytes although its count does not say so.
    perform(connect_machine::on_write(to_portable(error), stop, state_of_flight(true)));
  }

  /// Starts a step, or ends the operation if it was asked to stop before. *this has moved away
  /// afterwards in either case.
  template <typename Wait>
  void suspend(step next, const limit& until, const Wait& wait)
  {
    step_ = next;
    if (base::start_step(*this, socket_.get_executor(), allowed_types(), until, wait))
      return;
    if (next == step::attempt)
      return resume_attempt(boost::asio::error::operation_aborted, 0, stop_reason::cancelled);
    perform(connect_machine::on_stopped(stop_reason::cancelled));
  }

  /// The types of cancellation that end the operation.
  boost::asio::cancellation_type allowed_types() const noexcept
  {
    return flight_.sent() == 0 && !resent_ ? stoppable_step::all_types
                                           : stoppable_step::types_after_first_byte;
  }

  flight_state state_of_flight(bool may_have_connected)
  {
    // A connection may have taken bytes only where there were any to offer.
    return {!flight_.is_sent(), may_have_connected && flight_.size() != 0};
  }

  void finish(const error_code& error)
  {
    flight_.release_head();
    if (state())
      state()->report.end(error, deadlines::clock::now());
    const std::size_t sent = flight_.sent();
    if (!in_initiation_)
      return complete(error, sent);
    complete_immediately(socket_.get_executor(),
        connect_completion<Socket>{&socket_, handle_, error, sent, options().report});
  }

  // Ordered by alignment, because each pending operation keeps one of these.
  Socket& socket_;
  native_socket handle_ = {};
  endpoint_type peer_;
  system_attempt attempt_;
  step step_ = step::attempt;
  bool in_initiation_ = true;

  // An attempt that has failed may have delivered bytes of the first flight.
  bool resent_ = false;
  flight_type flight_;
};

} // namespace connectex::detail

#endif // CONNECTEX_DETAIL_OPERATION_CONNECT_OP_HPP
