// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_TEST_SUPPORT_BYTES_HPP
#define CONNECTEX_TEST_SUPPORT_BYTES_HPP

#include "asio_names.hpp"

#include <boost/asio/buffer.hpp>

#include <cstddef>
#include <string>
#include <vector>

namespace test
{

/// Any short first flight.
inline const std::string greeting = "hello";

/// Bytes of which no two blocks are alike, so that a lost or doubled one shows.
inline std::string pattern(std::size_t size)
{
  std::string bytes(size, '\0');
  for (std::size_t i = 0; i != size; ++i)
    bytes[i] = static_cast<char>((i * 2654435761u) >> 13);
  return bytes;
}

/// The same bytes as a sequence of @p count buffers of about one size.
inline std::vector<asio::const_buffer> split(const std::string& bytes, std::size_t count)
{
  std::vector<asio::const_buffer> pieces;
  for (std::size_t i = 0; i != count; ++i)
  {
    const std::size_t begin = bytes.size() * i / count;
    const std::size_t end = bytes.size() * (i + 1) / count;
    pieces.push_back(asio::buffer(bytes.data() + begin, end - begin));
  }
  return pieces;
}

} // namespace test

#endif // CONNECTEX_TEST_SUPPORT_BYTES_HPP
