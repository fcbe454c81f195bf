// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_BENCH_EPOLL_HPP
#define CONNECTEX_BENCH_EPOLL_HPP

#include "load.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <utility>

#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

// By hand, without a library: the server of all benches on Linux, and the contestant `raw`.

namespace bench
{

class descriptor
{
public:
  explicit descriptor(int value = -1) : value_(value) {}
  descriptor(descriptor&& other) noexcept : value_(std::exchange(other.value_, -1)) {}

  descriptor& operator=(descriptor&& other) noexcept
  {
    std::swap(value_, other.value_);
    return *this;
  }

  ~descriptor()
  {
    if (value_ >= 0)
      ::close(value_);
  }

  int get() const { return value_; }

private:
  int value_;
};

class poller
{
public:
  void add(int socket, std::uint32_t events, epoll_data_t data)
  {
    epoll_event event{};
    event.events = events;
    event.data = data;
    checked("epoll_ctl", ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, socket, &event));
  }

  template <typename Function>
  void wait(Function function)
  {
    const int count = checked("epoll_wait",
        ::epoll_wait(epoll_.get(), events_.data(), static_cast<int>(events_.size()), -1));
    std::for_each(events_.begin(), events_.begin() + count, function);
  }

private:
  descriptor epoll_{checked("epoll_create1", ::epoll_create1(EPOLL_CLOEXEC))};
  // As many as Asio takes at once.
  std::array<epoll_event, 128> events_{};
};

inline int open_socket(int family)
{
  return checked("socket", ::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
}

/// The connections of one thread.
class epoll_loop
{
public:
  epoll_loop(load& load, int thread) : load_(load)
  {
    for (int i = thread; i < load.in_flight; i += load.threads)
      connections_.emplace_back().peer = load.peer(i);
  }

  void run()
  {
    for (connection& each : connections_)
      go_on(each);
    while (open_ != 0)
    {
      poller_.wait([this](const epoll_event& event)
          { handle(*static_cast<connection*>(event.data.ptr), event.events); });
    }
  }

private:
  struct connection
  {
    tcp::endpoint peer = {};
    descriptor socket = descriptor();
    bool sent = false;
  };

  /// Whether a call has moved all bytes, or none yet.
  static bool is_complete(const char* what, ssize_t result)
  {
    if (result == static_cast<ssize_t>(flight_size))
      return true;
    if (result < 0 && errno == EAGAIN)
      return false;
    fail(what, result < 0 ? errno : EIO);
  }

  void go_on(connection& each)
  {
    while (load_.take())
    {
      ++open_;
      start(each);
      if (!each.sent || load_.answered)
        return;
      end(each);
    }
  }

  void start(connection& each)
  {
    each.socket = descriptor(open_socket(AF_INET));
    epoll_data_t data;
    data.ptr = &each;
    poller_.add(each.socket.get(), EPOLLIN | EPOLLOUT | EPOLLET, data);
    const auto size = static_cast<socklen_t>(each.peer.size());
    if (::connect(each.socket.get(), each.peer.data(), size) != 0 && errno != EINPROGRESS)
      fail("connect", errno);
    send(each);
  }

  static void send(connection& each)
  {
    each.sent =
        is_complete("send", ::send(each.socket.get(), flight.data(), flight_size, MSG_NOSIGNAL));
  }

  void end(connection& each)
  {
    each.socket = descriptor();
    --open_;
  }

  void handle(connection& each, std::uint32_t events)
  {
    if (!each.sent)
      send(each);
    if (each.sent && (!load_.answered || has_answer(each, events)))
    {
      end(each);
      go_on(each);
    }
  }

  static bool has_answer(connection& each, std::uint32_t events)
  {
    std::array<char, flight_size> answer;
    if ((events & ~static_cast<std::uint32_t>(EPOLLOUT)) == 0
        || !is_complete("recv", ::recv(each.socket.get(), answer.data(), answer.size(), 0)))
      return false;
    const linger reset{1, 0};
    checked("setsockopt",
        ::setsockopt(each.socket.get(), SOL_SOCKET, SO_LINGER, &reset, sizeof(reset)));
    return true;
  }

  load& load_;
  poller poller_;
  std::deque<connection> connections_;
  std::size_t open_ = 0;
};

} // namespace bench

#endif // CONNECTEX_BENCH_EPOLL_HPP
