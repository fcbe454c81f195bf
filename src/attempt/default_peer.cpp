// SPDX-License-Identifier: BSL-1.0

#include "default_peer.hpp"

#include "../error/winsock_codes.hpp"

#include <connectex/detail/attempt/default_peer.hpp>
#include <connectex/detail/attempt/native_error.hpp>
#include <connectex/detail/attempt/preconditions.hpp>
#include <connectex/detail/system/common.hpp>
#include <connectex/detail/system/socket_address.hpp>
#include <connectex/detail/system/socket_name.hpp>

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace connectex::detail
{

using boost::system::error_code;

namespace
{

/// No queue holds as many. A peer that sends without a pause must not keep the caller.
constexpr int most_datagrams = 100000;

std::uint16_t port_of(const socket_name& name) noexcept
{
  return read_socket_address(name.bytes, name.size).port;
}

/// Systems keep what has come before, though another may have sent it, and the error of a datagram
/// that was sent to another peer.
void discard_what_came_before(native_socket socket) noexcept
{
  native_error ignored = 0;
  os::get_socket_error(socket, ignored);
  for (int i = 0; i != most_datagrams && discard_datagram(socket); ++i)
  {
  }
}

/// Makes the system forget the peer, and keeps the port.
/**
 * @param before The socket's address until now.
 */
native_error dissolve_and_keep_port(native_socket socket, const socket_name& before) noexcept
{
  if (const native_error error = dissolve(socket))
    return error;
  socket_name after;
  if (const native_error error = os::get_local_name(socket, after))
    return error;
  if (port_of(before) == 0 || port_of(after) != 0)
    return 0;

  // A port that the system had chosen is gone. The address is that of now: the other one holds the
  // source address that the system had chosen for the peer.
  copy_port(before.bytes, after.bytes);
  return rebind(socket, after);
}

/// Connects a socket that is connected already.
native_error connect_to_another(native_socket socket, const socket_name& old_peer, const void* peer,
    std::size_t peer_size) noexcept
{
  const native_error refusal = os::connect(socket, peer, peer_size);
  if (!is_refusal_of_second_peer(refusal))
    return refusal;

  socket_name local;
  if (const native_error error = os::get_local_name(socket, local))
    return error;
  if (const native_error error = dissolve_and_keep_port(socket, local))
    return error;
  const native_error error = os::connect(socket, peer, peer_size);
  if (error != 0)
    os::connect(socket, old_peer.bytes, old_peer.size);
  return error;
}

} // namespace

error_code set_default_peer(
    native_socket socket, int family, const void* peer, std::size_t peer_size) noexcept
{
  if (const error_code error = check_peer(peer, peer_size))
    return error;

  // Systems say of another family that the address is invalid, as Linux says of a second peer.
  socket_kind kind;
  if (const native_error error = os::get_socket_kind(socket, kind))
    return to_portable(error);
  if (kind.family != family)
    return to_portable(wsa::address_family_not_supported);

  socket_name old_peer;
  const bool is_connected = os::get_peer_name(socket, old_peer) == 0;
  const native_error error = is_connected ? connect_to_another(socket, old_peer, peer, peer_size)
                                          : os::connect(socket, peer, peer_size);
  if (error != 0)
    return to_portable(error);

  const bool is_same_peer = is_connected && old_peer.size == peer_size
      && std::memcmp(old_peer.bytes, peer, peer_size) == 0;
  if (!is_same_peer)
    discard_what_came_before(socket);
  return {};
}

error_code clear_default_peer(native_socket socket) noexcept
{
  socket_name peer;
  if (os::get_peer_name(socket, peer) != 0)
    return {};
  socket_name local;
  if (const native_error error = os::get_local_name(socket, local))
    return to_portable(error);
  if (const native_error error = dissolve_and_keep_port(socket, local))
    return to_portable(error);
  discard_what_came_before(socket);
  return {};
}

} // namespace connectex::detail
