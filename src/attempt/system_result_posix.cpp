// SPDX-License-Identifier: BSL-1.0

#include <connectex/detail/platform.hpp>

#if CONNECTEX_DETAIL_POSIX

#include "../error/winsock_codes.hpp"

#include <connectex/detail/attempt/native_error.hpp>
#include <connectex/detail/attempt/system_result.hpp>
#include <connectex/detail/system/posix.hpp>

#include <cerrno>

namespace connectex::detail
{

namespace
{

/// The number that the contract, which follows Winsock, has for @p error.
native_error corrected(native_error error) noexcept
{
  // No local port is left to reach the peer from. (The peer's address has been checked.) bind() and
  // other systems have another number for it.
  return CONNECTEX_DETAIL_LINUX && error == EADDRNOTAVAIL ? EADDRINUSE : error;
}

} // namespace

attempt_result result_of_success(native_socket socket) noexcept
{
  // A local socket whose listener has no room left is not being connected at all, but it looks
  // writable and without an error, which Asio takes for success.
  bool connected = true;
  if (os::get_connected(socket, connected) == 0 && !connected)
    return failed_attempt(native_error{EAGAIN});
  return {};
}

attempt_result result_of_failure(
    native_socket, int, const boost::system::error_code& error) noexcept
{
  attempt_result result = failed_attempt(error);
  if (error.category() == boost::system::system_category())
    result.error = to_portable(corrected(result.native));
  return result;
}

bool disconnect_socket(native_socket socket, const boost::system::error_code& error) noexcept
{
  const bool is_another = error == wsa::already_connected || error == wsa::already_started
      || error == wsa::invalid_argument;
  return !is_another && os::disconnect(socket) == 0;
}

} // namespace connectex::detail

#endif // CONNECTEX_DETAIL_POSIX
