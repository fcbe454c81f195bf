// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_TEST_STRESS_ANSWERING_SERVER_HPP
#define CONNECTEX_TEST_STRESS_ANSWERING_SERVER_HPP

#include "../support/addresses.hpp"
#include "../support/asio_names.hpp"
#include "plan.hpp"
#include "records.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

namespace test::stress
{

/// Each byte is one more than that before it, so that whoever gets them sees that they are of one
/// flight. The first one tells the size.
inline std::vector<unsigned char> make_flight(unsigned number, std::size_t size)
{
  std::vector<unsigned char> flight(size);
  unsigned value = number * 2 + (size == long_flight);
  for (unsigned char& byte : flight)
    byte = static_cast<unsigned char>(value++);
  return flight;
}

/// Accepts every connection on a thread of its own, reads it to its end, and answers a flight that
/// is complete with one byte.
class answering_server
{
public:
  explicit answering_server(records& log) : log_(log)
  {
    acceptor_.open(tcp::v4());
    // A long flight must not fit, so that its sender has to wait.
    acceptor_.set_option(asio::socket_base::receive_buffer_size(8192));
    acceptor_.bind(loopback_v4());
    acceptor_.listen();
    endpoint_ = acceptor_.local_endpoint();
    accept();
    thread_ = std::thread([this] { context_.run(); });
  }

  /// To be called when all clients have closed their sockets.
  ~answering_server()
  {
    asio::post(context_, [this] { acceptor_.close(); });
    thread_.join();
  }

  tcp::endpoint endpoint() const { return endpoint_; }

private:
  struct visitor
  {
    explicit visitor(tcp::socket&& accepted) : socket(std::move(accepted)) {}

    tcp::socket socket;
    std::size_t received = 0;
    unsigned char first = 0;
    std::array<unsigned char, 16384> bytes;
  };

  void accept()
  {
    acceptor_.async_accept(
        [this](const error_code& error, tcp::socket socket)
        {
          if (!error)
            read(std::make_shared<visitor>(std::move(socket)));
          if (acceptor_.is_open())
            accept();
        });
  }

  void read(const std::shared_ptr<visitor>& from)
  {
    from->socket.async_read_some(asio::buffer(from->bytes),
        [this, from](const error_code& error, std::size_t count)
        {
          if (error)
            return;
          take(*from, count);
          read(from);
        });
  }

  void take(visitor& from, std::size_t count)
  {
    if (from.received == 0)
      from.first = from.bytes[0];
    unsigned expected = from.first + static_cast<unsigned>(from.received);
    const bool intact = std::all_of(from.bytes.begin(), from.bytes.begin() + count,
        [&](unsigned char byte) { return byte == static_cast<unsigned char>(expected++); });
    const std::size_t size = from.first % 2 == 0 ? 1 : long_flight;
    from.received += count;
    if (!intact || from.received > size)
      log_.complain("the peer got what no operation was given");
    error_code ignored;
    if (from.received == size)
      from.socket.send(asio::buffer("!", 1), 0, ignored);
  }

  records& log_;
  asio::io_context context_;
  tcp::acceptor acceptor_{context_};
  tcp::endpoint endpoint_;
  std::thread thread_;
};

} // namespace test::stress

#endif // CONNECTEX_TEST_STRESS_ANSWERING_SERVER_HPP
