// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_DETAIL_SYSTEM_LINUX_HPP
#define CONNECTEX_DETAIL_SYSTEM_LINUX_HPP

#include <connectex/detail/platform.hpp>

#if CONNECTEX_DETAIL_LINUX

#include <connectex/detail/system/posix.hpp>
#include <connectex/detail/system/tcp_info.hpp>
#include <connectex/detail/system/types.hpp>

#include <cstddef>

struct iovec;

namespace connectex::detail::os
{

/// Never waits. Sets @p sent only if it succeeds.
CONNECTEX_DECL native_error send(
    native_socket socket, const iovec* blocks, std::size_t count, std::size_t& sent) noexcept;

/// Connects with as much in the SYN as fits there (TCP Fast Open). Never waits.
CONNECTEX_DECL native_error send_with_syn(native_socket socket, const void* peer,
    std::size_t peer_size, const iovec* blocks, std::size_t count, std::size_t& sent) noexcept;

/// The state of a TCP socket in the kernel's numbers (TCP_ESTABLISHED and so on). Fails on any
/// other socket.
CONNECTEX_DECL native_error get_tcp_state(native_socket socket, int& state) noexcept;

/// Whether the peer has acknowledged what the SYN carried.
CONNECTEX_DECL native_error get_syn_data_acknowledged(
    native_socket socket, bool& acknowledged) noexcept;

/// @param size How much of @p info the kernel has filled, from its start.
CONNECTEX_DECL native_error get_tcp_info(
    native_socket socket, linux_tcp_info& info, std::size_t& size) noexcept;

} // namespace connectex::detail::os

#endif // CONNECTEX_DETAIL_LINUX

#endif // CONNECTEX_DETAIL_SYSTEM_LINUX_HPP
