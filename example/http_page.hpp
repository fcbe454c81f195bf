// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_EXAMPLE_HTTP_PAGE_HPP
#define CONNECTEX_EXAMPLE_HTTP_PAGE_HPP

#include "arguments.hpp"

#include <algorithm>
#include <cstddef>
#include <stdexcept>
#include <string>

namespace example
{

struct http_page
{
  std::string host;
  std::string port;
  std::string path;
};

/// @param url "http://HOST[:PORT][/PATH]", with an IPv6 address in brackets.
/**
 * @throws std::invalid_argument if it is something else.
 */
inline http_page to_page(const std::string& url)
{
  const std::string scheme = "http://";
  if (!url.starts_with(scheme))
    throw std::invalid_argument("'" + url + "' does not begin with http://");
  const std::size_t slash = std::min(url.find('/', scheme.size()), url.size());
  std::string host = url.substr(scheme.size(), slash - scheme.size());
  std::string port = "80";
  const std::size_t colon = host.rfind(':');
  if (colon != std::string::npos && !host.ends_with(']'))
  {
    port = std::to_string(to_port(host.substr(colon + 1)));
    host.erase(colon);
  }
  if (host.starts_with('[') && host.ends_with(']'))
    host = host.substr(1, host.size() - 2);
  if (host.empty())
    throw std::invalid_argument("'" + url + "' names no host");
  return {host, port, slash == url.size() ? "/" : url.substr(slash)};
}

} // namespace example

#endif // CONNECTEX_EXAMPLE_HTTP_PAGE_HPP
