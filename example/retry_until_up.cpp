// SPDX-License-Identifier: BSL-1.0

// A client that is started before its server, and connects as soon as there is one. Without
// arguments it starts the server itself, 300 ms late.

#include <connectex/connectex.hpp>

#include <boost/asio.hpp>

#include <chrono>
#include <cstdlib>
#include <iostream>
#include <string>

namespace asio = boost::asio;
using asio::ip::tcp;
using namespace std::chrono_literals;

connectex::connect_options until_up(connectex::connect_report& report)
{
  connectex::connect_options options;
  options.retry.max_attempts = 50;
  options.retry.backoff = {20ms, 2.0, 200ms, 0.5};
  options.total_timeout = 20s;
  options.report = &report;
  return options;
}

asio::awaitable<void> serve_late(tcp::acceptor& acceptor)
{
  asio::steady_timer late(acceptor.get_executor(), 300ms);
  co_await late.async_wait(asio::use_awaitable);
  acceptor.listen();
  tcp::socket peer = co_await acceptor.async_accept(asio::use_awaitable);
  std::string received;
  boost::system::error_code end;
  co_await asio::async_read(
      peer, asio::dynamic_buffer(received), asio::redirect_error(asio::use_awaitable, end));
  std::cout << "the server received: " << received;
}

asio::awaitable<bool> connect(tcp::endpoint peer)
{
  tcp::socket socket(co_await asio::this_coro::executor, peer.protocol());
  const auto handle = socket.native_handle();
  const std::string hello = "hello, at last\n";
  connectex::connect_report report;
  boost::system::error_code error;
  co_await connectex::async_connect_ex(socket, peer, asio::buffer(hello), until_up(report),
      asio::redirect_error(asio::use_awaitable, error));

  std::cout << report << '\n';
  const bool same_socket = socket.native_handle() == handle;
  std::cout << (error ? error.message() : "connected") << ", on "
            << (same_socket ? "the same socket" : "another socket") << '\n';
  co_return !error && same_socket;
}

int main(int argc, char* argv[])
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
    // Bound, but not listening: whoever connects is refused.
    acceptor.open(tcp::v4());
    acceptor.bind({asio::ip::address_v4::loopback(), 0});
    peer = acceptor.local_endpoint();
    asio::co_spawn(context, serve_late(acceptor), asio::detached);
  }

  auto connected = asio::co_spawn(context, connect(peer), asio::use_future);
  context.run();
  return connected.get() ? EXIT_SUCCESS : EXIT_FAILURE;
}
