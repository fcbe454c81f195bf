// SPDX-License-Identifier: BSL-1.0

// An HTTP client in one coroutine: connects to the first address of a name that answers, and its
// request travels to that one alone.

#include <connectex/connectex.hpp>

#include <boost/asio.hpp>

#include <cstdlib>
#include <iostream>
#include <string>

namespace asio = boost::asio;
using asio::ip::tcp;

asio::awaitable<void> get(std::string host, std::string service)
{
  tcp::socket socket(co_await asio::this_coro::executor);
  const std::string request = "GET / HTTP/1.0\r\nHost: " + host + "\r\n\r\n";

  // Connects to the first of the host's addresses that answers, and sends the request to it alone.
  co_await connectex::async_connect_ex(
      socket, host, service, asio::buffer(request), asio::use_awaitable);

  std::string answer;
  boost::system::error_code end;
  co_await asio::async_read(
      socket, asio::dynamic_buffer(answer), asio::redirect_error(asio::use_awaitable, end));
  std::cout << answer;
}

int main(int argc, char* argv[])
{
  if (argc != 2 && argc != 3)
  {
    std::cerr << "usage: http_get HOST [PORT]\n";
    return EXIT_FAILURE;
  }

  asio::io_context context;
  auto done = asio::co_spawn(context, get(argv[1], argc == 3 ? argv[2] : "80"), asio::use_future);
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
