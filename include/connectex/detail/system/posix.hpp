// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_DETAIL_SYSTEM_POSIX_HPP
#define CONNECTEX_DETAIL_SYSTEM_POSIX_HPP

#include <connectex/detail/platform.hpp>

#if CONNECTEX_DETAIL_POSIX

#include <connectex/detail/system/common.hpp>
#include <connectex/detail/system/types.hpp>

namespace connectex::detail::os
{

CONNECTEX_DECL native_error get_connected(native_socket socket, bool& connected) noexcept;

CONNECTEX_DECL native_error get_listening(native_socket socket, bool& listening) noexcept;

/// Forgets the connection that was being made (a connect with AF_UNSPEC), so that the socket can
/// connect again. It keeps the address that it was bound to. Linux resets a few options of TCP, and
/// gives up a port that it had chosen. Not every system can.
CONNECTEX_DECL native_error disconnect(native_socket socket) noexcept;

/// Takes a datagram from the socket, or the error of one that was sent. Never waits.
CONNECTEX_DECL native_error discard_datagram(native_socket socket) noexcept;

} // namespace connectex::detail::os

#endif // CONNECTEX_DETAIL_POSIX

#endif // CONNECTEX_DETAIL_SYSTEM_POSIX_HPP
