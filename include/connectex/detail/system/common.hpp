// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_DETAIL_SYSTEM_COMMON_HPP
#define CONNECTEX_DETAIL_SYSTEM_COMMON_HPP

#include <connectex/detail/platform.hpp>
#include <connectex/detail/system/types.hpp>

/// The seam: every operating-system call that the library makes, as plain functions.
/**
 * Each function makes one call, decides nothing, and returns the error number that the system gave
 * (0 for success). A test replaces them by linking its own definitions. This header has what every
 * system offers; winsock.hpp, posix.hpp and linux.hpp have the rest, each for its own system.
 */
namespace connectex::detail::os
{

/// The address family and the type that the socket was created with.
CONNECTEX_DECL native_error get_socket_kind(native_socket socket, socket_kind& kind) noexcept;

} // namespace connectex::detail::os

#endif // CONNECTEX_DETAIL_SYSTEM_COMMON_HPP
