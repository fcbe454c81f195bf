// SPDX-License-Identifier: BSL-1.0

// stream server plain|tls ADDRESS PORT: prints its port and answers requests.
// stream client plain|tls pair|lazy ADDRESS PORT COUNT: makes COUNT requests, each on a connection
// of its own. Whoever runs it counts from outside, and takes the difference of two COUNTs.
// stream first_byte pair|off|cold|warm ADDRESS PORT: prints how many milliseconds pass until the
// first byte of the answer to a request over TLS. `pair` is a socket that was connected before the
// handshake; the others are a lazy_connect_stream without fast open, with fast open and no cookie,
// and with a cookie, and fail if the first bytes have not gone that way.

#include "stream.hpp"

#if defined(CONNECTEX_BENCH_TLS)
#include "support/certificate.hpp"

#include <boost/asio/ssl.hpp>
#endif

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>

#include <netinet/tcp.h>
#include <sys/socket.h>

namespace
{

using namespace bench;
using clock_type = std::chrono::steady_clock;
using milliseconds = std::chrono::duration<double, std::milli>;

/// Runs it to its end, and throws what it throws.
void run(asio::io_context& context, asio::awaitable<void> operation)
{
  asio::co_spawn(context, std::move(operation),
      [](std::exception_ptr failure)
      {
        if (failure)
          std::rethrow_exception(failure);
      });
  context.run();
}

template <typename Stream>
asio::awaitable<void> ask_again_and_again(tcp::endpoint peer, int count)
{
  const auto executor = co_await asio::this_coro::executor;
  for (int i = 0; i != count; ++i)
  {
    Stream stream(executor);
    co_await connect(stream, peer);
    co_await ask(stream);
  }
}

#if defined(CONNECTEX_BENCH_TLS)

namespace ssl = asio::ssl;

template <typename NextLayer>
asio::awaitable<void> ask_again_and_again_by_tls(tcp::endpoint peer, int count)
{
  const auto executor = co_await asio::this_coro::executor;
  ssl::context tls(ssl::context::tls_client);
  for (int i = 0; i != count; ++i)
  {
    ssl::stream<NextLayer> stream(executor, tls);
    co_await connect(stream.next_layer(), peer);
    co_await stream.async_handshake(ssl::stream_base::client, asio::use_awaitable);
    co_await ask(stream);
  }
}

asio::awaitable<void> respond_by_tls(tcp::socket socket, ssl::context& tls)
{
  // Or the system would put off what follows the handshake.
  socket.set_option(tcp::no_delay(true));
  ssl::stream<tcp::socket> stream(std::move(socket), tls);
  co_await stream.async_handshake(ssl::stream_base::server, asio::use_awaitable);
  co_await respond(stream);
}

asio::awaitable<void> serve_by_tls(tcp::acceptor& acceptor)
{
  ssl::context tls = test::context_with_certificate();
  for (;;)
  {
    tcp::socket socket = co_await acceptor.async_accept(asio::use_awaitable);
    asio::co_spawn(acceptor.get_executor(), respond_by_tls(std::move(socket), tls), asio::detached);
  }
}

asio::awaitable<void> connect_at_once(tcp::socket& socket, const tcp::endpoint& peer)
{
  co_await connect(socket, peer);
  socket.set_option(tcp::no_delay(true));
}

asio::awaitable<void> connect_at_once(
    lazy_stream& stream, const tcp::endpoint& peer, const connectex::connect_options& options)
{
  stream.connect_on_write(peer, options);
  co_return;
}

template <typename NextLayer, typename... Options>
asio::awaitable<void> time_first_byte(
    tcp::endpoint peer, ssl::context& tls, const Options&... options)
{
  ssl::stream<NextLayer> stream(co_await asio::this_coro::executor, tls);
  std::array<char, 1> first;
  const auto started = clock_type::now();
  co_await connect_at_once(stream.next_layer(), peer, options...);
  co_await stream.async_handshake(ssl::stream_base::client, asio::use_awaitable);
  co_await asio::async_write(stream, asio::buffer(request), asio::use_awaitable);
  co_await stream.async_read_some(asio::buffer(first), asio::use_awaitable);
  std::cout << milliseconds(clock_type::now() - started).count() << '\n';
}

void time_lazy(asio::io_context& context, const tcp::endpoint& peer, ssl::context& tls,
    connectex::fast_open_mode mode, connectex::first_flight_path expected)
{
  connectex::connect_report report;
  connectex::connect_options options;
  options.fast_open = mode;
  options.report = &report;
  options.prepare = [](connectex::opened_socket& socket, error_code& ec)
  { socket.set_option(tcp::no_delay(true), ec); };
  run(context, time_first_byte<lazy_stream>(peer, tls, options));
  if (report.first_flight != expected)
    throw std::runtime_error("the ClientHello has gone another way: is fast open on at both ends?");
}

void run_first_byte(const std::string& way, const tcp::endpoint& peer)
{
  using connectex::fast_open_mode;
  using connectex::first_flight_path;
  asio::io_context context(1);
  ssl::context tls(ssl::context::tls_client);
  if (way == "pair")
    run(context, time_first_byte<tcp::socket>(peer, tls));
  else if (way == "off")
    time_lazy(context, peer, tls, fast_open_mode::off, first_flight_path::after_connect);
  else if (way == "cold")
    time_lazy(
        context, peer, tls, fast_open_mode::idempotent_data, first_flight_path::after_connect);
  else if (way == "warm")
    time_lazy(context, peer, tls, fast_open_mode::idempotent_data, first_flight_path::in_syn);
  else
    throw std::invalid_argument("no such way: " + way);
}

#endif // CONNECTEX_BENCH_TLS

asio::awaitable<void> make_requests(
    const std::string& what, const std::string& way, const tcp::endpoint& peer, int count)
{
  if (what == "plain" && way == "pair")
    return ask_again_and_again<tcp::socket>(peer, count);
  if (what == "plain" && way == "lazy")
    return ask_again_and_again<lazy_stream>(peer, count);
#if defined(CONNECTEX_BENCH_TLS)
  if (what == "tls" && way == "pair")
    return ask_again_and_again_by_tls<tcp::socket>(peer, count);
  if (what == "tls" && way == "lazy")
    return ask_again_and_again_by_tls<lazy_stream>(peer, count);
#endif
  throw std::invalid_argument("no such way: " + what + ' ' + way);
}

asio::awaitable<void> serve(const std::string& what, tcp::acceptor& acceptor)
{
  if (what == "plain")
    return bench::serve(acceptor);
#if defined(CONNECTEX_BENCH_TLS)
  if (what == "tls")
    return serve_by_tls(acceptor);
#endif
  throw std::invalid_argument("no such server: " + what);
}

void set_fast_open_queue(tcp::acceptor& acceptor, int size)
{
  if (::setsockopt(acceptor.native_handle(), IPPROTO_TCP, TCP_FASTOPEN, &size, sizeof(size)) != 0)
    throw std::system_error(errno, std::generic_category(), "TCP_FASTOPEN");
}

void run_server(const std::string& what, const tcp::endpoint& endpoint)
{
  asio::io_context context(1);
  tcp::acceptor acceptor(context, endpoint.protocol());
  acceptor.bind(endpoint);
  set_fast_open_queue(acceptor, 128);
  acceptor.listen();
  std::cout << acceptor.local_endpoint().port() << std::endl;

  run(context, serve(what, acceptor));
}

tcp::endpoint parse_endpoint(const std::string& address, const std::string& port)
{
  return {asio::ip::make_address(address), static_cast<unsigned short>(std::stoi(port))};
}

} // namespace

int main(int argc, char* argv[])
try
{
  const std::string role = argc > 1 ? argv[1] : "";
  if (role == "server" && argc == 5)
  {
    run_server(argv[2], parse_endpoint(argv[3], argv[4]));
    return EXIT_SUCCESS;
  }
  if (role == "client" && argc == 7)
  {
    asio::io_context context(1);
    run(context,
        make_requests(argv[2], argv[3], parse_endpoint(argv[4], argv[5]), std::atoi(argv[6])));
    return EXIT_SUCCESS;
  }
#if defined(CONNECTEX_BENCH_TLS)
  if (role == "first_byte" && argc == 5)
  {
    run_first_byte(argv[2], parse_endpoint(argv[3], argv[4]));
    return EXIT_SUCCESS;
  }
#endif
  std::cerr << "usage: stream server plain|tls ADDRESS PORT\n"
               "       stream client plain|tls pair|lazy ADDRESS PORT COUNT\n"
               "       stream first_byte pair|off|cold|warm ADDRESS PORT\n";
  return EXIT_FAILURE;
}
catch (const std::exception& error)
{
  std::cerr << "stream: " << error.what() << '\n';
  return EXIT_FAILURE;
}
