// SPDX-License-Identifier: BSL-1.0

// kernel_requests raw|pair|ours|one|blocking_pair|blocking bound|whole|own COUNT: connects COUNT
// times to a listener on loopback and sends 64 bytes with each, for bench/run-kernel_requests,
// which counts what Wine's server is asked meanwhile.
//
// With `bound` the socket is open and bound beforehand, with `whole` that is part of it, and with
// `own` too, but the program has opened the socket before it calls. What is to be counted lies
// between two questions for events that do not exist, which show in the server's trace.

#include <connectex/connectex.hpp>

#include <boost/asio.hpp>

#include <array>
#include <cstddef>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <system_error>

#include <mswsock.h>

namespace
{

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

std::array<char, 64> flight{};

[[noreturn]] void fail(const char* what, DWORD error)
{
  throw std::system_error(static_cast<int>(error), std::system_category(), what);
}

void mark(const char* name)
{
  if (::OpenEventA(EVENT_ALL_ACCESS, FALSE, name))
    fail(name, ERROR_ALREADY_EXISTS);
}

void begin() { mark("connectex_begin"); }
void end() { mark("connectex_end"); }

/// Asks nobody. A thread that waits for a packet is served with other requests than one that finds
/// it there, and which of them it is would be a matter of chance.
void await_packet(const OVERLAPPED* operation)
{
  const ULONGLONG deadline = ::GetTickCount64() + 10'000;
  while (!HasOverlappedIoCompleted(operation))
  {
    if (::GetTickCount64() > deadline)
      fail("no packet", WAIT_TIMEOUT);
  }
}

/// Remembers what it gave last: the operation in flight, which Asio derives from OVERLAPPED.
template <typename T>
class watched_allocator
{
public:
  using value_type = T;

  explicit watched_allocator(void*& latest) noexcept : latest_(&latest) {}

  template <typename U>
  watched_allocator(const watched_allocator<U>& other) noexcept : latest_(other.latest_)
  {
  }

  T* allocate(std::size_t count) const
  {
    T* const memory = std::allocator<T>().allocate(count);
    *latest_ = memory;
    return memory;
  }

  void deallocate(T* memory, std::size_t count) const noexcept
  {
    std::allocator<T>().deallocate(memory, count);
  }

  bool operator==(const watched_allocator&) const = default;

private:
  template <typename U>
  friend class watched_allocator;

  void** latest_;
};

class way
{
public:
  virtual ~way() = default;

  /// Opens the socket.
  virtual void open() = 0;

  /// Binds it.
  virtual void bind() = 0;

  /// Until end(). Opens and binds the socket if need be.
  virtual void connect(const tcp::endpoint& peer) = 0;

  virtual void close() = 0;
};

class raw : public way
{
public:
  void open() override
  {
    socket_ = ::WSASocketW(AF_INET, SOCK_STREAM, IPPROTO_TCP, nullptr, 0, WSA_FLAG_OVERLAPPED);
    if (socket_ == INVALID_SOCKET)
      fail("WSASocket", last_error());
    if (!::CreateIoCompletionPort(reinterpret_cast<HANDLE>(socket_), port_, 0, 0))
      fail("CreateIoCompletionPort", ::GetLastError());
    is_bound_ = false;
  }

  void bind() override
  {
    const tcp::endpoint any(tcp::v4(), 0);
    if (::bind(socket_, any.data(), static_cast<int>(any.size())) != 0)
      fail("bind", last_error());
    is_bound_ = true;
    if (!connect_ex_)
      connect_ex_ = find_connect_ex();
  }

  void connect(const tcp::endpoint& peer) override
  {
    if (socket_ == INVALID_SOCKET)
      open();
    if (!is_bound_)
      bind();
    start(peer);
    await_packet(&overlapped_);
    finish();
    end();
  }

  void close() override
  {
    ::closesocket(socket_);
    socket_ = INVALID_SOCKET;
  }

private:
  static DWORD last_error() { return static_cast<DWORD>(::WSAGetLastError()); }

  LPFN_CONNECTEX find_connect_ex() const
  {
    GUID id = WSAID_CONNECTEX;
    LPFN_CONNECTEX function = nullptr;
    DWORD size = 0;
    if (::WSAIoctl(socket_, SIO_GET_EXTENSION_FUNCTION_POINTER, &id, sizeof(id), &function,
            sizeof(function), &size, nullptr, nullptr)
        != 0)
      fail("WSAIoctl", last_error());
    return function;
  }

  void start(const tcp::endpoint& peer)
  {
    overlapped_ = {};
    DWORD sent = 0;
    if (!connect_ex_(socket_, peer.data(), static_cast<int>(peer.size()), flight.data(),
            static_cast<DWORD>(flight.size()), &sent, &overlapped_)
        && ::WSAGetLastError() != ERROR_IO_PENDING)
      fail("ConnectEx", last_error());
  }

  void finish()
  {
    DWORD sent = 0;
    ULONG_PTR key = 0;
    OVERLAPPED* done = nullptr;
    if (!::GetQueuedCompletionStatus(port_, &sent, &key, &done, INFINITE) || done != &overlapped_
        || sent != flight.size())
      fail("GetQueuedCompletionStatus", ::GetLastError());
    if (::setsockopt(socket_, SOL_SOCKET, SO_UPDATE_CONNECT_CONTEXT, nullptr, 0) != 0)
      fail("setsockopt", last_error());
  }

