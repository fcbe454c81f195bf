// SPDX-License-Identifier: BSL-1.0

#include <connectex/detail/platform.hpp>

#if CONNECTEX_DETAIL_POSIX

#include "default_peer.hpp"

#include <connectex/detail/system/posix.hpp>

#include <cerrno>

namespace connectex::detail
{

native_error dissolve(native_socket socket) noexcept
{
  // The systems descended from BSD do it, and say that they know no such family.
  const native_error error = os::disconnect(socket);
  return error == EAFNOSUPPORT ? 0u : error;
}

native_error rebind(native_socket socket, const socket_name& name) noexcept
{
  return os::bind(socket, name);
}

bool discard_datagram(native_socket socket) noexcept
{
  const native_error error = os::discard_datagram(socket);
  return error != EAGAIN && error != EWOULDBLOCK;
}

/// Linux has chosen the source address by the first peer, and cannot reach every other from there:
/// from loopback none on a link.
bool is_refusal_of_second_peer(native_error error) noexcept { return error == EINVAL; }

} // namespace connectex::detail

#endif // CONNECTEX_DETAIL_POSIX
