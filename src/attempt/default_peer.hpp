// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_SRC_ATTEMPT_DEFAULT_PEER_HPP
#define CONNECTEX_SRC_ATTEMPT_DEFAULT_PEER_HPP

#include <connectex/detail/system/socket_name.hpp>
#include <connectex/detail/system/types.hpp>

// What systems do differently about the peer of a datagram socket: default_peer_windows.cpp and
// default_peer_posix.cpp have it.

namespace connectex::detail
{

/// Makes the system forget the peer, and keeps the port.
/**
 * @param local The socket's address while it is connected.
 */
native_error dissolve(native_socket socket, const socket_name& local) noexcept;

/// Takes a datagram, or a pending error, from the socket without waiting.
/**
 * @returns Whether there was one.
 */
bool discard_datagram(native_socket socket) noexcept;

/// Whether a connect has failed so because the socket is connected to another peer.
bool is_refusal_of_second_peer(native_error error) noexcept;

/// The number that says what a failed connect of a datagram socket means.
native_error explain_datagram_failure(native_error error) noexcept;

} // namespace connectex::detail

#endif // CONNECTEX_SRC_ATTEMPT_DEFAULT_PEER_HPP
