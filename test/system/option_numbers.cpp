// SPDX-License-Identifier: BSL-1.0

#include <connectex/detail/platform.hpp>

#if CONNECTEX_DETAIL_WINDOWS
#include <winsock2.h>
#include <mstcpip.h>
#include <mswsock.h>
#include <ws2tcpip.h>
#else
#include <netinet/in.h>
#include <netinet/tcp.h>
#endif

#include <connectex/detail/system/option_numbers.hpp>

#include "support/catch.hpp"

#include <cstddef>

namespace os = connectex::detail::os;

// What the headers of this system do not have is left out without a word: there is nothing to
// compare it with.

#if CONNECTEX_DETAIL_WINDOWS

TEST_CASE("the numbers of the socket options are those in the headers of Windows")
{
  STATIC_REQUIRE(os::sol_socket == SOL_SOCKET);
  STATIC_REQUIRE(os::ipproto_tcp == IPPROTO_TCP);
  STATIC_REQUIRE(os::so_connect_time == SO_CONNECT_TIME);
#if defined(SO_REUSE_UNICASTPORT)
  STATIC_REQUIRE(os::so_reuse_unicast_port == SO_REUSE_UNICASTPORT);
#endif
#if defined(TCP_FASTOPEN)
  STATIC_REQUIRE(os::tcp_fast_open == TCP_FASTOPEN);
#endif
#if defined(TCP_MAXRTMS)
  STATIC_REQUIRE(os::tcp_retransmission_limit == TCP_MAXRTMS);
#endif
#if defined(SIO_TCP_INFO)
  STATIC_REQUIRE(os::sio_tcp_info == SIO_TCP_INFO);
#endif
}

#if defined(SIO_UDP_CONNRESET)
TEST_CASE("the command for datagram sockets is the one in the headers of Windows")
{
  STATIC_REQUIRE(os::sio_udp_connreset == SIO_UDP_CONNRESET);
}
#endif

TEST_CASE("the numbers that have to do with providers are those in the headers of Windows")
{
  STATIC_REQUIRE(os::sio_base_handle == SIO_BASE_HANDLE);
  STATIC_REQUIRE(os::sio_bsp_handle == SIO_BSP_HANDLE);
  STATIC_REQUIRE(os::sio_bsp_handle_select == SIO_BSP_HANDLE_SELECT);
  STATIC_REQUIRE(os::sio_bsp_handle_poll == SIO_BSP_HANDLE_POLL);
  STATIC_REQUIRE(os::xp1_connect_data == XP1_CONNECT_DATA);
  STATIC_REQUIRE(os::xp1_ifs_handles == XP1_IFS_HANDLES);
  STATIC_REQUIRE(os::pfl_matches_protocol_zero == PFL_MATCHES_PROTOCOL_ZERO);
}

#if defined(SIO_TCP_INITIAL_RTO)
TEST_CASE("the command for the first time-out is the one in the headers of Windows")
{
  using ours = os::initial_rto_parameters;
  using theirs = TCP_INITIAL_RTO_PARAMETERS;
  STATIC_REQUIRE(os::sio_tcp_initial_rto == SIO_TCP_INITIAL_RTO);
  STATIC_REQUIRE(os::unspecified_rtt == TCP_INITIAL_RTO_UNSPECIFIED_RTT);
  STATIC_REQUIRE(os::no_syn_retransmissions == TCP_INITIAL_RTO_NO_SYN_RETRANSMISSIONS);
  STATIC_REQUIRE(os::unspecified_max_syn_retransmissions
      == TCP_INITIAL_RTO_UNSPECIFIED_MAX_SYN_RETRANSMISSIONS);
  STATIC_REQUIRE(sizeof(ours) == sizeof(theirs));
  STATIC_REQUIRE(offsetof(ours, rtt) == offsetof(theirs, Rtt));
  STATIC_REQUIRE(
      offsetof(ours, max_syn_retransmissions) == offsetof(theirs, MaxSynRetransmissions));
}
#endif

#else

TEST_CASE("the numbers of the socket options are those in the headers of Linux")
{
  STATIC_REQUIRE(os::ipproto_ip == IPPROTO_IP);
  STATIC_REQUIRE(os::ipproto_tcp == IPPROTO_TCP);
  STATIC_REQUIRE(os::tcp_syn_count == TCP_SYNCNT);
  STATIC_REQUIRE(os::tcp_retransmission_limit == TCP_USER_TIMEOUT);
#if defined(IP_LOCAL_PORT_RANGE)
  STATIC_REQUIRE(os::ip_local_port_range == IP_LOCAL_PORT_RANGE);
#endif
#if defined(IP_BIND_ADDRESS_NO_PORT)
  STATIC_REQUIRE(os::ip_bind_address_no_port == IP_BIND_ADDRESS_NO_PORT);
#endif
}

#endif
