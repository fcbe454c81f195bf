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

#include "../error/winsock_codes.hpp"

#include <connectex/detail/attempt/native_error.hpp>
#include <connectex/detail/attempt/provider_catalogue.hpp>
#include <connectex/detail/attempt/system_connect_ex.hpp>
#include <connectex/detail/system/option_numbers.hpp>
#include <connectex/detail/system/winsock.hpp>
#include <connectex/detail/system/winsock_catalogue.hpp>
#include <connectex/provider_info.hpp>

#include <boost/assert/source_location.hpp>
#include <boost/system/system_error.hpp>
#include <boost/throw_exception.hpp>

namespace connectex
{

namespace
{

using boost::system::error_code;
using namespace detail;

std::string to_utf8(const std::wstring& text)
{
  std::string utf8;
  return os::to_utf8(text, utf8) == 0 ? utf8 : std::string();
}

std::string path_of(const provider_id& id)
{
  std::wstring path;
  std::wstring expanded;
  if (os::get_provider_path(id, path) != 0)
    return {};
  return to_utf8(os::expand_environment(path, expanded) == 0 ? expanded : path);
}

std::string module_of(connect_ex_function function)
{
  std::wstring path;
  return os::get_module_of(function, path) == 0 ? to_utf8(path) : std::string();
}

/// Whether sockets of this entry can have a ConnectEx that is worth a comparison.
bool is_internet_stream(const catalogue_entry& entry) noexcept
{
  return entry.type == SOCK_STREAM && (entry.family == AF_INET || entry.family == AF_INET6);
}

/// @param function The ConnectEx of its sockets, or null.
provider_info describe(const catalogue_entry& entry, connect_ex_function function)
{
  provider_info provider;
  provider.name = to_utf8(entry.name);
  provider.path = path_of(entry.id);
  provider.id = entry.id;
  provider.entry = entry.entry;
  provider.service_flags = entry.service_flags;

  // The number that the system has in a chain of length 1 means nothing, and is mostly 0.
  provider.chain = entry.chain.size() == 1 ? std::vector<std::uint32_t>{entry.entry} : entry.chain;
  provider.layered = entry.chain.size() != 1;
  provider.ifs_handles = (entry.service_flags & os::xp1_ifs_handles) != 0;
  provider.connect_data = (entry.service_flags & os::xp1_connect_data) != 0;
  if (function)
  {
    provider.own_connect_ex = !is_system_connect_ex(function, entry.family);
    provider.connect_ex_path = module_of(function);
  }
  return provider;
}

} // namespace

std::vector<provider_info> get_providers(error_code& ec)
{
  std::vector<catalogue_entry> entries;
  ec = to_portable(read_catalogue(entries));
  std::vector<provider_info> providers;
  if (ec)
    return providers;

  for (const catalogue_entry& entry : entries)
  {
    // No socket can be opened on a layer by itself.
    const bool has_sockets = !entry.chain.empty() && is_internet_stream(entry);
    providers.push_back(describe(entry, has_sockets ? find_connect_ex(entry) : nullptr));
  }
  return providers;
}

std::vector<provider_info> get_providers()
{
  error_code ec;
  std::vector<provider_info> providers = get_providers(ec);
  if (ec)
    boost::throw_exception(
        boost::system::system_error(ec, "get_providers"), BOOST_CURRENT_LOCATION);
  return providers;
}

namespace detail
{

provider_info get_provider(native_socket socket, error_code& ec)
{
  catalogue_entry entry;
  ec = to_portable(os::get_catalogue_entry(socket, entry));
  if (ec)
    return {};

  // A provider without ConnectEx leaves this null.
  connect_ex_function function = nullptr;
  if (is_internet_stream(entry))
    os::get_connect_ex(socket, function);
  return describe(entry, function);
}

native_socket open_base_socket(int family, int type, int protocol, error_code& ec)
{
  native_socket socket = INVALID_SOCKET;
  std::vector<catalogue_entry> entries;
  ec = to_portable(read_catalogue(entries));
  if (ec)
    return socket;

  const catalogue_entry* const base = find_base_provider(entries, family, type, protocol);
  ec = base ? to_portable(os::open_socket(*base, socket))
            : wsa::to_portable(wsa::protocol_not_supported);
  return socket;
}

} // namespace detail

} // namespace connectex

#endif // CONNECTEX_DETAIL_WINDOWS
