// SPDX-License-Identifier: BSL-1.0

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
  const std::string flight(64 << 20, 'x');
  asio::io_context context;
  // Listens, but never accepts or reads: the connect succeeds, and the first flight gets stuck.
  const tcp::acceptor stuck(context, tcp::endpoint(asio::ip::address_v4::loopback(), 0));

  tcp::socket socket(context);
  boost::system::error_code result;
  std::size_t handed_over = 0;
  int calls = 0;

  asio::cancellation_signal stop;
  connectex::async_connect_ex(socket, stuck.local_endpoint(), asio::buffer(flight),
      asio::bind_cancellation_slot(stop.slot(),
          [&](const boost::system::error_code& error, std::size_t bytes_transferred)
          {
            ++calls;
            result = error;
            handed_over = bytes_transferred;
          }));

  asio::steady_timer timer(context, std::chrono::milliseconds(200));
  timer.async_wait(
      [&](const boost::system::error_code&) { stop.emit(asio::cancellation_type::terminal); });

  context.run_for(std::chrono::seconds(10));
  std::cout << result.message() << " after " << handed_over << " bytes\n";
  const bool stays_open = socket.is_open();
  socket.close();

  const bool in_part = handed_over > 0 && handed_over < flight.size();
  return calls == 1 && result == asio::error::operation_aborted && in_part && stays_open
      ? EXIT_SUCCESS
      : EXIT_FAILURE;
}
