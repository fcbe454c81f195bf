// SPDX-License-Identifier: BSL-1.0

#if defined(_WIN32)

#if !defined(WIN32_LEAN_AND_MEAN)
#define WIN32_LEAN_AND_MEAN
#endif
#if !defined(NOMINMAX)
#define NOMINMAX
#endif

#include <connectex/detail/system.hpp>

#include <winsock2.h>
#include <mswsock.h>
#include <ws2tcpip.h>

namespace connectex::detail::os
{

namespace
{

native_error last_winsock_error(int result) noexcept
{
  return result == 0 ? 0u : static_cast<native_error>(::WSAGetLastError());
}

} // namespace

native_error get_socket_kind(native_socket socket, socket_kind& kind) noexcept
{
  WSAPROTOCOL_INFOW info{};
  int size = sizeof(info);
  const native_error error = last_winsock_error(
      ::getsockopt(socket, SOL_SOCKET, SO_PROTOCOL_INFOW, reinterpret_cast<char*>(&info), &size));
  if (error == 0)
    kind = {info.iAddressFamily, info.iSocketType};
  return error;
}

native_error bind_to_wildcard(native_socket socket, int family) noexcept
{
  // A zeroed address is the wildcard address with port 0 in both families.
  sockaddr_in6 wildcard{};
  wildcard.sin6_family = static_cast<short>(family);
  const int size = family == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6);
  return last_winsock_error(::bind(socket, reinterpret_cast<const sockaddr*>(&wildcard), size));
}

native_error get_local_port(native_socket socket, std::uint16_t& port) noexcept
{
  sockaddr_storage local{};
  int size = sizeof(local);
  const native_error error =
      last_winsock_error(::getsockname(socket, reinterpret_cast<sockaddr*>(&local), &size));
  if (error == 0)
  {
    // Both families keep the port in the same place.
    port = ::ntohs(reinterpret_cast<const sockaddr_in*>(&local)->sin_port);
  }
  return error;
}

native_error get_connect_ex(native_socket socket, connect_ex_function& function) noexcept
{
  GUID id = WSAID_CONNECTEX;
  LPFN_CONNECTEX pointer = nullptr;
  DWORD size = 0;
  const native_error error =
      last_winsock_error(::WSAIoctl(socket, SIO_GET_EXTENSION_FUNCTION_POINTER, &id, sizeof(id),
          &pointer, sizeof(pointer), &size, nullptr, nullptr));
  if (error == 0)
    function = reinterpret_cast<connect_ex_function>(pointer);
  return error;
}

native_error connect_ex(connect_ex_function function, native_socket socket, const void* peer,
    std::size_t peer_size, const void* data, std::size_t data_size,
    _OVERLAPPED* overlapped) noexcept
{
  const auto call = reinterpret_cast<LPFN_CONNECTEX>(function);

  // Written only before the call returns; the packet brings the count of a pending one.
  DWORD bytes_sent = 0;
  const BOOL connected = call(socket, static_cast<const sockaddr*>(peer),
      static_cast<int>(peer_size), data_size == 0 ? nullptr : const_cast<void*>(data),
      static_cast<DWORD>(data_size), data_size == 0 ? nullptr : &bytes_sent, overlapped);
  const native_error error = last_winsock_error(connected ? 0 : -1);

  // A provider that loses its error must not make us wait for a packet that never comes.
  return connected || error != 0 ? error : native_error{WSAENETDOWN};
}

native_error update_connect_context(native_socket socket) noexcept
{
  return last_winsock_error(
      ::setsockopt(socket, SOL_SOCKET, SO_UPDATE_CONNECT_CONTEXT, nullptr, 0));
}

native_error cancel_overlapped(native_socket socket, _OVERLAPPED* overlapped) noexcept
{
  return ::CancelIoEx(reinterpret_cast<HANDLE>(socket), overlapped) ? 0u : ::GetLastError();
}

} // namespace connectex::detail::os

#endif // defined(_WIN32)
