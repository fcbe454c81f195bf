// SPDX-License-Identifier: BSL-1.0

#include <connectex/detail/platform.hpp>

#if CONNECTEX_DETAIL_POSIX

#include "default_peer.hpp"

#include <connectex/detail/system/common.hpp>
#include <connectex/detail/system/posix.hpp>
#include <connectex/detail/system/socket_address.hpp>

#include <cerrno>
#include <cstdint>

namespace connectex::detail
{

namespace
{

std::uint16_t port_of(const socket_name& name) noexcept
{
  return read_socket_address(name.bytes, name.size).port;
}

} // namespace

native_error dissolve(native_socket socket, const socket_name& local) noexcept
{
  // The systems descended from BSD do it, and say that they know no such family.
  const native_error refusal = os::disconnect(socket);
  if (refusal != 0 && refusal != EAFNOSUPPORT)
    return refusal;
  socket_name now;
  if (const native_error error = os::get_local_name(socket, now))
    return error;
  if (port_of(local) == 0 || port_of(now) != 0)
    return 0;

  // Linux has given back a port that it had chosen, and has forgotten the interface. The address is
  // that of now: the other one holds the source address that was chosen for the peer.
  copy_port_and_scope(local.bytes, now.bytes);
  return os::bind(socket, now);
}

bool discard_datagram(native_socket socket) noexcept
{
  const native_error error = os::discard_datagram(socket);
  return error != EAGAIN && error != EWOULDBLOCK;
}

/// Linux has chosen source address and interface by the first peer, and refuses some that cannot
/// be reached from there.
bool is_refusal_of_second_peer(native_error error) noexcept { return error == EINVAL; }

/// Linux says so when no port is left for the socket.
native_error explain_datagram_failure(native_error error) noexcept
{
  return error == EAGAIN ? EADDRINUSE : error;
}

} // namespace connectex::detail

#endif // CONNECTEX_DETAIL_POSIX
