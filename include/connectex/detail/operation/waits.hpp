// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_DETAIL_OPERATION_WAITS_HPP
#define CONNECTEX_DETAIL_OPERATION_WAITS_HPP

#include <connectex/detail/attempt/blocking_wait.hpp>
#include <connectex/detail/decide/deadlines.hpp>

#include <boost/asio/error.hpp>
#include <boost/system/error_code.hpp>

#include <optional>
#include <utility>

namespace connectex::detail
{

// The waits of an operation, besides those of its attempt: await.hpp describes the shape.

/// Waits until a time has come.
template <typename Timer>
struct time_wait
{
  template <typename Socket, typename Handler>
  void start(Socket& socket, Handler&& handler) const
  {
    timer.wait(socket.get_executor(), end, std::forward<Handler>(handler));
  }

  template <typename Socket>
  void begin(Socket&, blocking_wait& wait) const
  {
    wait.for_time(end);
  }

  template <typename Socket>
  std::optional<wait_result> finish(Socket&, blocking_wait&) const
  {
    return wait_result{};
  }

  Timer& timer;
  deadlines::time_point end;
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

  /// Asio's write waits by itself, but knows no limit, and does not wait if the caller has asked
  /// for that.
  template <typename Socket>
  void begin(Socket& socket, blocking_wait& wait) const
  {
    if (wait.may_block())
      return;
    boost::system::error_code error;
    if (!socket.native_non_blocking())
      socket.native_non_blocking(true, error);
    if (error)
      wait.end(error);
    else
      wait.for_writable(socket.native_handle());
  }

  template <typename Socket>
  std::optional<wait_result> finish(Socket& socket, blocking_wait& wait) const
  {
    wait_result result{wait.error()};
    if (result.error)
      return result;
    result.bytes_transferred = socket.write_some(buffers, result.error);
    if (result.error != boost::asio::error::would_block
        && result.error != boost::asio::error::interrupted)
      return result;
    wait.for_writable(socket.native_handle());
    return std::nullopt;
  }

  ConstBufferSequence buffers;
};

} // namespace connectex::detail

#endif // CONNECTEX_DETAIL_OPERATION_WAITS_HPP
