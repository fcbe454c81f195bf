// SPDX-License-Identifier: BSL-1.0

// The programs of doc/coming_from_asio.md, as they stand there. It is compiled; it does not run.

#include <connectex/connectex.hpp>

#include <boost/asio.hpp>
#include <boost/version.hpp>

#include <chrono>
#include <string>

namespace coming_from_asio
{

namespace asio = boost::asio;
using asio::ip::tcp;

asio::awaitable<void> one_endpoint_before(tcp::endpoint peer, std::string request)
{
  const auto executor = co_await asio::this_coro::executor;
  // clang-format off
  tcp::socket socket(executor);
  co_await socket.async_connect(peer, asio::use_awaitable);
  co_await asio::async_write(socket, asio::buffer(request), asio::use_awaitable);
  // clang-format on
}

asio::awaitable<void> one_endpoint_after(tcp::endpoint peer, std::string request)
{
  const auto executor = co_await asio::this_coro::executor;
  // clang-format off
  tcp::socket socket(executor);
  co_await connectex::async_connect_ex(
      socket, peer, asio::buffer(request), asio::use_awaitable);
  // clang-format on
}

asio::awaitable<void> name_before(std::string host, std::string service, std::string request)
{
  const auto executor = co_await asio::this_coro::executor;
  // clang-format off
  tcp::socket socket(executor);
  tcp::resolver resolver(executor);
  const auto results = co_await resolver.async_resolve(host, service, asio::use_awaitable);
  co_await asio::async_connect(socket, results, asio::use_awaitable);
  co_await asio::async_write(socket, asio::buffer(request), asio::use_awaitable);
  // clang-format on
}

asio::awaitable<void> name_after(std::string host, std::string service, std::string request)
{
  const auto executor = co_await asio::this_coro::executor;
  // clang-format off
  tcp::socket socket(executor);
  co_await connectex::async_connect_ex(
      socket, host, service, asio::buffer(request), asio::use_awaitable);
  // clang-format on
}

#if BOOST_VERSION >= 108600

asio::awaitable<void> limit_before(tcp::socket& socket, tcp::endpoint peer, std::string request)
{
  // clang-format off
  const auto limit = asio::cancel_after(std::chrono::seconds(5), asio::use_awaitable);
  co_await socket.async_connect(peer, limit);
  co_await asio::async_write(socket, asio::buffer(request), limit);
  // clang-format on
}

#endif

asio::awaitable<void> limit_after(tcp::socket& socket, tcp::endpoint peer, std::string request)
{
  // clang-format off
  connectex::connect_options options;
  options.total_timeout = std::chrono::seconds(5);
  co_await connectex::async_connect_ex(
      socket, peer, asio::buffer(request), options, asio::use_awaitable);
  // clang-format on
}

class callback_before
{
public:
  // clang-format off
  void connect()
  {
    socket_.async_connect(peer_,
        [this](boost::system::error_code error)
        {
          if (error)
            return done(error);
          asio::async_write(socket_, asio::buffer(request_),
              [this](boost::system::error_code write_error, std::size_t)
              { done(write_error); });
        });
  }
  // clang-format on

private:
  void done(boost::system::error_code) {}

  asio::io_context context_;
  tcp::socket socket_{context_};
  tcp::endpoint peer_;
  std::string request_;
};

class callback_after
{
public:
  // clang-format off
  void connect()
  {
    connectex::async_connect_ex(socket_, peer_, asio::buffer(request_),
        [this](boost::system::error_code error, std::size_t)
        { done(error); });
  }
  // clang-format on

private:
  void done(boost::system::error_code) {}

  asio::io_context context_;
  tcp::socket socket_{context_};
  tcp::endpoint peer_;
  std::string request_;
};

std::size_t blocking_before(tcp::socket& socket, std::string host, std::string request)
{
  // clang-format off
  tcp::resolver resolver(socket.get_executor());
  asio::connect(socket, resolver.resolve(host, "http"));
  return asio::write(socket, asio::buffer(request));
  // clang-format on
}

std::size_t blocking_after(tcp::socket& socket, std::string host, std::string request)
{
  // clang-format off
  return connectex::connect_ex(socket, host, "http", asio::buffer(request));
  // clang-format on
}

} // namespace coming_from_asio
