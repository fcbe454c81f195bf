// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_DETAIL_ATTEMPT_SYSTEM_CONNECT_EX_HPP
#define CONNECTEX_DETAIL_ATTEMPT_SYSTEM_CONNECT_EX_HPP

#include <connectex/detail/platform.hpp>
#include <connectex/detail/system/catalogue_entry.hpp>
#include <connectex/detail/system/types.hpp>

namespace connectex::detail
{

#if CONNECTEX_DETAIL_WINDOWS

/// The ConnectEx of a new socket on @p entry; null if there is none, or no such socket.
CONNECTEX_DECL connect_ex_function find_connect_ex(const catalogue_entry& entry) noexcept;

/// The ConnectEx of a socket of that family which no layer can have seen; null if there is none, or
/// if it cannot be found out.
CONNECTEX_DECL connect_ex_function find_system_connect_ex(int family) noexcept;

/// Whether @p function is the system's own ConnectEx for that family.
/**
 * The system is asked once per process and family, unless it cannot tell: then no function is its
 * own.
 */
CONNECTEX_DECL bool is_system_connect_ex(connect_ex_function function, int family) noexcept;

#endif

} // namespace connectex::detail

#endif // CONNECTEX_DETAIL_ATTEMPT_SYSTEM_CONNECT_EX_HPP
