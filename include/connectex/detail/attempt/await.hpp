// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_DETAIL_ATTEMPT_AWAIT_HPP
#define CONNECTEX_DETAIL_ATTEMPT_AWAIT_HPP

#include <connectex/detail/attempt/blocking_wait.hpp>

#include <boost/asio/error.hpp>
#include <boost/asio/socket_base.hpp>
#include <boost/system/error_code.hpp>

#include <cstddef>
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

/// The calling thread's part of a wait that is over at once.
struct wait_for_nothing
{
  template <typename Socket>
  void begin(Socket&, blocking_wait&) const noexcept
  {
  }

  template <typename Socket>
  std::optional<wait_result> finish(Socket&, blocking_wait&) const noexcept
  {
    return wait_result{};
  }
};

/// Is over at once, with an error that says nothing: it leads through the handler's executor. It
/// must not be cancelled.
/**
 * A wait for a socket that is not open ends so. On Linux Asio compiles such waits for each handler
 * in any case; its post would come on top, with a sixth of all the code that a handler needs.
 */
struct closed_socket_wait : wait_for_nothing
{
  template <typename Socket, typename Handler>
  void start(Socket& socket, Handler&& handler) const
  {
    Socket closed(socket.get_executor());
    closed.async_wait(boost::asio::socket_base::wait_write, std::forward<Handler>(handler));
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

/// Writes some bytes.
template <typename ConstBufferSequence>
struct write_wait
{
  template <typename Socket, typename Handler>
  void start(Socket& socket, Handler&& handler) const
  {
    socket.async_write_some(buffers, std::forward<Handler>(handler));
  }

  template <typename Socket>
  void begin(Socket& socket, blocking_wait& wait) const
  {
    if (!wait.may_block())
      wait.for_writable(socket.native_handle());
  }

  template <typename Socket>
  std::optional<wait_result> finish(Socket& socket, blocking_wait& wait) const
  {
    wait_result result{wait.error()};
    if (result.error)
      return result;
    result.bytes_transferred = wait.may_block() ? socket.write_some(buffers, result.error)
                                                : try_to_write(socket, result.error);
    if (result.error != boost::asio::error::would_block
        && result.error != boost::asio::error::interrupted)
      return result;
    wait.for_writable(socket.native_handle());
    return std::nullopt;
  }

  /// Without a wait. Asio's write waits by itself, and knows no limit, unless the caller has asked
  /// for the contrary.
  template <typename Socket>
  std::size_t try_to_write(Socket& socket, boost::system::error_code& error) const
  {
    const bool does_not_block = socket.non_blocking();
    if (!does_not_block)
      socket.non_blocking(true, error);
    const std::size_t written = error ? 0 : socket.write_some(buffers, error);
    boost::system::error_code ignored;
    if (!does_not_block)
      socket.non_blocking(false, ignored);
    return written;
  }

  ConstBufferSequence buffers;
};

} // namespace connectex::detail

#endif // CONNECTEX_DETAIL_ATTEMPT_AWAIT_HPP
