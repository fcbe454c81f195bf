// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_DETAIL_DECIDE_REPORTER_HPP
#define CONNECTEX_DETAIL_DECIDE_REPORTER_HPP

#include <connectex/connect_options.hpp>
#include <connectex/connect_report.hpp>
#include <connectex/detail/decide/attempt_result.hpp>
#include <connectex/detail/decide/stopping.hpp>
#include <connectex/error.hpp>

#include <boost/system/error_code.hpp>

#include <chrono>
#include <cstddef>

namespace connectex::detail
{

/// How an attempt ended that the system ended with @p error, in one word.
inline attempt_outcome outcome_of(const boost::system::error_code& error, stop_reason stop) noexcept
{
  if (!error)
    return attempt_outcome::connected;
  const boost::system::error_code result = result_of(error, stop);
  if (result == condition::aborted)
    return attempt_outcome::cancelled;
  return result != error ? attempt_outcome::given_up : attempt_outcome::failed;
}

/// Writes the report that the options ask for, and does nothing where they ask for none. It is told
/// the time.
class reporter
{
public:
  using time_point = std::chrono::steady_clock::time_point;

  /// @param options Must outlive this object.
  reporter(const connect_options& options, time_point started)
    : options_(&options), started_(started)
  {
    if (has_report())
      *options.report = connect_report();
  }

  bool has_report() const noexcept { return options_->report != nullptr; }

  /// Whether attempts have to be described.
  bool has_readers() const noexcept { return has_report() || options_->on_attempt; }

  /// Whether the attempt that connects has to be described with its statistics.
  bool has_statistics() const noexcept { return options_->statistics && has_readers(); }

  /// An attempt on @p peer that began at @p began has ended, @p now.
  template <typename Endpoint>
  connect_attempt describe(const Endpoint& peer, const attempt_result& result, stop_reason stop,
      time_point began, time_point now) const
  {
    return {peer, result_of(result.error, stop), result.native, began - started_, now - began,
        outcome_of(result.error, stop)};
  }

  void add(const connect_attempt& attempt)
  {
    if (has_report())
      options_->report->attempts.push_back(attempt);
    if (options_->on_attempt)
      options_->on_attempt(attempt);
  }

  void record_fast_open(const boost::system::error_code& error) noexcept
  {
    if (has_report())
      options_->report->fast_open_error = error;
  }

  /// The call that an attempt was made by, and the bytes that it has handed over.
  void record_sent(const attempt_result& result) noexcept
  {
    if (!has_report())
      return;
    options_->report->call = result.call;
    options_->report->first_flight = result.sent != 0 ? result.path : first_flight_path::none;
    options_->report->bytes_in_connect = result.sent_in_connect;
  }

  /// Whether the peer may have got some of the first flight by the attempt that has ended.
  void record_delivery(bool maybe_delivered) noexcept { maybe_delivered_ = maybe_delivered; }

  /// Bytes that were handed over once the connection stood. A write that failed may have delivered
  /// some although its count does not say so.
  void record_written(std::size_t bytes) noexcept
  {
    record_delivery(true);
    if (has_report() && bytes != 0 && options_->report->bytes_in_connect == 0)
      options_->report->first_flight = first_flight_path::after_connect;
  }

  /// The operation is over.
  void end(const boost::system::error_code& error, time_point now) noexcept
  {
    if (!has_report())
      return;
    options_->report->elapsed = now - started_;
    options_->report->maybe_delivered = error && maybe_delivered_;
  }

private:
  const connect_options* options_;
  time_point started_;
  bool maybe_delivered_ = false;
};

} // namespace connectex::detail

#endif // CONNECTEX_DETAIL_DECIDE_REPORTER_HPP
