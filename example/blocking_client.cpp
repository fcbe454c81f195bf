// SPDX-License-Identifier: BSL-1.0

// Asks a server a question without an event loop: the calling thread waits. Without arguments it
// asks an echo server of its own that begins to listen later.

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

asio::awaitable<void> echo(tcp::socket socket)
{
  std::string line;
  co_await asio::async_read_until(socket, asio::dynamic_buffer(line), '\n', asio::use_awaitable);
  co_await asio::async_write(socket, asio::buffer(line), asio::use_awaitable);
}

std::string ask(const std::string& host, const std::string& port, const std::string& question)
{
  // Nobody calls run(): the context only owns the socket.
  asio::io_context context;
  tcp::socket socket(context);

  connectex::connect_options options;
  options.total_timeout = 10s;
  options.retry.max_attempts = 0; // As many as the limit allows.
  options.retry.backoff = {50ms, 2.0, 500ms, 0.2};
  options.on_attempt = [](const connectex::connect_attempt& attempt)
  { std::cout << attempt << '\n'; };

  connectex::connect_ex(socket, host, port, asio::buffer(question), options);
  std::string answer;
  asio::read_until(socket, asio::dynamic_buffer(answer), '\n');
  return answer;
}

int main(int argc, char* argv[])
{
  if (argc != 1 && argc != 3)
  {
    std::cerr << "usage: blocking_client [HOST PORT]\n";
    return EXIT_FAILURE;
  }
  try
  {
    if (argc == 3)
    {
      std::cout << ask(argv[1], example::to_service(argv[2]), "PING\n");
      return EXIT_SUCCESS;
    }
    const example::local_server server(echo, 200ms);
    std::cout << ask("127.0.0.1", std::to_string(server.endpoint().port()), "PING\n");
  }
  catch (const boost::system::system_error& error)
  {
    // What what() says can end in a line of Boost's sources.
    std::cerr << error.code().message() << '\n';
    return EXIT_FAILURE;
  }
  catch (const std::exception& error)
  {
    std::cerr << error.what() << '\n';
    return EXIT_FAILURE;
  }
}
