// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_DETAIL_ATTEMPT_LOOPBACK_FAST_FAIL_HPP
#define CONNECTEX_DETAIL_ATTEMPT_LOOPBACK_FAST_FAIL_HPP

#include <connectex/detail/platform.hpp>
#include <connectex/detail/system/types.hpp>

#include <cstddef>
#include <cstdint>

namespace connectex::detail
{

#if CONNECTEX_DETAIL_WINDOWS

/// How few SYN retransmissions a Windows of this build can be asked for.
CONNECTEX_DECL std::uint8_t fewest_syn_retransmissions(std::uint32_t windows_build) noexcept;

/// Lets a connect to a closed port of this machine fail at once, where the system can.
CONNECTEX_DECL void fail_fast_on_loopback(
    native_socket socket, const void* peer, std::size_t peer_size) noexcept;

#endif

} // namespace connectex::detail

#endif // CONNECTEX_DETAIL_ATTEMPT_LOOPBACK_FAST_FAIL_HPP
