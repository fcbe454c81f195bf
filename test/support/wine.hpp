// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_TEST_SUPPORT_WINE_HPP
#define CONNECTEX_TEST_SUPPORT_WINE_HPP

#if defined(_WIN32)
#if !defined(WIN32_LEAN_AND_MEAN)
#define WIN32_LEAN_AND_MEAN
#endif
#if !defined(NOMINMAX)
#define NOMINMAX
#endif
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

/// Windows takes about two seconds to tell that a connect on the same machine was refused.
inline bool refuses_slowly()
{
#if defined(_WIN32)
  return !under_wine();
#else
  return false;
#endif
}

} // namespace test

#endif // CONNECTEX_TEST_SUPPORT_WINE_HPP
