// SPDX-License-Identifier: BSL-1.0

// The library in one run on this machine: a connect by name that takes its first bytes along, one
// past an address that does not answer, a TLS handshake, retries until a server is up, a refusal.

#include "first_flight_text.hpp"
#include "full_listener.hpp"
#include "local_server.hpp"
#if defined(CONNECTEX_DEMO_TLS)
#include "self_signed.hpp"
#endif

#include <connectex/connectex.hpp>

#include <boost/asio.hpp>
#if defined(CONNECTEX_DEMO_TLS)
#include <boost/asio/ssl.hpp>
#endif

#include <chrono>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using namespace std::chrono_literals;

namespace
{

void expect(bool condition, const std::string& expectation)
{
  if (!condition)
    throw std::runtime_error("This was expected: " + expectation);
}

tcp::endpoint any_port() { return {asio::ip::address_v4::loopback(), 0}; }

/// Answers one line with another.
asio::awaitable<void> serve(tcp::socket socket)
{
  std::string request;
  co_await asio::async_read_until(
      socket, asio::dynamic_buffer(request, 1024), '\n', asio::use_awaitable);
  const std::string answer = "You said: " + request;
  co_await asio::async_write(socket, asio::buffer(answer), asio::use_awaitable);
}

template <typename Stream>
asio::awaitable<std::string> read_line(Stream& stream)
{
  std::string line;
  co_await asio::async_read_until(
      stream, asio::dynamic_buffer(line, 1024), '\n', asio::use_awaitable);
  co_return line;
}

/// "localhost", unless this machine does not know that name.
std::string loopback_name()
{
  asio::io_context context;
  error_code error;
  tcp::resolver(context).resolve("localhost", "", error);
  return error ? "127.0.0.1" : "localhost";
}

asio::awaitable<void> by_name(std::string host, std::string service)
{
  std::cout << "1. By name, with the first bytes along\n\n";
  tcp::socket socket(co_await asio::this_coro::executor);
  const std::string request = "hello\n";
  connectex::connect_report report;
  connectex::connect_options options;
  options.total_timeout = 10s;
  options.report = &report;
  const auto [peer, sent] = co_await connectex::async_connect_ex(
      socket, host, service, asio::buffer(request), options, asio::use_awaitable);

  const std::string answer = co_await read_line(socket);
  std::cout << report << "\n\n"
            << host << " answers at " << peer << "; " << sent << " bytes went "
            << example::first_flight_text(report) << ".\nThe server says: " << answer << '\n';
  expect(answer == "You said: " + request, "the server's answer to the request");
}

asio::awaitable<void> past_a_dead_address(std::vector<tcp::endpoint> endpoints)
{
  std::cout << "2. Past an address that does not answer\n\n";
  tcp::socket socket(co_await asio::this_coro::executor);
  const std::string request = "are you there?\n";
  connectex::connect_report report;
  connectex::connect_options options;
  options.total_timeout = 10s;
  options.report = &report;
  const auto [peer, sent] = co_await connectex::async_connect_ex(
      socket, endpoints, asio::buffer(request), options, asio::use_awaitable);

  std::cout << report << "\n\nOnly " << peer << " got the " << sent << " bytes.\n\n";
  expect(peer == endpoints.back(), "a connection to the address that answers");
  co_await read_line(socket);
}

#if defined(CONNECTEX_DEMO_TLS)

namespace ssl = asio::ssl;

asio::awaitable<void> serve_tls(tcp::socket socket, ssl::context& tls)
{
  ssl::stream<tcp::socket> stream(std::move(socket), tls);
  co_await stream.async_handshake(ssl::stream_base::server, asio::use_awaitable);
  co_await asio::async_write(stream, asio::buffer("private\n", 8), asio::use_awaitable);
}

asio::awaitable<void> handshake(std::string host, std::string service, ssl::context& tls)
{
  connectex::connect_report report;
  connectex::connect_options options;
  options.total_timeout = 10s;
  options.report = &report;

  // A ClientHello may arrive twice without harm.
  options.race.payload = connectex::race_payload::first_attempt;

  ssl::stream<connectex::lazy_connect_stream<>> stream(co_await asio::this_coro::executor, tls);
  stream.set_verify_mode(ssl::verify_peer);
  stream.set_verify_callback(ssl::host_name_verification("localhost"));
  stream.next_layer().connect_on_write(host, service, options);
  co_await stream.async_handshake(ssl::stream_base::client, asio::use_awaitable);
  std::cout << SSL_get_version(stream.native_handle()) << "; the ClientHello went "
            << example::first_flight_text(report) << ".\n";
  const std::string answer = co_await read_line(stream);
  expect(answer == "private\n", "the server's answer over TLS");
}

void with_tls()
{
  const example::self_signed certificate;
  ssl::context server_tls(ssl::context::tls_server);
  certificate.identify(server_tls);
  const example::local_server server(
      [&](tcp::socket socket) { return serve_tls(std::move(socket), server_tls); });

  ssl::context tls(ssl::context::tls_client);
  certificate.trust(tls);
  const tcp::endpoint peer = server.endpoint();
  example::run(handshake(peer.address().to_string(), std::to_string(peer.port()), tls));
}

#else

void with_tls() { std::cout << "Left out: this program was built without OpenSSL.\n"; }

#endif

asio::awaitable<void> until_up(tcp::endpoint peer)
{
  std::cout << "4. Again, on the same socket, until a server is up that is 150 ms late\n\n";
  tcp::socket socket(co_await asio::this_coro::executor, peer.protocol());
  const std::string request = "at last\n";
  connectex::connect_report report;
  connectex::connect_options options;
  options.retry.max_attempts = 0;
  options.retry.backoff = {20ms, 2.0, 100ms, 0.5};
  options.total_timeout = 20s;
  options.report = &report;
  co_await connectex::async_connect_ex(
      socket, peer, asio::buffer(request), options, asio::use_awaitable);

  std::cout << report << "\n\n";
  co_await read_line(socket);
}

asio::awaitable<void> refused(tcp::endpoint peer)
{
  std::cout << "5. A refusal has one name on every system\n\n";
  tcp::socket socket(co_await asio::this_coro::executor);
  connectex::connect_report report;
  connectex::connect_options options;
  options.report = &report;
  const auto [error, sent] = co_await connectex::async_connect_ex(
      socket, peer, asio::buffer("lost\n", 5), options, asio::as_tuple(asio::use_awaitable));

  std::cout << report << "\n\nresult: " << error.message() << '\n';
  expect(error == asio::error::connection_refused, "asio::error::connection_refused");
  expect(error == connectex::condition::retryable, "an error after which another try is safe");
  std::cout << "It equals asio::error::connection_refused and connectex::condition::retryable.\n\n";
}

void run()
{
  const example::local_server server(serve);
  example::run(by_name(loopback_name(), std::to_string(server.endpoint().port())));

  asio::io_context context;
  const example::full_listener silent(context);
  example::run(past_a_dead_address({silent.endpoint(), server.endpoint()}));

  std::cout << "3. A TLS handshake in the connect, with an unmodified asio::ssl::stream\n\n";
  with_tls();
  std::cout << '\n';

  const example::local_server late(serve, 150ms);
  example::run(until_up(late.endpoint()));

  // Bound but not listening, so that nobody else can get the port.
  const tcp::socket guard(context, any_port());
  example::run(refused(guard.local_endpoint()));

  std::cout << "All as expected.\n";
}

} // namespace

int main()
{
  try
  {
    run();
    return EXIT_SUCCESS;
  }
  catch (const std::exception& error)
  {
    std::cerr << error.what() << '\n';
    return EXIT_FAILURE;
  }
}
