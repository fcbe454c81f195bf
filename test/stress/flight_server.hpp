// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_TEST_STRESS_FLIGHT_SERVER_HPP
#define CONNECTEX_TEST_STRESS_FLIGHT_SERVER_HPP

#include "../support/addresses.hpp"
#include "../support/asio_names.hpp"

#include <connectex/detail/platform.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#if CONNECTEX_DETAIL_LINUX
#include <fcntl.h>
#include <sched.h>
#include <unistd.h>
#endif

namespace test::stress
{

/// The first flight of an operation: its number, and the same once more inverted.
struct numbered_flight
{
  explicit numbered_flight(std::uint32_t number = 0) : words{number, ~number} {}

  bool is_intact() const { return words[1] == ~words[0]; }

  std::array<std::uint32_t, 2> words;
};

/// Where a server listens: on this machine, or in another network namespace of it.
struct place
{
  asio::ip::address address = asio::ip::address_v4::loopback();
  std::string network_namespace;
};

/// Sockets that this thread opens meanwhile are of another network namespace, if one is named.
class inside_namespace
{
public:
  explicit inside_namespace(const std::string& name)
  {
#if CONNECTEX_DETAIL_LINUX
    if (name.empty())
      return;
    own_ = ::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
    const int other = ::open(("/var/run/netns/" + name).c_str(), O_RDONLY | O_CLOEXEC);
    const bool is_entered = own_ >= 0 && other >= 0 && ::setns(other, CLONE_NEWNET) == 0;
    ::close(other);
    if (!is_entered)
      throw std::runtime_error("the network namespace cannot be entered");
#else
    if (!name.empty())
      throw std::runtime_error("there are no network namespaces here");
#endif
  }

  inside_namespace(const inside_namespace&) = delete;
  inside_namespace& operator=(const inside_namespace&) = delete;

#if CONNECTEX_DETAIL_LINUX
  ~inside_namespace()
  {
    if (own_ < 0)
      return;
    ::setns(own_, CLONE_NEWNET);
    ::close(own_);
  }

private:
  int own_ = -1;
#endif
};

/// Listens at two endpoints and counts which flights have come, on a thread of its own.
class flight_server
{
public:
  flight_server(std::size_t operations, const place& where) : deliveries_(operations)
  {
    const inside_namespace here(where.network_namespace);
    for (tcp::acceptor& acceptor : acceptors_)
    {
      acceptor.open(tcp::v4());
      acceptor.bind({where.address, 0});
      acceptor.listen(4096);
      endpoints_.push_back(acceptor.local_endpoint());
      accept(acceptor);
    }
    thread_ = std::thread([this] { context_.run(); });
  }

  const std::vector<tcp::endpoint>& endpoints() const { return endpoints_; }

  /// Waits until every connection has been read to its end. To be called when all clients have
  /// closed their sockets.
  void finish()
  {
    // Connections are accepted in the order in which they were made, so these are the last.
    for (const tcp::endpoint& endpoint : endpoints_)
    {
      tcp::socket last(client_);
      last.connect(endpoint);
      const numbered_flight mark(last_mark);
      asio::write(last, asio::buffer(mark.words));
    }
    thread_.join();
  }

  int deliveries(std::size_t number) const { return deliveries_[number]; }
  int empty_connections() const { return empty_; }
  int broken_flights() const { return broken_; }

private:
  static constexpr std::uint32_t last_mark = 0xFFFFFFFE;

  struct visitor
  {
    explicit visitor(tcp::socket&& accepted) : socket(std::move(accepted)) {}

    tcp::socket socket;
    std::array<unsigned char, 64> bytes;
  };

  void accept(tcp::acceptor& acceptor)
  {
    acceptor.async_accept(
        [this, &acceptor](const error_code& error, tcp::socket socket)
        {
          if (!error)
            read(std::make_shared<visitor>(std::move(socket)), acceptor);
          if (acceptor.is_open())
            accept(acceptor);
        });
  }

  void read(const std::shared_ptr<visitor>& from, tcp::acceptor& acceptor)
  {
    ++open_;
    asio::async_read(from->socket, asio::buffer(from->bytes),
        [this, from, &acceptor](const error_code&, std::size_t count)
        {
          take(*from, count, acceptor);
          --open_;
          end_grace_if_done();
        });
  }

  /// A reset is not sent again if the link loses it, and leaves a connection that nobody knows of.
  void begin_grace_if_closed()
  {
    if (acceptors_[0].is_open() || acceptors_[1].is_open())
      return;
    grace_.expires_after(std::chrono::seconds(5));
    grace_.async_wait(
        [this](const error_code& error)
        {
          if (!error)
            context_.stop();
        });
  }

  void end_grace_if_done()
  {
    if (open_ == 0 && !acceptors_[0].is_open() && !acceptors_[1].is_open())
      grace_.cancel();
  }

  void take(const visitor& from, std::size_t count, tcp::acceptor& acceptor)
  {
    numbered_flight flight;
    if (count == 0)
      ++empty_;
    else if (count != sizeof(flight.words))
      ++broken_;
    else
    {
      std::memcpy(flight.words.data(), from.bytes.data(), sizeof(flight.words));
      if (flight.words[0] == last_mark)
      {
        acceptor.close();
        begin_grace_if_closed();
      }
      else if (flight.is_intact() && flight.words[0] < deliveries_.size())
        ++deliveries_[flight.words[0]];
      else
        ++broken_;
    }
  }

  asio::io_context context_;
  asio::io_context client_;
  std::array<tcp::acceptor, 2> acceptors_{tcp::acceptor(context_), tcp::acceptor(context_)};
  std::vector<tcp::endpoint> endpoints_;
  std::vector<int> deliveries_;
  asio::steady_timer grace_{context_};
  int open_ = 0;
  int empty_ = 0;
  int broken_ = 0;
  std::thread thread_;
};

} // namespace test::stress

#endif // CONNECTEX_TEST_STRESS_FLIGHT_SERVER_HPP
