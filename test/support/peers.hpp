// SPDX-License-Identifier: BSL-1.0

// What a test connects to.

#ifndef CONNECTEX_TEST_SUPPORT_PEERS_HPP
#define CONNECTEX_TEST_SUPPORT_PEERS_HPP

#include "addresses.hpp"
#include "asio_names.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/read.hpp>

#include <cstddef>
#include <string>

namespace test
{

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

/// A listener whose backlog is full, so that the next connect stays pending.
/**
 * Not on Windows itself, where a full backlog refuses.
 */
class full_listener
{
public:
  explicit full_listener(asio::io_context& context, const tcp::endpoint& local = loopback_v4())
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
