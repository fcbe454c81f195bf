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

#endif // CONNECTEX_DETAIL_OPERATION_WAITS_HPP
