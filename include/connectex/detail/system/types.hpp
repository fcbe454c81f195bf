// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_DETAIL_SYSTEM_TYPES_HPP
#define CONNECTEX_DETAIL_SYSTEM_TYPES_HPP

#include <connectex/detail/platform.hpp>

#include <cstdint>

#if CONNECTEX_DETAIL_WINDOWS
// Declared here so that no header of the library has to include <windows.h>.
extern "C" struct _OVERLAPPED;
#endif

namespace connectex::detail
{

#if CONNECTEX_DETAIL_WINDOWS
using native_socket = std::uintptr_t;

// Its real type needs <windows.h> and a calling convention; the seam casts it back.
using connect_ex_function = void (*)();
#else
using native_socket = int;
#endif

/// A number as the system gave it: Win32 or Winsock on Windows, errno elsewhere; 0 is success.
using native_error = std::uint32_t;

/// A socket that is waited for.
struct socket_wait
{
  native_socket socket;

  /// Whether it is writable or has an exceptional condition, such as a failed connect.
  bool is_ready;
};

struct socket_kind
{
  int family = 0;
  int type = 0;
};

} // namespace connectex::detail

#endif // CONNECTEX_DETAIL_SYSTEM_TYPES_HPP
