// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_DETAIL_OPERATION_OPEN_SOCKET_HPP
#define CONNECTEX_DETAIL_OPERATION_OPEN_SOCKET_HPP

#include <connectex/connect_options.hpp>
#include <connectex/opened_socket.hpp>

#include <boost/system/error_code.hpp>

namespace connectex::detail
{

/// Opens @p socket for a connect to @p peer, and lets the caller's options.prepare set it up.
template <typename Socket>
boost::system::error_code open_socket(
    Socket& socket, const typename Socket::endpoint_type& peer, const connect_options& options)
{
  boost::system::error_code error;
  socket.open(peer.protocol(), error);
  if (!error && options.prepare)
  {
    opened_socket view(socket, peer);
    options.prepare(view, error);
  }
  return error;
}

} // namespace connectex::detail

#endif // CONNECTEX_DETAIL_OPERATION_OPEN_SOCKET_HPP
