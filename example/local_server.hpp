// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_EXAMPLE_LOCAL_SERVER_HPP
#define CONNECTEX_EXAMPLE_LOCAL_SERVER_HPP

#include <boost/asio.hpp>

#include <chrono>
#include <functional>
#include <future>
#include <stdexcept>
#include <thread>
#include <utility>

namespace example
{

namespace asio = boost::asio;
using asio::ip::tcp;

/// Serves on a loopback port of the system's choice, in a thread of its own.
class local_server
{
public:
  using session = std::function<asio::awaitable<void>(tcp::socket)>;

  /// @param serve Called for each connection.
  /// @param late How long connections are refused before it begins to listen.
  explicit local_server(session serve, std::chrono::milliseconds late = {})
    : serve_(std::move(serve)), acceptor_(context_, tcp::v4())
  {
    acceptor_.bind({asio::ip::address_v4::loopback(), 0});
    endpoint_ = acceptor_.local_endpoint();
    if (late == late.zero())
      acceptor_.listen();
    asio::co_spawn(context_, accept(late), asio::detached);
    thread_ = std::thread([this] { context_.run(); });
  }

  local_server(const local_server&) = delete;
  local_server& operator=(const local_server&) = delete;

  ~local_server()
  {
    context_.stop();
    thread_.join();
  }

  const tcp::endpoint& endpoint() const { return endpoint_; }

private:
  asio::awaitable<void> accept(std::chrono::milliseconds late)
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
      asio::co_spawn(context_, serve_(std::move(peer)), asio::detached);
    }
  }

  // Sessions may refer to it for as long as the context lives.
  session serve_;
  asio::io_context context_;
  tcp::acceptor acceptor_;
  tcp::endpoint endpoint_;
  std::thread thread_;
};

/// Runs a client to its end, which must come soon.
template <typename T>
T run(asio::awaitable<T> client)
{
  asio::io_context context;
  auto result = asio::co_spawn(context, std::move(client), asio::use_future);
  context.run_for(std::chrono::seconds(30));
  if (result.wait_for(std::chrono::seconds(0)) != std::future_status::ready)
    throw std::runtime_error("no answer");
  return result.get();
}

} // namespace example

#endif // CONNECTEX_EXAMPLE_LOCAL_SERVER_HPP
