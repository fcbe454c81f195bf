// SPDX-License-Identifier: BSL-1.0

// How long it takes from the call to the first byte of the answer when a server has several
// addresses, not all of which work: for Asio's and Beast's connect over a range, and for
// async_connect_ex. Prints one time in milliseconds, as bench/race.go does.

#include <connectex/connectex.hpp>

#include <boost/asio.hpp>
#include <boost/beast/core/tcp_stream.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace asio = boost::asio;
using asio::ip::tcp;
using clock_type = std::chrono::steady_clock;
using milliseconds = std::chrono::duration<double, std::milli>;
using endpoint_list = std::vector<tcp::endpoint>;

namespace
{

const std::array<char, 64> request{};

// For all of them what curl understands.
constexpr std::string_view response = "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n";

asio::awaitable<void> answer(tcp::socket socket)
{
  std::array<char, 4096> received;
  co_await socket.async_read_some(asio::buffer(received), asio::use_awaitable);
  co_await asio::async_write(socket, asio::buffer(response), asio::use_awaitable);
}

asio::awaitable<void> serve(tcp::acceptor acceptor)
{
  const auto address = acceptor.local_endpoint().address();
  for (;;)
  {
    tcp::socket socket = co_await acceptor.async_accept(asio::use_awaitable);
    std::cout << address << std::endl;
    asio::co_spawn(acceptor.get_executor(), answer(std::move(socket)), asio::detached);
  }
}

/// Prints the address of each connection that it accepts.
void run_server(const endpoint_list& own)
{
  asio::io_context context(1);
  for (const tcp::endpoint& each : own)
  {
    asio::co_spawn(context, serve(tcp::acceptor(context, each)),
        [](std::exception_ptr error)
        {
          if (error)
            std::rethrow_exception(error);
        });
  }
  std::cout << "ready" << std::endl;
  context.run();
}

asio::awaitable<tcp::socket> send_by_asio(const endpoint_list& peers)
{
  tcp::socket socket(co_await asio::this_coro::executor);
  co_await asio::async_connect(socket, peers, asio::use_awaitable);
  co_await asio::async_write(socket, asio::buffer(request), asio::use_awaitable);
  co_return socket;
}

asio::awaitable<tcp::socket> send_by_beast(const endpoint_list& peers)
{
  boost::beast::tcp_stream stream(co_await asio::this_coro::executor);
  co_await stream.async_connect(peers, asio::use_awaitable);
  co_await asio::async_write(stream, asio::buffer(request), asio::use_awaitable);
  co_return stream.release_socket();
}

asio::awaitable<tcp::socket> send_by_ours(const endpoint_list& peers)
{
  tcp::socket socket(co_await asio::this_coro::executor);
  co_await connectex::async_connect_ex(socket, peers, asio::buffer(request), asio::use_awaitable);
  co_return socket;
}

/// A way to connect and to send the request.
using way = asio::awaitable<tcp::socket> (*)(const endpoint_list&);

const std::map<std::string, way> ways{
    {"asio", send_by_asio}, {"beast", send_by_beast}, {"ours", send_by_ours}};

asio::awaitable<milliseconds> time_first_byte(const endpoint_list& peers, way send)
{
  char first = 0;
  const auto started = clock_type::now();
  tcp::socket socket = co_await send(peers);
  co_await asio::async_read(socket, asio::buffer(&first, 1), asio::use_awaitable);
  co_return clock_type::now() - started;
}

void run_client(const endpoint_list& peers, way send)
{
  asio::io_context context(1);
  auto time = asio::co_spawn(context, time_first_byte(peers, send), asio::use_future);
  context.run();
  std::cout << time.get().count() << '\n';
}

unsigned short parse_port(const std::string& text)
{
  char* end = nullptr;
  const long value = std::strtol(text.c_str(), &end, 10);
  if (text.empty() || *end != '\0' || value < 1 || value > 65535)
    throw std::invalid_argument("not a port: " + text);
  return static_cast<unsigned short>(value);
}

/// Of the arguments from the second one on: a port, and addresses.
endpoint_list parse_endpoints(const std::vector<std::string>& arguments)
{
  endpoint_list result;
  for (std::size_t i = 2; i != arguments.size(); ++i)
    result.emplace_back(asio::ip::make_address(arguments[i]), parse_port(arguments[1]));
  return result;
}

int run(const std::vector<std::string>& arguments)
{
  if (arguments.size() >= 3 && arguments[0] == "server")
  {
    run_server(parse_endpoints(arguments));
    return EXIT_SUCCESS;
  }
  if (arguments.size() >= 3 && ways.count(arguments[0]) != 0)
  {
    run_client(parse_endpoints(arguments), ways.at(arguments[0]));
    return EXIT_SUCCESS;
  }
  std::cerr << "usage: race server|asio|beast|ours PORT ADDRESS...\n";
  return 2;
}

} // namespace

int main(int argc, char* argv[])
{
  try
  {
    return run({argv + 1, argv + argc});
  }
  catch (const std::exception& error)
  {
    std::cerr << "race: " << error.what() << '\n';
    return EXIT_FAILURE;
  }
}
