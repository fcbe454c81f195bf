// SPDX-License-Identifier: BSL-1.0

// Connects over loopback with a first flight, and fails unless the server answers what it should.

#include <connectex/connectex.hpp>

#include <boost/asio.hpp>

#include <chrono>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <string>

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

int main()
try
{
  const std::string flight = "PING\n";
  const std::string expected = "PONG PING\n";

  asio::io_context context;
  tcp::acceptor acceptor(context, {asio::ip::address_v4::loopback(), 0});
  std::string request;
  acceptor.async_accept(
      [&](error_code error, tcp::socket peer)
      {
        if (error)
          return;
        asio::read_until(peer, asio::dynamic_buffer(request), '\n');
        asio::write(peer, asio::buffer("PONG " + request));
      });

  tcp::socket socket(context);
  connectex::connect_report report;
  connectex::connect_options options;
  options.report = &report;
  options.total_timeout = std::chrono::seconds(30);
  std::string answer;
  error_code result = asio::error::would_block;
  connectex::async_connect_ex(socket, acceptor.local_endpoint(), asio::buffer(flight), options,
      [&](error_code error, std::size_t bytes_transferred)
      {
        result = error;
        if (!error && bytes_transferred == flight.size())
          asio::async_read_until(
              socket, asio::dynamic_buffer(answer), '\n', [](error_code, std::size_t) {});
      });
  context.run_for(std::chrono::seconds(60));

  const bool passed = !result && answer == expected && report.attempts.size() == 1
      && report.first_flight != connectex::first_flight_path::none;
  std::cout << "connect: " << result.message() << ", answer: " << answer
            << (passed ? "passed\n" : "FAILED\n");
  return passed ? EXIT_SUCCESS : EXIT_FAILURE;
}
catch (const std::exception& error)
{
  std::cerr << error.what() << '\n';
  return EXIT_FAILURE;
}
