// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_EXAMPLE_LOCAL_PROXY_HPP
#define CONNECTEX_EXAMPLE_LOCAL_PROXY_HPP

#include <connectex/connectex.hpp>

#include <boost/asio.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <utility>

namespace example
{

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

// Small proxies for the examples. They serve anybody, so let them listen nowhere but on a loopback
// address.

using shared_socket = std::shared_ptr<tcp::socket>;

/// Carries bytes until one side ends, and tells the other.
inline asio::awaitable<void> carry(shared_socket from, shared_socket to)
{
  std::array<char, 4096> bytes;
  for (;;)
  {
    error_code error;
    const std::size_t size = co_await from->async_read_some(
        asio::buffer(bytes), asio::redirect_error(asio::use_awaitable, error));
    if (!error)
    {
      co_await asio::async_write(
          *to, asio::buffer(bytes, size), asio::redirect_error(asio::use_awaitable, error));
    }
    if (error)
    {
      to->shutdown(tcp::socket::shutdown_send, error);
      co_return;
    }
  }
}

/// Connects a client to the host that it has asked for, and tells it how that went.
inline asio::awaitable<void> open_tunnel(tcp::socket client, std::string host, std::string port,
    std::string success, std::string failure)
{
  const auto executor = co_await asio::this_coro::executor;
  connectex::connect_options options;
  options.total_timeout = std::chrono::seconds(10);
  tcp::socket reached(executor);
  const auto [error, peer, sent] = co_await connectex::async_connect_ex(
      reached, host, port, options, asio::as_tuple(asio::use_awaitable));
  co_await asio::async_write(client, asio::buffer(error ? failure : success), asio::use_awaitable);
  if (error)
    co_return;

  const auto to_client = std::make_shared<tcp::socket>(std::move(client));
  const auto to_host = std::make_shared<tcp::socket>(std::move(reached));
  asio::co_spawn(executor, carry(to_client, to_host), asio::detached);
  asio::co_spawn(executor, carry(to_host, to_client), asio::detached);
}

/// A proxy that knows only CONNECT (RFC 9110, section 9.3.6).
inline asio::awaitable<void> serve_http_connect(tcp::socket client)
{
  std::string request;
  co_await asio::async_read_until(
      client, asio::dynamic_buffer(request, 8192), "\r\n\r\n", asio::use_awaitable);
  const std::string method = "CONNECT ";
  const std::size_t end = request.find(' ', method.size());
  const std::size_t colon = request.rfind(':', end);
  if (!request.starts_with(method) || end == std::string::npos || colon < method.size())
  {
    const std::string answer = "HTTP/1.1 405 Method Not Allowed\r\nAllow: CONNECT\r\n\r\n";
    co_await asio::async_write(client, asio::buffer(answer), asio::use_awaitable);
    co_return;
  }

  std::string host = request.substr(method.size(), colon - method.size());
  if (host.starts_with('[') && host.ends_with(']'))
    host = host.substr(1, host.size() - 2);
  co_await open_tunnel(std::move(client), host, request.substr(colon + 1, end - colon - 1),
      "HTTP/1.1 200 Connection established\r\n\r\n", "HTTP/1.1 502 Bad Gateway\r\n\r\n");
}

/// Reads as many bytes.
inline asio::awaitable<std::string> read_bytes(tcp::socket& socket, std::size_t size)
{
  std::string bytes(size, '\0');
  co_await asio::async_read(socket, asio::buffer(bytes), asio::use_awaitable);
  co_return bytes;
}

/// Reads bytes behind a byte that counts them.
inline asio::awaitable<std::string> read_counted(tcp::socket& socket)
{
  const std::string count = co_await read_bytes(socket, 1);
  co_return co_await read_bytes(socket, static_cast<unsigned char>(count[0]));
}

/// A proxy that knows only the CONNECT of SOCKS 5 (RFC 1928) to IPv4 addresses and names, and asks
/// for the password "secret" (RFC 1929) whoever offers to have one.
inline asio::awaitable<void> serve_socks5(tcp::socket client)
{
  co_await read_bytes(client, 1);
  const std::string methods = co_await read_counted(client);
  const bool with_password = methods.find('\2') != std::string::npos;
  const std::string choice = with_password ? "\5\2" : std::string("\5\0", 2);
  co_await asio::async_write(client, asio::buffer(choice), asio::use_awaitable);

  if (with_password)
  {
    co_await read_bytes(client, 1);
    co_await read_counted(client);
    const bool right = co_await read_counted(client) == "secret";
    const std::string verdict = right ? std::string("\1\0", 2) : "\1\1";
    co_await asio::async_write(client, asio::buffer(verdict), asio::use_awaitable);
    if (!right)
      co_return;
  }

  // Version, command, a zero, and the type of the address.
  const std::string request = co_await read_bytes(client, 4);
  std::string host;
  if (request[3] == '\3')
    host = co_await read_counted(client);
  else
  {
    asio::ip::address_v4::bytes_type bytes;
    co_await asio::async_read(client, asio::buffer(bytes), asio::use_awaitable);
    host = asio::ip::address_v4(bytes).to_string();
  }
  std::array<unsigned char, 2> port;
  co_await asio::async_read(client, asio::buffer(port), asio::use_awaitable);

  // The local address of the new connection, which nobody looks at, is left unspecified.
  const std::string rest("\0\1\0\0\0\0\0\0", 8);
  co_await open_tunnel(std::move(client), host, std::to_string(port[0] * 256 + port[1]),
      std::string("\5\0", 2) + rest, "\5\4" + rest);
}

} // namespace example

#endif // CONNECTEX_EXAMPLE_LOCAL_PROXY_HPP
