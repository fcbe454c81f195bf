// SPDX-License-Identifier: BSL-1.0

// connect_rate server: answers 64 bytes with 64 bytes on every loopback address until its input
// ends, and prints its port.
// connect_rate client PORT IN_FLIGHT THREADS CONNECTS ROUNDS: how many connections per second are
// made, used for one request with its answer, and closed; as a line of JSON.
//
// The ways are `pair` (async_connect and async_write), `ours` (async_connect_ex) and `raw` (epoll
// by hand, one loop for each thread). They take turns, in every order, and the ratios are those of
// one round.

#include <connectex/connectex.hpp>

#include <boost/asio.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <deque>
#include <exception>
#include <functional>
#include <future>
#include <iomanip>
#include <iostream>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/resource.h>
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

int check(const char* what, int result)
{
  if (result < 0)
    fail(what, errno);
  return result;
}

void check(const error_code& error, std::size_t bytes_transferred)
{
  if (error)
    throw boost::system::system_error(error);
  if (bytes_transferred != flight.size())
    fail("a short transfer", EIO);
}

/// Whether a call on a socket that is not blocking has moved all 64 bytes, or none yet.
bool is_complete(const char* what, ssize_t result)
{
  if (result == static_cast<ssize_t>(flight.size()))
    return true;
  if (result < 0 && errno == EAGAIN)
    return false;
  fail(what, result < 0 ? errno : EIO);
}

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
  void add(int socket, std::uint32_t events, void* pointer)
  {
    epoll_event event{};
    event.events = events;
    event.data.ptr = pointer;
    add(socket, event);
  }

  void add(int socket, std::uint32_t events)
  {
    epoll_event event{};
    event.events = events;
    event.data.fd = socket;
    add(socket, event);
  }

  template <typename Function>
  void wait(Function function)
  {
    const int count = check("epoll_wait",
        ::epoll_wait(epoll_.get(), events_.data(), static_cast<int>(events_.size()), -1));
    std::for_each(events_.begin(), events_.begin() + count, function);
  }

private:
  void add(int socket, epoll_event& event)
  {
    check("epoll_ctl", ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, socket, &event));
  }

  descriptor epoll_{check("epoll_create1", ::epoll_create1(EPOLL_CLOEXEC))};
  // As many as Asio takes at once.
  std::array<epoll_event, 128> events_{};
};

int open_socket()
{
  return check("socket", ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
}

void allow_many_descriptors()
{
  rlimit limit{};
  check("getrlimit", ::getrlimit(RLIMIT_NOFILE, &limit));
  limit.rlim_cur = limit.rlim_max;
  check("setrlimit", ::setrlimit(RLIMIT_NOFILE, &limit));
}

/// Does the same for each connection, however it was made, and leaves it to the client to close it.
class server
{
public:
  server()
  {
    sockaddr_in any{};
    any.sin_family = AF_INET;
    check("bind", ::bind(listener_.get(), reinterpret_cast<const sockaddr*>(&any), sizeof(any)));
    // The system cuts it down to net.core.somaxconn.
    check("listen", ::listen(listener_.get(), 65535));
    poller_.add(listener_.get(), EPOLLIN);
    poller_.add(STDIN_FILENO, EPOLLIN);
  }

  unsigned short port() const
  {
    sockaddr_in local{};
    socklen_t size = sizeof(local);
    check(
        "getsockname", ::getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&local), &size));
    return ntohs(local.sin_port);
  }

  void run()
  {
    while (!stopped_)
      poller_.wait([this](const epoll_event& event) { handle(event); });
  }

private:
  void handle(const epoll_event& event)
  {
    if (event.data.fd == listener_.get())
      accept();
    else if (event.data.fd == STDIN_FILENO)
      stopped_ = true;
    else if ((event.events & (EPOLLHUP | EPOLLERR)) != 0 || !answer(event.data.fd))
      ::close(event.data.fd);
  }

  void accept()
  {
    int socket;
    while (
        (socket = ::accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0)
      poller_.add(socket, EPOLLIN | EPOLLET);
    if (errno != EAGAIN && errno != ECONNABORTED)
      fail("accept4", errno);
  }

  static bool answer(int socket)
  {
    std::array<char, flight.size()> request;
    const auto size = static_cast<ssize_t>(flight.size());
    return ::recv(socket, request.data(), request.size(), 0) == size
        && ::send(socket, flight.data(), flight.size(), MSG_NOSIGNAL) == size;
  }

  descriptor listener_{open_socket()};
  poller poller_;
  bool stopped_ = false;
};

