// SPDX-License-Identifier: BSL-1.0

// A small HTTPS client, which is compiled to be measured: asks a host, by its name, for its first
// page. With CONNECTEX_BENCH_PAIR it resolves the name and connects before the handshake.

#if !defined(CONNECTEX_BENCH_PAIR)
#include <connectex/lazy_connect_stream.hpp>
#endif

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <iostream>
#include <string>

namespace
{

namespace asio = boost::asio;
namespace ssl = asio::ssl;
using asio::ip::tcp;

asio::awaitable<void> get(std::string host, ssl::context& tls)
{
  const auto executor = co_await asio::this_coro::executor;
#if defined(CONNECTEX_BENCH_PAIR)
  ssl::stream<tcp::socket> stream(executor, tls);
  tcp::resolver resolver(executor);
  const auto endpoints = co_await resolver.async_resolve(host, "https", asio::use_awaitable);
  co_await asio::async_connect(stream.next_layer(), endpoints, asio::use_awaitable);
#else
  ssl::stream<connectex::lazy_connect_stream<>> stream(executor, tls);
  stream.next_layer().connect_on_write(host, "https");
#endif
  co_await stream.async_handshake(ssl::stream_base::client, asio::use_awaitable);
  const std::string request = "GET / HTTP/1.1\r\nHost: " + host + "\r\n\r\n";
  co_await asio::async_write(stream, asio::buffer(request), asio::use_awaitable);
  std::string received(15, '\0');
  co_await asio::async_read(stream, asio::buffer(received), asio::use_awaitable);
  std::cout << received << '\n';
}

} // namespace

int main(int argc, char* argv[])
{
  asio::io_context context;
  ssl::context tls(ssl::context::tls_client);
  asio::co_spawn(context, get(argc > 1 ? argv[1] : "localhost", tls), asio::detached);
  context.run();
}
