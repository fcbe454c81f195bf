// SPDX-License-Identifier: BSL-1.0

// connects server: listens on loopback, prints its port, and takes what it gets until its input
// ends.
// connects client WAY PORT COUNT: connects COUNT times, one after the other, and sends 64 bytes
// with each.
//
// The WAY is `pair` (async_connect and async_write), `ours` (async_connect_ex, which opens the
// socket), `opened` (async_connect_ex with a socket that its caller has opened), `one`
// (async_connect_ex with a sequence of one endpoint), `raw` (epoll by hand), or on the calling
// thread `blocking_pair` (connect and write) or `blocking` (connect_ex). Whoever runs it counts
// from outside, and takes the difference of two COUNTs, so that start and end do not count.

#include <connectex/connectex.hpp>

#include <boost/asio.hpp>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <iostream>
#include <string>
#include <system_error>

#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace
{

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

const std::array<char, 64> flight{};

[[noreturn]] void fail(const char* what, int error)
{
  throw std::system_error(error, std::system_category(), what);
}

void check(const error_code& error, std::size_t bytes_transferred)
{
  if (error)
    throw boost::system::system_error(error);
  if (bytes_transferred != flight.size())
    fail("a short first flight", EIO);
}

/// Connects as often as it is asked to. Derived says how.
template <typename Derived>
class sequence
{
public:
  sequence(asio::io_context& context, const tcp::endpoint& peer, int count)
    : context_(context), peer_(peer), left_(count)
  {
  }

  void next()
  {
    socket_.close();
    if (left_-- != 0)
      static_cast<Derived&>(*this).connect();
  }

protected:
  asio::io_context& context_;
  tcp::endpoint peer_;
  tcp::socket socket_{context_};

private:
  int left_;
};

class pair : public sequence<pair>
{
public:
  using sequence::sequence;

  void connect()
  {
    socket_.async_connect(peer_,
        [this](const error_code& error)
        {
          check(error, flight.size());
          asio::async_write(socket_, asio::buffer(flight),
              [this](const error_code& write_error, std::size_t bytes_transferred)
              {
                check(write_error, bytes_transferred);
                next();
              });
        });
  }
};

class ours : public sequence<ours>
{
public:
  ours(asio::io_context& context, const tcp::endpoint& peer, int count, bool opened_before)
    : sequence(context, peer, count), opened_before_(opened_before)
  {
  }

  void connect()
  {
    if (opened_before_)
      socket_.open(peer_.protocol());
    connectex::async_connect_ex(socket_, peer_, asio::buffer(flight),
        [this](const error_code& error, std::size_t bytes_transferred)
        {
          check(error, bytes_transferred);
          next();
        });
  }

private:
  bool opened_before_;
};

class one : public sequence<one>
{
public:
  using sequence::sequence;

  void connect()
  {
    const std::array<tcp::endpoint, 1> peers = {peer_};
    connectex::async_connect_ex(socket_, peers, asio::buffer(flight),
        [this](const error_code& error, const tcp::endpoint&, std::size_t bytes_transferred)
        {
          check(error, bytes_transferred);
          next();
        });
  }
};

template <typename Way, typename... Args>
void run(const tcp::endpoint& peer, int count, const Args&... args)
{
  asio::io_context context(1);
  Way way(context, peer, count, args...);
  way.next();
  context.run();
}

/// @param connect Connects a socket to a peer on the calling thread, and sends the flight.
template <typename Connect>
void run_blocking(const tcp::endpoint& peer, int count, const Connect& connect)
{
  asio::io_context context(1);
  tcp::socket socket(context);
  for (int i = 0; i != count; ++i)
  {
    connect(socket, peer);
    socket.close();
  }
}

void connect_and_write(tcp::socket& socket, const tcp::endpoint& peer)
{
  socket.connect(peer);
  asio::write(socket, asio::buffer(flight));
}

void connect_ex(tcp::socket& socket, const tcp::endpoint& peer)
{
  connectex::connect_ex(socket, peer, asio::buffer(flight));
}

void await_writable(int poller)
{
  epoll_event event{};
  if (::epoll_wait(poller, &event, 1, -1) < 0)
    fail("epoll_wait", errno);
}

/// As a program would that goes on to wait for the answer: registered with epoll once.
void connect_raw(int poller, const tcp::endpoint& peer)
{
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (socket < 0)
    fail("socket", errno);
  epoll_event event{};
  event.events = EPOLLIN | EPOLLOUT | EPOLLET;
  if (::epoll_ctl(poller, EPOLL_CTL_ADD, socket, &event) != 0)
    fail("epoll_ctl", errno);
  if (::connect(socket, peer.data(), static_cast<socklen_t>(peer.size())) != 0
      && errno != EINPROGRESS)
    fail("connect", errno);
  while (::send(socket, flight.data(), flight.size(), MSG_NOSIGNAL)
      != static_cast<ssize_t>(flight.size()))
  {
    if (errno != EAGAIN)
      fail("send", errno);
    await_writable(poller);
  }
  ::close(socket);
}

void run_raw(const tcp::endpoint& peer, int count)
{
  const int poller = ::epoll_create1(EPOLL_CLOEXEC);
  if (poller < 0)
    fail("epoll_create1", errno);
  for (int i = 0; i != count; ++i)
    connect_raw(poller, peer);
  ::close(poller);
}

void serve()
{
  asio::io_context context(1);
  tcp::acceptor acceptor(context, {asio::ip::address_v4::loopback(), 0});
  std::cout << acceptor.local_endpoint().port() << std::endl;

  asio::posix::stream_descriptor input(context, ::dup(STDIN_FILENO));
  std::array<char, 1> ignored;
  input.async_read_some(
      asio::buffer(ignored), [&](const error_code&, std::size_t) { context.stop(); });
  asio::co_spawn(
      context,
      [&]() -> asio::awaitable<void>
      {
        std::array<char, 128> bytes;
        for (;;)
        {
          tcp::socket socket = co_await acceptor.async_accept(asio::use_awaitable);
          error_code end;
          while (!end)
          {
            co_await socket.async_read_some(
                asio::buffer(bytes), asio::redirect_error(asio::use_awaitable, end));
          }
        }
      },
      asio::detached);
  context.run();
}

int run_client(const std::string& way, const tcp::endpoint& peer, int count)
{
  if (way == "pair")
    run<pair>(peer, count);
  else if (way == "ours")
    run<ours>(peer, count, false);
  else if (way == "opened")
    run<ours>(peer, count, true);
  else if (way == "one")
    run<one>(peer, count);
  else if (way == "raw")
    run_raw(peer, count);
  else if (way == "blocking_pair")
    run_blocking(peer, count, connect_and_write);
  else if (way == "blocking")
    run_blocking(peer, count, connect_ex);
  else
    return EXIT_FAILURE;
  return EXIT_SUCCESS;
}

} // namespace

int main(int argc, char* argv[])
try
{
  const std::string role = argc > 1 ? argv[1] : "";
  if (role == "server" && argc == 2)
  {
    serve();
    return EXIT_SUCCESS;
  }
  if (role == "client" && argc == 5)
  {
    const tcp::endpoint peer(
        asio::ip::address_v4::loopback(), static_cast<unsigned short>(std::atoi(argv[3])));
    return run_client(argv[2], peer, std::atoi(argv[4]));
  }
  std::cerr << "usage: connects server | connects client "
               "pair|ours|opened|one|raw|blocking_pair|blocking PORT COUNT\n";
  return EXIT_FAILURE;
}
catch (const std::exception& error)
{
  std::cerr << error.what() << '\n';
  return EXIT_FAILURE;
}
