// SPDX-License-Identifier: BSL-1.0

// connects ways: prints the ways to connect that this program knows.
// connects once WAY PORT COUNT: connects COUNT times, one after the other, and sends 64 bytes with
// each. Whoever runs it counts from outside, and takes the difference of two COUNTs, so that start
// and end do not count.
// connects rate PORT IN_FLIGHT THREADS CONNECTS ROUNDS WAY...: prints how many connections per
// second are made, used for one request with its answer, and closed. The ways take turns, in
// another order in each round.

#include "contestants.hpp"
#include "epoll.hpp"
#if defined(CONNECTEX_BENCH_UV)
#include "uv.hpp"
#endif

#include <algorithm>
#include <chrono>
#include <deque>
#include <future>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include <sys/resource.h>
#include <unistd.h>

namespace
{

using namespace bench;

/// Makes one connection after the other, as many as it gets.
template <typename Way>
class connection
{
public:
  connection(asio::io_context& context, const tcp::endpoint& peer, load& load)
    : socket_(context), peer_(peer), load_(load)
  {
  }

  void go_on()
  {
    if (!load_.take())
      return;
    Way::connect(socket_, peer_,
        [this](const error_code& error, const auto&... results)
        {
          check(error, results...);
          if (load_.answered)
            receive();
          else
            end();
        });
  }

private:
  void receive()
  {
    asio::async_read(socket_, asio::buffer(answer_),
        [this](const error_code& error, std::size_t bytes_transferred)
        {
          check(error, bytes_transferred);
          socket_.set_option(tcp::socket::linger(true, 0));
          end();
        });
  }

  void end()
  {
    socket_.close();
    go_on();
  }

  tcp::socket socket_;
  const tcp::endpoint peer_;
  load& load_;
  std::array<char, flight_size> answer_{};
};

/// Calls a function in several threads, and throws what one of them has thrown.
template <typename Function>
void run_in_threads(int count, Function function)
{
  if (count == 1)
    return function(0);
  std::vector<std::future<void>> ends;
  for (int i = 0; i != count; ++i)
    ends.push_back(std::async(std::launch::async, function, i));
  for (auto& end : ends)
    end.get();
}

template <typename Way>
void run_asio(load& load)
{
  asio::io_context context(load.threads);
  std::deque<connection<Way>> connections;
  for (int i = 0; i != load.in_flight; ++i)
  {
    connection<Way>& added = connections.emplace_back(context, load.peer(i), load);
    asio::post(context, [&added] { added.go_on(); });
  }
  run_in_threads(load.threads, [&context](int) { context.run(); });
}

/// A loop for each thread.
template <typename Loop>
void run_loops(load& load)
{
  run_in_threads(load.threads, [&load](int thread) { Loop(load, thread).run(); });
}

template <typename Way>
void run_blocking(load& load)
{
  asio::io_context context(1);
  tcp::socket socket(context);
  while (load.take())
  {
    Way::connect(socket, load.peer(0));
    socket.close();
  }
}

const std::map<std::string, void (*)(load&)> ways
{
  {"pair", run_asio<pair>}, {"ours", run_asio<ours>}, {"opened", run_asio<ours_opened>},
      {"one", run_asio<ours_one>}, {"raw", run_loops<epoll_loop>},
#if defined(CONNECTEX_BENCH_UV)
      {"uv", run_loops<uv_loop>},
#endif
      {"blocking_pair", run_blocking<blocking_pair>}, {"blocking", run_blocking<blocking>},
};

/// The time that all threads of this program have had of the processors.
std::chrono::duration<double> processor_time()
{
  rusage usage{};
  checked("getrusage", ::getrusage(RUSAGE_SELF, &usage));
  const auto in_seconds = [](const timeval& time)
  {
    return std::chrono::duration<double>(
        static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6);
  };
  return in_seconds(usage.ru_utime) + in_seconds(usage.ru_stime);
}

void allow_many_descriptors()
{
  rlimit limit{};
  checked("getrlimit", ::getrlimit(RLIMIT_NOFILE, &limit));
  limit.rlim_cur = limit.rlim_max;
  checked("setrlimit", ::setrlimit(RLIMIT_NOFILE, &limit));
}

void measure_rates(const load_settings& settings, int rounds, arguments order)
{
  for (const std::string& way : order)
  {
    load warm_up(settings);
    ways.at(way)(warm_up);
  }

  std::cout << "round\tway\trate\tprocessor_us\n";
  std::sort(order.begin(), order.end());
  for (int round = 0; round != rounds; ++round)
  {
    for (const std::string& way : order)
    {
      load load(settings);
      const auto processor_time_before = processor_time();
      const auto started = std::chrono::steady_clock::now();
      ways.at(way)(load);
      const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - started;
      const auto used = processor_time() - processor_time_before;
      std::cout << round << '\t' << way << '\t' << load.connects / elapsed.count() << '\t'
                << used.count() * 1e6 / load.connects << '\n';
    }
    std::next_permutation(order.begin(), order.end());
  }
}

void run(const arguments& arguments)
{
  const std::string& role = arguments.at(0);
  if (role == "ways")
  {
    std::cout << "way\n";
    for (const auto& [name, unused] : ways)
      std::cout << name << '\n';
    return;
  }

  const auto number = [&](std::size_t index) { return std::stoi(arguments.at(index)); };
  const auto port = [&](std::size_t index) { return static_cast<unsigned short>(number(index)); };
  if (role == "once")
  {
    // Another address for each process, lest ports in TIME_WAIT run out.
    load load({port(2), static_cast<int>(::getpid()), 1, 1, number(3), false});
    ways.at(arguments.at(1))(load);
  }
  else if (role == "rate")
  {
    allow_many_descriptors();
    measure_rates({port(1), 0, number(2), number(3), number(4), true}, number(5),
        {arguments.begin() + 6, arguments.end()});
  }
  else
    throw std::invalid_argument(role);
}

} // namespace

int main(int argc, char* argv[]) { return run_main(argc, argv, run); }
