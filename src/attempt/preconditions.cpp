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
#include <netinet/tcp.h>
#include <sys/socket.h>
#endif

#include "../error/winsock_codes.hpp"

#include <connectex/detail/attempt/native_error.hpp>
#include <connectex/detail/attempt/preconditions.hpp>
#include <connectex/detail/system/common.hpp>
#include <connectex/detail/system/linux.hpp>
#include <connectex/detail/system/posix.hpp>
#include <connectex/detail/system/socket_address.hpp>
#include <connectex/detail/system/winsock.hpp>

#include <algorithm>
#include <cerrno>
#include <iterator>
#include <optional>

namespace connectex::detail
{

using boost::system::error_code;

namespace
{

bool is_connection_oriented(int type) noexcept
{
  return type == SOCK_STREAM || type == SOCK_SEQPACKET || type == SOCK_RDM;
}

error_code check_kind(native_socket socket, int peer_family) noexcept
{
  socket_kind kind;
  if (const native_error error = os::get_socket_kind(socket, kind))
    return to_portable(error);

  // The page names no code for a datagram socket; WSAEINVAL is the one it gives to a socket `s`
  // that is in no state to be connected.
  if (!is_connection_oriented(kind.type))
    return to_portable(wsa::invalid_argument);
  return kind.family == peer_family ? error_code() : to_portable(wsa::address_family_not_supported);
}

#if CONNECTEX_DETAIL_POSIX

constexpr native_error another_family = EAFNOSUPPORT;

/// How systems fail a call whose address is of another family than its socket. An IPv6 socket says
/// of an IPv4 address only that it is invalid.
constexpr native_error failures_of_another_family[] = {EINVAL};

/// Linux takes one more connect on a socket whose first one completed in the background, and says
/// success without connecting it anew. A socket that listens must not get disconnected, which
/// would end its listening.
error_code check_state(native_socket socket) noexcept
{
  bool connected = false;
  if (const native_error error = os::get_connected(socket, connected))
    return to_portable(error);
  if (connected)
    return to_portable(wsa::already_connected);

  bool listening = false;
  if (const native_error error = os::get_listening(socket, listening))
    return to_portable(error);
  return listening ? to_portable(wsa::invalid_argument) : error_code();
}

#else

constexpr native_error another_family = WSAEAFNOSUPPORT;

/// How systems fail a call whose address is of another family than its socket.
constexpr native_error failures_of_another_family[] = {
    WSAEFAULT, WSAEINVAL, WSAEOPNOTSUPP, WSAEADDRNOTAVAIL};

/// ConnectEx itself tells.
error_code check_state(native_socket) noexcept { return {}; }

#endif

#if CONNECTEX_DETAIL_LINUX

/// One call answers for a TCP socket all but its family, which explain_failure() asks for if the
/// connect fails.
std::optional<error_code> check_tcp_socket(native_socket socket, int peer_family) noexcept
{
  int state = 0;
  const bool is_internet = peer_family == AF_INET || peer_family == AF_INET6;
  if (!is_internet || os::get_tcp_state(socket, state) != 0)
    return std::nullopt;
  switch (state)
  {
  case TCP_CLOSE:
    return error_code();

  // Found here and not by the connect: should the other one complete in between, Linux would take
  // a connect, or a send with the SYN, for one to its peer.
  case TCP_SYN_SENT:
  case TCP_SYN_RECV:
    return to_portable(wsa::already_started);
  case TCP_LISTEN:
    return to_portable(wsa::invalid_argument);
  default:
    return to_portable(wsa::already_connected);
  }
}

#elif CONNECTEX_DETAIL_WINDOWS

/// A TCP socket is connection-oriented, and tells so by a cheaper call than that for its kind. Its
/// family shows when it is bound or connected.
std::optional<error_code> check_tcp_socket(native_socket socket, int peer_family) noexcept
{
  bool no_delay = false;
  const bool is_internet = peer_family == AF_INET || peer_family == AF_INET6;
  if (!is_internet || os::get_no_delay(socket, no_delay) != 0)
    return std::nullopt;
  return error_code();
}

#else

std::optional<error_code> check_tcp_socket(native_socket, int) noexcept { return std::nullopt; }

#endif

} // namespace

error_code check_peer(const void* peer, std::size_t peer_size) noexcept
{
  const socket_address address = read_socket_address(peer, peer_size);
  if (address.is_internet && (address.is_unspecified || address.port == 0))
    return to_portable(wsa::address_not_available);
  return {};
}

error_code check_socket(native_socket socket, int peer_family) noexcept
{
  if (const auto result = check_tcp_socket(socket, peer_family))
    return *result;
  const error_code error = check_kind(socket, peer_family);
  return error ? error : check_state(socket);
}

native_error explain_failure(native_socket socket, int peer_family, native_error error) noexcept
{
  const auto first = std::begin(failures_of_another_family);
  const auto last = std::end(failures_of_another_family);
  socket_kind kind;
  const bool is_other_family = std::find(first, last, error) != last
      && os::get_socket_kind(socket, kind) == 0 && kind.family != peer_family;
  return is_other_family ? another_family : error;
}

} // namespace connectex::detail
