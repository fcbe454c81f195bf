// SPDX-License-Identifier: BSL-1.0

#if !defined(_WIN32)

#include <connectex/detail/system.hpp>

#include <cerrno>
#include <sys/socket.h>

#if defined(__linux__)
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/uio.h>
#endif

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

native_error dissolve_connection(native_socket socket) noexcept
{
  sockaddr nobody{};
  nobody.sa_family = AF_UNSPEC;
  return ::connect(socket, &nobody, sizeof(nobody)) == 0 ? 0u : static_cast<native_error>(errno);
}

#if defined(__linux__)

namespace
{

native_error send(native_socket socket, msghdr& message, const iovec* blocks, std::size_t count,
    int flags, std::size_t& sent) noexcept
{
  message.msg_iov = const_cast<iovec*>(blocks);
  message.msg_iovlen = count;
  const ssize_t result = ::sendmsg(socket, &message, flags | MSG_DONTWAIT | MSG_NOSIGNAL);
  if (result < 0)
    return static_cast<native_error>(errno);
  sent = static_cast<std::size_t>(result);
  return 0;
}

} // namespace

native_error connect(native_socket socket, const void* peer, std::size_t peer_size) noexcept
{
  return ::connect(socket, static_cast<const sockaddr*>(peer), static_cast<socklen_t>(peer_size))
          == 0
      ? 0u
      : static_cast<native_error>(errno);
}

native_error send(
    native_socket socket, const iovec* blocks, std::size_t count, std::size_t& sent) noexcept
{
  msghdr message{};
  return send(socket, message, blocks, count, 0, sent);
}

native_error send_with_syn(native_socket socket, const void* peer, std::size_t peer_size,
    const iovec* blocks, std::size_t count, std::size_t& sent) noexcept
{
  msghdr message{};
  message.msg_name = const_cast<void*>(peer);
  message.msg_namelen = static_cast<socklen_t>(peer_size);
  return send(socket, message, blocks, count, MSG_FASTOPEN, sent);
}

native_error get_syn_data_acknowledged(native_socket socket, bool& acknowledged) noexcept
{
  tcp_info info{};
  socklen_t size = sizeof(info);
  if (::getsockopt(socket, IPPROTO_TCP, TCP_INFO, &info, &size) != 0)
    return static_cast<native_error>(errno);
  acknowledged = (info.tcpi_options & TCPI_OPT_SYN_DATA) != 0;
  return 0;
}

#endif // defined(__linux__)

} // namespace connectex::detail::os

#endif // !defined(_WIN32)
