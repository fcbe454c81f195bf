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
using namespace std::chrono_literals;

connectex::connect_options patient(connectex::connect_report& report)
{
  connectex::connect_options options;
  options.retry.max_attempts = 0;
  options.retry.backoff = {20ms, 2.0, 200ms, 0.5};
  options.total_timeout = 10s;
  options.report = &report;
  return options;
}

int main()
{
  // Refuses for 300 ms, then listens.
  const tutorial::echo_server server(300ms);
  const std::string hello = "hello, at last\n";

  asio::io_context context;
  tcp::socket socket(context, tcp::v4());
  const auto handle = socket.native_handle();
  connectex::connect_report report;
  bool connected = false;
  connectex::async_connect_ex(socket, server.endpoint(), asio::buffer(hello), patient(report),
      [&](const boost::system::error_code& error, std::size_t bytes_transferred)
      { connected = !error && bytes_transferred == hello.size(); });
  context.run_for(20s);

  std::cout << report << '\n';

  const bool same_socket = socket.native_handle() == handle;
  const bool retried = report.attempts.size() > 1
      && report.attempts.front().error == asio::error::connection_refused;
  return connected && same_socket && retried ? EXIT_SUCCESS : EXIT_FAILURE;
}