  HANDLE port_ = ::CreateIoCompletionPort(INVALID_HANDLE_VALUE, nullptr, 0, 1);
  LPFN_CONNECTEX connect_ex_ = nullptr;
  SOCKET socket_ = INVALID_SOCKET;
  bool is_bound_ = false;
  OVERLAPPED overlapped_{};
};

/// By Asio. Derived classes say how.
class asio_way : public way
{
public:
  void open() override { socket_.open(tcp::v4()); }
  void bind() override { socket_.bind({tcp::v4(), 0}); }

  void connect(const tcp::endpoint& peer) override
  {
    result_.reset();
    start(peer);
    while (!result_)
    {
      await_packet(static_cast<const OVERLAPPED*>(operation_));
      context_.run_one();
    }
    if (*result_)
      throw boost::system::system_error(*result_);
  }

  void close() override { socket_.close(); }

protected:
  virtual void start(const tcp::endpoint& peer) = 0;

  template <typename Handler>
  auto watched(Handler handler)
  {
    return asio::bind_allocator(watched_allocator<void>(operation_), std::move(handler));
  }

  void finish(const error_code& error)
  {
    end();
    result_ = error;
  }

  asio::io_context context_{1};
  tcp::socket socket_{context_};

private:
  asio::executor_work_guard<asio::io_context::executor_type> work_{context_.get_executor()};
  void* operation_ = nullptr;
  std::optional<error_code> result_;
};

class pair : public asio_way
{
  void start(const tcp::endpoint& peer) override
  {
    socket_.async_connect(peer, watched([this](const error_code& error) { write(error); }));
  }

  void write(const error_code& connect_error)
  {
    if (connect_error)
      return finish(connect_error);
    asio::async_write(socket_, asio::buffer(flight),
        watched([this](const error_code& error, std::size_t) { finish(error); }));
  }
};

class ours : public asio_way
{
  void start(const tcp::endpoint& peer) override
  {
    connectex::async_connect_ex(socket_, peer, asio::buffer(flight),
        watched([this](const error_code& error, std::size_t) { finish(error); }));
  }
};

/// A sequence of one endpoint, for which the call opens the socket.
class one : public asio_way
{
  void start(const tcp::endpoint& peer) override
  {
    const std::array<tcp::endpoint, 1> peers = {peer};
    connectex::async_connect_ex(socket_, peers, asio::buffer(flight),
        watched(
            [this](const error_code& error, const tcp::endpoint&, std::size_t) { finish(error); }));
  }
};

/// On the calling thread, and nobody runs the execution context. Derived classes say how.
class blocking_way : public way
{
public:
  void open() override { socket_.open(tcp::v4()); }
  void bind() override { socket_.bind({tcp::v4(), 0}); }

  void connect(const tcp::endpoint& peer) override
  {
    connect_and_send(peer);
    end();
  }

  void close() override { socket_.close(); }

protected:
  virtual void connect_and_send(const tcp::endpoint& peer) = 0;

  asio::io_context context_{1};
  tcp::socket socket_{context_};
};

class blocking_pair : public blocking_way
{
  void connect_and_send(const tcp::endpoint& peer) override
  {
    socket_.connect(peer);
    asio::write(socket_, asio::buffer(flight));
  }
};

class blocking : public blocking_way
{
  void connect_and_send(const tcp::endpoint& peer) override
  {
    connectex::connect_ex(socket_, peer, asio::buffer(flight));
  }
};

class server
{
public:
  tcp::endpoint endpoint() const { return acceptor_.local_endpoint(); }

  void take_one()
  {
    std::array<char, flight.size()> bytes;
    tcp::socket socket = acceptor_.accept();
    asio::read(socket, asio::buffer(bytes));
  }

private:
  asio::io_context context_;
  tcp::acceptor acceptor_{context_, {asio::ip::address_v4::loopback(), 0}};
};

void run(way& way, const std::string& mode, int count)
{
  server server;
  const tcp::endpoint peer = server.endpoint();
  for (int i = 0; i != count; ++i)
  {
    if (mode == "bound")
    {
      way.open();
      way.bind();
    }
    begin();
    if (mode == "own")
      way.open();
    way.connect(peer);
    way.close();
    server.take_one();
  }
}

std::unique_ptr<way> make_way(const std::string& name)
{
  if (name == "raw")
    return std::make_unique<raw>();
  if (name == "pair")
    return std::make_unique<pair>();
  if (name == "ours")
    return std::make_unique<ours>();
  if (name == "one")
    return std::make_unique<one>();
  if (name == "blocking_pair")
    return std::make_unique<blocking_pair>();
  if (name == "blocking")
    return std::make_unique<blocking>();
  return nullptr;
}

} // namespace

int main(int argc, char* argv[])
try
{
  const auto way = argc == 4 ? make_way(argv[1]) : nullptr;
  const std::string mode = argc == 4 ? argv[2] : "";
  if (!way || (mode != "bound" && mode != "whole" && mode != "own"))
  {
    std::cerr << "usage: kernel_requests raw|pair|ours|one|blocking_pair|blocking "
                 "bound|whole|own COUNT\n";
    return EXIT_FAILURE;
  }
  run(*way, mode, std::atoi(argv[3]));
  return EXIT_SUCCESS;
}
catch (const std::exception& error)
{
  std::cerr << error.what() << '\n';
  return EXIT_FAILURE;
}
