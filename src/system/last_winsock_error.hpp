// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_SRC_SYSTEM_LAST_WINSOCK_ERROR_HPP
#define CONNECTEX_SRC_SYSTEM_LAST_WINSOCK_ERROR_HPP

#include <connectex/detail/system/types.hpp>

#include <winsock2.h>

namespace connectex::detail::os
{

inline native_error last_winsock_error(int result) noexcept
{
  return result == 0 ? 0u : static_cast<native_error>(::WSAGetLastError());
}

} // namespace connectex::detail::os

#endif // CONNECTEX_SRC_SYSTEM_LAST_WINSOCK_ERROR_HPP
