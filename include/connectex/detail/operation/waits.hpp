// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_DETAIL_OPERATION_WAITS_HPP
#define CONNECTEX_DETAIL_OPERATION_WAITS_HPP

#include <connectex/detail/attempt/blocking_wait.hpp>
#include <connectex/detail/decide/deadlines.hpp>

#include <boost/asio/error.hpp>
#include <boost/system/error_code.hpp>

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
  wait_result run(Socket&, const wait_limit&) const
  {
    sleep_until(end);
    return {};
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
  wait_result run(Socket& socket, const wait_limit& until) const
  {
    // Asio's write waits by itself, but knows no limit, and does not wait if the caller has asked
    // for that.
    wait_result result;
    bool may_wait = !until;
    if (until && !socket.native_non_blocking())
      socket.native_non_blocking(true, result.error);
    while (!result.error)
    {
      if (!may_wait)
        result = wait_until_writable(socket.native_handle(), until);
      if (result.error)
        break;
      result.bytes_transferred = socket.write_some(buffers, result.error);
      if (result.error != boost::asio::error::would_block
          && result.error != boost::asio::error::interrupted)
        break;
      may_wait = false;
      result.error = {};
    }
    return result;
  }

  ConstBufferSequence buffers;
};

} // namespace connectex::detail

#endif // CONNECTEX_DETAIL_OPERATION_WAITS_HPP
