// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_TEST_STRESS_NUMBERING_PEER_HPP
#define CONNECTEX_TEST_STRESS_NUMBERING_PEER_HPP

#include "../support/addresses.hpp"
#include "../support/asio_names.hpp"

#include <connectex/detail/platform.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/buffer.hpp>

#include <array>
#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace test::stress
{

/// Accepts connections and counts the bytes by their values: each byte of a write is its number.
class numbering_peer
{
public:
  explicit numbering_peer(const asio::any_io_executor& executor) : acceptor_(executor)
  {
    acceptor_.open(tcp::v4());
    // A long write must not fit, so that a part of it waits.
    if (!CONNECTEX_DETAIL_WINDOWS)
      acceptor_.set_option(asio::socket_base::receive_buffer_size(8192));
    acceptor_.bind(loopback_v4());
    acceptor_.listen();
    endpoint_ = acceptor_.local_endpoint();
    accept();
  }

  /// Forgets what has come. @p banner is sent on each connection first. A late peer reads nothing
  /// before it is told to.
  void begin(const std::string& banner, bool is_late)
  {
    banner_ = banner;
    is_reading_ = !is_late;
    received_ = {};
    is_marked_ = false;
    is_disordered_ = false;
  }

  void begin_reading()
  {
    is_reading_ = true;
    for (const auto& from : std::exchange(late_, {}))
      read(from);
  }

  /// Makes a last connection: all that were made before will have been accepted with it.
  /**
   * This side leaves it open. It would have to end it with a reset, before which Windows and Wine
   * 10 need not deliver the byte.
   */
  void mark()
  {
    error_code ignored;
    last_ = tcp::socket(acceptor_.get_executor());
    last_.connect(endpoint_, ignored);
    last_.send(asio::buffer(&last_mark, 1), 0, ignored);
  }

  void close() { acceptor_.close(); }
  const tcp::endpoint& endpoint() const { return endpoint_; }
  std::size_t received(std::size_t number) const { return received_[number]; }
  bool is_done() const { return is_marked_ && open_ == 0; }
  bool is_disordered() const { return is_disordered_; }

private:
  static constexpr unsigned char last_mark = 255;

  struct visitor
  {
    explicit visitor(tcp::socket&& accepted) : socket(std::move(accepted)) {}

    tcp::socket socket;
    unsigned char last = 0;
    std::array<unsigned char, 8192> bytes;
  };

  void accept()
  {
    acceptor_.async_accept(
        [this](const error_code& error, tcp::socket socket)
        {
          if (!acceptor_.is_open())
            return;
          if (!error)
            welcome(std::make_shared<visitor>(std::move(socket)));
          accept();
        });
  }

  void welcome(const std::shared_ptr<visitor>& from)
  {
    ++open_;
    error_code ignored;
    from->socket.set_option(asio::socket_base::linger(true, 0), ignored);
    from->socket.send(asio::buffer(banner_), 0, ignored);
    if (is_reading_)
      read(from);
    else
      late_.push_back(from);
  }

  void read(const std::shared_ptr<visitor>& from)
  {
    from->socket.async_read_some(asio::buffer(from->bytes),
        [this, from](const error_code& error, std::size_t count)
        {
          if (error)
            return void(--open_);
          take(*from, count);
          if (from->last == last_mark)
            return void(--open_);
          read(from);
        });
  }

  void take(visitor& from, std::size_t count)
  {
    for (std::size_t i = 0; i != count; ++i)
    {
      const unsigned char number = from.bytes[i];
      // A write is one run of bytes on one connection.
      is_disordered_ |= number < from.last || (number != from.last && received_[number] != 0);
      from.last = number;
      ++received_[number];
    }
    is_marked_ |= from.last == last_mark;
    error_code ignored;
    from.socket.send(asio::buffer("!", 1), 0, ignored);
  }

  tcp::acceptor acceptor_;
  tcp::socket last_{acceptor_.get_executor()};
  tcp::endpoint endpoint_;
  std::string banner_;
  std::vector<std::shared_ptr<visitor>> late_;
  bool is_reading_ = true;
  std::array<std::size_t, 256> received_{};
  int open_ = 0;
  bool is_marked_ = false;
  bool is_disordered_ = false;
};

} // namespace test::stress

#endif // CONNECTEX_TEST_STRESS_NUMBERING_PEER_HPP
