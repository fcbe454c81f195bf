// SPDX-License-Identifier: BSL-1.0

// What a test connects to.

#ifndef CONNECTEX_TEST_SUPPORT_PEERS_HPP
#define CONNECTEX_TEST_SUPPORT_PEERS_HPP

#include "addresses.hpp"
#include "asio_names.hpp"
#include "wine.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/read.hpp>

#include <cstddef>
#include <optional>
#include <string>

namespace test
{

/// Whether nobody has connected to @p acceptor.
inline bool is_unvisited(tcp::acceptor& acceptor)
{
  error_code error;
  acceptor.non_blocking(true);
  acceptor.accept(error);
  return error == asio::error::would_block;
}

/// Accepts one connection and keeps what it reads until the peer has finished.
class sink
{
public:
  explicit sink(asio::io_context& context, const tcp::endpoint& local = loopback_v4())
    : acceptor_(context, local), socket_(context)
  {
    acceptor_.async_accept(socket_,
        [this](const error_code& ec)
        {
          acceptor_.close();
          accepted_ = !ec;
          if (!ec)
            read_all();
        });
  }

  tcp::endpoint endpoint() const { return endpoint_; }
  const std::string& received() const { return received_; }
  bool accepted() const { return accepted_; }
  bool ended() const { return ended_; }
  tcp::socket& socket() { return socket_; }

  /// Lets the context run out of work also where no connection has been made.
  /**
   * A connection that has been made is accepted before this visit, and is read to its end.
   */
  void visit()
  {
    if (accepted_)
      return;
    tcp::socket visitor(acceptor_.get_executor());
    error_code ignored;
    visitor.connect(endpoint_, ignored);
  }

private:
  void read_all()
  {
    asio::async_read(socket_, asio::dynamic_buffer(received_),
        [this](const error_code&, std::size_t) { ended_ = true; });
  }

  tcp::acceptor acceptor_;
  tcp::endpoint endpoint_ = acceptor_.local_endpoint();
  tcp::socket socket_;
  std::string received_;
  bool accepted_ = false;
  bool ended_ = false;
};

/// An address where nothing listens and that nobody else can get: bound, never listening.
class refusing_port
{
public:
  explicit refusing_port(asio::io_context& context, const tcp::endpoint& local = loopback_v4())
    : guard_(context, local)
  {
  }

  tcp::endpoint endpoint() const { return guard_.local_endpoint(); }

private:
  tcp::socket guard_;
};

/// A listener whose backlog is full, so that the next connect stays pending until there is room.
/**
 * Windows itself answers such a connect with a reset, but repeats it for about two seconds.
 */
class full_backlog
{
public:
  explicit full_backlog(asio::io_context& context, const tcp::endpoint& local = loopback_v4())
    : acceptor_(context), filler_(context)
  {
    acceptor_.open(tcp::v4());
    acceptor_.bind(local);
    acceptor_.listen(0);
    filler_.connect({asio::ip::address_v4::loopback(), endpoint().port()});
  }

  tcp::endpoint endpoint() const { return acceptor_.local_endpoint(); }
  tcp::acceptor& acceptor() { return acceptor_; }

private:
  tcp::acceptor acceptor_;
  tcp::socket filler_;
};

#if defined(_WIN32)

/// Windows answers a connect to a listener with this option when the program accepts it.
struct conditional_accept
{
  template <typename Protocol>
  int level(const Protocol&) const
  {
    return SOL_SOCKET;
  }

  template <typename Protocol>
  int name(const Protocol&) const
  {
    return SO_CONDITIONAL_ACCEPT;
  }

  template <typename Protocol>
  const void* data(const Protocol&) const
  {
    return &on;
  }

  template <typename Protocol>
  std::size_t size(const Protocol&) const
  {
    return sizeof(on);
  }

  DWORD on = 1;
};

#endif

/// A listener that answers no connect, so that each stays pending.
/**
 * Its backlog is full, but on Windows itself, where that refuses, it never accepts.
 */
class full_listener
{
public:
  explicit full_listener(asio::io_context& context, const tcp::endpoint& local = loopback_v4())
    : acceptor_(context)
  {
#if defined(_WIN32)
    if (!under_wine())
    {
      acceptor_.open(tcp::v4());
      acceptor_.set_option(conditional_accept());
      acceptor_.bind(local);
      acceptor_.listen();
      return;
    }
#endif
    full_.emplace(context, local);
  }

  tcp::endpoint endpoint() const { return full_ ? full_->endpoint() : acceptor_.local_endpoint(); }

private:
  tcp::acceptor acceptor_;
  std::optional<full_backlog> full_;
};

/// Accepts one connection and reads nothing of its own accord.
class idle_peer
{
public:
  explicit idle_peer(asio::io_context& context)
    : acceptor_(context, loopback_v4()), socket_(context)
  {
    acceptor_.async_accept(socket_, [](const error_code&) {});
  }

  tcp::endpoint endpoint() const { return acceptor_.local_endpoint(); }
  tcp::socket& socket() { return socket_; }

private:
  tcp::acceptor acceptor_;
  tcp::socket socket_;
};

} // namespace test

#endif // CONNECTEX_TEST_SUPPORT_PEERS_HPP
