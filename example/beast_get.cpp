// SPDX-License-Identifier: BSL-1.0

// An HTTP client that Boost.Beast writes and reads for; its request travels with the connect.
// Without arguments it asks a server of its own.

#include "arguments.hpp"
#include "first_flight_text.hpp"
#include "local_server.hpp"

#include <connectex/connectex.hpp>

#include <boost/asio.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>

#include <chrono>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <string>
#include <utility>

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;
using namespace std::chrono_literals;

using response = http::response<http::string_body>;

asio::awaitable<response> get(std::string host, std::string service, std::string path)
{
  http::request<http::empty_body> request(http::verb::get, path, 11);
  request.set(http::field::host, host);
  request.set(http::field::connection, "close");

  connectex::connect_report report;
  connectex::connect_options options;
  options.total_timeout = 10s;
  options.report = &report;
  connectex::lazy_connect_stream<beast::tcp_stream> stream(co_await asio::this_coro::executor);
  stream.connect_on_write(host, service, options);
  co_await http::async_write(stream, request, asio::use_awaitable);

  // Beast's limit runs from this call. Made earlier, it would be used up by a slow connect.
  stream.next_layer().expires_after(20s);
  std::cout << "The request went " << example::first_flight_text(report) << ".\n\n";

  beast::flat_buffer unread;
  response answer;
  co_await http::async_read(stream, unread, answer, asio::use_awaitable);
  co_return answer;
}

/// Answers one request by saying what it was for.
asio::awaitable<void> serve(tcp::socket socket)
{
  beast::tcp_stream stream(std::move(socket));
  stream.expires_after(20s);
  beast::flat_buffer unread;
  http::request<http::empty_body> request;
  co_await http::async_read(stream, unread, request, asio::use_awaitable);

  response answer(http::status::ok, 11);
  answer.keep_alive(false);
  answer.body() = "You asked for " + std::string(request.target()) + ".\n";
  answer.prepare_payload();
  co_await http::async_write(stream, answer, asio::use_awaitable);
}

bool ask_own_server()
{
  const example::local_server server(serve);
  const tcp::endpoint peer = server.endpoint();
  const response answer =
      example::run(get(peer.address().to_string(), std::to_string(peer.port()), "/news"));
  std::cout << answer;
  return answer.result() == http::status::ok && answer.body() == "You asked for /news.\n";
}

int main(int argc, char* argv[])
{
  if (argc > 4)
  {
    std::cerr << "usage: beast_get [HOST [SERVICE [PATH]]]\n";
    return EXIT_FAILURE;
  }

  try
  {
    if (argc == 1)
      return ask_own_server() ? EXIT_SUCCESS : EXIT_FAILURE;
    const std::string service = example::to_service(argc > 2 ? argv[2] : "80");
    std::cout << example::run(get(argv[1], service, argc > 3 ? argv[3] : "/"));
    return EXIT_SUCCESS;
  }
  catch (const std::exception& error)
  {
    std::cerr << error.what() << '\n';
    return EXIT_FAILURE;
  }
}
