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
#include <cstring>

namespace connectex::detail
{

using boost::system::error_code;

namespace
{

/// No queue holds as many. A peer that sends without a pause must not keep the caller.
constexpr int most_datagrams = 100000;

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

/// @param[out] peer Empty if the socket has none.
native_error get_peer(native_socket socket, socket_name& peer) noexcept
{
  const native_error error = os::get_peer_name(socket, peer);
  if (error == 0)
    return 0;
  peer.size = 0;
  return to_portable(error) == wsa::not_connected ? 0u : error;
}

bool is_peer(native_socket socket, const socket_name& peer) noexcept
{
  socket_name now;
  return get_peer(socket, now) == 0 && now.size == peer.size
      && std::memcmp(now.bytes, peer.bytes, peer.size) == 0;
}

/// A failed call must leave the peer that the socket had.
void give_back(native_socket socket, const socket_name& peer) noexcept
{
  if (!is_peer(socket, peer))
    os::connect(socket, peer.bytes, peer.size);
}

/// Systems keep the source address that they have chosen for the first peer, and of IPv6 Linux does
/// not say that another cannot be reached from there. Of the others many answer from an address of
/// the source's kind, which is not theirs.
bool is_useless_source(const socket_address& source, const socket_address& peer) noexcept
{
  return source.is_ipv4 != peer.is_ipv4 || source.is_loopback != peer.is_loopback
      || source.is_link_local != peer.is_link_local;
}

/// @param result That of a connect to @p peer.
bool needs_another_source(
    native_error result, const socket_address& source, const socket_address& peer) noexcept
{
  if (to_portable(result) == wsa::access_denied)
    return false;
  return is_useless_source(source, peer)
      || (source.is_internet && is_refusal_of_second_peer(result));
}

native_error dissolve_and_connect(native_socket socket, const socket_name& local,
    const socket_name& old_peer, const void* peer, std::size_t peer_size) noexcept
{
  native_error error = dissolve(socket, local);
  if (error == 0)
    error = os::connect(socket, peer, peer_size);
  if (error != 0)
    give_back(socket, old_peer);
  return error;
}

/// Connects a socket that is connected already.
native_error connect_to_another(native_socket socket, const socket_name& old_peer, const void* peer,
    std::size_t peer_size) noexcept
{
  socket_name local;
  if (const native_error error = os::get_local_name(socket, local))
    return error;
  const native_error error = os::connect(socket, peer, peer_size);
  if (!needs_another_source(error, read_socket_address(local.bytes, local.size),
          read_socket_address(peer, peer_size)))
  {
    if (error != 0)
      give_back(socket, old_peer);
    return error;
  }
  return dissolve_and_connect(socket, local, old_peer, peer, peer_size);
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
  if (const native_error error = get_peer(socket, old_peer))
    return to_portable(error);
  const bool is_connected = old_peer.size != 0;
  const native_error error = is_connected ? connect_to_another(socket, old_peer, peer, peer_size)
                                          : os::connect(socket, peer, peer_size);
  if (error != 0)
    return to_portable(explain_datagram_failure(error));
  if (!is_connected || !is_peer(socket, old_peer))
    discard_what_came_before(socket);
  return {};
}

error_code clear_default_peer(native_socket socket) noexcept
{
  socket_name peer;
  if (const native_error error = get_peer(socket, peer))
    return to_portable(error);
  if (peer.size == 0)
    return {};
  socket_name local;
  if (const native_error error = os::get_local_name(socket, local))
    return to_portable(error);
  if (const native_error error = dissolve(socket, local))
  {
    give_back(socket, peer);
    return to_portable(error);
  }
  discard_what_came_before(socket);
  return {};
}

} // namespace connectex::detail
