// SPDX-License-Identifier: BSL-1.0

#include <connectex/detail/platform.hpp>

#if CONNECTEX_DETAIL_POSIX

#include <connectex/detail/system/posix.hpp>

#include <cerrno>
#include <sys/socket.h>

namespace connectex::detail::os
{

namespace
{

native_error get_option(native_socket socket, int option, int& value) noexcept
{
  socklen_t size = sizeof(value);
  return ::getsockopt(socket, SOL_SOCKET, option, &value, &size) == 0
      ? 0u
      : static_cast<native_error>(errno);
}

} // namespace

native_error get_socket_kind(native_socket socket, socket_kind& kind) noexcept
{
#if defined(SO_DOMAIN)
  if (const native_error error = get_option(socket, SO_DOMAIN, kind.family))
    return error;
#else
  sockaddr_storage local{};
  socklen_t size = sizeof(local);
  if (::getsockname(socket, reinterpret_cast<sockaddr*>(&local), &size) != 0)
    return static_cast<native_error>(errno);
  kind.family = local.ss_family;
#endif
  return get_option(socket, SO_TYPE, kind.type);
}

native_error get_connected(native_socket socket, bool& connected) noexcept
{
  sockaddr_storage peer{};
  socklen_t size = sizeof(peer);
  connected = ::getpeername(socket, reinterpret_cast<sockaddr*>(&peer), &size) == 0;
  return connected || errno == ENOTCONN ? 0u : static_cast<native_error>(errno);
}

native_error get_listening(native_socket socket, bool& listening) noexcept
{
  int value = 0;
  const native_error error = get_option(socket, SO_ACCEPTCONN, value);
  listening = value != 0;
  return error;
}

native_error disconnect(native_socket socket) noexcept
{
  sockaddr unspecified{};
  unspecified.sa_family = AF_UNSPEC;
  return ::connect(socket, &unspecified, sizeof(unspecified)) == 0
      ? 0u
      : static_cast<native_error>(errno);
}

} // namespace connectex::detail::os

#endif // CONNECTEX_DETAIL_POSIX
