// SPDX-License-Identifier: BSL-1.0

#include <connectex/detail/platform.hpp>

#if CONNECTEX_DETAIL_WINDOWS
#if !defined(WIN32_LEAN_AND_MEAN)
#define WIN32_LEAN_AND_MEAN
#endif
#if !defined(NOMINMAX)
#define NOMINMAX
#endif
#include <winsock2.h>
#else
#include <sys/socket.h>
#endif

#include "../error/winsock_codes.hpp"

#include <connectex/detail/attempt/native_error.hpp>
#include <connectex/detail/attempt/preconditions.hpp>
#include <connectex/detail/system/common.hpp>
#include <connectex/detail/system/posix.hpp>
#include <connectex/detail/system/socket_address.hpp>

namespace connectex::detail
{

namespace
{

bool is_connection_oriented(int type) noexcept
{
  return type == SOCK_STREAM || type == SOCK_SEQPACKET || type == SOCK_RDM;
}

} // namespace

boost::system::error_code check_peer(const void* peer, std::size_t peer_size) noexcept
{
  const socket_address address = read_socket_address(peer, peer_size);
  if (address.is_internet && (address.is_unspecified || address.port == 0))
    return to_portable(wsa::address_not_available);
  return {};
}

boost::system::error_code check_socket(native_socket socket, int peer_family) noexcept
{
  socket_kind kind;
  if (const native_error error = os::get_socket_kind(socket, kind))
    return to_portable(error);

  // The page names no code for a datagram socket; WSAEINVAL is the one it gives to a socket `s`
  // that is in no state to be connected.
  if (!is_connection_oriented(kind.type))
    return to_portable(wsa::invalid_argument);

  if (kind.family != peer_family)
    return to_portable(wsa::address_family_not_supported);

#if CONNECTEX_DETAIL_POSIX
  // Linux takes one more connect on a socket whose first one completed in the background, and says
  // success without connecting it anew.
  bool connected = false;
  if (const native_error error = os::get_connected(socket, connected))
    return to_portable(error);
  if (connected)
    return to_portable(wsa::already_connected);
#endif
  return {};
}

} // namespace connectex::detail
