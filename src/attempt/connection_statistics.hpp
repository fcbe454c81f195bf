// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_SRC_ATTEMPT_CONNECTION_STATISTICS_HPP
#define CONNECTEX_SRC_ATTEMPT_CONNECTION_STATISTICS_HPP

#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>

namespace connectex::detail
{

/// A round trip; systems have these two numbers for one that was never measured.
inline std::optional<std::chrono::microseconds> to_round_trip(std::uint32_t microseconds) noexcept
{
  if (microseconds == 0 || microseconds == (std::numeric_limits<std::uint32_t>::max)())
    return std::nullopt;
  return std::chrono::microseconds(microseconds);
}

} // namespace connectex::detail

#endif // CONNECTEX_SRC_ATTEMPT_CONNECTION_STATISTICS_HPP
