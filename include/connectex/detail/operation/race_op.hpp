// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_DETAIL_OPERATION_RACE_OP_HPP
#define CONNECTEX_DETAIL_OPERATION_RACE_OP_HPP

#include <connectex/connect_options.hpp>
#include <connectex/connect_report.hpp>
#include <connectex/detail/attempt/await.hpp>
#include <connectex/detail/attempt/native_error.hpp>
#include <connectex/detail/decide/buffer_range.hpp>
#include <connectex/detail/decide/deadlines.hpp>
#include <connectex/detail/decide/partial_flight.hpp>
#include <connectex/detail/decide/race_machine.hpp>
#include <connectex/detail/decide/race_reporter.hpp>
#include <connectex/detail/decide/reporter.hpp>
#include <connectex/detail/decide/stopping.hpp>
#include <connectex/detail/decide/unique_list.hpp>
#include <connectex/detail/operation/connect_completion.hpp>
#include <connectex/detail/operation/race_attempt.hpp>
#include <connectex/detail/operation/race_base.hpp>
#include <connectex/detail/system/types.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/error.hpp>
#include <boost/system/error_code.hpp>

#include <algorithm>
#include <cstddef>
#include <deque>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

namespace connectex::detail
{

/// Connects one socket to one of several peers: does what race_machine decides, and tells it what
/// came of it.
/**
 * Each attempt is a connect_op, so that it is made as a connect to one peer is.
 *
 * @tparam Candidates Where the endpoints come from: see race_candidates.hpp.
 *
 * @tparam Flight A buffer_range, of which all is handed over, or a partial_flight of one.
 *
 * @tparam Base A race_base or a blocking_race.
 */
template <typename Socket, typename Candidates, typename Flight, typename Handler,
    template <typename, typename, typename, typename> class Base = race_base>
class race_op
  : public Base<race_op<Socket, Candidates, Flight, Handler, Base>, Socket, Flight, Handler>
{
  using base = Base<race_op, Socket, Flight, Handler>;
  using error_code = boost::system::error_code;

public:
  using executor_type = typename Socket::executor_type;
  using endpoint_type = typename Socket::endpoint_type;
  using attempt_type = race_attempt<Socket, typename base::attempt_control>;

  race_op(Socket& socket, Candidates&& candidates, std::vector<boost::asio::const_buffer>&& flight,
      const connect_options& options, Handler&& handler)
    : base(socket.get_executor(), std::move(handler)),
      socket_(socket),
      candidates_(std::move(candidates)),
      flight_(std::move(flight)),
      options_(options),
      report_(options_, clock::now()),
      limits_(report_.started(), options_.attempt_timeout, options_.total_timeout),
      machine_(make_environment()),
      unsent_(Flight(buffer_range(flight_)), std::allocator<void>())
  {
  }

  executor_type get_executor() const { return socket_.get_executor(); }

  // For the candidates.

  void add(const endpoint_type& endpoint)
  {
    if (!endpoints_.add(endpoint))
      return;
    machine_.add(endpoint.protocol().family());
    report_.add_endpoint(endpoint);
  }

  /// @param none_found The operation's error if there are none.
  void end_candidates(const error_code& none_found) { machine_.on_all_added(none_found); }

  template <typename Results>
  void add_looked_up(const error_code& error, const Results& results)
  {
    is_looking_up_ = false;
    report_.record_look_up(error, clock::now());
    for (const auto& entry : results)
      add(entry.endpoint());
    end_candidates(error ? error : error_code(boost::asio::error::not_found));
  }

  // For the base.

  std::deque<attempt_type>& attempts() noexcept { return attempts_; }

  void start()
  {
    const stop_reason used_up = limits_.used_up(clock::now());
    if (used_up == stop_reason::none || !Candidates::is_look_up)
      is_looking_up_ = candidates_.start(*this);
    if (used_up != stop_reason::none)
      return stop(used_up);
    if (const auto limit = limits_.for_write())
    {
      base::start_limit(limit->at, [](race_op& race) { race.stop(stop_reason::total_timeout); });
    }
    go_on();
  }

  template <typename Results>
  void on_looked_up(const error_code& error, const Results& results)
  {
    add_looked_up(error, results);
    go_on();
  }

  void on_attempt_ended(std::size_t number, const error_code& error, std::size_t bytes_transferred)
  {
    attempt_type& ended = attempts_[number];
    ended.is_over = true;
    ended.bytes_transferred = bytes_transferred;
    const bool is_delivered = is_maybe_delivered(ended, error);
    has_handed_over_ = has_handed_over_ || bytes_transferred != 0 || is_delivered;
    if (ended.socket == &socket_)
      is_socket_in_use_ = false;
    else if (error || ended.ended_by == action::give_up)
      close(ended);

    if (!ended.made)
      note_end(ended, connect_attempt{ended.peer, error, 0, {}, {}, outcome_of(error, stop_)});
    if (is_aborted_by_caller(ended, error))
      note_stop(stop_reason::cancelled);
    else if (error)
    {
      note_cancellation();
      note_total_limit();
    }
    tell(ended, number);
    machine_.on_attempt_ended(number, {error, is_delivered});

    // Now, so that the caller can close it while the others end.
    if (machine_.winner() == number && !error)
      adopt(ended);
    go_on();
  }

  void on_written(error_code error, std::size_t bytes_transferred)
  {
    is_writing_ = false;
    unsent_.consume(bytes_transferred);
    if (!error && !unsent_.is_sent())
    {
      if (!is_write_cancelled_ && !is_closed_by_caller())
        return start_write();
      error = boost::asio::error::operation_aborted;
    }
    machine_.on_written(
        is_closed_by_caller() ? boost::asio::error::operation_aborted : to_portable(error));
    go_on();
  }

  void cancel()
  {
    // Only an attempt that carries the first flight knows whether `total` can still be promised.
    for (attempt_type& made : attempts_)
    {
      if (made.with_flight && !made.is_over)
        made.control.cancel(base::requested());
    }
    go_on();
  }

private:
  using clock = deadlines::clock;
  using action = race_machine::action;
  using decision = race_machine::decision;
  using cancellation_type = boost::asio::cancellation_type;

  race_machine::environment make_environment()
  {
    race_machine::environment environment;
    environment.race = options_.race;
    environment.has_flight = !flight_.empty();
    environment.max_rounds = options_.retry.max_attempts;
    environment.backoff = options_.retry.backoff;
    if (options_.retry.predicate)
    {
      environment.predicate = [this](std::size_t number, const error_code&)
      { return options_.retry.predicate(attempts_[number].describe(stop_)); };
    }
    return environment;
  }

  /// Does what the machine decides after an event. The race may be over when it returns.
  void go_on()
  {
    // An action may bring about an event.
    if (is_going_on_)
      return;
    is_going_on_ = true;
    for (;;)
    {
      if (is_closed_by_caller())
        note_stop(stop_reason::cancelled);
      note_cancellation();
      note_total_limit();
      const decision next = machine_.next();
      if (next.next == action::finish)
        return finish(next);
      if (next.next == action::none)
        break;
      perform(next);
    }
    is_going_on_ = false;
  }

  /// Looked at here as well as by the timer, whose event may be late or held up.
  void note_total_limit()
  {
    if (options_.total_timeout && limits_.is_total_up(clock::now()))
      note_stop(stop_reason::total_timeout);
  }

  void perform(const decision& next)
  {
    switch (next.next)
    {
    case action::start:
      return start_attempt(next);
    case action::arm_delay:
      return start_delay(next.delay,
          [](race_op& race)
          {
            race.machine_.on_delay_over();
            race.go_on();
          });
    case action::give_up:
    case action::lose:
    case action::stop:
      return end_attempt(next);
    case action::write:
      return start_write();
    case action::wait:
      return start_delay(next.delay,
          [](race_op& race)
          {
            race.attempts_.clear();
            race.report_.begin_round();
            race.machine_.on_waited();
            race.go_on();
          });
    case action::none:
    case action::finish:
      break;
    }
  }

  void start_delay(race_machine::duration delay, void (*event)(race_op&))
  {
    base::start_delay(limits_.end_of_wait(clock::now(), delay), event);
  }

  void start_attempt(const decision& next)
  {
    const std::size_t number = attempts_.size();
    const auto now = clock::now();
    attempt_type& made = attempts_.emplace_back(
        endpoints_[next.candidate], next.with_flight, now - report_.started());
    use_socket(made);
    const connect_options options = options_of(made, number, now);
    const Flight flight = next.with_flight ? Flight(buffer_range(flight_)) : Flight();
    base::start_connect(made.control, *made.socket, made.peer, flight, options, number);
    if (made.socket == &socket_ && socket_.is_open())
      caller_handle_ = socket_.native_handle();
  }

  /// The caller's socket serves whenever it is free, because that is the one that the caller may
  /// close, and the one that needs no move.
  void use_socket(attempt_type& made)
  {
    if (is_socket_in_use_)
    {
      made.socket = &made.temporary.emplace(socket_.get_executor());
      return;
    }
    is_socket_in_use_ = true;
    made.socket = &socket_;
    close(made);
  }

  /// The options of a connect to one peer that is one attempt of this race.
  connect_options options_of(attempt_type& made, std::size_t number, clock::time_point now)
  {
    connect_options options;
    options.attempt_timeout = options_.attempt_timeout;
    options.reuse_unicast_port = options_.reuse_unicast_port;
    options.loopback_fast_fail = options_.loopback_fast_fail;
    options.reopen = reopen_policy::never;
    options.report = &made.report;
    options.statistics = report_.has_statistics();
    options.on_attempt = [this, number](const connect_attempt& told) { on_made(number, told); };

    // By reference: the function may have a state of its own.
    if (options_.prepare)
    {
      options.prepare = [this](opened_socket& opened, error_code& error)
      { options_.prepare(opened, error); };
    }
    if (!made.with_flight)
      return options;
    options.fast_open = options_.fast_open;

    // It has to find out itself whether a limit has struck after bytes were delivered.
    if (const auto limit = limits_.for_write())
      options.total_timeout = limit->at - now;
    return options;
  }

  /// The connect call of an attempt has ended; the attempt may go on with the first flight.
  void on_made(std::size_t number, const connect_attempt& told)
  {
    attempt_type& made = attempts_[number];
    note_end(made, told);
    if (told.error || made.ended_by == action::give_up || made.ended_by == action::lose)
      return;
    machine_.on_connected(number);
    close_given_up();
    tell(made, number);
    go_on();
  }

  void note_end(attempt_type& made, const connect_attempt& told)
  {
    made.made = told;
    made.ended = clock::now() - report_.started();
  }

  /// Whether the caller has called cancel() on the socket.
  bool is_aborted_by_caller(const attempt_type& ended, const error_code& error) const
  {
    return error == boost::asio::error::operation_aborted && ended.ended_by == action::none
        && ended.socket == &socket_;
  }

  /// An attempt that has lost with the first flight was closed without being asked.
  static bool is_maybe_delivered(const attempt_type& ended, const error_code& error)
  {
    const bool is_unknown =
        ended.ended_by == action::lose || (!error && ended.ended_by == action::give_up);
    return ended.with_flight && (ended.report.maybe_delivered || is_unknown);
  }

  void tell(attempt_type& made, std::size_t number)
  {
    if (!std::exchange(made.is_told, true))
      report_.add(number, made.describe(stop_));
  }

  void end_attempt(const decision& next)
  {
    if (is_writing_)
    {
      is_write_cancelled_ = true;
      return base::cancel_write();
    }
    attempt_type& ending = attempts_[next.attempt];
    ending.ended_by = next.next;

    // The end of an attempt with the first flight has to tell whether bytes may have been
    // delivered. A socket that makes room stays open until then, because the next one would get its
    // descriptor. Closing ends an attempt on every system.
    const bool must_tell = ending.with_flight && next.next != action::lose;
    if (must_tell || next.next == action::give_up)
      ending.control.cancel(cancellation_type::terminal);
    else
      close(ending);
  }

  /// Nothing is started any more, so nothing is left to wait for but what closing ends.
  void close_given_up()
  {
    for (attempt_type& made : attempts_)
    {
      if (made.ended_by == action::give_up && !made.is_over && !made.with_flight)
        close(made);
    }
  }

  void close(attempt_type& ending)
  {
    error_code ignored;
    ending.socket->close(ignored);
    if (ending.socket == &socket_)
      caller_handle_.reset();
  }

  void start_write()
  {
    // As many as Asio hands to the system at a time.
    constexpr std::size_t max_buffers = 64;

    is_writing_ = true;
    next_.clear();
    unsent_.visit_next(
        [&](const boost::asio::const_buffer& buffer)
        {
          next_.push_back(buffer);
          return next_.size() != max_buffers;
        });
    base::start_write(socket_, write_wait<buffer_range>{buffer_range(next_)});
  }

  /// The connection that has won becomes the caller's.
  void adopt(attempt_type& winner)
  {
    if (winner.temporary)
    {
      socket_ = std::move(*winner.temporary);
      winner.temporary.reset();
      winner.socket = &socket_;
    }
    caller_handle_ = socket_.native_handle();
  }

  /// Whether the caller has closed the socket, which was open.
  bool is_closed_by_caller() const
  {
    return caller_handle_ && detail::is_closed(socket_, *caller_handle_);
  }

  void note_cancellation()
  {
    if (!base::is_cancellable())
      return;
    const cancellation_type requested = base::requested();
    const cancellation_type allowed =
        may_have_handed_over() ? stoppable_step::types_after_first_byte : stoppable_step::all_types;
    if ((requested & allowed) != cancellation_type::none)
      note_stop(stop_reason::cancelled);
  }

  void stop(stop_reason reason)
  {
    note_stop(reason);
    go_on();
  }

  void note_stop(stop_reason reason)
  {
    if (stop_ == stop_reason::none || reason == stop_reason::cancelled)
      stop_ = reason;
    if (std::exchange(is_looking_up_, false))
    {
      report_.record_look_up(result_of(boost::asio::error::operation_aborted, stop_), clock::now());
      candidates_.abandon();
    }
    close_given_up();
    machine_.on_stopped(reason);
  }

  bool may_have_handed_over() const
  {
    return is_writing_ || has_handed_over_
        || std::any_of(attempts_.begin(), attempts_.end(),
            [](const attempt_type& made) { return made.with_flight && !made.is_over; });
  }

  void finish(const decision& last)
  {
    error_code error = last.error;
    if (!error && is_closed_by_caller())
      error = boost::asio::error::operation_aborted;

    endpoint_type peer;
    if (error)
      close_socket();
    else
      peer = attempts_[last.attempt].peer;
    const attempt_type* const decisive = find_decisive(last.attempt);
    const std::size_t sent =
        decisive && decisive->with_flight ? decisive->bytes_transferred : unsent_.sent();
    report_.end(decisive ? &decisive->report : nullptr, unsent_.sent(), machine_.not_tried(),
        error && machine_.is_maybe_delivered(), clock::now());
    base::complete(error, peer, sent);
  }

  /// The attempt that the count and the report tell of.
  const attempt_type* find_decisive(std::size_t winner) const
  {
    if (winner != race_machine::no_attempt)
      return &attempts_[winner];
    const attempt_type* decisive = attempts_.empty() ? nullptr : &attempts_.back();
    for (const attempt_type& made : attempts_)
    {
      // In a SYN, an attempt that has failed may have sent more than a later one.
      if (made.with_flight
          && (!decisive->with_flight || made.bytes_transferred >= decisive->bytes_transferred))
        decisive = &made;
    }
    return decisive;
  }

  void close_socket()
  {
    error_code ignored;
    socket_.close(ignored);
  }

  Socket& socket_;
  Candidates candidates_;
  const std::vector<boost::asio::const_buffer> flight_;
  const connect_options options_;
  race_reporter report_;
  deadlines limits_;
  race_machine machine_;
  unique_list<endpoint_type> endpoints_;
  std::deque<attempt_type> attempts_;
  stop_reason stop_ = stop_reason::none;

  /// The socket's handle while it is the caller's to close.
  std::optional<native_socket> caller_handle_;
  bool is_socket_in_use_ = false;
  bool has_handed_over_ = false;
  bool is_looking_up_ = false;
  bool is_going_on_ = false;

  /// What follows a connect without the first flight.
  first_flight<Flight, std::allocator<void>> unsent_;
  std::vector<boost::asio::const_buffer> next_;
  bool is_writing_ = false;
  bool is_write_cancelled_ = false;
};

} // namespace connectex::detail

#endif // CONNECTEX_DETAIL_OPERATION_RACE_OP_HPP
