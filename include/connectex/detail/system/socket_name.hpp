// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_DETAIL_SYSTEM_SOCKET_NAME_HPP
#define CONNECTEX_DETAIL_SYSTEM_SOCKET_NAME_HPP

#include <cstddef>

namespace connectex::detail
{

/// A sockaddr of any family, without the headers of the system.
struct socket_name
{
  /// As large as a sockaddr_storage.
  static constexpr std::size_t capacity = 128;

  alignas(std::max_align_t) unsigned char bytes[capacity] = {};
  std::size_t size = 0;
};

} // namespace connectex::detail

#endif // CONNECTEX_DETAIL_SYSTEM_SOCKET_NAME_HPP
