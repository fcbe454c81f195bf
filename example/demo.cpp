// SPDX-License-Identifier: BSL-1.0

// A server and its clients in one program: each client sends its request together with its connect,
// and says how the request travelled.

#include <connectex/connectex.hpp>

#include <boost/asio.hpp>

#include <chrono>
#include <exception>
#include <future>
#include <iostream>
#include <stdexcept>
#include <string>
#include <thread>

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using clock_type = std::chrono::steady_clock;

namespace
{

#if defined(BOOST_ASIO_HAS_IOCP)
constexpr auto expected_path = connectex::first_flight_path::in_connect;
#else
constexpr auto expected_path = connectex::first_flight_path::after_connect;
#endif

void expect(bool condition, const std::string& what)
{
  if (!condition)
    throw std::runtime_error("not as it should be: " + what);
}

/// Answers one line with another.
asio::awaitable<void> serve(tcp::socket socket)
{
  std::string request;
  co_await asio::async_read_until(
      socket, asio::dynamic_buffer(request, 1024), '\n', asio::use_awaitable);
  const std::string answer = "You said: " + request;
  co_await asio::async_write(socket, asio::buffer(answer), asio::use_awaitable);
}

asio::awaitable<void> listen(tcp::acceptor& acceptor)
{
  for (;;)
  {
    tcp::socket socket = co_await acceptor.async_accept(asio::use_awaitable);
    asio::co_spawn(acceptor.get_executor(), serve(std::move(socket)), asio::detached);
  }
}

void print_path(const connectex::connect_report& report, std::size_t bytes)
{
  switch (report.first_flight)
  {
  case connectex::first_flight_path::in_connect:
    std::cout << "  path:   ConnectEx, which connected and sent in one call\n"
              << "          " << report.bytes_in_connect << " of " << bytes
              << " bytes travelled in the connect call\n";
    break;
  case connectex::first_flight_path::after_connect:
    std::cout << "  path:   connected first, and wrote as soon as the connection stood\n"
              << "          0 of " << bytes << " bytes travelled in the connect call\n";
    break;
  case connectex::first_flight_path::in_syn:
    std::cout << "  path:   in the SYN\n";
    break;
  case connectex::first_flight_path::none:
    std::cout << "  path:   nothing was sent\n";
    break;
  }
}

/// Reads the answer and prints what the client has seen.
void finish(tcp::socket& socket, const connectex::connect_report& report,
    const std::string& request, std::size_t bytes, clock_type::time_point started)
{
  std::string answer;
  asio::read_until(socket, asio::dynamic_buffer(answer, 1024), '\n');
  const std::chrono::duration<double, std::milli> elapsed = clock_type::now() - started;

  print_path(report, bytes);
  std::cout << "  server: " << answer << "  time:   " << elapsed.count()
            << " ms from the call to the answer\n\n";

  expect(bytes == request.size(), "every byte of the request was handed over");
  expect(answer == "You said: " + request, "the server has heard the request");
  expect(report.first_flight == expected_path, "the request went by the path of this system");
}

void with_coroutine(const tcp::endpoint& peer)
{
  std::cout << "With co_await:\n";
  asio::io_context context;
  const auto client = [&]() -> asio::awaitable<void>
  {
    tcp::socket socket(context);
    const std::string request = "hello from a coroutine\n";
    connectex::connect_report report;
    connectex::connect_options options;
    options.report = &report;
    const auto started = clock_type::now();
    const std::size_t bytes = co_await connectex::async_connect_ex(
        socket, peer, asio::buffer(request), options, asio::use_awaitable);
    finish(socket, report, request, bytes, started);
  };
  std::future<void> done = asio::co_spawn(context, client, asio::use_future);
  context.run();
  done.get();
}

void with_callback(const tcp::endpoint& peer)
{
  std::cout << "With a callback:\n";
  asio::io_context context;
  tcp::socket socket(context);
  const std::string request = "hello from a callback\n";
  connectex::connect_report report;
  connectex::connect_options options;
  options.report = &report;
  bool called = false;
  const auto started = clock_type::now();
  connectex::async_connect_ex(socket, peer, asio::buffer(request), options,
      [&](const error_code& error, std::size_t bytes)
      {
        called = true;
        expect(!error, "the connect succeeded, not: " + error.message());
        finish(socket, report, request, bytes, started);
      });
  context.run();
  expect(called, "the callback was called");
}

void with_future(const tcp::endpoint& peer)
{
  std::cout << "With a future, and the context on a thread of its own:\n";
  asio::thread_pool pool(1);
  tcp::socket socket(pool.get_executor());
  const std::string request = "hello from a future\n";
  connectex::connect_report report;
  connectex::connect_options options;
  options.report = &report;
  const auto started = clock_type::now();
  std::future<std::size_t> sent =
      connectex::async_connect_ex(socket, peer, asio::buffer(request), options, asio::use_future);
  const std::size_t bytes = sent.get();
  finish(socket, report, request, bytes, started);
}

void refused()
{
  std::cout << "To a port where nobody listens:\n";
  asio::io_context context;

  // Bound but not listening, so that nobody else can get the port.
  const tcp::socket guard(context, tcp::endpoint(asio::ip::address_v4::loopback(), 0));
  tcp::socket socket(context);
  error_code result;
  const auto started = clock_type::now();
  connectex::async_connect_ex(socket, guard.local_endpoint(), asio::buffer("lost\n", 5),
      [&](const error_code& error, std::size_t) { result = error; });
  context.run();
  const std::chrono::duration<double, std::milli> elapsed = clock_type::now() - started;

  std::cout << "  error:  " << result.message() << " (" << result << ")\n"
            << "          == asio::error::connection_refused: "
            << (result == asio::error::connection_refused ? "yes" : "no") << "\n"
            << "          worth another try: "
            << (result == connectex::condition::retryable ? "yes" : "no") << "\n"
            << "  time:   " << elapsed.count() << " ms\n\n";
  expect(result == asio::error::connection_refused, "the error says that the port refused");
  expect(result == connectex::condition::retryable, "a refusal is retryable");
  expect(socket.is_open(), "the socket is still open");
}

void run()
{
  asio::io_context context;
  tcp::acceptor acceptor(context, tcp::endpoint(asio::ip::address_v4::loopback(), 0));
  const tcp::endpoint peer = acceptor.local_endpoint();
  asio::co_spawn(context, listen(acceptor), asio::detached);

  struct joining_thread
  {
    ~joining_thread()
    {
      context.stop();
      thread.join();
    }

    asio::io_context& context;
    std::thread thread;
  } server{context, std::thread([&] { context.run(); })};

  std::cout << "A server listens on " << peer << ".\n\n";
  with_coroutine(peer);
  with_callback(peer);
  with_future(peer);
  refused();
  std::cout << "All as it should be.\n";
}

} // namespace

int main()
{
  try
  {
    run();
  }
  catch (const std::exception& error)
  {
    std::cerr << error.what() << std::endl;
    return 1;
  }
  return 0;
}