/// What is to be done in one run.
struct load
{
  unsigned short port = 0;
  int in_flight = 0;
  int threads = 0;
  int connects = 0;

  /// Spread over many addresses, for each has no more than some 28,000 local ports.
  tcp::endpoint peer(int index) const
  {
    const auto first = asio::ip::address_v4::loopback().to_uint();
    return {asio::ip::address_v4(first + static_cast<unsigned>(index % 64)), port};
  }
};

/// The connections that a run has left to make.
class quota
{
public:
  explicit quota(int count) : left_(count) {}
  bool take() { return left_.fetch_sub(1, std::memory_order_relaxed) > 0; }

private:
  std::atomic<int> left_;
};

/// Makes one connection after the other, as many as it gets. Derived says how.
template <typename Derived>
class connection
{
public:
  connection(asio::io_context& context, const tcp::endpoint& peer, quota& left)
    : socket_(context), peer_(peer), left_(left)
  {
  }

  void next()
  {
    if (left_.take())
      static_cast<Derived&>(*this).connect();
  }

protected:
  void receive()
  {
    asio::async_read(socket_, asio::buffer(answer_),
        [this](const error_code& error, std::size_t bytes_transferred)
        {
          check(error, bytes_transferred);
          // A reset leaves no port in TIME_WAIT.
          socket_.set_option(tcp::socket::linger(true, 0));
          socket_.close();
          next();
        });
  }

  tcp::socket socket_;
  const tcp::endpoint peer_;

private:
  quota& left_;
  std::array<char, flight.size()> answer_{};
};

class pair : public connection<pair>
{
public:
  using connection::connection;

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
                receive();
              });
        });
  }
};

class ours : public connection<ours>
{
public:
  using connection::connection;

  void connect()
  {
    connectex::async_connect_ex(socket_, peer_, asio::buffer(flight),
        [this](const error_code& error, std::size_t bytes_transferred)
        {
          check(error, bytes_transferred);
          receive();
        });
  }
};

/// The connections of one thread.
class raw_loop
{
public:
  raw_loop(const load& load, int thread, quota& left) : left_(left)
  {
    for (int i = thread; i < load.in_flight; i += load.threads)
      connections_.emplace_back().peer = load.peer(i);
  }

  void run()
  {
    for (connection& each : connections_)
      next(each);
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

  void next(connection& each)
  {
    if (!left_.take())
      return;
    ++open_;
    each.socket = descriptor(open_socket());
    poller_.add(each.socket.get(), EPOLLIN | EPOLLOUT | EPOLLET, &each);
    const auto size = static_cast<socklen_t>(each.peer.size());
    if (::connect(each.socket.get(), each.peer.data(), size) != 0 && errno != EINPROGRESS)
      fail("connect", errno);
    send(each);
  }

  static void send(connection& each)
  {
    each.sent =
        is_complete("send", ::send(each.socket.get(), flight.data(), flight.size(), MSG_NOSIGNAL));
  }

  void handle(connection& each, std::uint32_t events)
  {
    if (!each.sent)
      send(each);
    if (each.sent && (events & ~static_cast<std::uint32_t>(EPOLLOUT)) != 0)
      receive(each);
  }

  void receive(connection& each)
  {
    std::array<char, flight.size()> answer;
    if (!is_complete("recv", ::recv(each.socket.get(), answer.data(), answer.size(), 0)))
      return;
    const linger reset{1, 0};
    check("setsockopt",
        ::setsockopt(each.socket.get(), SOL_SOCKET, SO_LINGER, &reset, sizeof(reset)));
    each.socket = descriptor();
    --open_;
    next(each);
  }

  quota& left_;
  poller poller_;
  std::deque<connection> connections_;
  std::size_t open_ = 0;
};

/// Calls a function in several threads, and throws what one of them has thrown.
template <typename Function>
void run_in_threads(int count, Function function)
{
  std::vector<std::future<void>> ends;
  for (int i = 0; i != count; ++i)
    ends.push_back(std::async(std::launch::async, function, i));
  for (auto& end : ends)
    end.get();
}

template <typename Way>
void run_asio(const load& load)
{
  asio::io_context context(load.threads);
  quota left(load.connects);
  std::deque<Way> connections;
  for (int i = 0; i != load.in_flight; ++i)
  {
    Way& added = connections.emplace_back(context, load.peer(i), left);
    asio::post(context, [&added] { added.next(); });
  }
  run_in_threads(load.threads, [&context](int) { context.run(); });
}

void run_raw(const load& load)
{
  quota left(load.connects);
  run_in_threads(load.threads, [&](int thread) { raw_loop(load, thread, left).run(); });
}

/// The time that all threads of this program have had of the processors.
std::chrono::duration<double> processor_time()
{
  rusage usage{};
  check("getrusage", ::getrusage(RUSAGE_SELF, &usage));
  const auto in_seconds = [](const timeval& time)
  {
    return std::chrono::duration<double>(
        static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6);
  };
  return in_seconds(usage.ru_utime) + in_seconds(usage.ru_stime);
}

struct series
{
  const char* name;
  void (*run)(const load&);

