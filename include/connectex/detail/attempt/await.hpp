// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_DETAIL_ATTEMPT_AWAIT_HPP
#define CONNECTEX_DETAIL_ATTEMPT_AWAIT_HPP

#include <connectex/detail/attempt/blocking_wait.hpp>

#include <boost/asio/socket_base.hpp>

#include <utility>

namespace connectex::detail
{

// The waits of an attempt, for its socket. start() begins the wait; it hands over the handler that
// is told of its end, and never calls it. run() keeps the calling thread until the wait is over, or
// until a limit is reached. The wait for a ConnectEx is in overlapped_connect.hpp.

/// Waits until the socket is writable.
struct writable_wait
{
  template <typename Socket, typename Handler>
  void start(Socket& socket, Handler&& handler) const
  {
    socket.async_wait(boost::asio::socket_base::wait_write, std::forward<Handler>(handler));
  }

  template <typename Socket>
  wait_result run(Socket& socket, const wait_limit& until) const
  {
    return wait_until_writable(socket.native_handle(), until);
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

  template <typename Socket>
  wait_result run(Socket& socket, const wait_limit& until) const
  {
    wait_result result;
    if (!socket.native_non_blocking())
      socket.native_non_blocking(true, result.error);
    return result.error ? result
                        : connect_and_wait(socket.native_handle(), peer.data(), peer.size(), until);
  }

  Endpoint peer;
};

} // namespace connectex::detail

#endif // CONNECTEX_DETAIL_ATTEMPT_AWAIT_HPP
