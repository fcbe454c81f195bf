// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_TEST_SUPPORT_LATE_ANSWER_HPP
#define CONNECTEX_TEST_SUPPORT_LATE_ANSWER_HPP

#include "scripted.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <optional>
#include <utility>

namespace test::scripted
{

/// Answers the first call of this kind when @p time, the limit of a test, has passed by the clock
/// that the library reads, as Asio's timers do.
inline script answer_late(
    call kind, std::chrono::milliseconds time, std::optional<native_error> answer)
{
  return [=, is_over = false](call which, std::size_t) mutable -> std::optional<native_error>
  {
    if (which != kind || std::exchange(is_over, true))
      return let_it_happen;
    asio::io_context context;
    asio::steady_timer(context, time).wait();
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
