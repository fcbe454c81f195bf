// SPDX-License-Identifier: BSL-1.0

#include "layered_provider.hpp"

#include "catch.hpp"
#include "import_patch.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <thread>

#include <winsock2.h>
#include <mswsock.h>
#include <windows.h>
#include <winternl.h>
#include <ws2tcpip.h>

extern "C" NTSTATUS NTAPI NtSetIoCompletion(HANDLE, ULONG_PTR, ULONG_PTR, NTSTATUS, SIZE_T);

namespace test
{

namespace
{

/// A call that the provider makes in the place of one of the program's.
/**
 * Its packet must not reach the program's port by itself: an event handle with its lowest bit set
 * keeps it away.
 */
class inner_call
{
public:
  inner_call(SOCKET socket, HANDLE port, OVERLAPPED* outer)
    : socket_(socket), port_(port), outer_(outer), event_(::CreateEventW(nullptr, 1, 0, nullptr))
  {
    inner_.hEvent = reinterpret_cast<HANDLE>(reinterpret_cast<std::uintptr_t>(event_) | 1);
  }

  ~inner_call()
  {
    if (thread_.joinable())
    {
      ::CancelIoEx(reinterpret_cast<HANDLE>(socket_), &inner_);
      thread_.join();
    }
    ::CloseHandle(event_);
  }

  inner_call(const inner_call&) = delete;
  inner_call& operator=(const inner_call&) = delete;

  OVERLAPPED* overlapped() { return &inner_; }

  /// Waits for the end of this call, and ends the program's as the provider does.
  void complete(const layer& behaviour)
  {
    ::WaitForSingleObject(event_, INFINITE);
    auto status = static_cast<NTSTATUS>(inner_.Internal);
    if (status < 0 && behaviour.status_of_failure)
      status = static_cast<NTSTATUS>(*behaviour.status_of_failure);
    const auto count = static_cast<std::ptrdiff_t>(inner_.InternalHigh) + behaviour.surplus;
    ::NtSetIoCompletion(port_, 0, reinterpret_cast<ULONG_PTR>(outer_), status,
        static_cast<SIZE_T>((std::max)(count, std::ptrdiff_t(0))));
  }

  void complete_later(const layer& behaviour)
  {
    thread_ = std::thread([this, &behaviour] { complete(behaviour); });
  }

private:
  SOCKET socket_;
  HANDLE port_;
  OVERLAPPED* outer_;
  HANDLE event_;
  OVERLAPPED inner_{};
  std::thread thread_;
};

} // namespace

/// One of the two providers, as the functions see it that stand in the place of the system's.
struct layered_provider::part
{
  ~part()
  {
    calls_made.clear();
    for (const auto& [outer, own] : own_sockets)
      ::closesocket(own);
  }

