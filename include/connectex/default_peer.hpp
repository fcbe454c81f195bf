// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_DEFAULT_PEER_HPP
#define CONNECTEX_DEFAULT_PEER_HPP

#include <connectex/detail/attempt/default_peer.hpp>
#include <connectex/detail/operation/wrong_datagram_arguments.hpp>
#include <connectex/detail/system/types.hpp>

#include <boost/asio/basic_datagram_socket.hpp>
#include <boost/asio/error.hpp>
#include <boost/assert/source_location.hpp>
#include <boost/system/error_code.hpp>
#include <boost/system/system_error.hpp>
#include <boost/throw_exception.hpp>

namespace connectex
{

/// Gives a datagram socket a default peer: the only one that it sends to and hears.
/**
 * Nothing is sent, and the call never waits, so there is no asynchronous form of it: a coroutine
 * may call it. A socket that has a peer may be given another. After success, on every system:
 *
 * @li Only datagrams of @p peer are received, and `send()` sends to it.
 * @li Nothing is left to be received that came before, from whomever. Only if the socket had this
 * very peer already, its datagrams are kept.
 * @li No error of a datagram that was sent to an earlier peer is reported.
 * @li The socket has the port that it had.
 *
 * A datagram of another that arrives during the call may be left on a machine with several
 * processors.
 *
 * @param socket The socket. If it is not open it is opened with the peer's protocol.
 *
 * @param peer The endpoint.
 *
 * @param ec Set to the error, or to none.
 *
 * @par Preconditions
 * No operation is outstanding on the socket.
 *
 * @par State of the Socket on Failure
 * A socket that this call had opened is closed again. Another has the peer that it had, or none if
 * it had none, and has lost no datagram. Some second peers take two steps: on Linux one that cannot
 * be reached from the source address that was chosen for the first, say one on a link after one on
 * loopback. Another program may get the port between them. Then the error is
 * `asio::error::address_in_use`, and the socket has its peer and another port. Should the system
 * refuse the old peer, too, the socket has none. After these two steps a Linux socket, also one
 * that has got its peer, is no longer bound to a device (`SO_BINDTODEVICE`).
 *
 * Under Wine a socket whose port the system has chosen gets another port in these two steps.
 *
 * @par Errors
 * @li `asio::error::access_denied`: a broadcast address, and the socket does not have
 * `socket_base::broadcast`; or a route or a filter forbids it.
 * @li `asio::error::network_unreachable`, `asio::error::host_unreachable`: no way there.
 * @li `asio::error::address_family_not_supported`: socket and peer are of different families.
 * @li `boost::system::errc::address_not_available`: the peer is the unspecified address or port 0.
 * @li `asio::error::invalid_argument`: the program has bound the socket to an address from which
 * the peer cannot be reached, or the peer's address is one of a link and has no scope.
 * @li `asio::error::address_in_use`: no local port is left, or see above.
 * @li `asio::error::no_descriptors`, `asio::error::no_buffer_space`: this machine has no more.
 *
 * @par Thread Safety
 * @e Distinct @e sockets: Safe.@n
 * @e Shared @e sockets: Unsafe.
 *
 * @par Example
 * @code
 * udp::socket socket(context);
 * connectex::connect_ex(socket, server);
 * socket.send(asio::buffer(query)); @endcode
 *
 * @par Source
 * The remarks on connectionless sockets in Microsoft's pages on WSAConnect and LPWSPConnect.
 */
template <typename Protocol, typename Executor>
void connect_ex(boost::asio::basic_datagram_socket<Protocol, Executor>& socket,
    const typename Protocol::endpoint& peer, boost::system::error_code& ec)
{
  const bool was_open = socket.is_open();
  if (!was_open)
  {
    socket.open(peer.protocol(), ec);
    if (ec)
      return;
  }
  ec = detail::set_default_peer(static_cast<detail::native_socket>(socket.native_handle()),
      peer.protocol().family(), peer.data(), peer.size());
  if (ec && !was_open)
  {
    boost::system::error_code ignored;
    socket.close(ignored);
  }
}

/// Gives a datagram socket a default peer; throws `boost::system::system_error`.
/**
 * All that is said of the form with an error code holds.
 *
 * @param socket The socket.
 *
 * @param peer The endpoint.
 */
template <typename Protocol, typename Executor>
void connect_ex(boost::asio::basic_datagram_socket<Protocol, Executor>& socket,
    const typename Protocol::endpoint& peer)
{
  boost::system::error_code ec;
  connect_ex(socket, peer, ec);
  if (ec)
    boost::throw_exception(boost::system::system_error(ec, "connect_ex"), BOOST_CURRENT_LOCATION);
}

/// Takes its default peer from a datagram socket, which hears everyone again.
/**
 * After success:
 *
 * @li `send()` fails; `send_to()` and `receive_from()` work.
 * @li Nothing is left to be received that came before, and no error of the peer is reported.
 * @li The socket has the port that it had. Under Wine it loses one that the system has chosen.
 *
 * On Linux it is no longer bound to a device (`SO_BINDTODEVICE`), and of IPv6 it hears only the
 * host that its peer was on, whose address the kernel keeps; doc/portability.md says more.
 *
 * A socket that has no peer stays as it is, with what it has received.
 *
 * @param socket The socket.
 *
 * @param ec Set to the error, or to none.
 *
 * @par Preconditions
 * No operation is outstanding on the socket.
 *
 * @par State of the Socket on Failure
 * It has its peer. On Linux another program may get a port that the system has chosen; then the
 * socket has another port, and should the system refuse the peer, no peer.
 *
 * @par Errors
 * @li `asio::error::bad_descriptor`: the socket is not open.
 * @li `asio::error::address_in_use`: another program has got the port.
 *
 * @par Thread Safety
 * @e Distinct @e sockets: Safe.@n
 * @e Shared @e sockets: Unsafe.
 *
 * @par Example
 * @code
 * connectex::disconnect(socket);
 * socket.receive_from(asio::buffer(answer), sender); @endcode
 *
 * @par Source
 * The remarks on connectionless sockets in Microsoft's page on WSAConnect, against that on
 * LPWSPConnect: the name that dissolves has to be zero throughout, not only its address.
 */
template <typename Protocol, typename Executor>
void disconnect(
    boost::asio::basic_datagram_socket<Protocol, Executor>& socket, boost::system::error_code& ec)
{
  if (!socket.is_open())
    ec = boost::asio::error::bad_descriptor;
  else
    ec = detail::clear_default_peer(static_cast<detail::native_socket>(socket.native_handle()));
}

/// Takes its default peer from a datagram socket; throws `boost::system::system_error`.
/**
 * All that is said of the form with an error code holds.
 *
 * @param socket The socket.
 */
template <typename Protocol, typename Executor>
void disconnect(boost::asio::basic_datagram_socket<Protocol, Executor>& socket)
{
  boost::system::error_code ec;
  disconnect(socket, ec);
  if (ec)
    boost::throw_exception(boost::system::system_error(ec, "disconnect"), BOOST_CURRENT_LOCATION);
}

/// @cond

// Take the calls with a mistake in them.

template <typename Socket, typename Peer, typename... Arguments,
    typename Mistake = detail::wrong_default_peer_call<Socket, Peer, Arguments...>>
auto connect_ex(Socket&&, const Peer&, const Arguments&...)
{
  return Mistake::explain();
}

template <typename Socket, typename... Arguments,
    typename Mistake = detail::wrong_disconnect_call<Socket, Arguments...>>
auto disconnect(Socket&&, const Arguments&...)
{
  return Mistake::explain();
}

/// @endcond

} // namespace connectex

#endif // CONNECTEX_DEFAULT_PEER_HPP
