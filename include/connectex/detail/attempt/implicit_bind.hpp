// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_DETAIL_ATTEMPT_IMPLICIT_BIND_HPP
#define CONNECTEX_DETAIL_ATTEMPT_IMPLICIT_BIND_HPP

#include <connectex/detail/platform.hpp>
#include <connectex/detail/system/types.hpp>

namespace connectex::detail
{

#if CONNECTEX_DETAIL_WINDOWS

/// Binds @p socket to the wildcard address of its family unless it is bound already: ConnectEx,
/// unlike connect, wants a bound socket.
/**
 * A socket of another family than @p family fails with WSAEAFNOSUPPORT.
 *
 * @param known_unbound Skips the check (getsockname) because the socket is known to be unbound.
 *
 * @param reuse_unicast_port Whether it may share its port. That has to be asked for before the
 * bind, and never on a socket that the caller has bound.
 */
CONNECTEX_DECL native_error implicit_bind(
    native_socket socket, int family, bool known_unbound, bool reuse_unicast_port) noexcept;

#endif

} // namespace connectex::detail

#endif // CONNECTEX_DETAIL_ATTEMPT_IMPLICIT_BIND_HPP
