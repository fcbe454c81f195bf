// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_DETAIL_OPERATION_CONNECT_STATE_HPP
#define CONNECTEX_DETAIL_OPERATION_CONNECT_STATE_HPP

#include <connectex/connect_options.hpp>
#include <connectex/connect_report.hpp>
#include <connectex/connection_info.hpp>
#include <connectex/detail/attempt/local_address.hpp>
#include <connectex/detail/decide/attempt_result.hpp>
#include <connectex/detail/decide/connect_machine.hpp>
#include <connectex/detail/decide/deadlines.hpp>
#include <connectex/detail/decide/reporter.hpp>
#include <connectex/detail/decide/stopping.hpp>
#include <connectex/detail/operation/self_owned_ptr.hpp>
#include <connectex/detail/operation/step_timer.hpp>
#include <connectex/detail/operation/waits.hpp>
#include <connectex/detail/operation/work_guard.hpp>
#include <connectex/detail/system/types.hpp>

#include <boost/system/error_code.hpp>

#include <optional>
#include <utility>

namespace connectex::detail
{

/// The options of a call that was given none: the one place of every default.
/**
 * A variable and not a function's static, which would be checked at each use. It is initialised
 * before any object of static storage duration that is defined after this header.
 */
inline const connect_options default_options = {};

/// The parts of an operation that it has only because it was given options, or because its handler
/// runs on another executor than the socket's. They stay where they are while the operation moves
/// from step to step.
template <typename Socket>
struct connect_state : self_owned<connect_state<Socket>>
{
  using executor_type = typename Socket::executor_type;

  explicit connect_state(const connect_options& given)
    : connect_state(given, deadlines::clock::now())
  {
  }

  connect_state(const connect_options& given, deadlines::time_point started)
    : options(given),
      limits(started, given.attempt_timeout, given.total_timeout),
      report(options, started)
  {
  }

  void make_machine(bool opened_here)
  {
    connect_machine::environment environment;
    environment.max_attempts = options.retry.max_attempts;
    environment.backoff = options.retry.backoff;
    if (options.retry.predicate)
      environment.predicate = [this](const boost::system::error_code& error)
      { return is_retryable(error); };
    environment.may_reopen = options.reopen == reopen_policy::always
        || (options.reopen == reopen_policy::if_opened_here && opened_here);
    machine = connect_machine(std::move(environment));
  }

  /// An attempt is about to start.
  /**
   * @returns The limit that leaves it no time.
   */
  stop_reason start_attempt()
  {
    const auto now = deadlines::clock::now();
    const stop_reason used_up = limits.used_up(now);
    if (used_up == stop_reason::none)
      limits.start_attempt(now);
    return used_up;
  }

  std::optional<deadlines::limit> limit_of(bool is_write) const
  {
    return is_write ? limits.for_write() : limits.for_attempt();
  }

  bool is_total_up() const { return limits.is_total_up(deadlines::clock::now()); }

  /// The total limit is used up and no write is pending, so the flight's state is known.
  connect_machine::decision on_total_up(const flight_state& flight)
  {
    report.record_delivery(flight.maybe_delivered);
    return connect_machine::on_stopped(stop_reason::total_timeout, flight);
  }

  time_wait<step_timer<executor_type>> wait(connect_machine::duration delay)
  {
    return {timer, limits.end_of_wait(deadlines::clock::now(), delay)};
  }

  /// A wait between two attempts has ended.
  connect_machine::decision on_waited(stop_reason stop) const
  {
    const bool is_up = stop == stop_reason::none && is_total_up();
    return connect_machine::on_waited(is_up ? stop_reason::total_timeout : stop);
  }

  /// An attempt has ended.
  /**
   * @param socket That of the attempt.
   *
   * @param result Its result.
   *
   * @param effective The same, or operation_aborted if the socket was closed after a success.
   */
  template <typename Endpoint>
  connect_machine::decision on_attempt(native_socket socket, const Endpoint& peer,
      const attempt_result& result, const attempt_result& effective, stop_reason stop,
      const flight_state& flight)
  {
    report.record_sent(result);
    report.record_delivery(flight.maybe_delivered);
    if (!report.has_readers() && !options.retry.predicate)
      return machine.on_attempt(effective, stop, flight);

    connect_attempt attempt =
        report.describe(peer, effective, stop, limits.attempt_started(), deadlines::clock::now());
    if (!effective.error && report.has_statistics())
      attempt.statistics = find_statistics(socket);
    const unsigned attempts = machine.attempts();
    described = &attempt;
    const connect_machine::decision decision = machine.on_attempt(effective, stop, flight);
    if (machine.attempts() != attempts)
      report.add(attempt);
    return decision;
  }

  const connect_options options;
  deadlines limits;
  reporter report;
  connect_machine machine;
  step_timer<executor_type> timer;
  std::optional<work_guard<executor_type>> work;

  /// The result of an attempt that failed before it came to a wait, while it goes through the
  /// executor.
  attempt_result failed;
  local_address<Socket> local;

private:
  static std::optional<connection_statistics> find_statistics(native_socket socket) noexcept
  {
    boost::system::error_code error;
    const connection_statistics statistics = get_connection_statistics(socket, error);
    return error ? std::nullopt : std::optional(statistics);
  }

  bool is_retryable(const boost::system::error_code& error) const
  {
    connect_attempt attempt = *described;
    attempt.error = error;
    return options.retry.predicate(attempt);
  }

  /// The attempt that has just ended, while the machine may ask about it.
  const connect_attempt* described = nullptr;
};

} // namespace connectex::detail

#endif // CONNECTEX_DETAIL_OPERATION_CONNECT_STATE_HPP
