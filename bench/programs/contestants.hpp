// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_BENCH_CONTESTANTS_HPP
#define CONNECTEX_BENCH_CONTESTANTS_HPP

#include "support.hpp"

#include <connectex/connectex.hpp>

#include <array>
#include <cstddef>
#include <utility>

// The ways to connect by Asio that are measured against each other. What does without Asio, epoll
// by hand and libuv, is in connection_loops.hpp.

namespace bench
{

/// Connects and sends nothing.
struct asio_connect
{
  template <typename Token>
  static auto connect(tcp::socket& socket, const tcp::endpoint& peer, Token&& token)
  {
    return socket.async_connect(peer, std::forward<Token>(token));
  }
};

/// The same with a sequence of one endpoint.
struct asio_connect_one
{
  template <typename Token>
  static auto connect(tcp::socket& socket, const tcp::endpoint& peer, Token&& token)
  {
    return asio::async_connect(
        socket, std::array<tcp::endpoint, 1>{peer}, std::forward<Token>(token));
  }
};

/// async_connect and async_write. Both have the handler's allocator.
struct pair
{
  template <typename Handler>
  static void connect(tcp::socket& socket, const tcp::endpoint& peer, Handler handler)
  {
    const auto allocator = asio::get_associated_allocator(handler);
    socket.async_connect(peer,
        asio::bind_allocator(allocator,
            [&socket, handler](const error_code& error) mutable
            {
              if (error)
                handler(error, 0);
              else
                asio::async_write(socket, asio::buffer(flight), std::move(handler));
            }));
  }
};

/// async_connect_ex.
struct ours
{
  template <typename Token>
  static auto connect(tcp::socket& socket, const tcp::endpoint& peer, Token&& token)
  {
    return connectex::async_connect_ex(
        socket, peer, asio::buffer(flight), std::forward<Token>(token));
  }
};

/// async_connect_ex with a socket that its caller has opened.
struct ours_opened
{
  template <typename Token>
  static auto connect(tcp::socket& socket, const tcp::endpoint& peer, Token&& token)
  {
    socket.open(peer.protocol());
    return ours::connect(socket, peer, std::forward<Token>(token));
  }
};

/// async_connect_ex with a sequence of one endpoint. It wants a closed socket, and tells its
/// handler which endpoint it was.
struct ours_one
{
  template <typename Token>
  static auto connect(tcp::socket& socket, const tcp::endpoint& peer, Token&& token)
  {
    return connectex::async_connect_ex(socket, std::array<tcp::endpoint, 1>{peer},
        asio::buffer(flight), std::forward<Token>(token));
  }
};

/// connect and write on the calling thread.
struct blocking_pair
{
  static void connect(tcp::socket& socket, const tcp::endpoint& peer)
  {
    socket.connect(peer);
    asio::write(socket, asio::buffer(flight));
  }
};

/// connect_ex.
struct blocking
{
  static void connect(tcp::socket& socket, const tcp::endpoint& peer)
  {
    connectex::connect_ex(socket, peer, asio::buffer(flight));
  }
};

} // namespace bench

#endif // CONNECTEX_BENCH_CONTESTANTS_HPP
