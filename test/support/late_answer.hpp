// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_TEST_SUPPORT_LATE_ANSWER_HPP
#define CONNECTEX_TEST_SUPPORT_LATE_ANSWER_HPP

#include "scripted.hpp"

#include <chrono>
#include <optional>
#include <thread>
#include <utility>

namespace test::scripted
{

/// Answers the first call of this kind when @p time, the limit of a test, has passed by the clock
/// that the library reads. One sleep would end by another clock, on Windows before this one.
inline script answer_late(
    call kind, std::chrono::milliseconds time, std::optional<native_error> answer)
{
  return [=, is_over = false](call which, std::size_t) mutable -> std::optional<native_error>
  {
    if (which != kind || std::exchange(is_over, true))
      return let_it_happen;
    using clock = std::chrono::steady_clock;
    for (const auto end = clock::now() + time; clock::now() < end;)
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    return answer;
  };
}

inline connect_options limited_to(std::chrono::milliseconds attempt_timeout)
{
  connect_options options;
  options.attempt_timeout = attempt_timeout;
  return options;
}

} // namespace test::scripted

#endif // CONNECTEX_TEST_SUPPORT_LATE_ANSWER_HPP
