// SPDX-License-Identifier: BSL-1.0

// A client that is started before its server, and connects as soon as there is one. Without
// arguments it starts the server itself, 300 ms late.

#include "arguments.hpp"
#include "local_server.hpp"

#include <connectex/connectex.hpp>

#include <boost/asio.hpp>

#include <chrono>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <string>

namespace asio = boost::asio;
using asio::ip::tcp;
using namespace std::chrono_literals;

connectex::connect_options until_up(connectex::connect_report& report)
{
  connectex::connect_options options;
  options.retry.max_attempts = 50;
  options.retry.backoff = {20ms, 2.0, 200ms, 0.5};
  options.total_timeout = 20s;
  options.report = &report;
  return options;
}

/// @returns How many attempts it took.
asio::awaitable<std::size_t> greet(std::string host, std::string service)
{
  tcp::socket socket(co_await asio::this_coro::executor);
  const std::string hello = "hello, at last\n";
  connectex::connect_report report;
  const auto [error, peer, sent] = co_await connectex::async_connect_ex(socket, host, service,
      asio::buffer(hello), until_up(report), asio::as_tuple(asio::use_awaitable));

  std::cout << report << '\n';
  if (error)
    throw boost::system::system_error(error);
  std::cout << "connected to " << peer << ", " << sent << " bytes sent\n";
  co_return report.attempts.size();
}

asio::awaitable<void> serve(tcp::socket socket)
{
  std::string line;
  co_await asio::async_read_until(
      socket, asio::dynamic_buffer(line, 1024), '\n', asio::use_awaitable);
}

std::size_t greet_own_server()
{
  const example::local_server server(serve, 300ms);
  return example::run(greet("127.0.0.1", std::to_string(server.endpoint().port())));
}

int main(int argc, char* argv[])
{
  if (argc != 1 && argc != 3)
  {
    std::cerr << "usage: retry_until_up [HOST PORT]\n";
    return EXIT_FAILURE;
  }

  try
  {
    if (argc == 1)
      return greet_own_server() > 1 ? EXIT_SUCCESS : EXIT_FAILURE;
    example::run(greet(argv[1], example::to_service(argv[2])));
    return EXIT_SUCCESS;
  }
  catch (const std::exception& error)
  {
    std::cerr << error.what() << '\n';
    return EXIT_FAILURE;
  }
}
