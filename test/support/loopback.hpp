// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_TEST_SUPPORT_LOOPBACK_HPP
#define CONNECTEX_TEST_SUPPORT_LOOPBACK_HPP

#include "catch.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <boost/system/error_code.hpp>

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

namespace test
{

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

// Generous, because a refused connect on Windows itself takes about two seconds.
inline constexpr std::chrono::seconds limit{30};

/// Runs until no work is left; what hangs fails.
inline void run(asio::io_context& context)
{
  context.restart();
  context.run_for(limit);
  REQUIRE(context.stopped());
}

/// Runs until @p done, with work left.
template <typename Predicate>
void run_until(asio::io_context& context, Predicate done)
{
  const auto deadline = std::chrono::steady_clock::now() + limit;
  context.restart();
  while (!done())
  {
    const auto left = deadline - std::chrono::steady_clock::now();
    REQUIRE(context.run_one_for(left) == 1);
  }
}

/// What a completion handler was told, and how often.
struct outcome
{
  int calls = 0;
  error_code error;
  std::size_t bytes_transferred = 0;

  auto handler()
  {
    return [this](const error_code& ec, std::size_t bytes)
    {
      ++calls;
      error = ec;
      bytes_transferred = bytes;
    };
  }

  bool is(const error_code& expected, std::size_t bytes) const
  {
    return calls == 1 && error == expected && bytes_transferred == bytes;
  }

  bool is_success(std::size_t bytes) const { return is(error_code(), bytes); }
};

inline std::ostream& operator<<(std::ostream& out, const outcome& value)
{
  return out << value.calls << " call(s), " << value.error << " (" << value.error.message() << "), "
             << value.bytes_transferred << " byte(s)";
}

/// Bytes of which no two blocks are alike, so that a lost or doubled one shows.
inline std::string pattern(std::size_t size)
{
  std::string bytes(size, '\0');
  for (std::size_t i = 0; i != size; ++i)
    bytes[i] = static_cast<char>((i * 2654435761u) >> 13);
  return bytes;
}

/// The same bytes as a sequence of @p count buffers of about one size.
inline std::vector<asio::const_buffer> split(const std::string& bytes, std::size_t count)
{
  std::vector<asio::const_buffer> pieces;
  for (std::size_t i = 0; i != count; ++i)
  {
    const std::size_t begin = bytes.size() * i / count;
    const std::size_t end = bytes.size() * (i + 1) / count;
    pieces.push_back(asio::buffer(bytes.data() + begin, end - begin));
  }
  return pieces;
}

inline tcp::endpoint loopback_v4() { return {asio::ip::address_v4::loopback(), 0}; }
inline tcp::endpoint loopback_v6() { return {asio::ip::address_v6::loopback(), 0}; }

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
  explicit full_listener(asio::io_context& context) : acceptor_(context), filler_(context)
  {
    acceptor_.open(tcp::v4());
    acceptor_.bind(loopback_v4());
    acceptor_.listen(0);
    filler_.connect(acceptor_.local_endpoint());
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

#endif // CONNECTEX_TEST_SUPPORT_LOOPBACK_HPP
