// SPDX-License-Identifier: BSL-1.0

// kernel_requests WAY bound|whole|own COUNT: connects COUNT times to a listener on loopback and
// sends 64 bytes with each. Meanwhile is counted what Wine's server is asked.
// kernel_requests stream_pair|stream_lazy COUNT: makes COUNT requests to a server in another
// thread, each on a connection of its own.
//
// With `bound` the socket is open and bound beforehand, with `whole` that is part of it, and with
// `own` too, but the program has opened the socket before it calls. What is to be counted lies
// between two questions for events that do not exist, which show in the server's trace.

#include "contestants.hpp"
#include "stream.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include <mswsock.h>

namespace
{

using namespace bench;

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
      fail("WSASocket", ::WSAGetLastError());
    if (!::CreateIoCompletionPort(reinterpret_cast<HANDLE>(socket_), port_, 0, 0))
      fail("CreateIoCompletionPort", static_cast<int>(::GetLastError()));
    is_bound_ = false;
  }

  void bind() override
  {
    const tcp::endpoint any(tcp::v4(), 0);
    if (::bind(socket_, any.data(), static_cast<int>(any.size())) != 0)
      fail("bind", ::WSAGetLastError());
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
  LPFN_CONNECTEX find_connect_ex() const
  {
    GUID id = WSAID_CONNECTEX;
    LPFN_CONNECTEX function = nullptr;
    DWORD size = 0;
    if (::WSAIoctl(socket_, SIO_GET_EXTENSION_FUNCTION_POINTER, &id, sizeof(id), &function,
            sizeof(function), &size, nullptr, nullptr)
        != 0)
      fail("WSAIoctl", ::WSAGetLastError());
    return function;
  }

  void start(const tcp::endpoint& peer)
  {
    overlapped_ = {};
    DWORD sent = 0;
    if (!connect_ex_(socket_, peer.data(), static_cast<int>(peer.size()),
            const_cast<char*>(flight.data()), static_cast<DWORD>(flight_size), &sent, &overlapped_)
        && ::WSAGetLastError() != ERROR_IO_PENDING)
      fail("ConnectEx", ::WSAGetLastError());
  }

  void finish()
  {
    DWORD sent = 0;
    ULONG_PTR key = 0;
    OVERLAPPED* done = nullptr;
    if (!::GetQueuedCompletionStatus(port_, &sent, &key, &done, INFINITE) || done != &overlapped_
        || sent != flight_size)
      fail("GetQueuedCompletionStatus", static_cast<int>(::GetLastError()));
    if (::setsockopt(socket_, SOL_SOCKET, SO_UPDATE_CONNECT_CONTEXT, nullptr, 0) != 0)
      fail("setsockopt", ::WSAGetLastError());
  }

  HANDLE port_ = ::CreateIoCompletionPort(INVALID_HANDLE_VALUE, nullptr, 0, 1);
  LPFN_CONNECTEX connect_ex_ = nullptr;
  SOCKET socket_ = INVALID_SOCKET;
  bool is_bound_ = false;
  OVERLAPPED overlapped_{};
};

/// By Asio, on the calling thread or not.
class asio_way : public way
{
public:
  void open() override { socket_.open(tcp::v4()); }
  void bind() override { socket_.bind({tcp::v4(), 0}); }
  void close() override { socket_.close(); }

protected:
  asio::io_context context_{1};
  tcp::socket socket_{context_};
};

template <typename Way>
class asynchronous : public asio_way
{
public:
  void connect(const tcp::endpoint& peer) override
  {
    result_.reset();
    Way::connect(socket_, peer,
        asio::bind_allocator(watched_allocator<void>(operation_),
            [this](const error_code& error, const auto&...)
            {
              end();
              result_ = error;
            }));
    while (!result_)
    {
      await_packet(static_cast<const OVERLAPPED*>(operation_));
      context_.run_one();
    }
    check(*result_);
  }

private:
  asio::executor_work_guard<asio::io_context::executor_type> work_{context_.get_executor()};
  void* operation_ = nullptr;
  std::optional<error_code> result_;
};

template <typename Way>
class synchronous : public asio_way
{
public:
  void connect(const tcp::endpoint& peer) override
  {
    Way::connect(socket_, peer);
    end();
  }
};

class server
{
public:
  tcp::endpoint endpoint() const { return acceptor_.local_endpoint(); }

  void take_one()
  {
    std::array<char, flight_size> bytes;
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

template <typename Way>
std::unique_ptr<way> make()
{
  return std::make_unique<Way>();
}

const std::map<std::string, std::unique_ptr<way> (*)()> ways{
    {"raw", make<raw>},
    {"pair", make<asynchronous<pair>>},
    {"ours", make<asynchronous<ours>>},
    {"one", make<asynchronous<ours_one>>},
    {"blocking_pair", make<synchronous<blocking_pair>>},
    {"blocking", make<synchronous<blocking>>},
};

/// Asks nobody. A thread that reads before there are bytes is served with other requests than one
/// that finds them there, as with the packets above.
void let_packets_arrive()
{
  const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(20);
  while (std::chrono::steady_clock::now() < until)
  {
  }
}

class responding_server
{
public:
  responding_server() : thread_([this] { respond(); }) {}

  ~responding_server()
  {
    error_code ignored;
    tcp::socket last(context_);
    last.connect(endpoint(), ignored);
    last.close(ignored);
    thread_.join();
  }

  tcp::endpoint endpoint() const { return acceptor_.local_endpoint(); }

private:
  /// Until a client says nothing.
  void respond()
  {
    for (;;)
    {
      tcp::socket socket = acceptor_.accept();
      if (!bench::respond(socket))
        return;
    }
  }

  asio::io_context context_{1};
  tcp::acceptor acceptor_{context_, {asio::ip::address_v4::loopback(), 0}};
  std::thread thread_;
};

template <typename Stream>
class requests
{
public:
  requests(const tcp::endpoint& peer, int count) : peer_(peer), left_(count) {}

  void run()
  {
    next();
    do
      let_packets_arrive();
    while (context_.run_one() != 0);
  }

private:
  void next()
  {
    if (left_-- == 0)
      return;
    begin();
    stream_.emplace(context_);
    connect(*stream_, peer_,
        [this](const error_code& error)
        {
          check(error);
          ask(*stream_, answer_, let_packets_arrive, [this] { finish(); });
        });
  }

  void finish()
  {
    stream_.reset();
    end();
    next();
  }

  asio::io_context context_{1};
  std::optional<Stream> stream_;
  std::array<char, flight_size> answer_{};
  tcp::endpoint peer_;
  int left_;
};

template <typename Stream>
void run_requests(int count)
{
  const responding_server server;
  requests<Stream>(server.endpoint(), count).run();
}

void run(const arguments& arguments)
{
  const std::string& name = arguments.at(0);
  const int count = std::stoi(arguments.back());
  if (name == "stream_pair")
    run_requests<tcp::socket>(count);
  else if (name == "stream_lazy")
    run_requests<lazy_stream>(count);
  else
    run(*ways.at(name)(), arguments.at(1), count);
}

} // namespace

int main(int argc, char* argv[]) { return run_main(argc, argv, run); }
