// SPDX-License-Identifier: BSL-1.0

#include <connectex/race_policy.hpp>

namespace connectex
{

std::string_view race_policy::validate() const noexcept
{
  if (to_string(mode).empty())
    return "race.mode";

  // RFC 8305, section 5: the delay MUST NOT be less than 10 ms.
  if (attempt_delay < std::chrono::milliseconds(10))
    return "race.attempt_delay";
  if (max_in_flight == 0)
    return "race.max_in_flight";
  if (to_string(payload).empty())
    return "race.payload";
  return {};
}

} // namespace connectex
