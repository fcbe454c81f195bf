// SPDX-License-Identifier: BSL-1.0

// cancellation_races [OPERATIONS [SEED]]: two threads start that many connects to peers that
// accept, refuse or never answer, while four threads run them, and any of the six cancels, closes
// or times them out at random moments. Each operation must complete once, in a way that follows
// from what was done to it, and all of them must leave nothing behind.
//
// The seed says what is done to which operation. When it happens is up to the threads.

#include "open_handles.hpp"
#include "operation.hpp"
#include "parse_number.hpp"
#include "records.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/executor_work_guard.hpp>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace
{

using namespace test;
using namespace test::stress;
using clock_type = std::chrono::steady_clock;

constexpr unsigned drivers = 2;
constexpr unsigned runners = 4;
constexpr unsigned largest_argument = 1000000000;

// Each round ends with nothing but the operations to keep their execution context at work.
constexpr unsigned operations_per_round = 500;

/// Numbers of operations, without the last.
struct range
{
  unsigned first;
  unsigned last;
};

void run_threads(world& around, unsigned seed, const range& numbers)
{
  auto work = asio::make_work_guard(around.context);
  std::vector<std::thread> running;
  for (unsigned i = 0; i != runners; ++i)
    running.emplace_back([&] { around.context.run(); });
  std::vector<std::thread> driving;
  for (unsigned i = 0; i != drivers; ++i)
  {
    driving.emplace_back(
        [&, i]
        {
          for (unsigned number = numbers.first + i; number < numbers.last; number += drivers)
            std::make_shared<operation>(around, seed, number)->start();
        });
  }
  for (std::thread& thread : driving)
    thread.join();
  work.reset();
  for (std::thread& thread : running)
    thread.join();
}

void run(records& log, unsigned seed, const range& numbers)
{
  std::thread watchdog([&] { log.watch(); });
  {
    world around(log);
    run_threads(around, seed, numbers);
  }
  log.stop_watching();
  watchdog.join();
}

/// Runs that all end alike would show little.
void check_variety(records& log, unsigned operations)
{
  const error_code expected[] = {
      {}, asio::error::connection_refused, asio::error::timed_out, asio::error::operation_aborted};
  for (const error_code& error : expected)
  {
    if (operations >= 1000 && log.endings().count(name_of(error)) == 0)
      log.complain("none ended so: " + name_of(error));
  }
}

} // namespace

int main(int argc, char* argv[])
try
{
  if (argc > 3)
  {
    std::cerr << "usage: cancellation_races [OPERATIONS [SEED]]\n";
    return EXIT_FAILURE;
  }
  const unsigned operations = argc > 1 ? parse_number(argv[1], largest_argument) : 20000;
  const unsigned seed = argc > 2 ? parse_number(argv[2], largest_argument) : 1;

  records log;
  const auto started = clock_type::now();
  long handles = 0;
  for (unsigned first = 0; first < operations; first += operations_per_round)
  {
    run(log, seed, {first, (std::min)(operations, first + operations_per_round)});
    // What the system opens when it is first used stays open.
    if (first == 0)
      handles = open_handles();
  }
  if (const long now = open_handles(); operations != 0 && now != handles)
    log.complain(std::to_string(handles) + " handles before, and then " + std::to_string(now));
  check_variety(log, operations);
  const std::chrono::duration<double> elapsed = clock_type::now() - started;

  std::cout << operations << " operations, seed " << seed << ", " << elapsed.count() << " s";
  for (const auto& [ending, times] : log.endings())
    std::cout << "; " << ending << ' ' << times;
  std::cout << "; complaints " << log.complaints() << std::endl;
  return log.complaints() == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
catch (const std::exception& error)
{
  std::cerr << "cancellation_races: " << error.what() << '\n';
  return EXIT_FAILURE;
}
