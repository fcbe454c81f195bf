// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_DETAIL_SYSTEM_COMMON_HPP
#define CONNECTEX_DETAIL_SYSTEM_COMMON_HPP

#include <connectex/detail/platform.hpp>
#include <connectex/detail/system/socket_name.hpp>
#include <connectex/detail/system/types.hpp>

#include <cstddef>

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

/// The address that the socket is bound to.
CONNECTEX_DECL native_error get_local_name(native_socket socket, socket_name& name) noexcept;

/// The address that the socket is connected to; fails if it is not connected.
CONNECTEX_DECL native_error get_peer_name(native_socket socket, socket_name& name) noexcept;

CONNECTEX_DECL native_error bind(native_socket socket, const socket_name& name) noexcept;

/// The ordinary call. On a socket that does not block it may go on after it has returned, with the
/// number of would_block or in_progress.
CONNECTEX_DECL native_error connect(
    native_socket socket, const void* peer, std::size_t peer_size) noexcept;

/// How a call that went on has ended, or a pending error of a datagram socket: 0 for none. Asking
/// clears it.
CONNECTEX_DECL native_error get_socket_error(native_socket socket, native_error& result) noexcept;

/// Waits until one of at most 64 sockets is ready; none is when the time is up.
/// @param milliseconds Less than 0: without a limit.
CONNECTEX_DECL native_error wait_writable(
    socket_wait* sockets, std::size_t count, int milliseconds) noexcept;

/// A signal may end it early.
CONNECTEX_DECL void sleep(int milliseconds) noexcept;

} // namespace connectex::detail::os

#endif // CONNECTEX_DETAIL_SYSTEM_COMMON_HPP
