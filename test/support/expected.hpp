// SPDX-License-Identifier: BSL-1.0

// What this system does otherwise than another one.

#ifndef CONNECTEX_TEST_SUPPORT_EXPECTED_HPP
#define CONNECTEX_TEST_SUPPORT_EXPECTED_HPP

#include <connectex/connect_options.hpp>
#include <connectex/connect_report.hpp>
#include <connectex/detail/platform.hpp>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>

namespace test
{

/// Whether a connect to a loopback peer is over when the initiating function returns.
inline constexpr bool is_over_at_once = CONNECTEX_DETAIL_LINUX;

/// The call that this system makes of its own accord.
inline constexpr connectex::connect_call usual_call = CONNECTEX_DETAIL_WINDOWS
    ? connectex::connect_call::connect_ex
    : connectex::connect_call::connect;

/// How it numbers a refusal.
#if CONNECTEX_DETAIL_WINDOWS
inline constexpr std::uint32_t native_refusal = 1225;
#else
inline constexpr std::uint32_t native_refusal = ECONNREFUSED;
#endif

/// How many bytes of a first flight to a TCP peer this system delivers in the connect call.
inline std::size_t bytes_in_connect_of(std::size_t size)
{
  return CONNECTEX_DETAIL_WINDOWS ? (std::min)(size, std::size_t(65535)) : 0;
}

inline connectex::first_flight_path path_of(std::size_t size)
{
  if (size == 0)
    return connectex::first_flight_path::none;
  return bytes_in_connect_of(size) != 0 ? connectex::first_flight_path::in_connect
                                        : connectex::first_flight_path::after_connect;
}

} // namespace test

#endif // CONNECTEX_TEST_SUPPORT_EXPECTED_HPP
