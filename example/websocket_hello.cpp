// SPDX-License-Identifier: BSL-1.0

// A WebSocket client whose upgrade request travels with the connect. It says hello and prints the
// answer. Without arguments it talks to an echo server of its own.

#include "arguments.hpp"
#include "first_flight_text.hpp"
#include "local_server.hpp"

#include <connectex/beast.hpp>
#include <connectex/connectex.hpp>

#include <boost/asio.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/websocket.hpp>

#include <chrono>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <string>
#include <utility>

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace websocket = beast::websocket;
using asio::ip::tcp;
using namespace std::chrono_literals;

asio::awaitable<std::string> say_hello(std::string host, std::string service, std::string path)
{
  connectex::connect_report report;
  connectex::connect_options options;
  options.report = &report;

  // Beast's limit for the handshake covers the connect, but is lost if it passes in the look-up.
  options.total_timeout = 10s;
  websocket::stream<connectex::lazy_connect_stream<>> stream(co_await asio::this_coro::executor);
  stream.next_layer().connect_on_write(host, service, options);
  stream.set_option(websocket::stream_base::timeout::suggested(beast::role_type::client));
  co_await stream.async_handshake(host, path, asio::use_awaitable);
  std::cout << "The upgrade request went " << example::first_flight_text(report) << ".\n\n";

  co_await stream.async_write(asio::buffer("hello", 5), asio::use_awaitable);
  beast::flat_buffer answer;
  co_await stream.async_read(answer, asio::use_awaitable);
  co_await stream.async_close(websocket::close_code::normal, asio::use_awaitable);
  co_return beast::buffers_to_string(answer.data());
}

asio::awaitable<void> echo(tcp::socket socket)
{
  websocket::stream<tcp::socket> stream(std::move(socket));
  stream.set_option(websocket::stream_base::timeout::suggested(beast::role_type::server));
  co_await stream.async_accept(asio::use_awaitable);
  beast::flat_buffer message;
  for (;;)
  {
    co_await stream.async_read(message, asio::use_awaitable);
    stream.text(stream.got_text());
    co_await stream.async_write(message.data(), asio::use_awaitable);
    message.clear();
  }
}

bool talk_to_own_server()
{
  const example::local_server server(echo);
  const tcp::endpoint peer = server.endpoint();
  const std::string answer =
      example::run(say_hello(peer.address().to_string(), std::to_string(peer.port()), "/"));
  std::cout << answer << '\n';
  return answer == "hello";
}

int main(int argc, char* argv[])
{
  if (argc > 4)
  {
    std::cerr << "usage: websocket_hello [HOST [SERVICE [PATH]]]\n";
    return EXIT_FAILURE;
  }

  try
  {
    if (argc == 1)
      return talk_to_own_server() ? EXIT_SUCCESS : EXIT_FAILURE;
    const std::string service = example::to_service(argc > 2 ? argv[2] : "80");
    std::cout << example::run(say_hello(argv[1], service, argc > 3 ? argv[3] : "/")) << '\n';
    return EXIT_SUCCESS;
  }
  catch (const std::exception& error)
  {
    std::cerr << error.what() << '\n';
    return EXIT_FAILURE;
  }
}
