// SPDX-License-Identifier: BSL-1.0

// endpoint_races [OPERATIONS [CANCELLED_PERCENT [SEED [ADDRESS NAMESPACE]]]]: that many connects to
// two endpoints that both accept, by the shortest delay that is allowed, on four threads. So many
// in a hundred are cancelled or closed at random moments. The server counts: every flight that was
// promised has come once, no other has, and nothing is left behind.
//
// Loopback is so quick that the delay never passes. So the server can be in another network
// namespace, at the end of a slow link.

#include "../support/asio_names.hpp"
#include "flight_server.hpp"
#include "open_handles.hpp"
#include "parse_number.hpp"

#include <connectex/async_connect_ex_race.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <memory>
#include <mutex>
#include <random>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace
{

using namespace test;
using namespace test::stress;
using connectex::attempt_outcome;
using connectex::connect_attempt;
using connectex::race_mode;
using connectex::race_payload;
using steady_clock = std::chrono::steady_clock;

constexpr unsigned runners = 4;
constexpr unsigned most_pending = 500;
constexpr unsigned operations_per_round = 5000;
constexpr unsigned largest_argument = 100000000;
constexpr std::chrono::seconds patience{60};

std::atomic<int> complaints{0};
std::atomic<unsigned> overlapping{0};

void complain(unsigned number, const std::string& reason)
{
  static std::mutex mutex;
  const std::lock_guard<std::mutex> lock(mutex);
  if (++complaints <= 20)
    std::cerr << "operation " << number << ": " << reason << std::endl;
}

/// Lets so many operations be pending, and tells when all have ended.
class counter
{
public:
  bool enter()
  {
    std::unique_lock<std::mutex> lock(mutex_);
    const bool entered =
        changed_.wait_for(lock, patience, [this] { return pending_ < most_pending; });
    ++pending_;
    return entered;
  }

  void leave()
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    --pending_;
    changed_.notify_all();
  }

  bool await_all()
  {
    std::unique_lock<std::mutex> lock(mutex_);
    return changed_.wait_for(lock, patience, [this] { return pending_ == 0; });
  }

private:
  std::mutex mutex_;
  std::condition_variable changed_;
  unsigned pending_ = 0;
};

/// What an operation has promised of its flight.
struct promise
{
  int least = 0;
  int most = 0;
};

struct round
{
  round(unsigned first_number, unsigned operations, const place& where)
    : first(first_number), server(operations, where), promises(operations)
  {
  }

  unsigned first;
  flight_server server;
  std::vector<promise> promises;
  counter pending;
  asio::io_context context;
};

class operation : public std::enable_shared_from_this<operation>
{
public:
  operation(round& around, unsigned number, unsigned cancelled_percent, unsigned seed)
    : round_(around),
      number_(number),
      random_(seed * 7919 + around.first + number),
      is_stopped_(one_of(100) < cancelled_percent),
      flight_(number)
  {
    options_.race.attempt_delay = std::chrono::milliseconds(10);
    options_.report = &report_;
    const unsigned kind = one_of(8);
    if (kind == 0)
      options_.race.mode = race_mode::sequential;
    else if (kind == 1)
      options_.race.payload = race_payload::first_attempt;
  }

  ~operation()
  {
    if (calls_ != 1)
      complain(number_, "completed " + std::to_string(calls_) + " times");
    round_.pending.leave();
  }

  void start()
  {
    std::vector<tcp::endpoint> endpoints = round_.server.endpoints();
    if (one_of(2) == 0)
      std::swap(endpoints[0], endpoints[1]);
    connectex::async_connect_ex(socket_, endpoints, asio::buffer(flight_.words), options_,
        asio::bind_executor(strand_,
            asio::bind_cancellation_slot(signal_.slot(),
                [self = shared_from_this()](const error_code& error, const tcp::endpoint& peer,
                    std::size_t bytes) { self->on_connected(error, peer, bytes); })));
    if (is_stopped_)
      stop_later();
  }

private:
  unsigned one_of(unsigned count) { return static_cast<unsigned>(random_() % count); }

  void stop_later()
  {
    const auto kind = one_of(4);
    timer_.expires_after(std::chrono::microseconds(one_of(2) == 0 ? one_of(200) : one_of(20000)));
    timer_.async_wait(
        [self = shared_from_this(), kind](const error_code&)
        {
          using asio::cancellation_type;
          constexpr cancellation_type types[] = {
              cancellation_type::terminal, cancellation_type::partial, cancellation_type::total};
          if (kind < 3)
            return self->signal_.emit(types[kind]);
          asio::post(self->strand_,
              [self]
              {
                self->is_closed_ = true;
                error_code ignored;
                self->socket_.close(ignored);
              });
        });
  }

