// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_DETAIL_ATTEMPT_PRECONDITIONS_HPP
#define CONNECTEX_DETAIL_ATTEMPT_PRECONDITIONS_HPP

#include <connectex/detail/platform.hpp>
#include <connectex/detail/system/types.hpp>

#include <boost/system/error_code.hpp>

#include <cstddef>

namespace connectex::detail
{

/// Whether @p peer (a sockaddr) is an address that a stream socket can be connected to.
/**
 * Systems disagree on the unspecified address and on port 0: some connect to loopback, some refuse
 * later. The ConnectEx page has the last word: address_not_available.
 */
CONNECTEX_DECL boost::system::error_code check_peer(
    const void* peer, std::size_t peer_size) noexcept;

/// Whether @p socket is connection-oriented, and not known to be connected, being connected or
/// listening.
/**
 * It need not find out whether the socket is of its peer's family: explain_failure() does.
 *
 * A datagram socket would be "connected" by most systems without a packet sent, and some providers
 * never complete a ConnectEx on it, so this cannot be left to the call itself.
 */
CONNECTEX_DECL boost::system::error_code check_socket(
    native_socket socket, int peer_family) noexcept;

/// The number for a bind or a connect that has failed at once: the one of a wrong family, if that
/// was the reason.
CONNECTEX_DECL native_error explain_failure(
    native_socket socket, int peer_family, native_error error) noexcept;

} // namespace connectex::detail

#endif // CONNECTEX_DETAIL_ATTEMPT_PRECONDITIONS_HPP
