// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_DETAIL_SYSTEM_WINSOCK_CATALOGUE_HPP
#define CONNECTEX_DETAIL_SYSTEM_WINSOCK_CATALOGUE_HPP

#include <connectex/detail/platform.hpp>

#if CONNECTEX_DETAIL_WINDOWS

#include <connectex/detail/system/catalogue_entry.hpp>
#include <connectex/detail/system/option_numbers.hpp>
#include <connectex/detail/system/types.hpp>

#include <cstdint>
#include <string>
#include <vector>

/// The part of the seam that reads Winsock's catalogue of transport providers.
namespace connectex::detail::os
{

/// The entry that this very socket was created with.
CONNECTEX_DECL native_error get_catalogue_entry(native_socket socket, catalogue_entry& entry);

/// Lists every entry, hidden ones included.
/**
 * @param size In: for how many bytes there is room. Out: how many the system needs, if it fails
 * with WSAENOBUFS.
 */
CONNECTEX_DECL native_error get_catalogue(
    std::vector<catalogue_entry>& entries, std::uint32_t& size);

/// The XP1 flags of the entry that this very socket was created with.
CONNECTEX_DECL native_error get_service_flags(
    native_socket socket, std::uint32_t& service_flags) noexcept;

/// Creates a socket for overlapped calls on exactly that entry.
CONNECTEX_DECL native_error open_socket(
    const catalogue_entry& entry, native_socket& socket) noexcept;

CONNECTEX_DECL native_error close_socket(native_socket socket) noexcept;

/// Asks for the socket of the base provider, or of the next one down the chain.
/**
 * @param control_code One of sio_base_handle, sio_bsp_handle and the two that are like it.
 */
CONNECTEX_DECL native_error get_base_socket(
    native_socket socket, std::uint32_t control_code, native_socket& base) noexcept;

/// The file of a provider, with the names of environment variables in it.
/**
 * Wine 8.0 succeeds and tells nothing: @p path is empty then.
 */
CONNECTEX_DECL native_error get_provider_path(const provider_id& id, std::wstring& path);

/// Puts the values of environment variables in the place of their names.
CONNECTEX_DECL native_error expand_environment(const std::wstring& text, std::wstring& expanded);

/// The file of the module that has this function.
CONNECTEX_DECL native_error get_module_of(connect_ex_function function, std::wstring& path);

/// Writes the text in UTF-8; a surrogate without its other half becomes U+FFFD.
CONNECTEX_DECL native_error to_utf8(const std::wstring& text, std::string& utf8);

} // namespace connectex::detail::os

#endif // CONNECTEX_DETAIL_WINDOWS

#endif // CONNECTEX_DETAIL_SYSTEM_WINSOCK_CATALOGUE_HPP
