// SPDX-License-Identifier: BSL-1.0

#include "echo_server.hpp"

#include <connectex/connectex.hpp>

#include <boost/asio.hpp>

#include <chrono>
#include <cstddef>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

namespace asio = boost::asio;
using asio::ip::tcp;
using namespace std::chrono_literals;

asio::awaitable<std::string> hear(tcp::socket socket, std::size_t size)
{
  std::string echo(size, '\0');
  co_await asio::async_read(socket, asio::buffer(echo), asio::use_awaitable);
  co_return echo;
}

asio::awaitable<std::string> greet_by_name(std::string host, std::string service, std::string hello)
{
  tcp::socket socket(co_await asio::this_coro::executor);
  co_await connectex::async_connect_ex(
      socket, host, service, asio::buffer(hello), asio::use_awaitable);
  co_return co_await hear(std::move(socket), hello.size());
}

asio::awaitable<std::string> greet_first(
    std::vector<tcp::endpoint> endpoints, std::string hello, connectex::connect_report* report)
{
  connectex::connect_options options;
  options.race.attempt_delay = 100ms;
  options.total_timeout = 10s;
  options.report = report;

  tcp::socket socket(co_await asio::this_coro::executor);
  const auto [peer, bytes_transferred] = co_await connectex::async_connect_ex(
      socket, endpoints, asio::buffer(hello), options, asio::use_awaitable);
  std::cout << *report << "\nthe winner is " << peer << '\n';
  if (peer != socket.remote_endpoint())
    co_return std::string();
  co_return co_await hear(std::move(socket), bytes_transferred);
}

void print(std::exception_ptr problem)
{
  try
  {
    std::rethrow_exception(problem);
  }
  catch (const std::exception& error)
  {
    std::cerr << error.what() << '\n';
  }
}

int main()
{
  const tutorial::echo_server server;
  asio::io_context context;
  const tcp::endpoint any_port(asio::ip::address_v4::loopback(), 0);
  // Bound, but not listening: whoever connects is refused.
  const tcp::socket nobody(context, any_port);
  // Its backlog is full: whoever connects waits.
  tcp::acceptor silent(context, tcp::v4());
  silent.bind(any_port);
  silent.listen(0);
  tcp::socket filler(context);
  filler.connect(silent.local_endpoint());

  const std::string hello = "hello, whichever you are\n";
  const auto keep = [](std::string& echo)
  {
    return [&echo](std::exception_ptr problem, const std::string& received)
    {
      echo = received;
      if (problem)
        print(problem);
    };
  };

  std::string by_name;
  const std::string port = std::to_string(server.endpoint().port());
  asio::co_spawn(context, greet_by_name("localhost", port, hello), keep(by_name));

  std::string by_race;
  connectex::connect_report report;
  const std::vector<tcp::endpoint> endpoints = {
      silent.local_endpoint(), nobody.local_endpoint(), server.endpoint()};
  asio::co_spawn(context, greet_first(endpoints, hello, &report), keep(by_race));
  context.run_for(20s);

  const bool all_as_told = report.attempts.size() == 3
      && report.attempts[0].outcome == connectex::attempt_outcome::lost
      && report.attempts[1].outcome == connectex::attempt_outcome::failed
      && report.attempts[2].outcome == connectex::attempt_outcome::connected;
  return by_name == hello && by_race == hello && all_as_told ? EXIT_SUCCESS : EXIT_FAILURE;
}
