// SPDX-License-Identifier: BSL-1.0

#include <connectex/connectex.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>

#include <iostream>
#include <string>

namespace asio = boost::asio;
using asio::ip::tcp;

int main()
{
  const std::string text = "hello";
  asio::io_context context;
  tcp::acceptor acceptor(context, tcp::endpoint(asio::ip::address_v4::loopback(), 0));
  tcp::socket client(context);

  bool sent = false;
  connectex::async_connect_ex(client, acceptor.local_endpoint(), asio::buffer(text),
      [&](boost::system::error_code ec, std::size_t bytes_transferred)
      {
        std::cout << "connect: " << ec.message() << ", " << bytes_transferred << " bytes\n";
        sent = !ec && bytes_transferred == text.size();
      });
  context.run();
  if (!sent)
    return 1;

  tcp::socket server = acceptor.accept();
  std::string received(text.size(), '\0');
  asio::read(server, asio::buffer(received));
  std::cout << "received: " << received << "\n";
  return received == text ? 0 : 1;
}