  layer behaviour;
  std::set<SOCKET> sockets;
  std::map<SOCKET, SOCKET> own_sockets;
  std::list<inner_call> calls_made;
  int queries = 0;
  int calls = 0;
  std::size_t bytes_given = 0;
};

namespace
{

using part = layered_provider::part;

int WSAAPI layered_ioctl(SOCKET, DWORD, void*, DWORD, void*, DWORD, DWORD*, OVERLAPPED*,
    LPWSAOVERLAPPED_COMPLETION_ROUTINE);
int WSAAPI layered_getsockopt(SOCKET, int, int, char*, int*);
HANDLE WINAPI noting_ports(HANDLE, HANDLE, ULONG_PTR, DWORD);

/// What is replaced while there is a provider.
struct patches
{
  import_patch<decltype(&layered_ioctl)> ioctl{"WSAIoctl", &layered_ioctl};
  import_patch<decltype(&layered_getsockopt)> getsockopt{"getsockopt", &layered_getsockopt};
  import_patch<decltype(&noting_ports)> create_port{"CreateIoCompletionPort", &noting_ports};
};

// Guards what follows, and all parts.
std::mutex mutex;
std::array<std::unique_ptr<part>, 2> parts;
std::unique_ptr<patches> patched;
std::map<HANDLE, HANDLE> ports;

int fail(DWORD number)
{
  ::WSASetLastError(static_cast<int>(number));
  return SOCKET_ERROR;
}

LPFN_CONNECTEX system_connect_ex(SOCKET socket)
{
  GUID id = WSAID_CONNECTEX;
  LPFN_CONNECTEX function = nullptr;
  DWORD size = 0;
  patched->ioctl(socket, SIO_GET_EXTENSION_FUNCTION_POINTER, &id, sizeof(id), &function,
      sizeof(function), &size, nullptr, nullptr);
  return function;
}

/// The socket that a provider with sockets of its own uses for @p outer.
SOCKET own_socket(part& provider, SOCKET outer)
{
  const auto found = provider.own_sockets.find(outer);
  if (found != provider.own_sockets.end())
    return found->second;
  const SOCKET own =
      ::WSASocketW(AF_INET, SOCK_STREAM, IPPROTO_TCP, nullptr, 0, WSA_FLAG_OVERLAPPED);
  sockaddr_in wildcard{};
  wildcard.sin_family = AF_INET;
  ::bind(own, reinterpret_cast<const sockaddr*>(&wildcard), sizeof(wildcard));
  return provider.own_sockets[outer] = own;
}

BOOL layered_connect_ex(part& provider, SOCKET socket, const sockaddr* peer, int peer_size,
    void* data, DWORD data_size, OVERLAPPED* overlapped)
{
  const std::lock_guard<std::mutex> lock(mutex);
  ++provider.calls;
  provider.bytes_given += data ? data_size : 0;
  const layer& behaviour = provider.behaviour;
  if (provider.sockets.count(socket) == 0)
    return fail(WSAENOTSOCK), FALSE;
  if (behaviour.fails_at_once)
    return fail(*behaviour.fails_at_once), FALSE;

  const SOCKET target = behaviour.has_own_sockets ? own_socket(provider, socket) : socket;
  auto& inner =
      provider.calls_made.emplace_back(target, ports[reinterpret_cast<HANDLE>(socket)], overlapped);
  const bool passes_data = data && !behaviour.keeps_data;
  DWORD sent = 0;
  if (!system_connect_ex(target)(target, peer, peer_size, passes_data ? data : nullptr,
          passes_data ? data_size : 0, &sent, inner.overlapped())
      && ::WSAGetLastError() != WSA_IO_PENDING)
  {
    const int error = ::WSAGetLastError();
    provider.calls_made.pop_back();
    return fail(static_cast<DWORD>(error)), FALSE;
  }
  if (behaviour.answers_at_once)
    return inner.complete(behaviour), TRUE;
  inner.complete_later(behaviour);
  return fail(WSA_IO_PENDING), FALSE;
}

/// One function for each provider: a function has no other way to know which it is.
template <std::size_t Index>
BOOL PASCAL connect_ex_of(SOCKET socket, const sockaddr* peer, int peer_size, void* data,
    DWORD data_size, DWORD*, OVERLAPPED* overlapped)
{
  return layered_connect_ex(*parts[Index], socket, peer, peer_size, data, data_size, overlapped);
}

constexpr LPFN_CONNECTEX functions[] = {&connect_ex_of<0>, &connect_ex_of<1>};

std::size_t index_of(SOCKET socket)
{
  const auto found = std::find_if(parts.begin(), parts.end(),
      [&](const auto& provider) { return provider && provider->sockets.count(socket) != 0; });
  return static_cast<std::size_t>(found - parts.begin());
}

bool is_connect_ex(DWORD code, const void* in, DWORD in_size)
{
  const GUID id = WSAID_CONNECTEX;
  return code == SIO_GET_EXTENSION_FUNCTION_POINTER && in_size == sizeof(id)
      && std::memcmp(in, &id, sizeof(id)) == 0;
}

/// SIO_BASE_HANDLE, SIO_BSP_HANDLE, SIO_BSP_HANDLE_SELECT and SIO_BSP_HANDLE_POLL.
bool is_base_query(DWORD code)
{
  return code == 0x48000022 || (code >= 0x4800001b && code <= 0x4800001d);
}

template <typename T>
int answer(void* out, DWORD* size, const T& value)
{
  std::memcpy(out, &value, sizeof(value));
  *size = sizeof(value);
  return 0;
}

int WSAAPI layered_ioctl(SOCKET socket, DWORD code, void* in, DWORD in_size, void* out,
    DWORD out_size, DWORD* size, OVERLAPPED* overlapped, LPWSAOVERLAPPED_COMPLETION_ROUTINE routine)
{
  const std::lock_guard<std::mutex> lock(mutex);
  const std::size_t index = index_of(socket);
  if (index != parts.size())
  {
    part& provider = *parts[index];
    const layer& behaviour = provider.behaviour;
    if (is_connect_ex(code, in, in_size))
    {
      ++provider.queries;
      if (behaviour.offers_none)
        return fail(WSAEOPNOTSUPP);
      return answer(out, size, behaviour.offers_null ? nullptr : functions[index]);
    }
    if (behaviour.has_own_sockets && is_base_query(code))
    {
      return code == behaviour.base_query ? answer(out, size, own_socket(provider, socket))
                                          : fail(WSAEFAULT);
    }
  }
  return patched->ioctl(socket, code, in, in_size, out, out_size, size, overlapped, routine);
}

/// Sockets of a provider with sockets of its own are no handles of the system's.
int WSAAPI layered_getsockopt(SOCKET socket, int level, int option, char* value, int* size)
{
  const std::lock_guard<std::mutex> lock(mutex);
  const int result = patched->getsockopt(socket, level, option, value, size);
  const std::size_t index = index_of(socket);
  if (result == 0 && level == SOL_SOCKET && option == SO_PROTOCOL_INFOW && index != parts.size()
      && parts[index]->behaviour.has_own_sockets)
    reinterpret_cast<WSAPROTOCOL_INFOW*>(value)->dwServiceFlags1 &= ~DWORD(XP1_IFS_HANDLES);
  return result;
}

HANDLE WINAPI noting_ports(HANDLE file, HANDLE port, ULONG_PTR key, DWORD threads)
{
  const std::lock_guard<std::mutex> lock(mutex);
  if (file != INVALID_HANDLE_VALUE)
    ports[file] = port;
  return patched->create_port(file, port, key, threads);
}

} // namespace

layered_provider::layered_provider(const layer& behaviour)
{
  const std::lock_guard<std::mutex> lock(mutex);
  const auto place = std::find(parts.begin(), parts.end(), nullptr);
  REQUIRE(place != parts.end());
  *place = std::make_unique<part>();
  part_ = place->get();
  part_->behaviour = behaviour;
  if (!patched)
    patched = std::make_unique<patches>();
}

layered_provider::~layered_provider()
{
  const std::lock_guard<std::mutex> lock(mutex);
  std::find_if(parts.begin(), parts.end(), [&](const auto& place) { return place.get() == part_; })
      ->reset();
  if (std::count(parts.begin(), parts.end(), nullptr) == std::ptrdiff_t(parts.size()))
  {
    patched.reset();
    ports.clear();
  }
}

int layered_provider::queries() const
{
  const std::lock_guard<std::mutex> lock(mutex);
  return part_->queries;
}

int layered_provider::calls() const
{
  const std::lock_guard<std::mutex> lock(mutex);
  return part_->calls;
}

std::size_t layered_provider::bytes_given() const
{
  const std::lock_guard<std::mutex> lock(mutex);
  return part_->bytes_given;
}

void layered_provider::serve_handle(native_socket socket)
{
  const std::lock_guard<std::mutex> lock(mutex);
  part_->sockets.insert(socket);
}

} // namespace test
