// SPDX-License-Identifier: BSL-1.0

// An HTTP client whose request travels with its connect, and whose answer Boost.Beast reads.
// Without arguments it asks a server of its own.

#include <connectex/connectex.hpp>

#include <boost/asio.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>

#include <chrono>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <sstream>
#include <string>
#include <utility>

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;
using namespace std::chrono_literals;

std::string get_request(const std::string& host)
{
  http::request<http::empty_body> request(http::verb::get, "/", 11);
  request.set(http::field::host, host);
  request.set(http::field::connection, "close");
  std::ostringstream text;
  text << request;
  return text.str();
}

asio::awaitable<http::response<http::string_body>> get(tcp::endpoint peer, std::string host)
{
  boost::beast::tcp_stream stream(co_await asio::this_coro::executor);
  const std::string request = get_request(host);
  connectex::connect_options options;
  options.total_timeout = 10s;
  co_await connectex::async_connect_ex(
      stream.socket(), peer, asio::buffer(request), options, asio::use_awaitable);

  boost::beast::flat_buffer unread;
  http::response<http::string_body> response;
  stream.expires_after(10s);
  co_await http::async_read(stream, unread, response, asio::use_awaitable);
  co_return response;
}

/// Answers one request by saying for which host it was.
asio::awaitable<void> serve(tcp::acceptor& acceptor)
{
  boost::beast::tcp_stream stream(co_await acceptor.async_accept(asio::use_awaitable));
  stream.expires_after(10s);
  boost::beast::flat_buffer unread;
  http::request<http::empty_body> request;
  co_await http::async_read(stream, unread, request, asio::use_awaitable);

  http::response<http::string_body> response(http::status::ok, 11);
  response.keep_alive(false);
  response.body() = "You asked " + std::string(request[http::field::host]) + ".\n";
  response.prepare_payload();
  co_await http::async_write(stream, response, asio::use_awaitable);
}

http::response<http::string_body> ask(const tcp::endpoint& peer, const std::string& host)
{
  asio::io_context context;
  auto response = asio::co_spawn(context, get(peer, host), asio::use_future);
  context.run();
  return response.get();
}

http::response<http::string_body> ask_own_server(const std::string& host)
{
  asio::io_context context;
  tcp::acceptor acceptor(context, {asio::ip::address_v4::loopback(), 0});
  auto served = asio::co_spawn(context, serve(acceptor), asio::use_future);
  auto response = asio::co_spawn(context, get(acceptor.local_endpoint(), host), asio::use_future);
  context.run_for(30s);
  served.get();
  return response.get();
}

int main(int argc, char* argv[])
{
  if (argc != 1 && argc != 4)
  {
    std::cerr << "usage: beast_get [ADDRESS PORT HOST]\n";
    return EXIT_FAILURE;
  }

  try
  {
    if (argc == 4)
    {
      const tcp::endpoint peer(
          asio::ip::make_address(argv[1]), static_cast<unsigned short>(std::atoi(argv[2])));
      std::cout << ask(peer, argv[3]);
      return EXIT_SUCCESS;
    }

    const http::response<http::string_body> response = ask_own_server("example.com");
    std::cout << response;
    const bool as_expected =
        response.result() == http::status::ok && response.body() == "You asked example.com.\n";
    return as_expected ? EXIT_SUCCESS : EXIT_FAILURE;
  }
  catch (const std::exception& error)
  {
    std::cerr << error.what() << '\n';
    return EXIT_FAILURE;
  }
}
