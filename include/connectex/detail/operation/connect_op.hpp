// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_DETAIL_OPERATION_CONNECT_OP_HPP
#define CONNECTEX_DETAIL_OPERATION_CONNECT_OP_HPP

#include <connectex/connect_options.hpp>
#include <connectex/detail/attempt/attempt.hpp>
#include <connectex/detail/attempt/blocking_wait.hpp>
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

public:
  /// @param options Null: the defaults, which cost nothing.
  connect_op(Socket& socket, const endpoint_type& peer, const ConstBufferSequence& buffers,
      const connect_options* options, Handler&& handler)
    : base(std::move(handler)), socket_(socket), peer_(peer), flight_(buffers, get_allocator())
  {
    if (options)
      base::make_state(*options);
    else if (!base::runs_on(socket_.get_executor()))
      base::make_state(default_options);
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
    case step::failed_attempt:
      return end_attempt(attempt_result(state()->failed), stop);
    case step::wait:
      return perform(state()->on_waited(stop));
    case step::write:
      record_written(bytes_transferred);
      if (error || bytes_transferred != 0 || stop != stop_reason::none)
        return on_written(error, stop);
      return write_next(); // There is room to write.
    case step::next_write:
      return on_written(error_code(), stop);
    }
  }

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
    if (step_ == step::write && end_if_late())
      return;
    suspend(step_, state() ? state()->limit_of(step_ == step::write) : std::nullopt, wait);
  }

private:
  using base::get_allocator;
  using base::state;

  enum class step : unsigned char
  {
    attempt,
    failed_attempt,
    wait,
    write,
    next_write
  };

  /// Called when a step has ended, before anything else. Returns the reason why it was to stop.
  stop_reason leave_step()
  {
    in_initiation_ = false;
    const stop_reason requested = base::end_step();
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
    base::make_stoppable(socket_.get_executor(), has_time_limit());
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
    error = open_socket(socket_, peer_, options());
    if (!error)
      use_socket(true);
    return error;
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
      return suspend(step::wait, std::nullopt, state()->wait(decision.delay));
    case action::write:
      return start_write();
    case action::finish:
      return finish(decision.error);
    }
  }

  void start_attempt()
  {
    // Checked here, too, because an attempt may end before it comes to a step.
    if (base::is_cancelled(allowed_types()))
      return perform(connect_machine::on_stopped(stop_reason::cancelled));
    if (state())
    {
      // options.prepare may have closed the socket.
      const stop_reason stop = is_closed() ? stop_reason::cancelled : state()->start_attempt();
      if (stop != stop_reason::none)
        return perform(connect_machine::on_stopped(stop));

      // A SYN may have carried bytes, and the caller has said that they may be sent twice.
      resent_ = resent_ || flight_.sent() != 0;
      flight_.rewind();
      if (const error_code error = state()->local.rebind(socket_))
        return fail_at_once(failed_attempt(error));
    }

    step_ = step::attempt;
    const auto result = attempt_.start(*this);
    if (result && result->error)
      fail_at_once(disconnected(*result, stop_reason::none));
    else if (result)
      end_attempt(*result, stop_reason::none); // Otherwise it is pending, and *this has moved away.
  }

  /// An attempt has failed before it came to a step that is pending.
  void fail_at_once(const attempt_result& result)
  {
    if (result.error == boost::asio::error::address_family_not_supported)
      return perform({action::finish, result.error}); // The caller's mistake, and no attempt.
    if (in_initiation_ && !may_retry())
      return end_attempt(result, stop_reason::none);

    // Through the executor: retries that fail as quickly would otherwise keep the thread.
    state()->failed = result;
    go_through_executor(step::failed_attempt);
  }

  void go_through_executor(step next)
  {
    step_ = next;
    base::start_step(*this, socket_.get_executor(), boost::asio::cancellation_type::none,
        std::nullopt, system_attempt::immediate_wait());
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
    const bool is_lost = !result.error && is_closed();
    decide(result,
        is_lost ? failed_attempt(error_code(boost::asio::error::operation_aborted)) : result, stop);
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
    const flight_state flight =
        state_of_flight(effective.may_have_connected || (!result.error && result.sent != 0));
    if (state())
      return perform(state()->on_attempt(handle_, peer_, result, effective, stop, flight));

    // A single attempt leaves nothing to decide but this. The way through perform() is longer by a
    // measurable number of instructions.
    if (!effective.error && flight.unsent)
      return start_write();
    finish(connect_machine::on_single_attempt(effective, stop, flight).error);
  }

  void start_write()
  {
    if (base::is_cancelled(allowed_types()))
      return perform(connect_machine::on_stopped(stop_reason::cancelled));
    if (!end_if_late())
      write_next();
  }

  /// Asked between writes: while they are over at once, the timer's handler does not get to run.
  bool end_if_late()
  {
    const bool is_late = state() && state()->is_total_up() && !base::is_cancelled(allowed_types());
    if (is_late)
      perform(state()->on_total_up(state_of_flight(flight_.sent() != 0)));
    return is_late;
  }

  void write_next()
  {
    step_ = step::write;
    const auto written = attempt_.write(*this);
    if (!written)
      return; // It is pending, and *this has moved away.
    record_written(written->bytes_transferred);
    if (written->error || flight_.is_sent())
      return on_written(written->error, stop_reason::none);
    go_through_executor(step::next_write); // A long flight would otherwise keep the thread.
  }

  void record_written(std::size_t bytes)
  {
    flight_.consume(bytes);
    if (state())
      state()->report.record_written(bytes);
  }

  void on_written(error_code error, stop_reason stop)
  {
    if (is_closed())
      error = boost::asio::error::operation_aborted;

    // A write that fails or is stopped may have delivered bytes although its count does not say so.
    perform(connect_machine::on_write(to_portable(error), stop, state_of_flight(true)));
  }

  /// Starts a step, or ends the operation if it was asked to stop before. *this has moved away
  /// afterwards in either case.
  template <typename Wait>
  void suspend(step next, const std::optional<deadlines::limit>& until, const Wait& wait)
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
      return base::complete(error, sent);
    base::complete_immediately(socket_.get_executor(),
        connect_completion<Socket>{&socket_, handle_, error, sent, options().report});
  }

  // Ordered by alignment, because each pending operation keeps one of these.
  Socket& socket_;
  native_socket handle_ = {};
  endpoint_type peer_;
  system_attempt attempt_;
  step step_ = step::attempt;
  bool in_initiation_ = true;
  bool resent_ = false; // A failed attempt may have delivered bytes of the first flight.
  flight_type flight_;
};

} // namespace connectex::detail

#endif // CONNECTEX_DETAIL_OPERATION_CONNECT_OP_HPP
