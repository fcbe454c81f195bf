// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_TEST_SUPPORT_WINE_HPP
#define CONNECTEX_TEST_SUPPORT_WINE_HPP

#if defined(_WIN32)
#include <winsock2.h>
#include <windows.h>
#endif

namespace test
{

inline bool under_wine()
{
#if defined(_WIN32)
  return ::GetProcAddress(::GetModuleHandleA("ntdll.dll"), "wine_get_version") != nullptr;
#else
  return false;
#endif
}

} // namespace test

#endif // CONNECTEX_TEST_SUPPORT_WINE_HPP
