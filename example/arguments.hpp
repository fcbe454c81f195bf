// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_EXAMPLE_ARGUMENTS_HPP
#define CONNECTEX_EXAMPLE_ARGUMENTS_HPP

#include <charconv>
#include <stdexcept>
#include <string>
#include <system_error>

namespace example
{

/// A port from the command line.
/**
 * @throws std::invalid_argument if it is not a number from 1 to 65535.
 */
inline unsigned short to_port(const std::string& text)
{
  unsigned short port = 0;
  const char* const end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, port);
  if (read.ec != std::errc() || read.ptr != end || port == 0)
    throw std::invalid_argument("'" + text + "' is not a port: a number from 1 to 65535");
  return port;
}

/// A port, or the name of a service such as "http", from the command line.
/**
 * @throws std::invalid_argument if it is meant as a number, but is not a port. Some systems would
 * look up 65616 as if it were 80.
 */
inline std::string to_service(const std::string& text)
{
  if (text.empty() || std::string("+-0123456789").find(text.front()) != std::string::npos)
    to_port(text);
  return text;
}

} // namespace example

#endif // CONNECTEX_EXAMPLE_ARGUMENTS_HPP
