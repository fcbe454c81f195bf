// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_TEST_SUPPORT_REAL_SYSTEM_HPP
#define CONNECTEX_TEST_SUPPORT_REAL_SYSTEM_HPP

#include <connectex/detail/platform.hpp>
#include <connectex/detail/system/common.hpp>
#include <connectex/detail/system/linux.hpp>
#include <connectex/detail/system/posix.hpp>
#include <connectex/detail/system/winsock.hpp>
#include <connectex/detail/system/winsock_catalogue.hpp>

/// The library's own seam under a second name, for a scripted one to pass calls on to.
namespace connectex::detail::real_os
{

// Each is a function of the same type as the one that it stands for.
decltype(os::get_socket_kind) get_socket_kind;
decltype(os::get_local_name) get_local_name;
decltype(os::get_peer_name) get_peer_name;
decltype(os::bind) bind;
decltype(os::connect) connect;
decltype(os::get_socket_error) get_socket_error;
decltype(os::wait_writable) wait_writable;
decltype(os::sleep) sleep;

#if CONNECTEX_DETAIL_WINDOWS
decltype(os::bind_to_wildcard) bind_to_wildcard;
decltype(os::get_no_delay) get_no_delay;
decltype(os::get_local_address) get_local_address;
decltype(os::set_reuse_unicast_port) set_reuse_unicast_port;
decltype(os::set_fast_open) set_fast_open;
decltype(os::set_initial_rto) set_initial_rto;
decltype(os::get_connect_time) get_connect_time;
decltype(os::get_tcp_info) get_tcp_info;
decltype(os::get_windows_build) get_windows_build;
decltype(os::get_connect_ex) get_connect_ex;
decltype(os::connect_ex) connect_ex;
decltype(os::update_connect_context) update_connect_context;
decltype(os::get_readable) get_readable;
decltype(os::discard_datagram) discard_datagram;
decltype(os::cancel_overlapped) cancel_overlapped;
decltype(os::get_overlapped_result) get_overlapped_result;
decltype(os::create_event) create_event;
decltype(os::reset_event) reset_event;
decltype(os::close_event) close_event;
decltype(os::wait_for_event) wait_for_event;
decltype(os::get_catalogue_entry) get_catalogue_entry;
decltype(os::get_catalogue) get_catalogue;
decltype(os::get_service_flags) get_service_flags;
decltype(os::open_socket) open_socket;
decltype(os::close_socket) close_socket;
decltype(os::get_base_socket) get_base_socket;
decltype(os::get_provider_path) get_provider_path;
decltype(os::expand_environment) expand_environment;
decltype(os::get_module_of) get_module_of;
decltype(os::to_utf8) to_utf8;
#endif

#if CONNECTEX_DETAIL_POSIX
decltype(os::get_connected) get_connected;
decltype(os::get_listening) get_listening;
decltype(os::disconnect) disconnect;
decltype(os::discard_datagram) discard_datagram;
#endif

#if CONNECTEX_DETAIL_LINUX
decltype(os::send) send;
decltype(os::send_with_syn) send_with_syn;
decltype(os::get_tcp_state) get_tcp_state;
decltype(os::get_syn_data_acknowledged) get_syn_data_acknowledged;
decltype(os::get_tcp_info) get_tcp_info;
#endif

} // namespace connectex::detail::real_os

#endif // CONNECTEX_TEST_SUPPORT_REAL_SYSTEM_HPP
