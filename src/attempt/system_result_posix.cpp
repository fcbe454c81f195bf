// SPDX-License-Identifier: BSL-1.0

#include <connectex/detail/platform.hpp>

#if CONNECTEX_DETAIL_POSIX

#include <connectex/detail/attempt/native_error.hpp>
#include <connectex/detail/attempt/system_result.hpp>
#include <connectex/detail/system/posix.hpp>

#include <cerrno>

namespace connectex::detail
{

namespace
{

/// The number that the contract, which follows Winsock, has for @p error.
native_error corrected(native_socket socket, native_error error) noexcept
{
  // No local port is left to reach the peer from. (The peer's address has been checked.) bind() and
  // other systems have another number for it.
  if (CONNECTEX_DETAIL_LINUX && error == EADDRNOTAVAIL)
    return EADDRINUSE;

  // POSIX systems say "connected" of a listening socket; Winsock calls it an invalid argument.
  bool listening = false;
  if (error == EISCONN && os::get_listening(socket, listening) == 0 && listening)
    return EINVAL;
  return error;
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
    native_socket socket, const boost::system::error_code& error) noexcept
{
  attempt_result result = failed_attempt(error);
  if (error.category() == boost::system::system_category())
    result.error = to_portable(corrected(socket, result.native));
  return result;
}

boost::system::error_code disconnect_socket(native_socket socket) noexcept
{
  return to_portable(os::disconnect(socket));
}

} // namespace connectex::detail

#endif // CONNECTEX_DETAIL_POSIX
