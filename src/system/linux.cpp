// SPDX-License-Identifier: BSL-1.0

#include <connectex/detail/platform.hpp>

#if CONNECTEX_DETAIL_LINUX

#include <connectex/detail/system/linux.hpp>

#include <cerrno>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/uio.h>

namespace connectex::detail::os
{

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

native_error get_tcp_state(native_socket socket, int& state) noexcept
{
  // The state is the first member, and the kernel fills no more than it is given room for.
  tcp_info info{};
  socklen_t size = sizeof(info.tcpi_state);
  if (::getsockopt(socket, IPPROTO_TCP, TCP_INFO, &info, &size) != 0)
    return static_cast<native_error>(errno);
  state = info.tcpi_state;
  return 0;
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

native_error get_tcp_info(native_socket socket, linux_tcp_info& info, std::size_t& size) noexcept
{
  socklen_t filled = sizeof(info);
  const int result = ::getsockopt(socket, IPPROTO_TCP, TCP_INFO, &info, &filled);
  size = filled;
  return result == 0 ? 0u : static_cast<native_error>(errno);
}

} // namespace connectex::detail::os

#endif // CONNECTEX_DETAIL_LINUX
