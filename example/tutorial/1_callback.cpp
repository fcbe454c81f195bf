// SPDX-License-Identifier: BSL-1.0

#include "echo_server.hpp"

#include <connectex/connectex.hpp>

#include <boost/asio.hpp>

#include <chrono>
#include <cstdlib>
#include <iostream>
#include <string>

namespace asio = boost::asio;
using asio::ip::tcp;

int main()
{
  const tutorial::echo_server server;
  const tcp::endpoint peer = server.endpoint();
  const std::string hello = "hello from a callback\n";
  std::string echo(hello.size(), '\0');

  asio::io_context context;
  tcp::socket socket(context);
  bool initiating = true;
  bool inside = false;
  int calls = 0;
  bool echoed = false;

  connectex::async_connect_ex(socket, peer, asio::buffer(hello),
      [&](const boost::system::error_code& error, std::size_t bytes_transferred)
      {
        ++calls;
        inside = initiating;
        if (error || bytes_transferred != hello.size())
          return;
        asio::async_read(socket, asio::buffer(echo),
            [&](const boost::system::error_code& read_error, std::size_t)
            { echoed = !read_error && echo == hello; });
      });
  initiating = false;
  context.run_for(std::chrono::seconds(10));

  std::cout << "calls: " << calls << ", inside: " << inside << ", echo: " << echo;
  return calls == 1 && !inside && echoed ? EXIT_SUCCESS : EXIT_FAILURE;
}
