// SPDX-License-Identifier: BSL-1.0

#include <connectex/detail/platform.hpp>

#if CONNECTEX_DETAIL_WINDOWS

#include "default_peer.hpp"

#include <connectex/detail/system/common.hpp>
#include <connectex/detail/system/socket_name.hpp>
#include <connectex/detail/system/winsock.hpp>

namespace connectex::detail
{

native_error dissolve(native_socket socket, const socket_name& local) noexcept
{
  // A name that is zero throughout, the family included, and as long as one of the socket's family:
  // the page on WSAConnect. A zero address with a family is an error. Windows keeps the port; Wine
  // gives back one that it has chosen, and binds no socket a second time.
  const socket_name zero;
  return os::connect(socket, zero.bytes, local.size);
}

bool discard_datagram(native_socket socket) noexcept
{
  bool readable = false;
  if (os::get_readable(socket, readable) != 0 || !readable)
    return false;

  // Whether it brings a datagram, a part of one, or the error of one that was sent: it is gone.
  os::discard_datagram(socket);
  return true;
}

/// Windows itself takes the second peer; Wine refuses one on a link after one on loopback.
bool is_refusal_of_second_peer(native_error error) noexcept
{
  constexpr native_error invalid_argument = 10022; // WSAEINVAL
  return error == invalid_argument;
}

native_error explain_datagram_failure(native_error error) noexcept { return error; }

} // namespace connectex::detail

#endif // CONNECTEX_DETAIL_WINDOWS
