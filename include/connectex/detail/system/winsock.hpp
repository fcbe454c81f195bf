// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_DETAIL_SYSTEM_WINSOCK_HPP
#define CONNECTEX_DETAIL_SYSTEM_WINSOCK_HPP

#include <connectex/detail/platform.hpp>

#if CONNECTEX_DETAIL_WINDOWS

#include <connectex/detail/system/common.hpp>
#include <connectex/detail/system/option_numbers.hpp>
#include <connectex/detail/system/tcp_info.hpp>
#include <connectex/detail/system/types.hpp>

#include <cstddef>
#include <cstdint>

namespace connectex::detail::os
{

CONNECTEX_DECL native_error bind_to_wildcard(native_socket socket, int family) noexcept;

/// Whether TCP_NODELAY is on, which only a TCP socket can tell.
CONNECTEX_DECL native_error get_no_delay(native_socket socket, bool& no_delay) noexcept;

/// The family and the port that the socket is bound to.
CONNECTEX_DECL native_error get_local_address(
    native_socket socket, int& family, std::uint16_t& port) noexcept;

CONNECTEX_DECL native_error set_reuse_unicast_port(native_socket socket) noexcept;

CONNECTEX_DECL native_error set_fast_open(native_socket socket) noexcept;

/// @param initial_rtt In milliseconds.
CONNECTEX_DECL native_error set_initial_rto(
    native_socket socket, std::uint16_t initial_rtt, std::uint8_t max_syn_retransmissions) noexcept;

/// For how many seconds the socket has been connected; not_connected if it is not.
CONNECTEX_DECL native_error get_connect_time(native_socket socket, std::uint32_t& seconds) noexcept;

CONNECTEX_DECL native_error get_tcp_info(native_socket socket, tcp_info_v0& info) noexcept;

/// The build number of the system itself, whatever version it shows to this program.
CONNECTEX_DECL native_error get_windows_build(std::uint32_t& build) noexcept;

/// Asks the provider of this very socket; layered providers hand out functions of their own.
CONNECTEX_DECL native_error get_connect_ex(
    native_socket socket, connect_ex_function& function) noexcept;

CONNECTEX_DECL native_error connect_ex(connect_ex_function function, native_socket socket,
    const void* peer, std::size_t peer_size, const void* data, std::size_t data_size,
    _OVERLAPPED* overlapped) noexcept;

CONNECTEX_DECL native_error update_connect_context(native_socket socket) noexcept;

/// Whether a datagram, or an error, can be taken from the socket without waiting.
CONNECTEX_DECL native_error get_readable(native_socket socket, bool& readable) noexcept;

/// Takes a datagram from the socket, or the error of one that was sent. May wait.
CONNECTEX_DECL native_error discard_datagram(native_socket socket) noexcept;

CONNECTEX_DECL native_error cancel_overlapped(
    native_socket socket, _OVERLAPPED* overlapped) noexcept;

/// How a call has ended that is over.
CONNECTEX_DECL native_error get_overlapped_result(
    native_socket socket, _OVERLAPPED* overlapped, std::size_t& bytes) noexcept;

/// An event that stays signalled until the next call that uses it begins.
CONNECTEX_DECL native_error create_event(void*& event) noexcept;

CONNECTEX_DECL void reset_event(void* event) noexcept;

CONNECTEX_DECL void close_event(void* event) noexcept;

/// Waits until one of at most 64 events is signalled. Not alertable.
/// @param milliseconds Less than 0: without a limit.
/// @param signalled Its index; stays as it is when the time is up.
CONNECTEX_DECL native_error wait_for_event(
    void* const* events, std::size_t count, int milliseconds, std::size_t& signalled) noexcept;

} // namespace connectex::detail::os

#endif // CONNECTEX_DETAIL_WINDOWS

#endif // CONNECTEX_DETAIL_SYSTEM_WINSOCK_HPP
