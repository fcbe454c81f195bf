// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_TEST_SUPPORT_RACE_OUTCOME_HPP
#define CONNECTEX_TEST_SUPPORT_RACE_OUTCOME_HPP

#include "asio_names.hpp"
#include "run.hpp"

#include <connectex/connect_options.hpp>

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <cstddef>
#include <ostream>

namespace test
{

/// What the handler of a connect to several endpoints was told, and how often.
struct race_outcome
{
  int calls = 0;
  error_code error;
  tcp::endpoint peer;
  std::size_t bytes_transferred = 0;

  auto handler()
  {
    return [this](const error_code& ec, const tcp::endpoint& endpoint, std::size_t bytes)
    {
      ++calls;
      error = ec;
      peer = endpoint;
      bytes_transferred = bytes;
    };
  }

  /// Runs @p context until the handler has been called.
  void await(asio::io_context& context)
  {
    run_until(context, [this] { return calls != 0; });
  }

  bool is_failure(const error_code& expected) const
  {
    return calls == 1 && error == expected && peer == tcp::endpoint() && bytes_transferred == 0;
  }

  bool is_success(const tcp::endpoint& expected, std::size_t bytes) const
  {
    return calls == 1 && !error && peer == expected && bytes_transferred == bytes;
  }
};

inline std::ostream& operator<<(std::ostream& out, const race_outcome& value)
{
  return out << value.calls << " call(s), " << value.error << " (" << value.error.message() << "), "
             << value.peer << ", " << value.bytes_transferred << " byte(s)";
}

// A test says by one of these whether the delay is to pass. No attempt takes so long that the long
// one could.
inline constexpr std::chrono::milliseconds shortest_delay{10};
inline constexpr std::chrono::minutes endless_delay{10};

inline connectex::connect_options racing(
    std::chrono::steady_clock::duration delay, connectex::connect_report& report)
{
  connectex::connect_options options;
  options.race.attempt_delay = delay;
  options.report = &report;
  return options;
}

} // namespace test

#endif // CONNECTEX_TEST_SUPPORT_RACE_OUTCOME_HPP
