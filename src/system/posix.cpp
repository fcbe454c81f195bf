// SPDX-License-Identifier: BSL-1.0

#include <connectex/detail/platform.hpp>

#if CONNECTEX_DETAIL_POSIX

#include <connectex/detail/system/posix.hpp>

#include <array>
#include <cerrno>
#include <cstddef>
#include <poll.h>
#include <sys/socket.h>

namespace connectex::detail::os
{

namespace
{

native_error last_error(long result) noexcept
{
  return result < 0 ? static_cast<native_error>(errno) : 0u;
}

native_error get_option(native_socket socket, int option, int& value) noexcept
{
  socklen_t size = sizeof(value);
  return last_error(::getsockopt(socket, SOL_SOCKET, option, &value, &size));
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

native_error get_local_name(native_socket socket, socket_name& name) noexcept
{
  socklen_t size = sizeof(name.bytes);
  const int result = ::getsockname(socket, reinterpret_cast<sockaddr*>(name.bytes), &size);
  name.size = size;
  return last_error(result);
}

native_error get_peer_name(native_socket socket, socket_name& name) noexcept
{
  socklen_t size = sizeof(name.bytes);
  const int result = ::getpeername(socket, reinterpret_cast<sockaddr*>(name.bytes), &size);
  name.size = size;
  return last_error(result);
}

native_error bind(native_socket socket, const socket_name& name) noexcept
{
  return last_error(::bind(
      socket, reinterpret_cast<const sockaddr*>(name.bytes), static_cast<socklen_t>(name.size)));
}

native_error connect(native_socket socket, const void* peer, std::size_t peer_size) noexcept
{
  return last_error(
      ::connect(socket, static_cast<const sockaddr*>(peer), static_cast<socklen_t>(peer_size)));
}

native_error get_socket_error(native_socket socket, native_error& result) noexcept
{
  int value = 0;
  const native_error error = get_option(socket, SO_ERROR, value);
  if (error == 0)
    result = static_cast<native_error>(value);
  return error;
}

native_error wait_writable(socket_wait* sockets, std::size_t count, int milliseconds) noexcept
{
  std::array<pollfd, 64> descriptors;
  for (std::size_t i = 0; i != count; ++i)
    descriptors[i] = {sockets[i].socket, POLLOUT, 0};
  const int result = ::poll(descriptors.data(), static_cast<nfds_t>(count), milliseconds);
  for (std::size_t i = 0; i != count; ++i)
    sockets[i].is_ready = result > 0 && descriptors[i].revents != 0;
  return last_error(result);
}

void sleep(int milliseconds) noexcept
{
  // Signals that come fast enough keep a nanosleep with the time that is left going for ever.
  ::poll(nullptr, 0, milliseconds);
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
  return last_error(::connect(socket, &unspecified, sizeof(unspecified)));
}

native_error discard_datagram(native_socket socket) noexcept
{
  char byte;
  return last_error(::recv(socket, &byte, sizeof(byte), MSG_DONTWAIT));
}

} // namespace connectex::detail::os

#endif // CONNECTEX_DETAIL_POSIX
