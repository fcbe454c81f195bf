// SPDX-License-Identifier: BSL-1.0

// Connects on behalf of another client, as a load balancer does: the header of the PROXY protocol,
// which says for whom, and the request are two buffers of one first flight. For nginx ("listen ...
// proxy_protocol") and haproxy ("bind ... accept-proxy"). Without arguments it asks a server of its
// own.

#include "arguments.hpp"
#include "first_flight_text.hpp"
#include "local_server.hpp"

#include <connectex/connectex.hpp>

#include <boost/asio.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <string>

namespace asio = boost::asio;
using asio::ip::tcp;
using namespace std::chrono_literals;

const std::string signature("\r\n\r\n\0\r\nQUIT\n", 12);

std::string two_bytes(std::size_t number)
{
  return {static_cast<char>(number / 256), static_cast<char>(number % 256)};
}

std::string bytes_of(const asio::ip::address& address)
{
  const auto text = [](const auto& bytes) { return std::string(bytes.begin(), bytes.end()); };
  return address.is_v4() ? text(address.to_v4().to_bytes()) : text(address.to_v6().to_bytes());
}

/// The header of version 2: a connection from @p client to @p server, of the same family, is
/// passed on.
std::string proxy_header(const tcp::endpoint& client, const tcp::endpoint& server)
{
  const std::string addresses = bytes_of(client.address()) + bytes_of(server.address())
      + two_bytes(client.port()) + two_bytes(server.port());

  // Version 2 and the command PROXY; then the family, and that it is a stream.
  const std::string kind = client.address().is_v4() ? "\x21\x11" : "\x21\x21";
  return signature + kind + two_bytes(addresses.size()) + addresses;
}

asio::awaitable<std::string> get(std::string host, std::string service, std::string path)
{
  // A load balancer knows these from the connection that it passes on. They are of the networks
  // that are kept for documents.
  const tcp::endpoint client(asio::ip::make_address("203.0.113.7"), 4711);
  const tcp::endpoint balancer(asio::ip::make_address("198.51.100.1"), 80);
  const std::string header = proxy_header(client, balancer);
  const std::string request = "GET " + path + " HTTP/1.0\r\nHost: " + host + "\r\n\r\n";

  connectex::connect_report report;
  connectex::connect_options options;
  options.total_timeout = 10s;
  options.report = &report;
  const std::array<asio::const_buffer, 2> first_flight = {
      asio::buffer(header), asio::buffer(request)};
  tcp::socket socket(co_await asio::this_coro::executor);
  co_await connectex::async_connect_ex(
      socket, host, service, first_flight, options, asio::use_awaitable);
  std::cout << "Header and request went " << example::first_flight_text(report) << ".\n\n";

  std::string answer;
  boost::system::error_code end;
  co_await asio::async_read(
      socket, asio::dynamic_buffer(answer), asio::redirect_error(asio::use_awaitable, end));
  if (end != asio::error::eof)
    throw boost::system::system_error(end);
  co_return answer;
}

/// Tells a client for whom it has connected.
asio::awaitable<void> serve(tcp::socket socket)
{
  std::string header(28, '\0');
  co_await asio::async_read(socket, asio::buffer(header), asio::use_awaitable);
  std::string request;
  co_await asio::async_read_until(
      socket, asio::dynamic_buffer(request, 1024), "\r\n\r\n", asio::use_awaitable);

  std::string answer = "HTTP/1.0 400 Bad Request\r\n\r\n";
  if (header.substr(0, 16) == signature + "\x21\x11" + two_bytes(12))
  {
    asio::ip::address_v4::bytes_type bytes;
    for (std::size_t i = 0; i != bytes.size(); ++i)
      bytes[i] = static_cast<unsigned char>(header[16 + i]);
    answer = "HTTP/1.0 200 OK\r\n\r\nYou are " + asio::ip::address_v4(bytes).to_string() + ".\n";
  }
  co_await asio::async_write(socket, asio::buffer(answer), asio::use_awaitable);
}

std::string ask_own_server()
{
  const example::local_server server(serve);
  const tcp::endpoint peer = server.endpoint();
  return example::run(get(peer.address().to_string(), std::to_string(peer.port()), "/"));
}

int main(int argc, char* argv[])
{
  if (argc == 2 || argc > 4)
  {
    std::cerr << "usage: proxy_protocol [HOST PORT [PATH]]\n";
    return EXIT_FAILURE;
  }

  try
  {
    if (argc > 2)
    {
      std::cout << example::run(
          get(argv[1], example::to_service(argv[2]), argc > 3 ? argv[3] : "/"));
      return EXIT_SUCCESS;
    }
    const std::string answer = ask_own_server();
    std::cout << answer;
    return answer.ends_with("You are 203.0.113.7.\n") ? EXIT_SUCCESS : EXIT_FAILURE;
  }
  catch (const std::exception& error)
  {
    std::cerr << error.what() << '\n';
    return EXIT_FAILURE;
  }
}
