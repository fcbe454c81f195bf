// SPDX-License-Identifier: BSL-1.0

// Entries of a catalogue of providers as a Windows with a layer has them.

#ifndef CONNECTEX_TEST_SUPPORT_CATALOGUE_HPP
#define CONNECTEX_TEST_SUPPORT_CATALOGUE_HPP

#include <connectex/detail/system/catalogue_entry.hpp>

#include <cstdint>

namespace test
{

struct socket_type
{
  int family;
  int type;
  int protocol;
};

inline constexpr socket_type tcp_v4{2, 1, 6};
inline constexpr socket_type udp_v4{2, 2, 17};
inline constexpr socket_type tcp_v6{23, 1, 6};

inline connectex::detail::catalogue_entry base_entry(
    std::uint32_t number, socket_type wanted = tcp_v4)
{
  connectex::detail::catalogue_entry entry;
  entry.id = {0xA0, 0x1A, 0x0F, 0xE7};
  entry.entry = number;
  entry.service_flags = 0x20066;
  entry.provider_flags = 8;
  entry.family = wanted.family;
  entry.type = wanted.type;
  entry.protocol = wanted.protocol;
  entry.chain = {0};
  entry.name = L"MSAFD Tcpip [TCP/IP]";
  return entry;
}

/// A layer over the entry 1001.
inline connectex::detail::catalogue_entry layered_entry(std::uint32_t number)
{
  connectex::detail::catalogue_entry entry = base_entry(number);
  entry.id = {0x5B, 0x9F};
  entry.service_flags = 0x66;
  entry.chain = {number - 1, 1001};
  entry.name = L"Foobar over [MSAFD Tcpip [TCP/IP]]";
  return entry;
}

/// The layer itself, which no program can open.
inline connectex::detail::catalogue_entry hidden_entry(std::uint32_t number)
{
  connectex::detail::catalogue_entry entry = layered_entry(number);
  entry.provider_flags = 4;
  entry.chain.clear();
  entry.name = L"Foobar";
  return entry;
}

} // namespace test

#endif // CONNECTEX_TEST_SUPPORT_CATALOGUE_HPP
