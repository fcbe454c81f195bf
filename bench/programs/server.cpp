// SPDX-License-Identifier: BSL-1.0

// server silent|answering PORT ADDRESS: prints its port, the one that the system gives for 0, takes
// what it gets until its input ends, and prints then how many connections it has accepted.
//
// It does the same for each connection, and leaves it to the client to close it. Each request comes
// in one piece, and curl's and that of a stream have the same answer.

#include "epoll.hpp"

#include <algorithm>
#include <string_view>

#include <netinet/tcp.h>

namespace
{

using namespace bench;

constexpr std::string_view answer =
    "HTTP/1.1 204 No Content\r\nConnection: close\r\nServer: connects\r\n\r\n";
static_assert(answer.size() == flight_size);

class server
{
public:
  server(const tcp::endpoint& own, bool answers)
    : listener_(open_socket(own.protocol().family())), answers_(answers)
  {
    // The cookies of fast open, where the system lets a server have them.
    const int queue = 128;
    set_option(IPPROTO_TCP, TCP_FASTOPEN, queue);
    set_option(SOL_SOCKET, SO_REUSEADDR, 1);
    checked("bind", ::bind(listener_.get(), own.data(), static_cast<socklen_t>(own.size())));
    // The system cuts it down to net.core.somaxconn.
    checked("listen", ::listen(listener_.get(), 65535));
    add(listener_.get(), EPOLLIN);
    add(STDIN_FILENO, EPOLLIN);
  }

  unsigned short port() const
  {
    tcp::endpoint own;
    auto size = static_cast<socklen_t>(own.capacity());
    checked("getsockname", ::getsockname(listener_.get(), own.data(), &size));
    return own.port();
  }

  long run()
  {
    while (!stopped_)
      poller_.wait([this](const epoll_event& event) { handle(event); });
    return accepted_;
  }

private:
  void set_option(int level, int name, int value)
  {
    checked("setsockopt", ::setsockopt(listener_.get(), level, name, &value, sizeof(value)));
  }

  void add(int socket, std::uint32_t events)
  {
    epoll_data_t data;
    data.fd = socket;
    poller_.add(socket, events, data);
  }

  void handle(const epoll_event& event)
  {
    if (event.data.fd == listener_.get())
      accept();
    else if (event.data.fd == STDIN_FILENO)
      stopped_ = true;
    else if ((event.events & (EPOLLHUP | EPOLLERR)) != 0 || !serve(event.data.fd)
        || (event.events & EPOLLRDHUP) != 0)
      ::close(event.data.fd);
  }

  void accept()
  {
    int socket;
    while (
        (socket = ::accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0)
    {
      ++accepted_;
      add(socket, EPOLLIN | EPOLLRDHUP | EPOLLET);
    }
    if (errno != EAGAIN && errno != ECONNABORTED)
      fail("accept4", errno);
  }

  /// Whether the connection goes on.
  bool serve(int socket) const
  {
    std::array<char, 4096> request;
    if (::recv(socket, request.data(), request.size(), 0) <= 0)
      return false;
    return !answers_
        || ::send(socket, answer.data(), answer.size(), MSG_NOSIGNAL)
        == static_cast<ssize_t>(answer.size());
  }

  descriptor listener_;
  poller poller_;
  bool answers_;
  bool stopped_ = false;
  long accepted_ = 0;
};

void run(const arguments& arguments)
{
  server server(make_endpoint(arguments.at(2), arguments.at(1)), arguments.at(0) == "answering");
  std::cout << server.port() << std::endl;
  std::cout << server.run() << std::endl;
}

} // namespace

int main(int argc, char* argv[]) { return run_main(argc, argv, run); }
