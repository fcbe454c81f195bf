// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_TEST_STRESS_OPEN_HANDLES_HPP
#define CONNECTEX_TEST_STRESS_OPEN_HANDLES_HPP

#include "../support/wine.hpp"

#include <connectex/detail/platform.hpp>

#include <filesystem>
#include <iterator>
#include <string_view>

namespace test::stress
{

#if CONNECTEX_DETAIL_WINDOWS

/// Whether a handle is that of an event. A mutex of MinGW opens one when threads first meet at it,
/// whenever that is, and a static one keeps it. Operations open none but by their mutexes.
inline bool is_event(HANDLE handle)
{
  using query_object = LONG(WINAPI*)(HANDLE, int, void*, ULONG, ULONG*);
  static const auto query = reinterpret_cast<query_object>(reinterpret_cast<void (*)()>(
      ::GetProcAddress(::GetModuleHandleA("ntdll.dll"), "NtQueryObject")));
  constexpr int type_information = 2;
  struct
  {
    USHORT length;
    USHORT capacity;
    const wchar_t* name;
    wchar_t rest[256];
  } type = {};
  return query(handle, type_information, &type, sizeof(type), nullptr) >= 0
      && std::wstring_view(type.name, type.length / sizeof(wchar_t)) == L"Event";
}

/// Sockets, and everything else that a program has a handle of.
inline long open_handles()
{
  // GetProcessHandleCount() gives 0 under Wine 8.0.
  long count = 0;
  DWORD ignored;
  for (ULONG_PTR value = 4; value != 0x10000; value += 4)
  {
    const HANDLE handle = reinterpret_cast<HANDLE>(value);
    count += ::GetHandleInformation(handle, &ignored) && !is_event(handle);
  }
  return count;
}

#else

inline long open_handles()
{
  return std::distance(std::filesystem::directory_iterator("/proc/self/fd"), {});
}

#endif

} // namespace test::stress

#endif // CONNECTEX_TEST_STRESS_OPEN_HANDLES_HPP
