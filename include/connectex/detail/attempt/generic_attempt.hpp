// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_DETAIL_GENERIC_ATTEMPT_HPP
#define CONNECTEX_DETAIL_GENERIC_ATTEMPT_HPP

#include <connectex/detail/attempt/to_portable.hpp>
#include <connectex/detail/system/posix.hpp>
#include <connectex/detail/system/types.hpp>

#include <boost/asio/error.hpp>

#include <utility>

namespace connectex::detail
{

/// One attempt on one endpoint by Asio's own connect; the whole first flight follows it.
struct generic_attempt
{
  template <typename Socket, typename Op>
  static void start(Socket& socket, const typename Socket::endpoint_type& peer, Op&& op)
  {
    socket.async_connect(peer, std::forward<Op>(op));
  }

  static boost::system::error_code finish(
      [[maybe_unused]] native_socket handle, const boost::system::error_code& error) noexcept
  {
#if CONNECTEX_DETAIL_POSIX
    // A local socket whose listener has no room left is not being connected at all, but it looks
    // writable and without an error, which Asio takes for success.
    bool connected = true;
    if (!error && os::get_connected(handle, connected) == 0 && !connected)
      return boost::asio::error::try_again;

    // POSIX systems say "connected" of a listening socket; Winsock, and so the contract, calls it
    // an invalid argument.
    bool listening = false;
    if (error == boost::asio::error::already_connected && os::get_listening(handle, listening) == 0
        && listening)
      return boost::asio::error::invalid_argument;
#endif
    return portable_error(error);
  }

#if CONNECTEX_DETAIL_WINDOWS
  static constexpr bool can_dissolve = false;
#else
  static constexpr bool can_dissolve = true;
#endif

  /// What has to happen between a failed attempt and the next on the same socket.
  static boost::system::error_code dissolve([[maybe_unused]] native_socket handle) noexcept
  {
#if CONNECTEX_DETAIL_WINDOWS
    return boost::asio::error::operation_not_supported;
#else
    return portable_error(os::disconnect(handle));
#endif
  }
};

} // namespace connectex::detail

#endif // CONNECTEX_DETAIL_GENERIC_ATTEMPT_HPP
