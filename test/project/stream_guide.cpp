// SPDX-License-Identifier: BSL-1.0

// The programs of doc/stream.md, as they stand there. It is compiled; it does not run.

#include <connectex/lazy_connect_stream.hpp>

#include "optional_ssl.hpp"

#include <boost/asio.hpp>

#include <chrono>
#include <memory>
#include <string>

namespace asio = boost::asio;
using asio::ip::tcp;

#if HAS_OPENSSL

asio::awaitable<void> before(std::string host, asio::ssl::context& tls)
{
  const auto executor = co_await asio::this_coro::executor;
  // clang-format off
  tcp::resolver resolver(executor);
  asio::ssl::stream<tcp::socket> stream(executor, tls);
  const auto results = co_await resolver.async_resolve(host, "https", asio::use_awaitable);
  co_await asio::async_connect(stream.next_layer(), results, asio::use_awaitable);
  co_await stream.async_handshake(asio::ssl::stream_base::client, asio::use_awaitable);
  // clang-format on
}

asio::awaitable<void> after(std::string host, asio::ssl::context& tls)
{
  const auto executor = co_await asio::this_coro::executor;
  // clang-format off
  asio::ssl::stream<connectex::lazy_connect_stream<>> stream(executor, tls);
  stream.next_layer().connect_on_write(host, "https");
  co_await stream.async_handshake(asio::ssl::stream_base::client, asio::use_awaitable);
  // clang-format on
}

asio::awaitable<void> shake_hands_within_limit(
    asio::ssl::stream<connectex::lazy_connect_stream<>>& stream)
{
  const auto limit = std::make_shared<asio::cancellation_signal>();
  asio::steady_timer timer(stream.get_executor(), std::chrono::seconds(10));
  timer.async_wait(
      [weak = std::weak_ptr(limit)](boost::system::error_code ec)
      {
        const auto live = weak.lock();
        if (live && !ec)
          live->emit(asio::cancellation_type::terminal);
      });
  co_await stream.async_handshake(asio::ssl::stream_base::client,
      asio::bind_cancellation_slot(limit->slot(), asio::use_awaitable));
}

void arm_for_tls(connectex::lazy_connect_stream<>& stream, const std::string& host)
{
  connectex::connect_options options;
  options.race.payload = connectex::race_payload::first_attempt;
  options.fast_open = connectex::fast_open_mode::idempotent_data;
  stream.connect_on_write(host, "https", options);
}

#endif

void arm_with_options(connectex::lazy_connect_stream<>& stream, const std::string& host)
{
  connectex::connect_options options;
  options.total_timeout = std::chrono::seconds(5);
  options.prepare = [](connectex::opened_socket& socket, boost::system::error_code& ec)
  { socket.set_option(tcp::no_delay(true), ec); };
  stream.connect_on_write(host, "redis", options);
}

void connect_again(connectex::lazy_connect_stream<>& stream, const std::string& host)
{
  boost::system::error_code ignored;
  stream.next_layer().close(ignored);
  stream.connect_on_write(host, "redis");
}
