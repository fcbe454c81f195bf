// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_DETAIL_SYSTEM_HPP
#define CONNECTEX_DETAIL_SYSTEM_HPP

#include <connectex/detail/config.hpp>
#include <connectex/detail/native_types.hpp>

#include <cstddef>
#include <cstdint>

#if defined(__linux__)
struct iovec;
#endif

/// The seam: every operating-system call that the library makes, as plain functions.
/**
 * Each function makes one call, decides nothing, and returns the error number that the system gave
 * (0 for success). A test replaces them by linking its own definitions.
 */
namespace connectex::detail::os
{

/// The address family and the type that the socket was created with.
CONNECTEX_DECL native_error get_socket_kind(native_socket socket, socket_kind& kind) noexcept;

#if defined(_WIN32)

CONNECTEX_DECL native_error bind_to_wildcard(native_socket socket, int family) noexcept;

CONNECTEX_DECL native_error get_local_port(native_socket socket, std::uint16_t& port) noexcept;

CONNECTEX_DECL native_error set_reuse_unicast_port(native_socket socket) noexcept;

CONNECTEX_DECL native_error set_fast_open(native_socket socket) noexcept;

/// @param initial_rtt In milliseconds.
CONNECTEX_DECL native_error set_initial_rto(
    native_socket socket, std::uint16_t initial_rtt, std::uint8_t max_syn_retransmissions) noexcept;

/// For how many seconds the socket has been connected; not_connected if it is not.
CONNECTEX_DECL native_error get_connect_time(native_socket socket, std::uint32_t& seconds) noexcept;

inline constexpr std::uint32_t not_connected = 0xFFFFFFFF;

/// The build number of the system itself, whatever version it shows to this program.
CONNECTEX_DECL native_error get_windows_build(std::uint32_t& build) noexcept;

/// Asks the provider of this very socket; layered providers hand out functions of their own.
CONNECTEX_DECL native_error get_connect_ex(
    native_socket socket, connect_ex_function& function) noexcept;

CONNECTEX_DECL native_error connect_ex(connect_ex_function function, native_socket socket,
    const void* peer, std::size_t peer_size, const void* data, std::size_t data_size,
    _OVERLAPPED* overlapped) noexcept;

CONNECTEX_DECL native_error update_connect_context(native_socket socket) noexcept;

CONNECTEX_DECL native_error cancel_overlapped(
    native_socket socket, _OVERLAPPED* overlapped) noexcept;

#else

CONNECTEX_DECL native_error get_connected(native_socket socket, bool& connected) noexcept;

CONNECTEX_DECL native_error get_listening(native_socket socket, bool& listening) noexcept;

/// Forgets the connection that was being made, so that the socket can connect again; it keeps its options
/// and the address that it was bound to. Not every system can.
CONNECTEX_DECL native_error dissolve_connection(native_socket socket) noexcept;

#if defined(__linux__)

CONNECTEX_DECL native_error connect(
    native_socket socket, const void* peer, std::size_t peer_size) noexcept;

/// Never waits. Sets @p sent only if it succeeds.
CONNECTEX_DECL native_error send(
    native_socket socket, const iovec* blocks, std::size_t count, std::size_t& sent) noexcept;

/// Connects with as much in the SYN as fits there (TCP Fast Open). Never waits.
CONNECTEX_DECL native_error send_with_syn(native_socket socket, const void* peer,
    std::size_t peer_size, const iovec* blocks, std::size_t count, std::size_t& sent) noexcept;

/// Whether the peer has acknowledged what the SYN carried.
CONNECTEX_DECL native_error get_syn_data_acknowledged(
    native_socket socket, bool& acknowledged) noexcept;

#endif

#endif

} // namespace connectex::detail::os

#endif // CONNECTEX_DETAIL_SYSTEM_HPP
