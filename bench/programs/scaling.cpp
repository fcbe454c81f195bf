// SPDX-License-Identifier: BSL-1.0

// scaling listener: listens on every loopback address with a backlog that is full, and prints its
// port; until its input ends.
// scaling client PORT ROUNDS PENDING...: prints what so many connects that get no answer cost in
// time and memory, for one operation.
//
// The time is that from the first call to the last handler, with all sockets closed in between.
// async_connect_ex has the variants that its options make of it; `pair` is Asio's async_connect,
// whose write has not begun.

#include "contestants.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <string>
#include <vector>

#include <malloc.h>
#if !defined(_WIN32)
#include <sys/resource.h>
#endif

namespace
{

using namespace bench;
using microseconds = std::chrono::duration<double, std::micro>;

#if defined(_WIN32)

/// What the heap has given out. Asio does not get all its memory by operator new.
std::size_t heap_bytes()
{
  std::size_t bytes = 0;
  _HEAPINFO entry{};
  while (_heapwalk(&entry) == _HEAPOK)
    bytes += entry._useflag == _USEDENTRY ? entry._size : 0;
  return bytes;
}

int most_sockets() { return 1000000; }

#else

/// What the heap has given out, its own overhead included. Asio does not get all its memory by
/// operator new.
std::size_t heap_bytes()
{
  const auto info = ::mallinfo2();
  return info.uordblks + info.hblkhd;
}

int most_sockets()
{
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
  // Asio and the standard streams have some as well.
  return static_cast<int>(std::min<rlim_t>(limit.rlim_max, 1000000)) - 32;
}

#endif

void run_listener()
{
  asio::io_context context;
  tcp::acceptor acceptor(context, tcp::v4());
  acceptor.bind({tcp::v4(), 0});
  acceptor.listen(0);
  const unsigned short port = acceptor.local_endpoint().port();
  tcp::socket filling(context);
  filling.connect({asio::ip::address_v4::loopback(), port});
  std::cout << port << std::endl;
  std::cin.get();
}

/// Counts the handlers that have been called, and insists on how.
struct tally
{
  int called = 0;

  auto handler()
  {
    return [this](const error_code& error, std::size_t = 0)
    {
      if (error != asio::error::operation_aborted)
        throw std::runtime_error("a connect that should have got no answer: " + error.message());
      ++called;
    };
  }
};

/// Starts one operation.
using start_function = void (*)(tcp::socket& socket, const tcp::endpoint& peer, tally& tally);

void start_pair(tcp::socket& socket, const tcp::endpoint& peer, tally& tally)
{
  asio_connect::connect(socket, peer, tally.handler());
}

void start_plain(tcp::socket& socket, const tcp::endpoint& peer, tally& tally)
{
  connectex::async_connect_ex(socket, peer, tally.handler());
}

void start_with_first_flight(tcp::socket& socket, const tcp::endpoint& peer, tally& tally)
{
  ours::connect(socket, peer, tally.handler());
}

template <bool Retry, bool TotalTimeout>
void start_with_options(tcp::socket& socket, const tcp::endpoint& peer, tally& tally)
{
  connectex::connect_options options;
  if (Retry)
    options.retry.max_attempts = 3;
  if (TotalTimeout)
    options.total_timeout = std::chrono::hours(1);
  connectex::async_connect_ex(socket, peer, asio::buffer(flight), options, tally.handler());
}

struct variant
{
  const char* name;
  start_function start;
};

/// The first is Asio's, the second is ours that does no more. The options are for calls with a
/// first flight.
constexpr std::array<variant, 6> variants{{{"pair", start_pair}, {"plain", start_plain},
    {"first flight", start_with_first_flight}, {"retry", start_with_options<true, false>},
    {"total_timeout", start_with_options<false, true>},
    {"retry and total_timeout", start_with_options<true, true>}}};

/// Of one operation, in the mean.
struct cost
{
  double time = 0;
  double bytes = 0;
};

cost measure_once(start_function start, unsigned short port, int pending)
{
  asio::io_context context(1);
  tally tally;
  std::vector<tcp::socket> sockets;
  sockets.reserve(static_cast<std::size_t>(pending));
  for (int i = 0; i != pending; ++i)
    sockets.emplace_back(context, tcp::v4());

  const std::size_t bytes_before = heap_bytes();
  const auto started = std::chrono::steady_clock::now();
  for (std::size_t i = 0; i != sockets.size(); ++i)
    start(sockets[i], loopback_endpoint(i, port), tally);
  context.poll();
  const auto all_pending = std::chrono::steady_clock::now();
  const std::size_t bytes = heap_bytes() - bytes_before;
  if (tally.called != 0)
    throw std::runtime_error("an operation was not pending");

  const auto cancelling = std::chrono::steady_clock::now();
  for (tcp::socket& each : sockets)
    each.close();
  context.run();
  const auto done = std::chrono::steady_clock::now();
  if (tally.called != pending)
    throw std::runtime_error("not every handler was called");

  const microseconds elapsed = (all_pending - started) + (done - cancelling);
  return {elapsed.count() / pending, static_cast<double>(bytes) / pending};
}

void measure(unsigned short port, int rounds, const std::vector<int>& pending)
{
  std::cout << "round\tpending\tvariant\tus\tbytes\n";
  for (int round = 0; round != rounds; ++round)
  {
    for (const int number : pending)
    {
      for (std::size_t i = 0; i != variants.size(); ++i)
      {
        // Another one comes first in each round.
        const variant& each = variants[(i + static_cast<std::size_t>(round)) % variants.size()];
        const cost cost = measure_once(each.start, port, number);
        std::cout << round << '\t' << number << '\t' << each.name << '\t' << cost.time << '\t'
                  << cost.bytes << '\n';
      }
    }
  }
}

void run(const arguments& arguments)
{
  if (arguments.at(0) == "listener")
    return run_listener();

  const int most = most_sockets();
  std::vector<int> pending;
  for (std::size_t i = 3; i < arguments.size(); ++i)
    pending.push_back(std::min(std::stoi(arguments[i]), most));
  measure(
      static_cast<unsigned short>(std::stoi(arguments.at(1))), std::stoi(arguments.at(2)), pending);
}

} // namespace

int main(int argc, char* argv[]) { return run_main(argc, argv, run); }
