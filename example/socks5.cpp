// SPDX-License-Identifier: BSL-1.0

// Asks an HTTP server through a SOCKS 5 proxy (RFC 1928), with user and password (RFC 1929) if they
// are given: the greeting travels with the connect to the proxy. Without arguments both servers are
// its own.

#include "arguments.hpp"
#include "first_flight_text.hpp"
#include "local_page.hpp"
#include "local_proxy.hpp"
#include "local_server.hpp"

#include <connectex/connectex.hpp>

#include <boost/asio.hpp>

#include <chrono>
#include <cstddef>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <stdexcept>
#include <string>

namespace asio = boost::asio;
using asio::ip::tcp;
using namespace std::chrono_literals;

struct proxy_server
{
  std::string host;
  std::string service;

  /// Empty if there is nothing to log in with.
  std::string user;
  std::string password;
};

/// Text behind a byte that counts it.
std::string counted(const std::string& text)
{
  if (text.empty() || text.size() > 255)
    throw std::invalid_argument("a name or a password must have 1 to 255 bytes");
  return static_cast<char>(text.size()) + text;
}

/// The command CONNECT. The proxy looks the name up.
std::string connect_request(const std::string& host, unsigned short port)
{
  boost::system::error_code is_name;
  const asio::ip::address address = asio::ip::make_address(host, is_name);
  const auto typed = [](char type, const auto& bytes)
  { return type + std::string(bytes.begin(), bytes.end()); };
  std::string target = is_name ? '\3' + counted(host)
      : address.is_v4()        ? typed('\1', address.to_v4().to_bytes())
                               : typed('\4', address.to_v6().to_bytes());
  target += static_cast<char>(port / 256);
  target += static_cast<char>(port % 256);
  return std::string("\5\1\0", 3) + target;
}

asio::awaitable<std::string> read_bytes(tcp::socket& socket, std::size_t size)
{
  std::string bytes(size, '\0');
  co_await asio::async_read(socket, asio::buffer(bytes), asio::use_awaitable);
  co_return bytes;
}

/// @returns As many bytes of the answer.
asio::awaitable<std::string> ask(tcp::socket& socket, std::string message, std::size_t size)
{
  co_await asio::async_write(socket, asio::buffer(message), asio::use_awaitable);
  co_return co_await read_bytes(socket, size);
}

/// Connects to the port of a host through @p proxy.
asio::awaitable<void> connect_through(
    tcp::socket& socket, proxy_server proxy, std::string host, unsigned short port)
{
  const std::string request = connect_request(host, port);

  connectex::connect_report report;
  connectex::connect_options options;
  options.total_timeout = 10s;
  options.report = &report;

  // The greeting offers one way to log in: none, or a password. So the answer is known in advance,
  // and some proxies let the next message travel with the greeting; but others read one message
  // with one call, and lose what is behind it. A password must wait in any case, until it is known
  // that a proxy listens there, and so must bytes for the host, until the proxy has reached it.
  const char method = proxy.user.empty() ? '\0' : '\2';
  const std::string greeting = {'\5', '\1', method};
  co_await connectex::async_connect_ex(
      socket, proxy.host, proxy.service, asio::buffer(greeting), options, asio::use_awaitable);
  std::cout << "The greeting went " << example::first_flight_text(report) << ".\n\n";

  const std::string choice = co_await read_bytes(socket, 2);
  if (choice[0] != '\5' || choice[1] != method)
    throw std::runtime_error("the proxy wants another way to log in, or is no SOCKS 5 proxy");
  if (method == '\2')
  {
    const std::string verdict =
        co_await ask(socket, '\1' + counted(proxy.user) + counted(proxy.password), 2);
    if (verdict[0] != '\1')
      throw std::runtime_error("that is no SOCKS 5 proxy");
    if (verdict[1] != '\0')
      throw std::runtime_error("the proxy refuses user and password");
  }

  const std::string reply = co_await ask(socket, request, 4);
  if (reply[0] != '\5')
    throw std::runtime_error("that is no SOCKS 5 proxy");
  const unsigned code = static_cast<unsigned char>(reply[1]);
  static const char* const refusals[] = {"", "general failure", "not allowed",
      "network unreachable", "host unreachable", "connection refused", "time to live expired",
      "command not supported", "address type not supported"};
  if (code != 0)
  {
    throw std::runtime_error(
        std::string("the proxy does not connect: ") + (code < 9 ? refusals[code] : "unknown code"));
  }

  // The proxy's own address and port, which are of no use here, end the reply.
  std::size_t size = reply[3] == '\1' ? 4 : 16;
  if (reply[3] == '\3')
    size = static_cast<unsigned char>((co_await read_bytes(socket, 1))[0]);
  co_await read_bytes(socket, size + 2);
}

asio::awaitable<std::string> get(proxy_server proxy, std::string host, unsigned short port)
{
  tcp::socket socket(co_await asio::this_coro::executor);
  co_await connect_through(socket, proxy, host, port);

  // From here on the socket leads to the host.
  const std::string request = "GET / HTTP/1.0\r\nHost: " + host + "\r\n\r\n";
  co_await asio::async_write(socket, asio::buffer(request), asio::use_awaitable);
  std::string answer;
  boost::system::error_code end;
  co_await asio::async_read(
      socket, asio::dynamic_buffer(answer), asio::redirect_error(asio::use_awaitable, end));
  if (end != asio::error::eof)
    throw boost::system::system_error(end);
  co_return answer;
}

/// Once without and once with a password.
bool ask_own_servers()
{
  const example::local_server web(example::serve_page);
  const example::local_server server(example::serve_socks5);
  const std::string service = std::to_string(server.endpoint().port());
  bool good = true;
  for (const std::string user : {"", "ada"})
  {
    const proxy_server proxy = {"127.0.0.1", service, user, "secret"};
    const std::string answer = example::run(get(proxy, "127.0.0.1", web.endpoint().port()));
    std::cout << answer << '\n';
    good = good && answer.ends_with("You asked: GET / HTTP/1.0\n");
  }
  return good;
}

int main(int argc, char* argv[])
{
  if (argc != 1 && argc != 5 && argc != 7)
  {
    std::cerr << "usage: socks5 [PROXY_HOST PROXY_PORT HOST PORT [USER PASSWORD]]\n";
    return EXIT_FAILURE;
  }

  try
  {
    if (argc == 1)
      return ask_own_servers() ? EXIT_SUCCESS : EXIT_FAILURE;
    proxy_server proxy = {argv[1], example::to_service(argv[2]), {}, {}};
    if (argc == 7)
    {
      proxy.user = argv[5];
      proxy.password = argv[6];
    }
    std::cout << example::run(get(proxy, argv[3], example::to_port(argv[4])));
    return EXIT_SUCCESS;
  }
  catch (const std::exception& error)
  {
    std::cerr << error.what() << '\n';
    return EXIT_FAILURE;
  }
}
