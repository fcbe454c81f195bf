// SPDX-License-Identifier: BSL-1.0

// scaling listener: listens on every loopback address with a backlog that is full, and prints its
// port; until its input ends.
// scaling client PORT ROUNDS PENDING...: what so many connects that get no answer cost in time and
// memory, as lines of JSON: one for each variant and number, and one with the median of how much
// longer the last number takes than the one before, for one operation.
//
// The time is that from the first call to the last handler, with all sockets closed in between.
// async_connect_ex has the variants that its options make of it; `pair` is Asio's async_connect,
// whose write has not begun.

#include <connectex/connectex.hpp>

#include <boost/asio.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdlib>
#include <exception>
#include <iomanip>
#include <iostream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <malloc.h>
#if !defined(_WIN32)
#include <sys/resource.h>
#endif

namespace
{

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using microseconds = std::chrono::duration<double, std::micro>;

const std::array<char, 64> flight{};

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
  socket.async_connect(peer, tally.handler());
}

void start_plain(tcp::socket& socket, const tcp::endpoint& peer, tally& tally)
{
  connectex::async_connect_ex(socket, peer, tally.handler());
}

void start_with_first_flight(tcp::socket& socket, const tcp::endpoint& peer, tally& tally)
{
  connectex::async_connect_ex(socket, peer, asio::buffer(flight), tally.handler());
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

/// Spread over many addresses, for each has no more than some 28,000 local ports.
tcp::endpoint peer_of(std::size_t index, unsigned short port)
{
  const auto first = asio::ip::address_v4::loopback().to_uint();
  return {asio::ip::address_v4(first + static_cast<unsigned>(index % 64)), port};
}

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
    start(sockets[i], peer_of(i, port), tally);
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

double median(std::vector<double> values)
{
  std::sort(values.begin(), values.end());
  const std::size_t middle = values.size() / 2;
  return values.size() % 2 != 0 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

/// The rounds of one variant and number.
struct series
{
  std::vector<double> times = {};
  std::vector<double> bytes = {};
};

using table = std::array<std::vector<series>, variants.size()>;

table measure(unsigned short port, int rounds, const std::vector<int>& pending)
{
  table all;
  all.fill(std::vector<series>(pending.size()));
  for (int round = 0; round != rounds; ++round)
  {
    for (std::size_t number = 0; number != pending.size(); ++number)
    {
      for (std::size_t i = 0; i != variants.size(); ++i)
      {
        // Another one comes first in each round.
        const std::size_t which = (i + static_cast<std::size_t>(round)) % variants.size();
        const cost cost = measure_once(variants[which].start, port, pending[number]);
        all[which][number].times.push_back(cost.time);
        all[which][number].bytes.push_back(cost.bytes);
      }
    }
  }
  return all;
}

void print_row(const variant& variant, int pending, const series& ours, const series& pair)
{
  std::cout << std::fixed << std::setprecision(2) << "{\"variant\":\"" << variant.name
            << "\",\"pending\":" << pending << ",\"ours_us\":" << median(ours.times)
            << ",\"pair_us\":" << median(pair.times) << std::setprecision(0)
            << ",\"ours_bytes\":" << median(ours.bytes) << ",\"pair_bytes\":" << median(pair.bytes)
            << "}\n";
}

/// How much longer one operation takes in the last number than in the one before.
double growth(const std::vector<series>& numbers)
{
  const auto& [many, more] = std::pair(numbers[numbers.size() - 2].times, numbers.back().times);
  std::vector<double> ratios;
  std::transform(more.begin(), more.end(), many.begin(), std::back_inserter(ratios),
      [](double one, double other) { return one / other; });
  return median(ratios);
}

void run_client(unsigned short port, int rounds, std::vector<int> pending)
{
  const int most = most_sockets();
  for (int& each : pending)
  {
    if (each > most)
    {
      std::cerr << "The limit of open files allows for " << most << " instead of " << each
                << " sockets.\n";
      each = most;
    }
  }

  const table all = measure(port, rounds, pending);
  for (std::size_t number = 0; number != pending.size(); ++number)
  {
    for (std::size_t which = 1; which != variants.size(); ++which)
      print_row(variants[which], pending[number], all[which][number], all[0][number]);
  }
  if (pending.size() >= 2)
  {
    std::cout << std::setprecision(3) << "{\"growth\":" << growth(all[1])
              << ",\"pair_growth\":" << growth(all[0]) << "}\n";
  }
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
  if (role == "listener" && argc == 2)
  {
    run_listener();
    return EXIT_SUCCESS;
  }
  if (role == "client" && argc >= 5)
  {
    std::vector<int> pending;
    for (int i = 4; i != argc; ++i)
      pending.push_back(parse_number(argv[i], 1000000));
    run_client(static_cast<unsigned short>(parse_number(argv[2], 65535)),
        parse_number(argv[3], 1000), pending);
    return EXIT_SUCCESS;
  }
  std::cerr << "usage: scaling listener | scaling client PORT ROUNDS PENDING...\n";
  return EXIT_FAILURE;
}
catch (const std::exception& error)
{
  std::cerr << "scaling: " << error.what() << '\n';
  return EXIT_FAILURE;
}
