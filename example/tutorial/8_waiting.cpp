// SPDX-License-Identifier: BSL-1.0

#include "echo_server.hpp"

#include <connectex/connectex.hpp>

#include <boost/asio.hpp>
#include <boost/system/system_error.hpp>

#include <chrono>
#include <cstdlib>
#include <iostream>
#include <string>

namespace asio = boost::asio;
using asio::ip::tcp;
using namespace std::chrono_literals;

std::string greet(const std::string& host, const std::string& service, const std::string& hello)
{
  asio::io_context context; // Only owns the socket: nobody calls run().
  tcp::socket socket(context);
  connectex::connect_options options;
  options.total_timeout = 10s;
  connectex::connect_ex(socket, host, service, asio::buffer(hello), options);

  std::string echo(hello.size(), '\0');
  asio::read(socket, asio::buffer(echo));
  return echo;
}

boost::system::error_code try_to_greet(const std::string& host, const std::string& service)
{
  try
  {
    greet(host, service, "hello?\n");
    return {};
  }
  catch (const boost::system::system_error& error)
  {
    return error.code();
  }
}

int main()
{
  const tutorial::echo_server server;
  const std::string hello = "hello, I can wait\n";
  const std::string echo = greet("127.0.0.1", std::to_string(server.endpoint().port()), hello);
  std::cout << echo;

  asio::io_context context;
  const tcp::socket closed(context, tcp::endpoint(asio::ip::address_v4::loopback(), 0));
  const auto error = try_to_greet("127.0.0.1", std::to_string(closed.local_endpoint().port()));
  std::cout << "a port where nobody listens: " << error.message() << '\n';
  return echo == hello && error == asio::error::connection_refused ? EXIT_SUCCESS : EXIT_FAILURE;
}
