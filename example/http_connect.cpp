// SPDX-License-Identifier: BSL-1.0

// Asks an HTTP server through a proxy. The CONNECT request, by which the proxy learns of the
// server, travels with the connect to the proxy. Without arguments both servers are its own.

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

/// A name or an address, and a port or the name of a service.
struct place
{
  std::string host;
  std::string service;
};

/// As it stands in requests.
std::string to_string(const place& host)
{
  const bool is_v6 = host.host.find(':') != std::string::npos;
  return (is_v6 ? '[' + host.host + ']' : host.host) + ':' + host.service;
}

/// Connects to @p host through @p proxy.
/**
 * @returns What the host has already said, as it may if it speaks first.
 */
asio::awaitable<std::string> connect_through(tcp::socket& socket, place proxy, place host)
{
  const std::string target = to_string(host);
  const std::string request = "CONNECT " + target + " HTTP/1.1\r\nHost: " + target + "\r\n\r\n";

  connectex::connect_report report;
  connectex::connect_options options;
  options.total_timeout = 10s;
  options.report = &report;

  // Nothing for the host may ride along: a proxy that refuses would take it for the next request.
  co_await connectex::async_connect_ex(
      socket, proxy.host, proxy.service, asio::buffer(request), options, asio::use_awaitable);
  std::cout << "CONNECT went " << example::first_flight_text(report) << ".\n\n";

  std::string answer;
  const std::size_t size = co_await asio::async_read_until(
      socket, asio::dynamic_buffer(answer, 8192), "\r\n\r\n", asio::use_awaitable);
  if (!answer.starts_with("HTTP/1.") || answer.substr(8, 2) != " 2")
    throw std::runtime_error("the proxy refuses: " + answer.substr(0, answer.find('\r')));
  co_return answer.substr(size);
}

asio::awaitable<std::string> get(place proxy, place host, std::string path)
{
  tcp::socket socket(co_await asio::this_coro::executor);
  std::string answer = co_await connect_through(socket, proxy, host);

  // From here on the socket leads to the host.
  const std::string request = "GET " + path + " HTTP/1.0\r\nHost: " + to_string(host) + "\r\n\r\n";
  co_await asio::async_write(socket, asio::buffer(request), asio::use_awaitable);
  boost::system::error_code end;
  co_await asio::async_read(
      socket, asio::dynamic_buffer(answer), asio::redirect_error(asio::use_awaitable, end));
  if (end != asio::error::eof)
    throw boost::system::system_error(end);
  co_return answer;
}

std::string ask_own_servers()
{
  const example::local_server web(example::serve_page);
  const example::local_server proxy(example::serve_http_connect);
  const auto where = [](const tcp::endpoint& server) {
    return place{server.address().to_string(), std::to_string(server.port())};
  };
  return example::run(get(where(proxy.endpoint()), where(web.endpoint()), "/news"));
}

int main(int argc, char* argv[])
{
  if (argc != 1 && argc != 5 && argc != 6)
  {
    std::cerr << "usage: http_connect [PROXY_HOST PROXY_PORT HOST PORT [PATH]]\n";
    return EXIT_FAILURE;
  }

  try
  {
    if (argc > 1)
    {
      const place proxy = {argv[1], example::to_service(argv[2])};
      const place host = {argv[3], std::to_string(example::to_port(argv[4]))};
      std::cout << example::run(get(proxy, host, argc > 5 ? argv[5] : "/"));
      return EXIT_SUCCESS;
    }
    const std::string answer = ask_own_servers();
    std::cout << answer;
    return answer.ends_with("You asked: GET /news HTTP/1.0\n") ? EXIT_SUCCESS : EXIT_FAILURE;
  }
  catch (const std::exception& error)
  {
    std::cerr << error.what() << '\n';
    return EXIT_FAILURE;
  }
}
