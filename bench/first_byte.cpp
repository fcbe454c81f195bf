// SPDX-License-Identifier: BSL-1.0

// How long it takes from the call to the first byte of the answer, for three ways to connect and
// send a request: connect and then write, async_connect_ex, and async_connect_ex with TCP Fast
// Open.

#include <connectex/connectex.hpp>

#include <boost/asio.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdlib>
#include <exception>
#include <functional>
#include <iomanip>
#include <iostream>
#include <netinet/tcp.h>
#include <stdexcept>
#include <string>
#include <sys/socket.h>
#include <system_error>
#include <utility>
#include <vector>

namespace asio = boost::asio;
using asio::ip::tcp;
using clock_type = std::chrono::steady_clock;
using milliseconds = std::chrono::duration<double, std::milli>;

namespace
{

const std::array<char, 64> request{};

asio::awaitable<void> answer(tcp::socket socket)
{
  std::array<char, request.size()> received;
  co_await asio::async_read(socket, asio::buffer(received), asio::use_awaitable);
  co_await asio::async_write(socket, asio::buffer(received, 1), asio::use_awaitable);
}

asio::awaitable<void> serve(tcp::acceptor& acceptor)
{
  for (;;)
  {
    tcp::socket socket = co_await acceptor.async_accept(asio::use_awaitable);
    asio::co_spawn(acceptor.get_executor(), answer(std::move(socket)), asio::detached);
  }
}

void set_fast_open_queue(tcp::acceptor& acceptor, int size)
{
  if (::setsockopt(acceptor.native_handle(), IPPROTO_TCP, TCP_FASTOPEN, &size, sizeof(size)) != 0)
    throw std::system_error(errno, std::generic_category(), "TCP_FASTOPEN");
}

void run_server(const tcp::endpoint& endpoint)
{
  asio::io_context context(1);
  tcp::acceptor acceptor(context, endpoint.protocol());
  acceptor.set_option(tcp::acceptor::reuse_address(true));
  acceptor.bind(endpoint);
  set_fast_open_queue(acceptor, 128);
  acceptor.listen();

  std::cout << "ready" << std::endl;
  auto done = asio::co_spawn(context, serve(acceptor), asio::use_future);
  context.run();
  done.get();
}

/// A way to connect and to send the request.
using way = std::function<asio::awaitable<void>(tcp::socket&, const tcp::endpoint&)>;

asio::awaitable<void> send_by_pair(tcp::socket& socket, const tcp::endpoint& peer)
{
  co_await socket.async_connect(peer, asio::use_awaitable);
  co_await asio::async_write(socket, asio::buffer(request), asio::use_awaitable);
}

asio::awaitable<void> send_by_ours(tcp::socket& socket, const tcp::endpoint& peer)
{
  co_await connectex::async_connect_ex(socket, peer, asio::buffer(request), asio::use_awaitable);
}

asio::awaitable<connectex::connect_report> send_by_fast_open(
    tcp::socket& socket, const tcp::endpoint& peer)
{
  connectex::connect_report report;
  connectex::connect_options options;
  options.fast_open = connectex::fast_open_mode::idempotent_data;
  options.report = &report;
  co_await connectex::async_connect_ex(
      socket, peer, asio::buffer(request), options, asio::use_awaitable);
  co_return report;
}

asio::awaitable<void> send_in_syn(tcp::socket& socket, const tcp::endpoint& peer)
{
  const auto report = co_await send_by_fast_open(socket, peer);
  if (report.first_flight != connectex::first_flight_path::in_syn)
    throw std::runtime_error("a request did not travel in the SYN: is fast open on at both ends?");
}

asio::awaitable<milliseconds> time_first_byte(tcp::endpoint peer, way send)
{
  tcp::socket socket(co_await asio::this_coro::executor);
  char answer = 0;
  const auto started = clock_type::now();
  co_await send(socket, peer);
  co_await asio::async_read(socket, asio::buffer(&answer, 1), asio::use_awaitable);
  co_return clock_type::now() - started;
}

/// Lets the kernel learn the server's cookie. Returns whether fast open is available.
asio::awaitable<bool> warm_up_fast_open(tcp::endpoint peer)
{
  connectex::connect_report report;
  co_await time_first_byte(peer,
      [&report](tcp::socket& socket, const tcp::endpoint& server) -> asio::awaitable<void>
      { report = co_await send_by_fast_open(socket, server); });
  if (!report.fast_open_error)
    co_return true;
  if (report.fast_open_error != asio::error::operation_not_supported)
    throw boost::system::system_error(report.fast_open_error, "fast open");
  std::cerr << "No fast open: " << report.fast_open_error.message() << '\n';
  co_return false;
}

struct series
{
  std::string name;
  way send;
  bool available = true;
  std::vector<milliseconds> times = {};
};

asio::awaitable<void> measure(tcp::endpoint peer, int runs, std::array<series, 3>& all)
{
  auto& [pair, ours, fast_open] = all;
  co_await time_first_byte(peer, pair.send);
  co_await time_first_byte(peer, ours.send);
  fast_open.available = co_await warm_up_fast_open(peer);

  // In turns, so that a change in the machine's load affects all of them.
  for (int run = 0; run != runs; ++run)
  {
    for (series& each : all)
    {
      if (each.available)
        each.times.push_back(co_await time_first_byte(peer, each.send));
    }
  }
}

milliseconds median(std::vector<milliseconds> times)
{
  std::sort(times.begin(), times.end());
  const std::size_t middle = times.size() / 2;
  return times.size() % 2 != 0 ? times[middle] : (times[middle - 1] + times[middle]) / 2;
}

void print(double rtt, const std::array<series, 3>& all)
{
  const auto print_fields = [&all](const char* suffix, double unit)
  {
    for (const series& each : all)
    {
      std::cout << ",\"" << each.name << suffix << "\":";
      if (each.available)
        std::cout << median(each.times).count() / unit;
      else
        std::cout << "null";
    }
  };
  std::cout << "{\"rtt_ms\":" << rtt << std::fixed << std::setprecision(3);
  print_fields("_ms", 1);
  print_fields("_rtts", rtt);
  std::cout << "}\n";
}

void run_client(const tcp::endpoint& peer, double rtt, int runs)
{
  std::array<series, 3> all{
      {{"pair", send_by_pair}, {"ours", send_by_ours}, {"fast_open", send_in_syn}}};
  asio::io_context context(1);
  auto done = asio::co_spawn(context, measure(peer, runs, all), asio::use_future);
  context.run();
  done.get();
  print(rtt, all);
}

double parse_number(const std::string& text, double least, double most)
{
  char* end = nullptr;
  const double value = std::strtod(text.c_str(), &end);
  if (text.empty() || *end != '\0' || !(value >= least && value <= most))
    throw std::invalid_argument("not a number that fits: " + text);
  return value;
}

tcp::endpoint parse_endpoint(const std::string& address, const std::string& port)
{
  return {
      asio::ip::make_address(address), static_cast<unsigned short>(parse_number(port, 1, 65535))};
}

int run(const std::vector<std::string>& arguments)
{
  if (arguments.size() == 3 && arguments[0] == "server")
  {
    run_server(parse_endpoint(arguments[1], arguments[2]));
    return EXIT_SUCCESS;
  }
  if (arguments.size() == 5 && arguments[0] == "client")
  {
    run_client(parse_endpoint(arguments[1], arguments[2]), parse_number(arguments[3], 0.001, 60000),
        static_cast<int>(parse_number(arguments[4], 1, 1000000)));
    return EXIT_SUCCESS;
  }
  std::cerr << "usage: first_byte server ADDRESS PORT\n"
               "       first_byte client ADDRESS PORT RTT_MS RUNS\n";
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
    std::cerr << "first_byte: " << error.what() << '\n';
    return EXIT_FAILURE;
  }
}
