// SPDX-License-Identifier: BSL-1.0

// allocations BUILD COUNT: prints a row of JSON for each kind of completion token: what a call of
// async_connect_ex, and one of async_connect, takes from the heap once memory is there to be used
// again. COUNT calls are counted.

#include "heap.hpp"

#include <connectex/connectex.hpp>

#include <boost/asio.hpp>

#include <array>
#include <chrono>
#include <cstdlib>
#include <exception>
#include <functional>
#include <future>
#include <iostream>
#include <string>
#include <utility>

namespace
{

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

constexpr int warm_up = 20;

const std::array<char, 64> flight{};

void check(const error_code& error)
{
  if (error)
    throw boost::system::system_error(error);
}

/// Connects again and again within one run of the context, whose thread keeps the memory for the
/// next call.
class sequence
{
public:
  explicit sequence(int count) : rounds_(warm_up + count) {}

  template <typename Call>
  bench::heap_use run(Call call)
  {
    call_ = [this, call] { call(*this); };
    next();
    context_.run();
    return counted_;
  }

  /// To be called when a call has begun or is about to.
  void begin() { before_ = bench::heap(); }

  /// To be called when it is over, instead of by the next one.
  void end(const error_code& error)
  {
    const bench::heap_use after = bench::heap();
    check(error);
    if (round_++ >= warm_up)
    {
      counted_.allocations += after.allocations - before_.allocations;
      counted_.bytes += after.bytes - before_.bytes;
    }
    socket.close();
    acceptor_.accept().close();
  }

  void next()
  {
    if (!is_over())
      asio::post(context_, [this] { start(); });
  }

  bool is_over() const { return round_ == rounds_; }

private:
  void start()
  {
    socket.open(tcp::v4());
    begin();
    call_();
  }

  asio::io_context context_{1};
  tcp::acceptor acceptor_{context_, {asio::ip::address_v4::loopback(), 0}};
  std::function<void()> call_;
  bench::heap_use before_;
  bench::heap_use counted_;
  int rounds_;
  int round_ = 0;

public:
  const tcp::endpoint peer = acceptor_.local_endpoint();
  tcp::socket socket{context_};
};

/// A call of the one or of the other.
struct ours
{
  template <typename Token>
  static auto connect(sequence& self, Token&& token)
  {
    return connectex::async_connect_ex(
        self.socket, self.peer, asio::buffer(flight), std::forward<Token>(token));
  }

  template <typename Token>
  static auto connect(sequence& self, const connectex::connect_options& options, Token&& token)
  {
    return connectex::async_connect_ex(
        self.socket, self.peer, asio::buffer(flight), options, std::forward<Token>(token));
  }
};

struct pair
{
  template <typename Token>
  static auto connect(sequence& self, Token&& token)
  {
    return self.socket.async_connect(self.peer, std::forward<Token>(token));
  }

