// SPDX-License-Identifier: BSL-1.0

// allocations COUNT: prints for each kind of completion token what a call of async_connect_ex, and
// one of async_connect, takes from the heap once memory is there to be used again. COUNT calls are
// counted.

#include "contestants.hpp"
#include "heap.hpp"

#include <chrono>
#include <exception>
#include <functional>
#include <future>
#include <string>
#include <utility>

namespace
{

using namespace bench;

constexpr int warm_up = 20;

/// Connects again and again within one run of the context, whose thread keeps the memory for the
/// next call.
class sequence
{
public:
  explicit sequence(int count) : rounds_(warm_up + count) {}

  template <typename Call>
  heap_use run(Call call)
  {
    call_ = [this, call] { call(*this); };
    next();
    context_.run();
    return counted_;
  }

  /// To be called when a call has begun or is about to.
  void begin() { before_ = heap(); }

  /// To be called when it is over, instead of by the next one.
  void end(const error_code& error)
  {
    const heap_use after = heap();
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
  heap_use before_;
  heap_use counted_;
  int rounds_;
  int round_ = 0;

public:
  const tcp::endpoint peer = acceptor_.local_endpoint();
  tcp::socket socket{context_};
};

/// As Way, with options where it takes any. Asio's own has none.
template <typename Token>
void connect_with(ours, sequence& self, const connectex::connect_options& options, Token&& token)
{
  connectex::async_connect_ex(
      self.socket, self.peer, asio::buffer(flight), options, std::forward<Token>(token));
}

template <typename Token>
void connect_with(
    asio_connect way, sequence& self, const connectex::connect_options&, Token&& token)
{
  way.connect(self.socket, self.peer, std::forward<Token>(token));
}

auto ends(sequence& self)
{
  return [&self](const error_code& error, auto&&...)
  {
    self.end(error);
    self.next();
  };
}

template <typename Way>
heap_use count_callback(int count)
{
  return sequence(count).run(
      [](sequence& self) { Way::connect(self.socket, self.peer, ends(self)); });
}

template <typename Way>
heap_use count_sequence_of_one(int count)
{
  return sequence(count).run(
      [](sequence& self)
      {
        self.socket.close();
        self.begin();
        Way::connect(self.socket, self.peer, ends(self));
      });
}

template <typename Way>
heap_use count_deferred(int count)
{
  return sequence(count).run(
      [](sequence& self) { Way::connect(self.socket, self.peer, asio::deferred)(ends(self)); });
}

template <typename Way>
heap_use count_cancellation_slot(int count)
{
  asio::cancellation_signal signal;
  return sequence(count).run(
      [&signal](sequence& self) {
        Way::connect(
            self.socket, self.peer, asio::bind_cancellation_slot(signal.slot(), ends(self)));
      });
}

template <typename Way>
heap_use count_options(int count)
{
  const connectex::connect_options options;
  return sequence(count).run(
      [&options](sequence& self) { connect_with(Way(), self, options, ends(self)); });
}

template <typename Way>
heap_use count_time_limit(int count)
{
  connectex::connect_options options;
  options.total_timeout = std::chrono::minutes(1);
  return sequence(count).run(
      [&options](sequence& self) { connect_with(Way(), self, options, ends(self)); });
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
heap_use count_use_future(int count)
{
  decltype(Way::connect(
      std::declval<tcp::socket&>(), std::declval<tcp::endpoint>(), asio::use_future)) future;
  return sequence(count).run(
      [&future](sequence& self)
      {
        future = Way::connect(self.socket, self.peer, asio::use_future);
        await(self, future);
      });
}

template <typename Way>
asio::awaitable<void> connect_again_and_again(sequence& self)
{
  for (;;)
  {
    co_await Way::connect(self.socket, self.peer, asio::use_awaitable);
    self.end({});
    if (self.is_over())
      co_return;
    self.socket.open(tcp::v4());
    self.begin();
  }
}

template <typename Way>
heap_use count_use_awaitable(int count)
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
  heap_use (*ours)(int);
  heap_use (*pair)(int);
};

const measurement measurements[] = {
    {"callback", count_callback<ours>, count_callback<asio_connect>},
    {"sequence_of_one", count_sequence_of_one<ours_one>, count_sequence_of_one<asio_connect_one>},
    {"use_future", count_use_future<ours>, count_use_future<asio_connect>},
    {"use_awaitable", count_use_awaitable<ours>, count_use_awaitable<asio_connect>},
    {"deferred", count_deferred<ours>, count_deferred<asio_connect>},
    {"cancellation_slot", count_cancellation_slot<ours>, count_cancellation_slot<asio_connect>},
    {"options", count_options<ours>, count_options<asio_connect>},
    {"time_limit", count_time_limit<ours>, count_time_limit<asio_connect>},
};

void run(const arguments& arguments)
{
  const int count = std::stoi(arguments.at(0));
  const auto per_call = [count](long number) { return static_cast<double>(number) / count; };
  std::cout << "token\tours\tpair\tours_bytes\tpair_bytes\n";
  for (const measurement& each : measurements)
  {
    const heap_use ours = each.ours(count);
    const heap_use pair = each.pair(count);
    std::cout << each.token << '\t' << per_call(ours.allocations) << '\t'
              << per_call(pair.allocations) << '\t' << per_call(ours.bytes) << '\t'
              << per_call(pair.bytes) << '\n';
  }
}

} // namespace

int main(int argc, char* argv[]) { return run_main(argc, argv, run); }