  /// Connections per second.
  std::vector<double> rates = {};

  /// The client's part of a connection, which a busy machine disturbs less.
  std::vector<double> processor_microseconds = {};
};

void measure_once(const load& load, series& way)
{
  const auto processor_time_before = processor_time();
  const auto started = std::chrono::steady_clock::now();
  way.run(load);
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - started;
  const auto used = processor_time() - processor_time_before;
  way.rates.push_back(load.connects / elapsed.count());
  way.processor_microseconds.push_back(used.count() * 1e6 / load.connects);
}

void measure(const load& load, int rounds, std::array<series, 3>& all)
{
  for (const series& each : all)
    each.run(load);

  std::array<std::size_t, 3> order{0, 1, 2};
  for (int round = 0; round != rounds; ++round)
  {
    for (const std::size_t index : order)
      measure_once(load, all[index]);
    std::next_permutation(order.begin(), order.end());
  }
}

/// @param part 0.5 for the median.
double quantile(std::vector<double> values, double part)
{
  std::sort(values.begin(), values.end());
  const double place = part * static_cast<double>(values.size() - 1);
  const auto below = static_cast<std::size_t>(place);
  const std::size_t above = std::min(below + 1, values.size() - 1);
  return values[below] + (place - static_cast<double>(below)) * (values[above] - values[below]);
}

double median_ratio(const series& one, const series& other)
{
  std::vector<double> ratios;
  std::transform(one.rates.begin(), one.rates.end(), other.rates.begin(),
      std::back_inserter(ratios), std::divides<>());
  return quantile(ratios, 0.5);
}

void print(const load& load, const std::array<series, 3>& all)
{
  const auto& [pair, ours, raw] = all;
  std::cout << "{\"in_flight\":" << load.in_flight << ",\"threads\":" << load.threads << std::fixed
            << std::setprecision(0);
  for (const series& each : all)
  {
    std::cout << ",\"" << each.name << "\":" << quantile(each.rates, 0.5);
    std::cout << ",\"" << each.name << "_q1\":" << quantile(each.rates, 0.25);
    std::cout << ",\"" << each.name << "_q3\":" << quantile(each.rates, 0.75);
  }
  std::cout << std::setprecision(2);
  for (const series& each : all)
    std::cout << ",\"" << each.name << "_cpu_us\":" << quantile(each.processor_microseconds, 0.5);
  std::cout << std::setprecision(3) << ",\"ratio\":" << median_ratio(ours, pair)
            << ",\"ratio_to_raw\":" << median_ratio(ours, raw) << "}\n";
}

void run_client(const load& load, int rounds)
{
  std::array<series, 3> all{{{"pair", run_asio<pair>}, {"ours", run_asio<ours>}, {"raw", run_raw}}};
  measure(load, rounds, all);
  print(load, all);
}

int parse_number(const std::string& text, int most)
{
  char* end = nullptr;
  const long value = std::strtol(text.c_str(), &end, 10);
  if (text.empty() || *end != '\0' || value < 1 || value > most)
    throw std::invalid_argument("not a number that fits: " + text);
  return static_cast<int>(value);
}

} // namespace

int main(int argc, char* argv[])
try
{
  const std::string role = argc > 1 ? argv[1] : "";
  allow_many_descriptors();
  if (role == "server" && argc == 2)
  {
    server server;
    std::cout << server.port() << std::endl;
    server.run();
    return EXIT_SUCCESS;
  }
  if (role == "client" && argc == 7)
  {
    load load;
    load.port = static_cast<unsigned short>(parse_number(argv[2], 65535));
    load.in_flight = parse_number(argv[3], 1000000);
    load.threads = parse_number(argv[4], 1000);
    load.connects = parse_number(argv[5], 1000000000);
    run_client(load, parse_number(argv[6], 1000));
    return EXIT_SUCCESS;
  }
  std::cerr << "usage: connect_rate server | connect_rate client PORT IN_FLIGHT THREADS CONNECTS "
               "ROUNDS\n";
  return EXIT_FAILURE;
}
catch (const std::exception& error)
{
  std::cerr << "connect_rate: " << error.what() << '\n';
  return EXIT_FAILURE;
}
