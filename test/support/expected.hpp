// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_TEST_SUPPORT_PATH_HPP
#define CONNECTEX_TEST_SUPPORT_PATH_HPP

#include <connectex/connect_options.hpp>

#include <algorithm>
#include <cstddef>

namespace test
{

/// How many bytes of a first flight to a TCP peer this system delivers in the connect call.
/// Whether a loopback peer is connected, or found to refuse, before the initiating function returns.
#if defined(__linux__)
inline constexpr bool is_over_at_once = true;
#else
inline constexpr bool is_over_at_once = false;
#endif

inline std::size_t bytes_in_connect_of(std::size_t size)
{
#if defined(_WIN32)
  return (std::min)(size, std::size_t(65535));
#else
  return 0 * size;
#endif
}

inline connectex::first_flight_path path_of(std::size_t size)
{
  if (size == 0)
    return connectex::first_flight_path::none;
  return bytes_in_connect_of(size) != 0 ? connectex::first_flight_path::in_connect
                                        : connectex::first_flight_path::after_connect;
}

} // namespace test

#endif // CONNECTEX_TEST_SUPPORT_PATH_HPP
