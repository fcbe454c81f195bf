// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_DETAIL_SYSTEM_CATALOGUE_ENTRY_HPP
#define CONNECTEX_DETAIL_SYSTEM_CATALOGUE_ENTRY_HPP

#include <connectex/detail/platform.hpp>

#if CONNECTEX_DETAIL_WINDOWS

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace connectex::detail
{

/// The bytes of a GUID in the order of the system's own structure.
using provider_id = std::array<std::uint8_t, 16>;

/// An entry of Winsock's catalogue of transport providers.
struct catalogue_entry
{
  /// The size of WSAPROTOCOL_INFOW.
  static constexpr std::size_t size = 628;

  provider_id id{};
  std::uint32_t entry = 0;
  std::uint32_t service_flags = 0;
  std::uint32_t provider_flags = 0;
  int family = 0;
  int type = 0;
  int protocol = 0;

  /// The numbers of the entries from the top down; a base provider has one, which means nothing, a
  /// hidden layer none.
  std::vector<std::uint32_t> chain;

  std::wstring name;

  /// All that the system said, as WSASocket wants it back.
  std::array<std::uint8_t, size> raw{};
};

} // namespace connectex::detail

#endif // CONNECTEX_DETAIL_WINDOWS

#endif // CONNECTEX_DETAIL_SYSTEM_CATALOGUE_ENTRY_HPP
