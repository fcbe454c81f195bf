// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_TEST_STRESS_PLAN_HPP
#define CONNECTEX_TEST_STRESS_PLAN_HPP

#include <connectex/connect_options.hpp>

#include <boost/asio/cancellation_type.hpp>

#include <chrono>
#include <cstddef>
#include <iosfwd>
#include <optional>

namespace test::stress
{

inline constexpr std::size_t long_flight = 70000;

enum class peer_kind
{
  accepting,
  refusing,
  silent
};

enum class strand_use
{
  none,
  of_socket,
  of_handler
};

/// What is done to one operation.
struct plan
{
  plan(unsigned seed, unsigned number);

  bool is_stopped() const { return cancel_after || close_after; }
  bool is_limited() const { return options.attempt_timeout || options.total_timeout; }

  peer_kind peer;
  std::size_t size;
  strand_use strand;
  bool opened_before;
  bool has_options;
  bool has_report;
  connectex::connect_options options;
  boost::asio::cancellation_type type;
  bool cancelled_by_driver;
  std::optional<std::chrono::microseconds> cancel_after;
  std::optional<std::chrono::microseconds> close_after;
};

std::ostream& operator<<(std::ostream& out, const plan& value);

} // namespace test::stress

#endif // CONNECTEX_TEST_STRESS_PLAN_HPP
