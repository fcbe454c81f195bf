// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_DETAIL_DECIDE_RACE_REPORTER_HPP
#define CONNECTEX_DETAIL_DECIDE_RACE_REPORTER_HPP

#include <connectex/connect_options.hpp>
#include <connectex/connect_report.hpp>

#include <boost/system/error_code.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <iterator>
#include <vector>

namespace connectex::detail
{

/// Writes the report of a race, if the options ask for one. It is told the time.
class race_reporter
{
public:
  using time_point = std::chrono::steady_clock::time_point;

  /// @param options Must outlive this object.
  race_reporter(const connect_options& options, time_point started)
    : options_(&options), started_(started)
  {
    if (options.report)
      *options.report = connect_report();
  }

  time_point started() const noexcept { return started_; }

  /// Whether the attempt that connects has to be described with its statistics.
  bool has_statistics() const noexcept
  {
    return options_->statistics && (options_->report || options_->on_attempt);
  }

  /// An endpoint that takes part.
  void add_endpoint(const boost::asio::generic::stream_protocol::endpoint& endpoint)
  {
    if (options_->report)
      options_->report->endpoints.push_back(endpoint);
  }

  void begin_round() noexcept { numbers_.clear(); }

  /// The attempt that was the @p number th to start in this round has ended. The report has them in
  /// the order of their start, the function of the options gets them in the order of their end.
  void add(std::size_t number, const connect_attempt& attempt)
  {
    if (connect_report* const report = options_->report)
    {
      const auto place = std::upper_bound(numbers_.begin(), numbers_.end(), number);
      const auto later = std::distance(place, numbers_.end());
      numbers_.insert(place, number);
      report->attempts.insert(std::prev(report->attempts.end(), later), attempt);
    }
    if (options_->on_attempt)
      options_->on_attempt(attempt);
  }

  /// The look-up of the name has ended, or was given up.
  void record_look_up(const boost::system::error_code& error, time_point now) noexcept
  {
    if (!options_->report)
      return;
    options_->report->resolve_error = error;
    options_->report->resolve_elapsed = now - started_;
  }

  /// The operation is over.
  /**
   * @param decisive The report of the attempt that has won, or that tells most of the failure; null
   * if there was none.
   *
   * @param written How many bytes the race itself has written to the winner.
   */
  void end(const connect_report* decisive, std::size_t written, std::size_t not_tried,
      bool maybe_delivered, time_point now) noexcept
  {
    connect_report* const report = options_->report;
    if (!report)
      return;
    if (decisive)
    {
      report->first_flight = decisive->first_flight;
      report->bytes_in_connect = decisive->bytes_in_connect;
      report->call = decisive->call;
      report->fast_open_error = decisive->fast_open_error;
    }
    if (written != 0)
      report->first_flight = first_flight_path::after_connect;
    report->not_tried = not_tried;
    report->maybe_delivered = maybe_delivered;
    report->elapsed = now - started_;
  }

private:
  const connect_options* options_;
  time_point started_;

  /// Of the attempts of this round that the report has.
  std::vector<std::size_t> numbers_;
};

} // namespace connectex::detail

#endif // CONNECTEX_DETAIL_DECIDE_RACE_REPORTER_HPP
