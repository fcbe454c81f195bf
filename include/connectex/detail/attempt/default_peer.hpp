// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_DETAIL_ATTEMPT_DEFAULT_PEER_HPP
#define CONNECTEX_DETAIL_ATTEMPT_DEFAULT_PEER_HPP

#include <connectex/detail/platform.hpp>
#include <connectex/detail/system/types.hpp>

#include <boost/system/error_code.hpp>

#include <cstddef>

namespace connectex::detail
{

/// Makes @p peer (a sockaddr) the only one that a datagram socket sends to and hears.
/**
 * @param family That of the peer, as the system numbers it.
 */
CONNECTEX_DECL boost::system::error_code set_default_peer(
    native_socket socket, int family, const void* peer, std::size_t peer_size) noexcept;

/// Lets a datagram socket hear everyone again.
CONNECTEX_DECL boost::system::error_code clear_default_peer(native_socket socket) noexcept;

} // namespace connectex::detail

#endif // CONNECTEX_DETAIL_ATTEMPT_DEFAULT_PEER_HPP
