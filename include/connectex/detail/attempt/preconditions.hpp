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

/// Whether @p socket is connection-oriented, of the family of its peer, and not known to be
/// connected.
/**
 * @param before_attempt Whether a wrong family has to be found here and not by the connect, which
 * spares a call.
 *
 * A datagram socket would be "connected" by most systems without a packet sent, and some providers
 * never complete a ConnectEx on it, so this cannot be left to the call itself.
 */
CONNECTEX_DECL boost::system::error_code check_socket(
    native_socket socket, int peer_family, bool before_attempt) noexcept;

} // namespace connectex::detail

#endif // CONNECTEX_DETAIL_ATTEMPT_PRECONDITIONS_HPP
