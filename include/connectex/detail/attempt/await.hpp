// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_DETAIL_ATTEMPT_AWAIT_HPP
#define CONNECTEX_DETAIL_ATTEMPT_AWAIT_HPP

#include <connectex/detail/attempt/blocking_wait.hpp>

#include <boost/asio/socket_base.hpp>
#include <boost/system/error_code.hpp>

#include <optional>
#include <utility>

namespace connectex::detail
{

// The waits of an attempt, for its socket. start() begins the wait; it hands over the handler that
// is told of its end, and never calls it. begin() begins it for the calling thread; finish(), to be
// called when what it waits for has come, returns the result, or none if it goes on. The wait for a
// ConnectEx is in overlapped_connect.hpp.

/// Waits until the socket is writable.
struct writable_wait
{
  template <typename Socket, typename Handler>
  void start(Socket& socket, Handler&& handler) const
  {
    socket.async_wait(boost::asio::socket_base::wait_write, std::forward<Handler>(handler));
  }

  template <typename Socket>
  void begin(Socket& socket, blocking_wait& wait) const
  {
    wait.for_writable(socket.native_handle());
  }

  template <typename Socket>
  std::optional<wait_result> finish(Socket&, blocking_wait& wait) const
  {
    return wait_result{wait.error()};
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
  void begin(Socket& socket, blocking_wait& wait) const
  {
    boost::system::error_code error;
    if (!socket.native_non_blocking())
      socket.native_non_blocking(true, error);
    if (error)
      wait.end(error);
    else
      wait.for_connect(socket.native_handle(), peer.data(), peer.size());
  }

  template <typename Socket>
  std::optional<wait_result> finish(Socket& socket, blocking_wait& wait) const
  {
    return wait_result{wait.error() ? wait.error() : get_connect_error(socket.native_handle())};
  }

  Endpoint peer;
};

} // namespace connectex::detail

#endif // CONNECTEX_DETAIL_ATTEMPT_AWAIT_HPP
