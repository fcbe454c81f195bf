// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_EXAMPLE_TUTORIAL_ECHO_SERVER_HPP
#define CONNECTEX_EXAMPLE_TUTORIAL_ECHO_SERVER_HPP

#include "../local_server.hpp"

#include <boost/asio.hpp>

#include <array>
#include <chrono>
#include <cstddef>

namespace tutorial
{

namespace asio = boost::asio;
using asio::ip::tcp;

/// Sends back what it receives, on a loopback port of the system's choice and a thread of its own.
class echo_server : public example::local_server
{
public:
  /// @param late How long it refuses connections before it begins to listen.
  explicit echo_server(std::chrono::milliseconds late = {}) : local_server(echo, late) {}

private:
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
};

} // namespace tutorial

#endif // CONNECTEX_EXAMPLE_TUTORIAL_ECHO_SERVER_HPP
