// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_CONNECTEX_HPP
#define CONNECTEX_CONNECTEX_HPP

// So that this one header is all that a program needs; async_connect_ex.hpp takes less of Asio.
#include <boost/asio.hpp>

#include <connectex/async_connect_ex.hpp>
#include <connectex/async_connect_ex_race.hpp>
#include <connectex/connect_ex.hpp>
#include <connectex/connect_ex_race.hpp>
#include <connectex/connect_options.hpp>
#include <connectex/connect_report.hpp>
#include <connectex/connection_info.hpp>
#include <connectex/connection_statistics.hpp>
#include <connectex/default_peer.hpp>
#include <connectex/error.hpp>
#include <connectex/lazy_connect_stream.hpp>
#include <connectex/opened_socket.hpp>
#include <connectex/provider.hpp>
#include <connectex/race_policy.hpp>
#include <connectex/retry_policy.hpp>
#include <connectex/socket_options.hpp>

/// Connects stream sockets of Boost.Asio and delivers the first bytes with the connect.
/**
 * @namespace connectex
 *
 * What is in `connectex::detail` is not for users.
 */

/**
 * @mainpage connectex
 *
 * @li @ref connectex::async_connect_ex is the call, with one endpoint, with several or with a name.
 * @li @ref connectex::lazy_connect_stream connects with its first write, for code that knows only
 * "write, then read".
 * @li @ref connectex::connect_ex does the same on the calling thread.
 * @li @ref connectex::connect_ex and @ref connectex::disconnect give a datagram socket its default
 * peer, and take it.
 * @li @ref connectex::connect_options, @ref connectex::retry_policy,
 * @ref connectex::exponential_backoff and @ref connectex::race_policy say how it goes about its
 * work;
 * @ref connectex::opened_socket is the socket as the function in
 * @ref connectex::connect_options::prepare sees it.
 * @li @ref connectex::connect_report tells what happened, attempt by attempt
 * (@ref connectex::connect_attempt). Reports, attempts and enumerators print themselves.
 * @li @ref connectex::get_connection_statistics tells what the system has counted and measured of a
 * connection (@ref connectex::connection_statistics).
 * @li @ref connectex::condition groups error codes for decisions;
 * @ref connectex::after_delivery_category marks errors after which bytes may have been delivered;
 * @ref connectex::portable_error_from_win32 and @ref connectex::portable_error_from_ntstatus
 * translate the numbers of Windows.
 * @li @ref connectex::reuse_unicast_port, @ref connectex::fast_open, @ref connectex::connect_time,
 * @ref connectex::initial_rto and @ref connectex::udp_port_unreachable_errors are socket options of
 * Windows; @ref connectex::bind_address_no_port, @ref connectex::syn_count and
 * @ref connectex::local_port_range are those of Linux; @ref connectex::retransmission_limit is one
 * of both.
 * @li @ref connectex::get_provider and @ref connectex::get_providers tell, on Windows, which layers
 * a connect goes through (@ref connectex::provider_info); @ref connectex::open_past_layers goes
 * past them.
 */

#endif // CONNECTEX_CONNECTEX_HPP
