// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_DETAIL_SYSTEM_OPTION_NUMBERS_HPP
#define CONNECTEX_DETAIL_SYSTEM_OPTION_NUMBERS_HPP

#include <connectex/detail/platform.hpp>

#include <cstdint>

// The numbers of the socket options, each of them only here. Public headers need them without the
// system's own headers, of which older ones lack half of them. A test compares them with those that
// the system's headers have.

namespace connectex::detail::os
{

#if CONNECTEX_DETAIL_WINDOWS

inline constexpr int sol_socket = 0xFFFF; // SOL_SOCKET
inline constexpr int so_reuse_unicast_port = 0x3007; // SO_REUSE_UNICASTPORT
inline constexpr int so_connect_time = 0x700C; // SO_CONNECT_TIME

/// The connect time of a socket that is not connected.
inline constexpr std::uint32_t not_connected = 0xFFFFFFFF;

inline constexpr int ipproto_tcp = 6; // IPPROTO_TCP
inline constexpr int tcp_fast_open = 15; // TCP_FASTOPEN
inline constexpr int tcp_retransmission_limit = 14; // TCP_MAXRTMS

inline constexpr std::uint32_t sio_tcp_initial_rto = 0x98000011; // SIO_TCP_INITIAL_RTO
inline constexpr std::uint16_t unspecified_rtt = 0xFFFF; // TCP_INITIAL_RTO_UNSPECIFIED_RTT

// TCP_INITIAL_RTO_NO_SYN_RETRANSMISSIONS
inline constexpr std::uint8_t no_syn_retransmissions = 0xFE;

// TCP_INITIAL_RTO_UNSPECIFIED_MAX_SYN_RETRANSMISSIONS
inline constexpr std::uint8_t unspecified_max_syn_retransmissions = 0xFF;

/// TCP_INITIAL_RTO_PARAMETERS, of which the last byte is padding that has no name there.
struct initial_rto_parameters
{
  std::uint16_t rtt = unspecified_rtt;
  std::uint8_t max_syn_retransmissions = unspecified_max_syn_retransmissions;
  std::uint8_t padding = 0;
};

static_assert(sizeof(initial_rto_parameters) == 4, "Asio hands over four bytes");

inline constexpr std::uint32_t sio_tcp_info = 0xD8000027; // SIO_TCP_INFO
inline constexpr std::uint32_t sio_udp_connreset = 0x9800000C; // SIO_UDP_CONNRESET

inline constexpr std::uint32_t sio_base_handle = 0x48000022; // SIO_BASE_HANDLE
inline constexpr std::uint32_t sio_bsp_handle = 0x4800001B; // SIO_BSP_HANDLE
inline constexpr std::uint32_t sio_bsp_handle_select = 0x4800001C; // SIO_BSP_HANDLE_SELECT
inline constexpr std::uint32_t sio_bsp_handle_poll = 0x4800001D; // SIO_BSP_HANDLE_POLL

inline constexpr std::uint32_t xp1_connect_data = 0x80; // XP1_CONNECT_DATA
inline constexpr std::uint32_t xp1_ifs_handles = 0x20000; // XP1_IFS_HANDLES
inline constexpr std::uint32_t pfl_matches_protocol_zero = 0x8; // PFL_MATCHES_PROTOCOL_ZERO

#endif

#if CONNECTEX_DETAIL_LINUX

inline constexpr int ipproto_ip = 0; // IPPROTO_IP
inline constexpr int ip_bind_address_no_port = 24; // IP_BIND_ADDRESS_NO_PORT
inline constexpr int ip_local_port_range = 51; // IP_LOCAL_PORT_RANGE

inline constexpr int ipproto_tcp = 6; // IPPROTO_TCP
inline constexpr int tcp_syn_count = 7; // TCP_SYNCNT
inline constexpr int tcp_retransmission_limit = 18; // TCP_USER_TIMEOUT

#endif

} // namespace connectex::detail::os

#endif // CONNECTEX_DETAIL_SYSTEM_OPTION_NUMBERS_HPP
