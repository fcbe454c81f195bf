// SPDX-License-Identifier: BSL-1.0

#include <connectex/connectex.hpp>

#include <boost/asio.hpp>

#include <cstdlib>
#include <iostream>
#include <string>

namespace asio = boost::asio;
using asio::ip::tcp;

asio::awaitable<void> get(tcp::endpoint peer)
{
  tcp::socket socket(co_await asio::this_coro::executor);
  const std::string request = "GET / HTTP/1.0\r\n\r\n";

  // Connects and sends the request; on Windows both in one ConnectEx call.
  co_await connectex::async_connect_ex(socket, peer, asio::buffer(request), asio::use_awaitable);

  std::string answer;
  boost::system::error_code end;
  co_await asio::async_read(
      socket, asio::dynamic_buffer(answer), asio::redirect_error(asio::use_awaitable, end));
  std::cout << answer;
}

int main(int argc, char* argv[])
{
  if (argc != 3)
  {
    std::cerr << "usage: http_get ADDRESS PORT\n";
    return EXIT_FAILURE;
  }

  asio::io_context context;
  const tcp::endpoint peer(
      asio::ip::make_address(argv[1]), static_cast<unsigned short>(std::atoi(argv[2])));
  auto done = asio::co_spawn(context, get(peer), asio::use_future);
  context.run();
  try
  {
    done.get();
  }
  catch (const boost::system::system_error& error)
  {
    const bool later = error.code() == connectex::condition::retryable;
    std::cerr << error.code().message() << (later ? ": worth another try\n" : "\n");
    return EXIT_FAILURE;
  }
}
