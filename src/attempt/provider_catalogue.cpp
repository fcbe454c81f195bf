// SPDX-License-Identifier: BSL-1.0

#include <connectex/detail/platform.hpp>

#if CONNECTEX_DETAIL_WINDOWS

#include "../error/winsock_codes.hpp"

#include <connectex/detail/attempt/provider_catalogue.hpp>
#include <connectex/detail/system/option_numbers.hpp>
#include <connectex/detail/system/winsock_catalogue.hpp>

#include <algorithm>
#include <cstdint>

namespace connectex::detail
{

native_error read_catalogue(std::vector<catalogue_entry>& entries)
{
  // The first call tells the size; an installer may add entries before the next one.
  std::uint32_t size = 0;
  native_error error = wsa::no_buffer_space;
  for (int calls = 0; calls != 5 && error == wsa::no_buffer_space; ++calls)
    error = os::get_catalogue(entries, size);
  return error;
}

const catalogue_entry* find_base_provider(
    const std::vector<catalogue_entry>& entries, int family, int type, int protocol) noexcept
{
  const auto serves = [=](const catalogue_entry& entry)
  {
    const bool is_default =
        protocol == 0 && (entry.provider_flags & os::pfl_matches_protocol_zero) != 0;
    return entry.chain.size() == 1 && entry.family == family && entry.type == type
        && (entry.protocol == protocol || is_default);
  };
  const auto found = std::find_if(entries.begin(), entries.end(), serves);
  return found == entries.end() ? nullptr : &*found;
}

} // namespace connectex::detail

#endif // CONNECTEX_DETAIL_WINDOWS