  void on_connected(const error_code& error, const tcp::endpoint& peer, std::size_t bytes)
  {
    ++calls_;
    const bool all = bytes == sizeof(flight_.words);
    promise& made = round_.promises[number_];
    if (error)
      check_failure(error, bytes, made);
    else
    {
      made = {1, options_.race.payload == race_payload::first_attempt ? 2 : 1};
      error_code ignored;
      if (!all || (!is_closed_ && socket_.remote_endpoint(ignored) != peer))
        complain(number_, "a success that is none");
    }
    check_report(error);
    error_code ignored;
    if (error && socket_.is_open())
      complain(number_, "the socket is open after a failure");
    socket_.close(ignored);
  }

  void check_failure(const error_code& error, std::size_t bytes, promise& made)
  {
    if (!is_stopped_ || error != asio::error::operation_aborted)
      complain(number_, "failed: " + error.message());
    made.most = bytes != 0 || report_.maybe_delivered ? 2 : 0;
  }

  void check_report(const error_code& error)
  {
    overlapping += report_.attempts.size() > 1;
    const auto winner = std::find_if(report_.attempts.begin(), report_.attempts.end(),
        [](const connect_attempt& made) { return made.outcome == attempt_outcome::connected; });
    if (winner == report_.attempts.end())
    {
      if (!error)
        complain(number_, "a success without a winner");
      return;
    }
    for (const connect_attempt& made : report_.attempts)
    {
      if (made.started > winner->started + winner->elapsed)
        complain(
            number_, "an attempt was started after a success\n" + connectex::to_string(report_));
      if (&made != &*winner && made.outcome == attempt_outcome::connected)
        complain(number_, "two winners");
    }
  }

  round& round_;
  unsigned number_;
  std::minstd_rand random_;
  bool is_stopped_;
  bool is_closed_ = false;
  int calls_ = 0;
  numbered_flight flight_;
  connectex::connect_options options_;
  connectex::connect_report report_;
  asio::cancellation_signal signal_;
  asio::strand<asio::io_context::executor_type> strand_ = asio::make_strand(round_.context);
  tcp::socket socket_{round_.context};
  asio::steady_timer timer_{round_.context};
};

struct settings
{
  unsigned operations = 20000;
  unsigned cancelled_percent = 0;
  unsigned seed = 1;
  place where;
};

void run(const settings& chosen, unsigned first, unsigned operations)
{
  round now(first, operations, chosen.where);
  auto work = asio::make_work_guard(now.context);
  std::vector<std::thread> threads;
  for (unsigned i = 0; i != runners; ++i)
    threads.emplace_back([&] { now.context.run(); });
  for (unsigned number = 0; number != operations; ++number)
  {
    if (!now.pending.enter())
      throw std::runtime_error("nothing goes on any more");
    std::make_shared<operation>(now, number, chosen.cancelled_percent, chosen.seed)->start();
  }
  if (!now.pending.await_all())
    throw std::runtime_error("an operation does not end");
  work.reset();
  for (std::thread& thread : threads)
    thread.join();
  now.server.finish();
  for (unsigned number = 0; number != operations; ++number)
  {
    const int deliveries = now.server.deliveries(number);
    const promise& made = now.promises[number];
    if (deliveries < made.least || deliveries > made.most)
      complain(first + number, "delivered " + std::to_string(deliveries) + " times");
  }
  if (now.server.broken_flights() != 0)
    complain(first, std::to_string(now.server.broken_flights()) + " broken flights");
}

} // namespace

int main(int argc, char* argv[])
try
{
  if (argc > 6 || argc == 5)
  {
    std::cerr
        << "usage: endpoint_races [OPERATIONS [CANCELLED_PERCENT [SEED [ADDRESS NAMESPACE]]]]\n";
    return EXIT_FAILURE;
  }
  settings chosen;
  if (argc > 1)
    chosen.operations = parse_number(argv[1], largest_argument);
  if (argc > 2)
    chosen.cancelled_percent = parse_number(argv[2], largest_argument);
  if (argc > 3)
    chosen.seed = parse_number(argv[3], largest_argument);
  if (argc > 5)
    chosen.where = {asio::ip::make_address(argv[4]), argv[5]};

  const unsigned operations = chosen.operations;
  const auto started = steady_clock::now();
  // What the system opens when it is first used stays open.
  run(chosen, 0, (std::min)(operations, 200u));
  const long handles = open_handles();
  for (unsigned first = 0; first < operations; first += operations_per_round)
    run(chosen, first, (std::min)(operations - first, operations_per_round));
  if (const long now = open_handles(); now != handles)
    complain(
        operations, std::to_string(handles) + " handles before, and then " + std::to_string(now));
  const std::chrono::duration<double> elapsed = steady_clock::now() - started;

  std::cout << operations << " operations, " << chosen.cancelled_percent << " % cancelled, seed "
            << chosen.seed << ", " << elapsed.count() << " s; with two attempts " << overlapping
            << "; complaints " << complaints << std::endl;
  return complaints == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
catch (const std::exception& error)
{
  std::cerr << "endpoint_races: " << error.what() << std::endl;
  std::_Exit(EXIT_FAILURE);
}
