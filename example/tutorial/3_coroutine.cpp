// SPDX-License-Identifier: BSL-1.0

#include "echo_server.hpp"

#include <connectex/connectex.hpp>

#include <boost/asio.hpp>

#include <chrono>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <string>

namespace asio = boost::asio;
using asio::ip::tcp;

asio::awaitable<std::string> greet(tcp::endpoint peer, std::string hello)
{
  tcp::socket socket(co_await asio::this_coro::executor);
  co_await connectex::async_connect_ex(socket, peer, asio::buffer(hello), asio::use_awaitable);
  std::string echo(hello.size(), '\0');
  co_await asio::async_read(socket, asio::buffer(echo), asio::use_awaitable);
  co_return echo;
}

asio::awaitable<bool> is_refused(tcp::endpoint peer)
{
  tcp::socket socket(co_await asio::this_coro::executor);
  const auto [error, bytes_transferred] = co_await connectex::async_connect_ex(
      socket, peer, asio::buffer("lost\n", 5), asio::as_tuple(asio::use_awaitable));
  const bool refused = error == asio::error::connection_refused && bytes_transferred == 0;
  co_return refused;
}

int main()
{
  const tutorial::echo_server server;
  asio::io_context context;
  // Bound, but not listening: whoever connects is refused.
  const tcp::socket nobody(context, tcp::endpoint(asio::ip::address_v4::loopback(), 0));

  const std::string hello = "hello from a coroutine\n";
  std::string echo;
  bool refused = false;
  asio::co_spawn(context, greet(server.endpoint(), hello),
      [&](std::exception_ptr, const std::string& received) { echo = received; });
  asio::co_spawn(context, is_refused(nobody.local_endpoint()),
      [&](std::exception_ptr, bool result) { refused = result; });
  context.run_for(std::chrono::seconds(10));

  std::cout << "refused: " << refused << ", echo: " << echo;
  return echo == hello && refused ? EXIT_SUCCESS : EXIT_FAILURE;
}
