// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_DETAIL_OPERATION_RACE_ATTEMPT_HPP
#define CONNECTEX_DETAIL_OPERATION_RACE_ATTEMPT_HPP

#include <connectex/connect_report.hpp>
#include <connectex/detail/decide/race_machine.hpp>
#include <connectex/detail/decide/stopping.hpp>
#include <connectex/error.hpp>

#include <boost/asio/error.hpp>
#include <boost/system/error_code.hpp>

#include <chrono>
#include <cstddef>
#include <optional>

namespace connectex::detail
{

/// One attempt of a race: a connect_op on a socket of its own, or on the caller's.
/**
 * @tparam Control What the base of the race keeps of it.
 */
template <typename Socket, typename Control>
struct race_attempt
{
  using endpoint_type = typename Socket::endpoint_type;
  using duration = std::chrono::steady_clock::duration;
  using action = race_machine::action;

  race_attempt(const endpoint_type& given, bool carries_flight, duration start)
    : peer(given), with_flight(carries_flight), started(start)
  {
  }

  /// What the race has to say about this attempt, which the attempt itself cannot know.
  /**
   * @param stop What has asked the operation to stop, if it was.
   */
  connect_attempt describe(stop_reason stop) const
  {
    connect_attempt told = *made;

    // By the clock readings of the race, so that the times of all attempts fit together.
    told.started = started;
    told.elapsed = ended - started;
    if (ended_by == action::lose)
    {
      told.error = boost::asio::error::operation_aborted;
      told.outcome = attempt_outcome::lost;
    }
    else if (ended_by == action::give_up)
    {
      told.error = boost::asio::error::timed_out;
      told.outcome = attempt_outcome::given_up;
    }
    else if (ended_by == action::stop && is_ambiguous_when_stopped(told.error))
    {
      told.error = result_of(told.error, stop);
      told.outcome =
          stop == stop_reason::cancelled ? attempt_outcome::cancelled : attempt_outcome::given_up;
    }
    if (told.outcome != attempt_outcome::connected)
      told.statistics.reset();
    return told;
  }

  const endpoint_type peer;
  const bool with_flight;

  /// Counted from the start of the race.
  const duration started;
  duration ended = {};

  /// The caller's, or the one below.
  Socket* socket = nullptr;
  std::optional<Socket> temporary;

  /// Written by the attempt, which counts its times from its own start.
  connect_report report;
  std::optional<connect_attempt> made;

  /// How the race has ended it; `none` if it ended by itself.
  action ended_by = action::none;

  // After the socket, on which it may have a step in flight.
  Control control;

  bool is_told = false;
  bool is_over = false;
  std::size_t bytes_transferred = 0;
};

} // namespace connectex::detail

#endif // CONNECTEX_DETAIL_OPERATION_RACE_ATTEMPT_HPP
