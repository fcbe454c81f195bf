// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_PROVIDER_HPP
#define CONNECTEX_PROVIDER_HPP

#include <connectex/detail/platform.hpp>

#if CONNECTEX_DETAIL_WINDOWS

#include <connectex/detail/system/winsock_catalogue.hpp>
#include <connectex/provider_info.hpp>

#include <boost/asio/basic_socket.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/assert/source_location.hpp>
#include <boost/system/error_code.hpp>
#include <boost/system/system_error.hpp>
#include <boost/throw_exception.hpp>

namespace connectex
{

/// Windows: tells which transport provider a socket goes through.
/**
 * Where connects fail in a way that nothing explains, log it: a layer that misbehaves is found by
 * its name and its file. It opens another socket once per process and address family, to compare
 * the two.
 *
 * @param socket An open socket of any protocol. It is not changed; Asio gives away the native
 * handle of one that is not const alone.
 *
 * @param ec Set to indicate what error occurred, if any. What is returned is empty then.
 *
 * @par Errors
 * @li `bad_descriptor`: the socket is not open.
 * @li `not_socket` and others: a layer does not answer for the sockets that it made.
 *
 * @par Thread Safety
 * @e Distinct @e objects: Safe.@n
 * @e Shared @e objects: Unsafe.
 *
 * @par Example
 * @code
 * const connectex::provider_info provider = connectex::get_provider(socket);
 * if (provider.layered || !provider.ifs_handles)
 *   std::clog << "connects through " << provider.name << '\n'; @endcode
 *
 * @par Source
 * SO_PROTOCOL_INFO in Microsoft's page on SOL_SOCKET options; WSAPROTOCOL_INFOW. With a layer not
 * run on Windows itself; Wine has none.
 */
template <typename Protocol, typename Executor>
provider_info get_provider(
    boost::asio::basic_socket<Protocol, Executor>& socket, boost::system::error_code& ec)
{
  if (!socket.is_open())
  {
    ec = boost::asio::error::bad_descriptor;
    return {};
  }
  return detail::get_provider(static_cast<detail::native_socket>(socket.native_handle()), ec);
}

/// Windows: tells which transport provider a socket goes through; throws
/// `boost::system::system_error`.
template <typename Protocol, typename Executor>
provider_info get_provider(boost::asio::basic_socket<Protocol, Executor>& socket)
{
  boost::system::error_code ec;
  provider_info provider = get_provider(socket, ec);
  if (ec)
    boost::throw_exception(boost::system::system_error(ec, "get_provider"), BOOST_CURRENT_LOCATION);
  return provider;
}

/// Windows: opens a socket straight on the system's own provider, past all layers.
/**
 * It helps a program whose user knows that a layer is broken. Think twice, and let the user decide:
 * the layer may be the policy of the machine's owner, who filters or watches what goes out, or it
 * may be the only way out, as with a proxy client. That is why nothing in this library ever falls
 * back on this function.
 *
 * The socket is like one that `socket.open()` has opened, IPv6 sockets take IPv4 addresses
 * included.
 *
 * @param socket A closed socket.
 *
 * @param protocol What to open it for, such as `tcp::v4()`.
 *
 * @param ec Set to indicate what error occurred, if any. The socket is closed then; one that was
 * open stays as it is.
 *
 * @par Errors
 * @li `already_open`: the socket is open.
 * @li `boost::system::errc::protocol_not_supported`: there is no base provider for that family,
 * type and protocol. Protocols of raw sockets have none.
 * @li Those of `socket.open()`, such as `no_descriptors`.
 *
 * @par Thread Safety
 * @e Distinct @e objects: Safe.@n
 * @e Shared @e objects: Unsafe.
 *
 * @par Example
 * @code
 * if (user_distrusts_layers)
 *   connectex::open_past_layers(socket, peer.protocol());
 * connectex::async_connect_ex(socket, peer, asio::detached); @endcode
 *
 * @par Source
 * The parameter lpProtocolInfo in Microsoft's page on WSASocketW; WSCEnumProtocols. With a layer
 * not run on Windows itself; Wine has none.
 */
template <typename Protocol, typename Executor>
void open_past_layers(boost::asio::basic_socket<Protocol, Executor>& socket,
    const Protocol& protocol, boost::system::error_code& ec)
{
  if (socket.is_open())
  {
    ec = boost::asio::error::already_open;
    return;
  }

  const detail::native_socket opened =
      detail::open_base_socket(protocol.family(), protocol.type(), protocol.protocol(), ec);
  if (ec)
    return;
  socket.assign(protocol, opened, ec);
  if (ec)
  {
    detail::os::close_socket(opened);
    return;
  }

  // Asio does so with each socket that it opens, and ignores errors as well.
  boost::system::error_code ignored;
  if (protocol.family() == boost::asio::ip::tcp::v6().family())
    socket.set_option(boost::asio::ip::v6_only(false), ignored);
}

/// Windows: opens a socket straight on the system's own provider, past all layers; throws
/// `boost::system::system_error`.
template <typename Protocol, typename Executor>
void open_past_layers(
    boost::asio::basic_socket<Protocol, Executor>& socket, const Protocol& protocol)
{
  boost::system::error_code ec;
  open_past_layers(socket, protocol, ec);
  if (ec)
    boost::throw_exception(
        boost::system::system_error(ec, "open_past_layers"), BOOST_CURRENT_LOCATION);
}

} // namespace connectex

#endif // CONNECTEX_DETAIL_WINDOWS

#endif // CONNECTEX_PROVIDER_HPP
