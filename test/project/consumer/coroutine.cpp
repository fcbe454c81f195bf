// SPDX-License-Identifier: BSL-1.0

// No other header of ours or of Boost's: the umbrella header alone must do for a program like this.
#include <connectex/connectex.hpp>

#include <iostream>
#include <string>

namespace asio = boost::asio;
using asio::ip::tcp;

asio::awaitable<std::size_t> greet(tcp::socket& socket, tcp::endpoint peer, std::string data)
{
  co_return co_await connectex::async_connect_ex(
      socket, peer, asio::buffer(data), asio::use_awaitable);
}

int main()
{
  const std::string text = "hello";
  asio::io_context context;
  tcp::acceptor acceptor(context, tcp::endpoint(asio::ip::address_v4::loopback(), 0));
  tcp::socket client(context);

  std::size_t sent = 0;
  asio::co_spawn(context, greet(client, acceptor.local_endpoint(), text),
      [&](std::exception_ptr failure, std::size_t bytes_transferred)
      {
        if (failure)
          std::rethrow_exception(failure);
        sent = bytes_transferred;
      });
  context.run();

  tcp::socket server = acceptor.accept();
  std::string received(text.size(), '\0');
  server.receive(asio::buffer(received));
  std::cout << "sent " << sent << " bytes, received: " << received << "\n";
  return sent == text.size() && received == text ? 0 : 1;
}
