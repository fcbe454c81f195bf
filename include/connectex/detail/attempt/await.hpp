// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_DETAIL_ATTEMPT_AWAIT_HPP
#define CONNECTEX_DETAIL_ATTEMPT_AWAIT_HPP

#include <boost/asio/socket_base.hpp>

#include <utility>

namespace connectex::detail
{

// The waits of an attempt. Each object starts the wait, for the socket of the attempt: start()
// hands over the handler that is told of its end, and never calls it. The wait for a packet of
// ConnectEx is in overlapped_connect.hpp.

/// Waits until the socket is writable.
struct writable_wait
{
  template <typename Socket, typename Handler>
  void start(Socket& socket, Handler&& handler) const
  {
    socket.async_wait(boost::asio::socket_base::wait_write, std::forward<Handler>(handler));
  }
};

/// Lets Asio connect, and waits until it has.
template <typename Endpoint>
struct connected_wait
{
  template <typename Socket, typename Handler>
  void start(Socket& socket, Handler&& handler) const
  {
    socket.async_connect(peer, std::forward<Handler>(handler));
  }

  Endpoint peer;
};

} // namespace connectex::detail

#endif // CONNECTEX_DETAIL_ATTEMPT_AWAIT_HPP
