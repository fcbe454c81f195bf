// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_EXAMPLE_LOCAL_PAGE_HPP
#define CONNECTEX_EXAMPLE_LOCAL_PAGE_HPP

#include <boost/asio.hpp>

#include <string>

namespace example
{

/// Answers an HTTP request by saying what it was for.
inline boost::asio::awaitable<void> serve_page(boost::asio::ip::tcp::socket socket)
{
  std::string request;
  co_await boost::asio::async_read_until(
      socket, boost::asio::dynamic_buffer(request, 8192), "\r\n\r\n", boost::asio::use_awaitable);
  const std::string answer =
      "HTTP/1.0 200 OK\r\n\r\nYou asked: " + request.substr(0, request.find('\r')) + "\n";
  co_await boost::asio::async_write(
      socket, boost::asio::buffer(answer), boost::asio::use_awaitable);
}

} // namespace example

#endif // CONNECTEX_EXAMPLE_LOCAL_PAGE_HPP
