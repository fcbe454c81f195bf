// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_CONNECTION_STATISTICS_HPP
#define CONNECTEX_CONNECTION_STATISTICS_HPP

#include <connectex/connection_info.hpp>
#include <connectex/detail/system/types.hpp>

#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/error.hpp>
#include <boost/assert/source_location.hpp>
#include <boost/system/error_code.hpp>
#include <boost/system/system_error.hpp>
#include <boost/throw_exception.hpp>

namespace connectex
{

/// Tells what the system has counted and measured of a TCP connection.
/**
 * It is one system call that never waits. Operations may be outstanding on the socket.
 *
 * @param socket A socket of TCP, whoever has connected it. On Linux also one whose connection has
 * ended since, or is being made. It is not changed; Asio gives away the native handle of one that
 * is not const alone.
 *
 * @param ec Set to the error, or to none. What is returned is empty after an error.
 *
 * @par State of the Socket on Failure
 * As before.
 *
 * @par Errors
 * @li `asio::error::operation_not_supported`: the system does not tell, or not of such a socket.
 * Windows tells from Windows 10 1703, Wine 8.0 does not; Linux tells; other systems are not asked.
 * @li `asio::error::not_connected`: the socket has never been connected. Windows may have another
 * error for that.
 * @li `asio::error::bad_descriptor`: the socket is not open.
 *
 * @par Thread Safety
 * @e Distinct @e sockets: Safe.@n
 * @e Shared @e sockets: Unsafe.
 *
 * @par Example
 * @code
 * boost::system::error_code ec;
 * const connectex::connection_statistics statistics =
 *     connectex::get_connection_statistics(socket, ec);
 * if (statistics.round_trip_time > std::chrono::milliseconds(200))
 *   std::clog << "slow: " << statistics << '\n'; @endcode
 *
 * @par Source
 * SIO_TCP_INFO and TCP_INFO_v0 in Microsoft's pages on Winsock; TCP_INFO in the manual page tcp(7).
 * Not run on Windows itself.
 */
template <typename Protocol, typename Executor>
connection_statistics get_connection_statistics(
    boost::asio::basic_stream_socket<Protocol, Executor>& socket, boost::system::error_code& ec)
{
  if (!socket.is_open())
  {
    ec = boost::asio::error::bad_descriptor;
    return {};
  }
  return detail::get_connection_statistics(
      static_cast<detail::native_socket>(socket.native_handle()), ec);
}

/// Tells what the system has counted and measured of a TCP connection; throws
/// `boost::system::system_error`.
/**
 * All that is said of the form with an error code holds.
 *
 * @param socket The socket.
 */
template <typename Protocol, typename Executor>
connection_statistics get_connection_statistics(
    boost::asio::basic_stream_socket<Protocol, Executor>& socket)
{
  boost::system::error_code ec;
  const connection_statistics statistics = get_connection_statistics(socket, ec);
  if (ec)
    boost::throw_exception(
        boost::system::system_error(ec, "get_connection_statistics"), BOOST_CURRENT_LOCATION);
  return statistics;
}

} // namespace connectex

#endif // CONNECTEX_CONNECTION_STATISTICS_HPP
