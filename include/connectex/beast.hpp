// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_BEAST_HPP
#define CONNECTEX_BEAST_HPP

// Not part of connectex.hpp: it is for programs that use Boost.Beast anyway.

#include <connectex/lazy_connect_stream.hpp>

#include <boost/beast/core/role.hpp>
#include <boost/beast/websocket/teardown.hpp>
#include <boost/system/error_code.hpp>

#include <utility>

namespace connectex
{

/// Ends the connection below a `beast::websocket::stream`, which calls this.
/**
 * It does what Beast does for the next layer.
 *
 * @param role Whether the program is the client or the server of the WebSocket connection.
 *
 * @param stream The stream.
 *
 * @param ec Set to the error, or to none.
 *
 * @par Thread Safety
 * As of lazy_connect_stream.
 *
 * @par Source
 * Boost.Beast's page on writing a stream for WebSockets ("Teardown").
 */
template <typename NextLayer>
void teardown(boost::beast::role_type role, lazy_connect_stream<NextLayer>& stream,
    boost::system::error_code& ec)
{
  using boost::beast::websocket::teardown;
  teardown(role, stream.next_layer(), ec);
}

/// Starts to end the connection below a `beast::websocket::stream`, which calls this.
/**
 * It does what Beast does for the next layer.
 *
 * @param role Whether the program is the client or the server of the WebSocket connection.
 *
 * @param stream The stream, which must outlive the operation.
 *
 * @param handler Called as `handler(boost::system::error_code)`.
 *
 * @par Thread Safety
 * As of lazy_connect_stream.
 *
 * @par Source
 * Boost.Beast's page on writing a stream for WebSockets ("Teardown").
 */
template <typename NextLayer, typename TeardownHandler>
void async_teardown(
    boost::beast::role_type role, lazy_connect_stream<NextLayer>& stream, TeardownHandler&& handler)
{
  using boost::beast::websocket::async_teardown;
  async_teardown(role, stream.next_layer(), std::forward<TeardownHandler>(handler));
}

} // namespace connectex

#endif // CONNECTEX_BEAST_HPP
