// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_SOCKET_OPTIONS_LINUX_HPP
#define CONNECTEX_SOCKET_OPTIONS_LINUX_HPP

#include <connectex/detail/platform.hpp>

#if CONNECTEX_DETAIL_LINUX

#include <connectex/detail/boolean_socket_option.hpp>
#include <connectex/detail/system/option_numbers.hpp>

namespace connectex
{

/// Linux socket option: choose the local port not in bind() but in the connect.
/**
 * For sockets that a program binds to an address and to port 0 before it connects them. bind() has
 * to choose a port that nobody else has, so connections from one address run out of ports although
 * their peers differ; the connect knows the peer, and shares. It has to be set before the socket is
 * bound. Sockets that are not bound need nothing of the kind. It is made from a `bool`, which
 * `value()` gives back.
 *
 * A retry keeps the address and may get another port.
 *
 * @par Errors
 * `no_protocol_option` before Linux 4.2.
 *
 * @par Thread Safety
 * @e Distinct @e objects: Safe.@n
 * @e Shared @e objects: Unsafe.
 *
 * @par Example
 * @code
 * socket.set_option(connectex::bind_address_no_port(true));
 * socket.bind(tcp::endpoint(address, 0)); @endcode
 *
 * @par Source
 * IP_BIND_ADDRESS_NO_PORT in the manual page ip(7).
 */
class bind_address_no_port : public detail::boolean_socket_option<detail::os::ipproto_ip,
                                 detail::os::ip_bind_address_no_port>
{
public:
  using boolean_socket_option::boolean_socket_option;
};

} // namespace connectex

#endif // CONNECTEX_DETAIL_LINUX

#endif // CONNECTEX_SOCKET_OPTIONS_LINUX_HPP
