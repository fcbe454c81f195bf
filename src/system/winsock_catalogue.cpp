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
#include <connectex/detail/system/winsock_catalogue.hpp>

#include "last_winsock_error.hpp"

#include <winsock2.h>
#include <ws2spi.h>

#include <algorithm>
#include <cstring>
#include <iterator>
#include <utility>

namespace connectex::detail::os
{

namespace
{

constexpr DWORD longest_path = 32767;

static_assert(sizeof(WSAPROTOCOL_INFOW) == catalogue_entry::size, "raw holds all of it");
static_assert(sizeof(GUID) == sizeof(provider_id), "an id is a GUID");

native_error get_protocol_info(native_socket socket, WSAPROTOCOL_INFOW& info) noexcept
{
  int size = sizeof(info);
  return last_winsock_error(
      ::getsockopt(socket, SOL_SOCKET, SO_PROTOCOL_INFOW, reinterpret_cast<char*>(&info), &size));
}

catalogue_entry to_catalogue_entry(const WSAPROTOCOL_INFOW& info)
{
  catalogue_entry entry;
  std::memcpy(entry.id.data(), &info.ProviderId, sizeof(info.ProviderId));
  entry.entry = info.dwCatalogEntryId;
  entry.service_flags = info.dwServiceFlags1;
  entry.provider_flags = info.dwProviderFlags;
  entry.family = info.iAddressFamily;
  entry.type = info.iSocketType;
  entry.protocol = info.iProtocol;
  // Installers of layers write these fields, so neither length nor end is taken for granted.
  const int length = std::clamp(info.ProtocolChain.ChainLen, 0, MAX_PROTOCOL_CHAIN);
  entry.chain.assign(info.ProtocolChain.ChainEntries, info.ProtocolChain.ChainEntries + length);
  entry.name.assign(std::begin(info.szProtocol),
      std::find(std::begin(info.szProtocol), std::end(info.szProtocol), L'\0'));
  std::memcpy(entry.raw.data(), &info, sizeof(info));
  return entry;
}

} // namespace

native_error get_catalogue_entry(native_socket socket, catalogue_entry& entry)
{
  WSAPROTOCOL_INFOW info{};
  const native_error error = get_protocol_info(socket, info);
  if (error == 0)
    entry = to_catalogue_entry(info);
  return error;
}

native_error get_catalogue(std::vector<catalogue_entry>& entries, std::uint32_t& size)
{
  std::vector<WSAPROTOCOL_INFOW> infos(size / sizeof(WSAPROTOCOL_INFOW));
  DWORD bytes = static_cast<DWORD>(infos.size() * sizeof(WSAPROTOCOL_INFOW));
  int error = 0;
  const int count = ::WSCEnumProtocols(nullptr, infos.data(), &bytes, &error);
  size = bytes;
  if (count == SOCKET_ERROR)
    return static_cast<native_error>(error);

  infos.resize(static_cast<std::size_t>(count));
  entries.clear();
  std::transform(infos.begin(), infos.end(), std::back_inserter(entries), to_catalogue_entry);
  return 0;
}

native_error get_service_flags(native_socket socket, std::uint32_t& service_flags) noexcept
{
  WSAPROTOCOL_INFOW info{};
  const native_error error = get_protocol_info(socket, info);
  if (error == 0)
    service_flags = info.dwServiceFlags1;
  return error;
}

native_error open_socket(const catalogue_entry& entry, native_socket& socket) noexcept
{
  WSAPROTOCOL_INFOW info{};
  std::memcpy(&info, entry.raw.data(), sizeof(info));
  const SOCKET opened = ::WSASocketW(
      FROM_PROTOCOL_INFO, FROM_PROTOCOL_INFO, FROM_PROTOCOL_INFO, &info, 0, WSA_FLAG_OVERLAPPED);
  const native_error error = last_winsock_error(opened == INVALID_SOCKET ? -1 : 0);
  if (error == 0)
    socket = opened;
  return error;
}

native_error close_socket(native_socket socket) noexcept
{
  return last_winsock_error(::closesocket(socket));
}

native_error get_base_socket(
    native_socket socket, std::uint32_t control_code, native_socket& base) noexcept
{
  // A layer may succeed and answer nothing.
  SOCKET answer = socket;
  DWORD size = 0;
  const native_error error = last_winsock_error(::WSAIoctl(
      socket, control_code, nullptr, 0, &answer, sizeof(answer), &size, nullptr, nullptr));
  if (error == 0)
    base = answer;
  return error;
}

native_error get_provider_path(const provider_id& id, std::wstring& path)
{
  GUID provider;
  std::memcpy(&provider, id.data(), sizeof(provider));
  wchar_t buffer[MAX_PATH] = {};
  int length = MAX_PATH;
  int error = 0;
  if (::WSCGetProviderPath(&provider, buffer, &length, &error) != 0)
    return static_cast<native_error>(error);
  path.assign(std::begin(buffer), std::find(std::begin(buffer), std::end(buffer), L'\0'));
  return 0;
}

native_error expand_environment(const std::wstring& text, std::wstring& expanded)
{
  std::wstring buffer(longest_path, L'\0');
  if (::ExpandEnvironmentStringsW(text.c_str(), buffer.data(), longest_path) == 0)
    return ::GetLastError();
  expanded.assign(buffer.c_str());
  return 0;
}

native_error get_module_of(connect_ex_function function, std::wstring& path)
{
  HMODULE module = nullptr;
  if (!::GetModuleHandleExW(
          GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS | GET_MODULE_HANDLE_EX_FLAG_UNCHANGED_REFCOUNT,
          reinterpret_cast<const wchar_t*>(function), &module))
  {
    return ::GetLastError();
  }
  std::wstring buffer(longest_path, L'\0');
  if (::GetModuleFileNameW(module, buffer.data(), longest_path) == 0)
    return ::GetLastError();
  path.assign(buffer.c_str());
  return 0;
}

native_error to_utf8(const std::wstring& text, std::string& utf8)
{
  if (text.empty())
  {
    // The system takes an empty text for a mistake.
    utf8.clear();
    return 0;
  }
  std::string buffer(text.size() * 3, '\0');
  const int size = ::WideCharToMultiByte(CP_UTF8, 0, text.data(), static_cast<int>(text.size()),
      buffer.data(), static_cast<int>(buffer.size()), nullptr, nullptr);
  if (size == 0)
    return ::GetLastError();
  buffer.resize(static_cast<std::size_t>(size));
  utf8 = std::move(buffer);
  return 0;
}

} // namespace connectex::detail::os

#endif // CONNECTEX_DETAIL_WINDOWS
