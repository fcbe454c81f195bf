// SPDX-License-Identifier: BSL-1.0

// Logs in to a Redis server, chooses version 3 of its protocol, and asks whether it is there: three
// commands, which are three buffers of one first flight, and so one round trip. Without arguments
// it asks a tiny server of its own.
//
// Redis's protocol is spoken by hand here: Boost.Redis makes its own socket and takes no stream of
// the user's.

#include "arguments.hpp"
#include "first_flight_text.hpp"
#include "local_server.hpp"

#include <connectex/connectex.hpp>

#include <boost/asio.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdlib>
#include <exception>
#include <initializer_list>
#include <iostream>
#include <stdexcept>
#include <string>
#include <utility>

namespace asio = boost::asio;
using asio::ip::tcp;
using namespace std::chrono_literals;

/// A command is an array of strings, each with its length before it.
std::string command(std::initializer_list<std::string> words)
{
  std::string text = "*" + std::to_string(words.size()) + "\r\n";
  for (const std::string& word : words)
    text += "$" + std::to_string(word.size()) + "\r\n" + word + "\r\n";
  return text;
}

/// Reads until the answer to PING is there, or an error. No item of the replies to these commands
/// holds an end of line, so that there is no need to count what is inside them.
asio::awaitable<std::string> read_last_line(tcp::socket& socket)
{
  std::string unread;
  for (;;)
  {
    const std::size_t size = co_await asio::async_read_until(
        socket, asio::dynamic_buffer(unread, 65536), "\r\n", asio::use_awaitable);
    const std::string line = unread.substr(0, size - 2);
    unread.erase(0, size);
    if (line == "+PONG")
      co_return line;
    if (line.starts_with('-'))
      throw std::runtime_error("the server refuses: " + line.substr(1));
  }
}

/// @param password Empty if the server has none.
asio::awaitable<std::string> ping(std::string host, std::string service, std::string password)
{
  // An empty buffer is skipped.
  const std::string auth = password.empty() ? std::string() : command({"AUTH", password});
  const std::string hello = command({"HELLO", "3"});
  const std::string question = command({"PING"});
  const std::array<asio::const_buffer, 3> first_flight = {
      asio::buffer(auth), asio::buffer(hello), asio::buffer(question)};

  connectex::connect_report report;
  connectex::connect_options options;
  options.total_timeout = 10s;
  options.report = &report;

  // Redis may hear this twice without harm, so it may travel in the SYN where the system allows it,
  // and to the first of several addresses before that one has won.
  options.fast_open = connectex::fast_open_mode::idempotent_data;
  options.race.payload = connectex::race_payload::first_attempt;

  tcp::socket socket(co_await asio::this_coro::executor);
  co_await connectex::async_connect_ex(
      socket, host, service, first_flight, options, asio::use_awaitable);
  std::cout << "The commands went " << example::first_flight_text(report) << ".\n";

  co_return co_await read_last_line(socket);
}

/// Answers the three commands.
asio::awaitable<void> serve(tcp::socket socket)
{
  const std::string expected =
      command({"AUTH", "secret"}) + command({"HELLO", "3"}) + command({"PING"});
  std::string commands(expected.size(), '\0');
  co_await asio::async_read(socket, asio::buffer(commands), asio::use_awaitable);
  const std::string answer = commands == expected
      ? "+OK\r\n%2\r\n$5\r\nproto\r\n:3\r\n$7\r\nmodules\r\n*0\r\n+PONG\r\n"
      : "-ERR unknown command\r\n";
  co_await asio::async_write(socket, asio::buffer(answer), asio::use_awaitable);
}

std::string ping_own_server()
{
  const example::local_server server(serve);
  const tcp::endpoint peer = server.endpoint();
  return example::run(ping(peer.address().to_string(), std::to_string(peer.port()), "secret"));
}

/// As redis-cli has it, because everybody on the machine can read an argument.
std::string password_from_environment()
{
  const char* const password = std::getenv("REDISCLI_AUTH");
  return password ? password : "";
}

int main(int argc, char* argv[])
{
  if (argc > 3)
  {
    std::cerr << "usage: redis_ping [HOST [PORT]], with the password in REDISCLI_AUTH if any\n";
    return EXIT_FAILURE;
  }

  try
  {
    const std::string reply = argc == 1
        ? ping_own_server()
        : example::run(ping(argv[1], argc > 2 ? example::to_service(argv[2]) : "6379",
            password_from_environment()));
    std::cout << reply << '\n';
    return EXIT_SUCCESS;
  }
  catch (const std::exception& error)
  {
    std::cerr << error.what() << '\n';
    return EXIT_FAILURE;
  }
}
