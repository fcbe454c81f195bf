// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_TEST_STRESS_OPEN_HANDLES_HPP
#define CONNECTEX_TEST_STRESS_OPEN_HANDLES_HPP

#include "../support/wine.hpp"

#include <connectex/detail/platform.hpp>

#include <filesystem>
#include <iterator>

namespace test::stress
{

#if CONNECTEX_DETAIL_WINDOWS

/// How many more there may be later: a mutex of MinGW opens a semaphore when threads first meet at
/// it, whenever that is. What an operation loses is lost again and again.
inline constexpr long opened_late = 4;

/// Sockets, and everything else that a program has a handle of.
inline long open_handles()
{
  // GetProcessHandleCount() gives 0 under Wine 8.0.
  long count = 0;
  DWORD ignored;
  for (ULONG_PTR value = 4; value != 0x10000; value += 4)
    count += ::GetHandleInformation(reinterpret_cast<HANDLE>(value), &ignored) != 0;
  return count;
}

#else

inline constexpr long opened_late = 0;

inline long open_handles()
{
  return std::distance(std::filesystem::directory_iterator("/proc/self/fd"), {});
}

#endif

} // namespace test::stress

#endif // CONNECTEX_TEST_STRESS_OPEN_HANDLES_HPP
