// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_DETAIL_ATTEMPT_PROVIDER_CATALOGUE_HPP
#define CONNECTEX_DETAIL_ATTEMPT_PROVIDER_CATALOGUE_HPP

#include <connectex/detail/platform.hpp>

#if CONNECTEX_DETAIL_WINDOWS

#include <connectex/detail/system/catalogue_entry.hpp>
#include <connectex/detail/system/types.hpp>

#include <vector>

namespace connectex::detail
{

/// Lists every entry of the catalogue, hidden ones included.
CONNECTEX_DECL native_error read_catalogue(std::vector<catalogue_entry>& entries);

/// The system's own way to such sockets: the first entry with nothing above or below it; or null.
/**
 * @param protocol 0 is the protocol that an entry offers for that number.
 */
CONNECTEX_DECL const catalogue_entry* find_base_provider(
    const std::vector<catalogue_entry>& entries, int family, int type, int protocol) noexcept;

} // namespace connectex::detail

#endif // CONNECTEX_DETAIL_WINDOWS

#endif // CONNECTEX_DETAIL_ATTEMPT_PROVIDER_CATALOGUE_HPP
