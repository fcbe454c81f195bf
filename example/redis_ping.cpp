// SPDX-License-Identifier: BSL-1.0

// Asks a Redis server whether it is there; the question travels with the connect. Without arguments
// it asks a tiny server of its own.

#include <connectex/connectex.hpp>

#include <boost/asio.hpp>

#include <chrono>
#include <cstdlib>
#include <exception>
#include <future>
#include <iostream>
#include <string>

namespace asio = boost::asio;
using asio::ip::tcp;
using namespace std::chrono_literals;

asio::awaitable<std::string> ping(tcp::endpoint peer)
{
  tcp::socket socket(co_await asio::this_coro::executor);
  const std::string question = "PING\r\n";
  connectex::connect_options options;
  options.total_timeout = 10s;

  // Redis may hear this twice without harm, so it may travel in the SYN where the system allows it.
  options.fast_open = connectex::fast_open_mode::idempotent_data;
  co_await connectex::async_connect_ex(
      socket, peer, asio::buffer(question), options, asio::use_awaitable);

  std::string answer;
  co_await asio::async_read_until(
      socket, asio::dynamic_buffer(answer, 1024), "\r\n", asio::use_awaitable);
  co_return answer;
}

asio::awaitable<void> serve(tcp::acceptor& acceptor)
{
  tcp::socket socket = co_await acceptor.async_accept(asio::use_awaitable);
  std::string question;
  co_await asio::async_read_until(
      socket, asio::dynamic_buffer(question, 1024), "\r\n", asio::use_awaitable);
  const std::string answer = question == "PING\r\n" ? "+PONG\r\n" : "-ERR unknown command\r\n";
  co_await asio::async_write(socket, asio::buffer(answer), asio::use_awaitable);
}

int main(int argc, char* argv[])
{
  if (argc != 1 && argc != 3)
  {
    std::cerr << "usage: redis_ping [ADDRESS PORT]\n";
    return EXIT_FAILURE;
  }

  try
  {
    asio::io_context context;
    tcp::acceptor acceptor(context);
    tcp::endpoint peer;
    if (argc == 3)
    {
      peer = {asio::ip::make_address(argv[1]), static_cast<unsigned short>(std::atoi(argv[2]))};
    }
    else
    {
      acceptor = tcp::acceptor(context, {asio::ip::address_v4::loopback(), 0});
      peer = acceptor.local_endpoint();
      asio::co_spawn(context, serve(acceptor), asio::detached);
    }

    auto answer = asio::co_spawn(context, ping(peer), asio::use_future);
    if (context.run_for(30s); answer.wait_for(0s) != std::future_status::ready)
    {
      std::cerr << "no answer\n";
      return EXIT_FAILURE;
    }
    const std::string line = answer.get();
    std::cout << line;
    return line == "+PONG\r\n" ? EXIT_SUCCESS : EXIT_FAILURE;
  }
  catch (const std::exception& error)
  {
    std::cerr << error.what() << '\n';
    return EXIT_FAILURE;
  }
}
