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

#include <connectex/detail/attempt/provider_catalogue.hpp>
#include <connectex/detail/attempt/system_connect_ex.hpp>
#include <connectex/detail/system/winsock.hpp>
#include <connectex/detail/system/winsock_catalogue.hpp>

#include <atomic>
#include <new>
#include <vector>

namespace connectex::detail
{

namespace
{

connect_ex_function system_connect_ex(int family) noexcept
{
  static std::atomic<connect_ex_function> v4{nullptr};
  static std::atomic<connect_ex_function> v6{nullptr};
  if (family != AF_INET && family != AF_INET6)
    return nullptr;
  std::atomic<connect_ex_function>& known = family == AF_INET ? v4 : v6;

  // A failure is not remembered: there may have been no memory, or no handle, at that moment.
  connect_ex_function function = known.load(std::memory_order_relaxed);
  if (!function)
  {
    function = find_system_connect_ex(family);
    known.store(function, std::memory_order_relaxed);
  }
  return function;
}

} // namespace

connect_ex_function find_connect_ex(const catalogue_entry& entry) noexcept
{
  native_socket socket = INVALID_SOCKET;
  if (os::open_socket(entry, socket) != 0)
    return nullptr;
  connect_ex_function function = nullptr;
  const native_error error = os::get_connect_ex(socket, function);
  os::close_socket(socket);
  return error == 0 ? function : nullptr;
}

connect_ex_function find_system_connect_ex(int family) noexcept
{
  try
  {
    std::vector<catalogue_entry> entries;
    if (read_catalogue(entries) != 0)
      return nullptr;
    const catalogue_entry* const base =
        find_base_provider(entries, family, SOCK_STREAM, IPPROTO_TCP);
    return base ? find_connect_ex(*base) : nullptr;
  }
  catch (const std::bad_alloc&)
  {
    return nullptr;
  }
}

bool is_system_connect_ex(connect_ex_function function, int family) noexcept
{
  return function && function == system_connect_ex(family);
}

} // namespace connectex::detail

#endif // CONNECTEX_DETAIL_WINDOWS
