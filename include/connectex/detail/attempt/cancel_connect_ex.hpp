// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_DETAIL_ATTEMPT_CANCEL_CONNECT_EX_HPP
#define CONNECTEX_DETAIL_ATTEMPT_CANCEL_CONNECT_EX_HPP

#include <connectex/detail/platform.hpp>
#include <connectex/detail/system/types.hpp>

namespace connectex::detail
{

#if CONNECTEX_DETAIL_WINDOWS

/// Cancels the pending ConnectEx of @p overlapped and no other call of the same socket, where the
/// provider lets it.
/**
 * The sockets of a provider without XP1_IFS_HANDLES are no handles of the system's: the call itself
 * is made on the socket of the base provider, and can be cancelled only there. That socket has no
 * other call in flight, because this one is not connected yet.
 */
CONNECTEX_DECL void cancel_connect_ex(native_socket socket, _OVERLAPPED* overlapped) noexcept;

#endif

} // namespace connectex::detail

#endif // CONNECTEX_DETAIL_ATTEMPT_CANCEL_CONNECT_EX_HPP
