// SPDX-License-Identifier: BSL-1.0

#include <connectex/detail/platform.hpp>

#if CONNECTEX_DETAIL_WINDOWS

#if !defined(WIN32_LEAN_AND_MEAN)
#define WIN32_LEAN_AND_MEAN
#endif
#if !defined(NOMINMAX)
#define NOMINMAX
#endif

#include <connectex/detail/system/option_numbers.hpp>
#include <connectex/detail/system/socket_address.hpp>
#include <connectex/detail/system/winsock.hpp>

#include "last_winsock_error.hpp"

#include <winsock2.h>
#include <mswsock.h>
#include <ws2tcpip.h>

namespace connectex::detail::os
{

namespace
{

native_error switch_on(native_socket socket, int level, int option) noexcept
{
  const DWORD on = 1;
  return last_winsock_error(
      ::setsockopt(socket, level, option, reinterpret_cast<const char*>(&on), sizeof(on)));
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

native_error get_local_name(native_socket socket, socket_name& name) noexcept
{
  int size = sizeof(name.bytes);
  const int result = ::getsockname(socket, reinterpret_cast<sockaddr*>(name.bytes), &size);
  name.size = static_cast<std::size_t>(size);
  return last_winsock_error(result);
}

native_error get_peer_name(native_socket socket, socket_name& name) noexcept
{
  int size = sizeof(name.bytes);
  const int result = ::getpeername(socket, reinterpret_cast<sockaddr*>(name.bytes), &size);
  name.size = static_cast<std::size_t>(size);
  return last_winsock_error(result);
}

native_error bind(native_socket socket, const socket_name& name) noexcept
{
  return last_winsock_error(
      ::bind(socket, reinterpret_cast<const sockaddr*>(name.bytes), static_cast<int>(name.size)));
}

native_error bind_to_wildcard(native_socket socket, int family) noexcept
{
  // A zeroed address is the wildcard address with port 0 in both families.
  sockaddr_in6 wildcard{};
  wildcard.sin6_family = static_cast<short>(family);
  const std::size_t size = family == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6);
  return last_winsock_error(
      ::bind(socket, reinterpret_cast<const sockaddr*>(&wildcard), static_cast<int>(size)));
}

native_error get_no_delay(native_socket socket, bool& no_delay) noexcept
{
  DWORD value = 0;
  int size = sizeof(value);
  const native_error error = last_winsock_error(
      ::getsockopt(socket, IPPROTO_TCP, TCP_NODELAY, reinterpret_cast<char*>(&value), &size));
  no_delay = value != 0;
  return error;
}

native_error get_local_address(native_socket socket, int& family, std::uint16_t& port) noexcept
{
  sockaddr_storage local{};
  int size = sizeof(local);
  const native_error error =
      last_winsock_error(::getsockname(socket, reinterpret_cast<sockaddr*>(&local), &size));
  if (error == 0)
  {
    family = local.ss_family;
    port = read_socket_address(&local, sizeof(local)).port;
  }
  return error;
}

native_error set_reuse_unicast_port(native_socket socket) noexcept
{
  return switch_on(socket, SOL_SOCKET, so_reuse_unicast_port);
}

native_error set_fast_open(native_socket socket) noexcept
{
  return switch_on(socket, IPPROTO_TCP, tcp_fast_open);
}

native_error set_initial_rto(
    native_socket socket, std::uint16_t initial_rtt, std::uint8_t max_syn_retransmissions) noexcept
{
  initial_rto_parameters parameters{initial_rtt, max_syn_retransmissions, 0};
  DWORD size = 0;
  return last_winsock_error(::WSAIoctl(socket, sio_tcp_initial_rto, &parameters, sizeof(parameters),
      nullptr, 0, &size, nullptr, nullptr));
}

native_error get_connect_time(native_socket socket, std::uint32_t& seconds) noexcept
{
  DWORD value = 0;
  int size = sizeof(value);
  const native_error error = last_winsock_error(
      ::getsockopt(socket, SOL_SOCKET, SO_CONNECT_TIME, reinterpret_cast<char*>(&value), &size));
  if (error == 0)
    seconds = value;
  return error;
}

native_error get_tcp_info(native_socket socket, tcp_info_v0& info) noexcept
{
  DWORD version = 0;
  DWORD size = 0;
  return last_winsock_error(::WSAIoctl(socket, sio_tcp_info, &version, sizeof(version), &info,
      sizeof(info), &size, nullptr, nullptr));
}

native_error get_windows_build(std::uint32_t& build) noexcept
{
  // GetVersionEx tells a program what its manifest says it can bear; this function tells the truth.
  using rtl_get_version = LONG(WINAPI*)(RTL_OSVERSIONINFOW*);
  const HMODULE ntdll = ::GetModuleHandleW(L"ntdll.dll");
  if (!ntdll)
    return ::GetLastError();
  const FARPROC address = ::GetProcAddress(ntdll, "RtlGetVersion");
  if (!address)
    return ::GetLastError();

  RTL_OSVERSIONINFOW version{};
  version.dwOSVersionInfoSize = sizeof(version);
  const LONG status =
      reinterpret_cast<rtl_get_version>(reinterpret_cast<void (*)()>(address))(&version);
  if (status == 0)
    build = version.dwBuildNumber;
  return status == 0 ? 0u : native_error{ERROR_GEN_FAILURE};
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

native_error connect(native_socket socket, const void* peer, std::size_t peer_size) noexcept
{
  return last_winsock_error(::WSAConnect(socket, static_cast<const sockaddr*>(peer),
      static_cast<int>(peer_size), nullptr, nullptr, nullptr, nullptr));
}

native_error get_socket_error(native_socket socket, native_error& result) noexcept
{
  DWORD value = 0;
  int size = sizeof(value);
  const native_error error = last_winsock_error(
      ::getsockopt(socket, SOL_SOCKET, SO_ERROR, reinterpret_cast<char*>(&value), &size));
  if (error == 0)
    result = value;
  return error;
}

native_error get_readable(native_socket socket, bool& readable) noexcept
{
  fd_set sockets;
  FD_ZERO(&sockets);
  FD_SET(socket, &sockets);
  timeval at_once{};
  const int result = ::select(0, &sockets, nullptr, nullptr, &at_once);
  readable = result > 0;
  return last_winsock_error(result < 0 ? -1 : 0);
}

native_error discard_datagram(native_socket socket) noexcept
{
  char byte;
  const int result = ::recv(socket, &byte, sizeof(byte), 0);
  return last_winsock_error(result < 0 ? -1 : 0);
}

native_error cancel_overlapped(native_socket socket, _OVERLAPPED* overlapped) noexcept
{
  return ::CancelIoEx(reinterpret_cast<HANDLE>(socket), overlapped) ? 0u : ::GetLastError();
}

native_error get_overlapped_result(
    native_socket socket, _OVERLAPPED* overlapped, std::size_t& bytes) noexcept
{
  // Winsock's own function has other numbers than the packet of the same call.
  DWORD count = 0;
  const BOOL succeeded =
      ::GetOverlappedResult(reinterpret_cast<HANDLE>(socket), overlapped, &count, FALSE);
  bytes = count;
  return succeeded ? 0u : ::GetLastError();
}

native_error create_event(void*& event) noexcept
{
  event = ::CreateEventW(nullptr, TRUE, FALSE, nullptr);
  return event ? 0u : ::GetLastError();
}

void reset_event(void* event) noexcept { ::ResetEvent(event); }

void close_event(void* event) noexcept { ::CloseHandle(event); }

native_error wait_for_event(
    void* const* events, std::size_t count, int milliseconds, std::size_t& signalled) noexcept
{
  const DWORD result = ::WaitForMultipleObjectsEx(static_cast<DWORD>(count), events, FALSE,
      milliseconds < 0 ? INFINITE : static_cast<DWORD>(milliseconds), FALSE);
  if (result < WAIT_OBJECT_0 + count)
    signalled = result - WAIT_OBJECT_0;
  return result == WAIT_FAILED ? ::GetLastError() : 0u;
}

native_error wait_writable(socket_wait* sockets, std::size_t count, int milliseconds) noexcept
{
  fd_set writable;
  fd_set exceptional;
  FD_ZERO(&writable);
  FD_ZERO(&exceptional);
  for (std::size_t i = 0; i != count; ++i)
  {
    FD_SET(sockets[i].socket, &writable);
    FD_SET(sockets[i].socket, &exceptional);
  }
  timeval limit{milliseconds / 1000, milliseconds % 1000 * 1000};
  const int result =
      ::select(0, nullptr, &writable, &exceptional, milliseconds < 0 ? nullptr : &limit);
  for (std::size_t i = 0; i != count; ++i)
  {
    sockets[i].is_ready = result > 0
        && (FD_ISSET(sockets[i].socket, &writable) || FD_ISSET(sockets[i].socket, &exceptional));
  }
  return last_winsock_error(result < 0 ? -1 : 0);
}

void sleep(int milliseconds) noexcept { ::Sleep(static_cast<DWORD>(milliseconds)); }

} // namespace connectex::detail::os

#endif // CONNECTEX_DETAIL_WINDOWS
