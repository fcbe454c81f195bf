// SPDX-License-Identifier: BSL-1.0

#include "echo_server.hpp"

#include <connectex/connectex.hpp>

#include <boost/asio.hpp>

#include <chrono>
#include <cstdlib>
#include <future>
#include <iostream>
#include <string>

namespace asio = boost::asio;
using asio::ip::tcp;
using namespace std::chrono_literals;

std::size_t connect(tcp::socket& socket, tcp::endpoint peer, const std::string& hello)
{
  connectex::connect_options options;
  options.total_timeout = 10s;
  std::future<std::size_t> sent =
      connectex::async_connect_ex(socket, peer, asio::buffer(hello), options, asio::use_future);
  return sent.get();
}

int main()
{
  const tutorial::echo_server server;
  const std::string hello = "hello from a future\n";
  std::string echo(hello.size(), '\0');
  asio::thread_pool pool(1);

  tcp::socket socket(pool);
  const bool all_sent = connect(socket, server.endpoint(), hello) == hello.size();
  std::future<std::size_t> read = asio::async_read(socket, asio::buffer(echo), asio::use_future);
  const bool echoed = read.wait_for(10s) == std::future_status::ready && echo == hello;

  // Bound, but not listening: whoever connects is refused.
  const tcp::socket nobody(pool, tcp::endpoint(asio::ip::address_v4::loopback(), 0));
  bool refused = false;
  tcp::socket other(pool);
  try
  {
    connect(other, nobody.local_endpoint(), hello);
  }
  catch (const boost::system::system_error& error)
  {
    refused = error.code() == asio::error::connection_refused;
  }
  pool.stop();
  pool.join();

  std::cout << "sent: " << all_sent << ", refused: " << refused << ", echo: " << echo;
  return all_sent && echoed && refused && other.is_open() ? EXIT_SUCCESS : EXIT_FAILURE;
}
