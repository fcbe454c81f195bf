// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_DETAIL_DECIDE_DEADLINES_HPP
#define CONNECTEX_DETAIL_DECIDE_DEADLINES_HPP

#include <connectex/detail/decide/stopping.hpp>

#include <algorithm>
#include <chrono>
#include <optional>

namespace connectex::detail
{

/// Which time limit of an operation comes first, and when. It is told the time and never asks for
/// it.
class deadlines
{
public:
  using clock = std::chrono::steady_clock;
  using time_point = clock::time_point;
  using duration = clock::duration;

  struct limit
  {
    time_point at;
    stop_reason reason;
  };

  deadlines(time_point now, const std::optional<duration>& attempt_timeout,
      const std::optional<duration>& total_timeout) noexcept
    : attempt_timeout_(attempt_timeout),
      attempt_started_(now),
      total_(total_timeout ? deadline_after(now, *total_timeout) : never()),
      has_total_(total_timeout.has_value())
  {
  }

  bool has_any() const noexcept { return attempt_timeout_ || has_total_; }

  void start_attempt(time_point now) noexcept { attempt_started_ = now; }

  time_point attempt_started() const noexcept { return attempt_started_; }

  /// The limit of the attempt in progress.
  std::optional<limit> for_attempt() const noexcept
  {
    if (attempt_timeout_)
    {
      const time_point attempt = deadline_after(attempt_started_, *attempt_timeout_);
      if (attempt < total_)
        return limit{attempt, stop_reason::attempt_timeout};
    }
    return for_write();
  }

  /// The limit of a write.
  std::optional<limit> for_write() const noexcept
  {
    return has_total_ ? std::optional<limit>({total_, stop_reason::total_timeout}) : std::nullopt;
  }

  /// When a wait of @p delay ends that begins @p now: early, if the operation's time is up before.
  time_point end_of_wait(time_point now, duration delay) const noexcept
  {
    return (std::min)(deadline_after(now, delay), total_);
  }

  /// Which limit, if any, leaves no time for an attempt.
  stop_reason used_up(time_point now) const noexcept
  {
    if (is_total_up(now))
      return stop_reason::total_timeout;
    return attempt_timeout_ && *attempt_timeout_ <= duration::zero() ? stop_reason::attempt_timeout
                                                                     : stop_reason::none;
  }

  bool is_total_up(time_point now) const noexcept { return has_total_ && now >= total_; }

private:
  static constexpr time_point never() noexcept { return (time_point::max)(); }

  /// Without wrapping around, however long or negative @p delay is.
  static time_point deadline_after(time_point start, duration delay) noexcept
  {
    if (delay <= duration::zero())
      return start;
    return delay > never() - start ? never() : start + delay;
  }

  std::optional<duration> attempt_timeout_;
  time_point attempt_started_;
  time_point total_;
  bool has_total_;
};

} // namespace connectex::detail

#endif // CONNECTEX_DETAIL_DECIDE_DEADLINES_HPP
