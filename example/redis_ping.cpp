// SPDX-License-Identifier: BSL-1.0

// Asks a Redis server whether it is there; the question travels with the connect. Without arguments
// it asks a tiny server of its own.
//
// Redis's protocol is spoken by hand here: Boost.Redis makes its own socket and takes no stream of
// the user's.

#include "first_flight_text.hpp"
#include "local_server.hpp"

#include <connectex/connectex.hpp>

#include <boost/asio.hpp>

#include <chrono>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <string>
#include <utility>

namespace asio = boost::asio;
using asio::ip::tcp;
using namespace std::chrono_literals;

// A command is an array of strings, each with its length before it.
const std::string question = "*1\r\n$4\r\nPING\r\n";

asio::awaitable<std::string> ping(std::string host, std::string service)
{
  connectex::connect_report report;
  connectex::connect_options options;
  options.total_timeout = 10s;
  options.report = &report;

  // Redis may hear this twice without harm, so it may travel in the SYN where the system allows it,
  // and to the first of several addresses before that one has won.
  options.fast_open = connectex::fast_open_mode::idempotent_data;
  options.race.payload = connectex::race_payload::first_attempt;
  connectex::lazy_connect_stream<> stream(co_await asio::this_coro::executor);
  stream.connect_on_write(host, service, options);

  co_await asio::async_write(stream, asio::buffer(question), asio::use_awaitable);
  std::cout << "PING went " << example::first_flight_text(report) << ".\n";

  std::string answer;
  co_await asio::async_read_until(
      stream, asio::dynamic_buffer(answer, 1024), "\r\n", asio::use_awaitable);
  co_return answer;
}

/// Answers one command.
asio::awaitable<void> serve(tcp::socket socket)
{
  std::string command(question.size(), '\0');
  co_await asio::async_read(socket, asio::buffer(command), asio::use_awaitable);
  const std::string answer = command == question ? "+PONG\r\n" : "-ERR unknown command\r\n";
  co_await asio::async_write(socket, asio::buffer(answer), asio::use_awaitable);
}

std::string ping_own_server()
{
  const example::local_server server(serve);
  const tcp::endpoint peer = server.endpoint();
  return example::run(ping(peer.address().to_string(), std::to_string(peer.port())));
}

int main(int argc, char* argv[])
{
  if (argc > 3)
  {
    std::cerr << "usage: redis_ping [HOST [PORT]]\n";
    return EXIT_FAILURE;
  }

  try
  {
    const std::string line =
        argc == 1 ? ping_own_server() : example::run(ping(argv[1], argc > 2 ? argv[2] : "6379"));
    std::cout << line;
    return line == "+PONG\r\n" ? EXIT_SUCCESS : EXIT_FAILURE;
  }
  catch (const std::exception& error)
  {
    std::cerr << error.what() << '\n';
    return EXIT_FAILURE;
  }
}