  /// Asio has no options to give.
  template <typename Token>
  static auto connect(sequence& self, const connectex::connect_options&, Token&& token)
  {
    return connect(self, std::forward<Token>(token));
  }
};

/// The same with a sequence of one endpoint, which wants a closed socket.
struct ours_of_one
{
  template <typename Token>
  static auto connect(sequence& self, Token&& token)
  {
    return connectex::async_connect_ex(self.socket, std::array<tcp::endpoint, 1>{self.peer},
        asio::buffer(flight), std::forward<Token>(token));
  }
};

struct pair_of_one
{
  template <typename Token>
  static auto connect(sequence& self, Token&& token)
  {
    return asio::async_connect(
        self.socket, std::array<tcp::endpoint, 1>{self.peer}, std::forward<Token>(token));
  }
};

auto ends(sequence& self)
{
  return [&self](const error_code& error, auto&&...)
  {
    self.end(error);
    self.next();
  };
}

template <typename Way>
bench::heap_use count_callback(int count)
{
  return sequence(count).run([](sequence& self) { Way::connect(self, ends(self)); });
}

template <typename Way>
bench::heap_use count_sequence_of_one(int count)
{
  return sequence(count).run(
      [](sequence& self)
      {
        self.socket.close();
        self.begin();
        Way::connect(self, ends(self));
      });
}

template <typename Way>
bench::heap_use count_deferred(int count)
{
  return sequence(count).run(
      [](sequence& self) { Way::connect(self, asio::deferred)(ends(self)); });
}

template <typename Way>
bench::heap_use count_cancellation_slot(int count)
{
  asio::cancellation_signal signal;
  return sequence(count).run([&signal](sequence& self)
      { Way::connect(self, asio::bind_cancellation_slot(signal.slot(), ends(self))); });
}

template <typename Way>
bench::heap_use count_options(int count)
{
  const connectex::connect_options options;
  return sequence(count).run(
      [&options](sequence& self) { Way::connect(self, options, ends(self)); });
}

template <typename Way>
bench::heap_use count_time_limit(int count)
{
  connectex::connect_options options;
  options.total_timeout = std::chrono::minutes(1);
  return sequence(count).run(
      [&options](sequence& self) { Way::connect(self, options, ends(self)); });
}

/// Looks again and again, from within the context, whether the future is ready.
template <typename Future>
void await(sequence& self, Future& future)
{
  if (future.wait_for(std::chrono::seconds(0)) != std::future_status::ready)
    return asio::post(self.socket.get_executor(), [&] { await(self, future); });
  future.get();
  self.end({});
  self.next();
}

template <typename Way>
bench::heap_use count_use_future(int count)
{
  decltype(Way::connect(std::declval<sequence&>(), asio::use_future)) future;
  return sequence(count).run(
      [&future](sequence& self)
      {
        future = Way::connect(self, asio::use_future);
        await(self, future);
      });
}

template <typename Way>
asio::awaitable<void> connect_again_and_again(sequence& self)
{
  for (;;)
  {
    co_await Way::connect(self, asio::use_awaitable);
    self.end({});
    if (self.is_over())
      co_return;
    self.socket.open(tcp::v4());
    self.begin();
  }
}

template <typename Way>
bench::heap_use count_use_awaitable(int count)
{
  return sequence(count).run(
      [](sequence& self)
      {
        asio::co_spawn(self.socket.get_executor(), connect_again_and_again<Way>(self),
            [](std::exception_ptr failure)
            {
              if (failure)
                std::rethrow_exception(failure);
            });
      });
}

struct measurement
{
  const char* token;
  bench::heap_use (*ours)(int);
  bench::heap_use (*pair)(int);
};

#define CONNECTEX_BENCH_MEASUREMENT(token)                                                         \
  {                                                                                                \
#token, count_##token < ours>, count_##token < pair>                                           \
  }

const measurement measurements[] = {
    CONNECTEX_BENCH_MEASUREMENT(callback),
    {"sequence_of_one", count_sequence_of_one<ours_of_one>, count_sequence_of_one<pair_of_one>},
    CONNECTEX_BENCH_MEASUREMENT(use_future),
    CONNECTEX_BENCH_MEASUREMENT(use_awaitable),
    CONNECTEX_BENCH_MEASUREMENT(deferred),
    CONNECTEX_BENCH_MEASUREMENT(cancellation_slot),
    CONNECTEX_BENCH_MEASUREMENT(options),
    CONNECTEX_BENCH_MEASUREMENT(time_limit),
};

void print(const char* build, const measurement& measured, int count)
{
  const bench::heap_use ours = measured.ours(count);
  const bench::heap_use pair = measured.pair(count);
  const auto per_call = [count](long number) { return static_cast<double>(number) / count; };
  std::cout << "{\"build\":\"" << build << "\",\"token\":\"" << measured.token
            << "\",\"ours\":" << per_call(ours.allocations)
            << ",\"pair\":" << per_call(pair.allocations)
            << ",\"ours_bytes\":" << per_call(ours.bytes)
            << ",\"pair_bytes\":" << per_call(pair.bytes) << "}\n";
}

} // namespace

int main(int argc, char* argv[])
try
{
  const int count = argc == 3 ? std::atoi(argv[2]) : 0;
  if (count <= 0)
  {
    std::cerr << "usage: allocations BUILD COUNT\n";
    return EXIT_FAILURE;
  }
  for (const measurement& each : measurements)
    print(argv[1], each, count);
  return EXIT_SUCCESS;
}
catch (const std::exception& error)
{
  std::cerr << error.what() << '\n';
  return EXIT_FAILURE;
}
