// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_EXAMPLE_TUTORIAL_ECHO_SERVER_HPP
#define CONNECTEX_EXAMPLE_TUTORIAL_ECHO_SERVER_HPP

#include <boost/asio.hpp>

#include <array>
#include <chrono>
#include <thread>
#include <utility>

namespace tutorial
{

namespace asio = boost::asio;
using asio::ip::tcp;

/// Sends back what it receives, on a loopback port of the system's choice and a thread of its own.
class echo_server
{
public:
  /// @param late How long it refuses connections before it begins to listen.
  explicit echo_server(std::chrono::milliseconds late = {}) : acceptor_(context_, tcp::v4())
  {
    acceptor_.bind({asio::ip::address_v4::loopback(), 0});
    endpoint_ = acceptor_.local_endpoint();
    if (late == late.zero())
      acceptor_.listen();
    asio::co_spawn(context_, serve(late), asio::detached);
    thread_ = std::thread([this] { context_.run(); });
  }

  echo_server(const echo_server&) = delete;
  echo_server& operator=(const echo_server&) = delete;

  ~echo_server()
  {
    context_.stop();
    thread_.join();
  }

  tcp::endpoint endpoint() const { return endpoint_; }

private:
  asio::awaitable<void> serve(std::chrono::milliseconds late)
  {
    if (late != late.zero())
    {
      asio::steady_timer timer(context_, late);
      co_await timer.async_wait(asio::use_awaitable);
      acceptor_.listen();
    }
    for (;;)
    {
      tcp::socket peer = co_await acceptor_.async_accept(asio::use_awaitable);
      asio::co_spawn(context_, echo(std::move(peer)), asio::detached);
    }
  }

  static asio::awaitable<void> echo(tcp::socket peer)
  {
    std::array<char, 1024> block;
    for (;;)
    {
      const std::size_t size =
          co_await peer.async_read_some(asio::buffer(block), asio::use_awaitable);
      co_await asio::async_write(peer, asio::buffer(block, size), asio::use_awaitable);
    }
  }

  asio::io_context context_;
  tcp::acceptor acceptor_;
  tcp::endpoint endpoint_;
  std::thread thread_;
};

} // namespace tutorial

#endif // CONNECTEX_EXAMPLE_TUTORIAL_ECHO_SERVER_HPP
