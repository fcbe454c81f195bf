// SPDX-License-Identifier: BSL-1.0

// lazy_streams [INTERLEAVINGS [SEED [FIRST]]]: that many random interleavings of all that can be
// done to a stream that connects with its first write, each on a strand, several at once; in turns
// on one thread and on four. Each is compared with the table of states: which operation begins the
// connect, which wait for it, how each ends, what the peer gets. Nothing may be left behind.
//
// The seed and the number of an interleaving say what is done in it. When the system answers is up
// to the system; so some ends are one of several.

#include "lazy_stream_script.hpp"
#include "open_handles.hpp"
#include "parse_number.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace
{

using namespace test;
using namespace test::stress;
using steady_clock = std::chrono::steady_clock;

constexpr unsigned streams_at_once = 8;
constexpr unsigned interleavings_per_round = 100;
constexpr unsigned largest_argument = 100000000;

std::atomic<int> complaints{0};

/// Plays one interleaving after the other.
class player
{
public:
  player(lazy_world& around, unsigned first, unsigned last)
    : world_(around), next_(first), last_(last)
  {
  }

  void start()
  {
    asio::post(strand_, [this] { play(); });
  }

private:
  void play()
  {
    if (next_ >= last_)
      return peer_.close();
    const unsigned number = next_;
    next_ += streams_at_once;
    std::make_shared<lazy_stream_script>(world_, number, strand_, peer_, [this] { start(); })
        ->start();
  }

  lazy_world& world_;
  unsigned next_;
  unsigned last_;
  lazy_stream_script::strand_type strand_ = asio::make_strand(world_.context);
  numbering_peer peer_{strand_};
};

void run(unsigned seed, unsigned first, unsigned last)
{
  const bool is_threaded = first / interleavings_per_round % 2 != 0;
  lazy_world around(seed, is_threaded);
  around.complain = [seed](unsigned number, const std::string& reason)
  {
    static std::mutex mutex;
    const std::lock_guard<std::mutex> lock(mutex);
    if (++complaints <= 10)
      std::cerr << "seed " << seed << ", interleaving " << number << ": " << reason << std::endl;
  };
  std::list<player> players;
  for (unsigned i = 0; i != (std::min)(streams_at_once, last - first); ++i)
    players.emplace_back(around, first + i, last).start();
  std::vector<std::thread> threads;
  for (unsigned i = 1; i != (is_threaded ? 4u : 1u); ++i)
    threads.emplace_back([&] { around.context.run(); });
  around.context.run();
  for (std::thread& thread : threads)
    thread.join();
}

} // namespace

int main(int argc, char* argv[])
try
{
  if (argc > 4)
  {
    std::cerr << "usage: lazy_streams [INTERLEAVINGS [SEED [FIRST]]]\n";
    return EXIT_FAILURE;
  }
  const unsigned count = argc > 1 ? parse_number(argv[1], largest_argument) : 10000;
  const unsigned seed = argc > 2 ? parse_number(argv[2], largest_argument) : 1;
  const unsigned begin = argc > 3 ? parse_number(argv[3], largest_argument) : 0;

  const auto started = steady_clock::now();
  // What the system opens when it is first used stays open.
  run(seed, begin, begin + (std::min)(count, 100u));
  const long handles = open_handles();
  for (unsigned first = begin; first < begin + count;)
  {
    const unsigned rest = interleavings_per_round - first % interleavings_per_round;
    const unsigned last = first + (std::min)(rest, begin + count - first);
    run(seed, first, last);
    first = last;
  }
  if (const long now = open_handles(); now != handles)
  {
    ++complaints;
    std::cerr << handles << " handles before, and then " << now << std::endl;
  }
  const std::chrono::duration<double> elapsed = steady_clock::now() - started;
  std::cout << count << " interleavings, seed " << seed << ", " << elapsed.count()
            << " s; complaints " << complaints << std::endl;
  return complaints == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
catch (const std::exception& error)
{
  std::cerr << "lazy_streams: " << error.what() << '\n';
  return EXIT_FAILURE;
}
