// SPDX-License-Identifier: BSL-1.0

// An HTTPS client whose ClientHello travels with its connect. Without arguments it asks a server of
// its own.

#include "arguments.hpp"
#include "first_flight_text.hpp"
#include "local_server.hpp"
#include "self_signed.hpp"

#include <connectex/connectex.hpp>

#include <boost/asio.hpp>
#include <boost/asio/ssl.hpp>

#include <chrono>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <stdexcept>
#include <string>
#include <utility>

namespace asio = boost::asio;
namespace ssl = asio::ssl;
using asio::ip::tcp;
using namespace std::chrono_literals;

using tls_stream = ssl::stream<connectex::lazy_connect_stream<>>;

/// What is good for a connect whose first bytes are a ClientHello.
connectex::connect_options options_for_tls(connectex::connect_report& report)
{
  connectex::connect_options options;
  options.total_timeout = 10s;
  options.report = &report;

  // A server that hears a ClientHello twice, or in vain, is not harmed. So it may go to the first
  // of several addresses before that one has won, and into the SYN where the system allows it.
  options.race.payload = connectex::race_payload::first_attempt;
  options.fast_open = connectex::fast_open_mode::idempotent_data;
  return options;
}

/// What to ask for, and where.
struct question
{
  /// A name or an address.
  std::string connect_to;
  std::string service;

  /// The name in the certificate.
  std::string host;
  std::string path;
};

void expect_certificate_of(const std::string& host, tls_stream& stream)
{
  if (!SSL_set_tlsext_host_name(stream.native_handle(), host.c_str()))
    throw std::runtime_error("this name cannot be sent");
  stream.set_verify_mode(ssl::verify_peer);
  stream.set_verify_callback(ssl::host_name_verification(host));
}

/// @returns The answer, with its header.
asio::awaitable<std::string> get(question asked, ssl::context& tls)
{
  connectex::connect_report report;
  tls_stream stream(co_await asio::this_coro::executor, tls);
  expect_certificate_of(asked.host, stream);
  stream.next_layer().connect_on_write(asked.connect_to, asked.service, options_for_tls(report));
  co_await stream.async_handshake(ssl::stream_base::client, asio::use_awaitable);
  std::cout << SSL_get_version(stream.native_handle()) << " with " << asked.host
            << ", its ClientHello went " << example::first_flight_text(report) << "\n\n";

  const std::string request = "GET " + asked.path + " HTTP/1.0\r\nHost: " + asked.host + "\r\n\r\n";
  co_await asio::async_write(stream, asio::buffer(request), asio::use_awaitable);

  std::string answer;
  boost::system::error_code end;
  co_await asio::async_read(
      stream, asio::dynamic_buffer(answer), asio::redirect_error(asio::use_awaitable, end));

  // Not every server ends TLS before it closes the connection; HTTP says itself where answers end.
  if (end != asio::error::eof && end != ssl::error::stream_truncated)
    throw boost::system::system_error(end);
  co_return answer;
}

std::string ask(const std::string& host, const std::string& service, const std::string& path)
{
  ssl::context tls(ssl::context::tlsv13_client);
  tls.set_default_verify_paths();
  return example::run(get({host, service, host, path}, tls));
}

/// Answers one request.
asio::awaitable<void> serve(tcp::socket socket, ssl::context& tls)
{
  ssl::stream<tcp::socket> stream(std::move(socket), tls);
  co_await stream.async_handshake(ssl::stream_base::server, asio::use_awaitable);
  std::string request;
  co_await asio::async_read_until(
      stream, asio::dynamic_buffer(request, 1024), "\r\n\r\n", asio::use_awaitable);
  const std::string answer = "HTTP/1.0 200 OK\r\n\r\nThis is private.\n";
  co_await asio::async_write(stream, asio::buffer(answer), asio::use_awaitable);
  co_await stream.async_shutdown(asio::use_awaitable);
}

std::string ask_own_server()
{
  const example::self_signed certificate;
  ssl::context server_tls(ssl::context::tlsv13_server);
  certificate.identify(server_tls);
  const example::local_server server(
      [&](tcp::socket socket) { return serve(std::move(socket), server_tls); });

  ssl::context tls(ssl::context::tlsv13_client);
  certificate.trust(tls);
  const tcp::endpoint peer = server.endpoint();
  return example::run(
      get({peer.address().to_string(), std::to_string(peer.port()), "localhost", "/"}, tls));
}

int main(int argc, char* argv[])
{
  if (argc > 4)
  {
    std::cerr << "usage: https_get [HOST [SERVICE [PATH]]]\n";
    return EXIT_FAILURE;
  }

  try
  {
    if (argc > 1)
    {
      const std::string service = example::to_service(argc > 2 ? argv[2] : "443");
      std::cout << ask(argv[1], service, argc > 3 ? argv[3] : "/");
      return EXIT_SUCCESS;
    }

    const std::string answer = ask_own_server();
    std::cout << answer;
    return answer.ends_with("\r\n\r\nThis is private.\n") ? EXIT_SUCCESS : EXIT_FAILURE;
  }
  catch (const std::exception& error)
  {
    std::cerr << error.what() << '\n';
    return EXIT_FAILURE;
  }
}
