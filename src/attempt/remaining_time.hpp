// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_SRC_ATTEMPT_REMAINING_TIME_HPP
#define CONNECTEX_SRC_ATTEMPT_REMAINING_TIME_HPP

#include <connectex/detail/attempt/blocking_wait.hpp>

#include <chrono>

namespace connectex::detail
{

inline bool is_reached(const wait_limit& until) noexcept
{
  return until && std::chrono::steady_clock::now() >= *until;
}

/// How long a wait of the system may last: rounded up, so that it does not end before the limit,
/// and no longer than the system can count. Less than 0: without a limit.
inline int remaining_milliseconds(const wait_limit& until) noexcept
{
  using std::chrono::milliseconds;
  constexpr milliseconds longest = std::chrono::hours(1);
  if (!until)
    return -1;
  const auto now = std::chrono::steady_clock::now();
  if (*until <= now)
    return 0;
  const auto left = *until - now;
  return static_cast<int>(
      (left < longest ? std::chrono::ceil<milliseconds>(left) : longest).count());
}

} // namespace connectex::detail

#endif // CONNECTEX_SRC_ATTEMPT_REMAINING_TIME_HPP
