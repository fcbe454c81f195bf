// SPDX-License-Identifier: BSL-1.0

// stream_kernel_requests pair|lazy COUNT: makes COUNT requests to a server in another thread, each
// on a connection of its own, for bench/run-stream, which counts what Wine's server is asked
// meanwhile: between two questions for events that do not exist, which show in its trace.

#include "stream.hpp"

#include <chrono>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <stdexcept>
#include <string>
#include <thread>

#include <windows.h>

namespace
{

using namespace bench;

void mark(const char* name)
{
  if (::OpenEventA(EVENT_ALL_ACCESS, FALSE, name))
    throw std::runtime_error(std::string("there is an event ") + name);
}

/// Asks nobody. A thread that waits for a packet, or reads before there are bytes, is served with
/// other requests than one that finds them there, and which of them it is would be a matter of
/// chance.
void let_packets_arrive()
{
  const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(20);
  while (std::chrono::steady_clock::now() < until)
  {
  }
}

template <typename Stream>
asio::awaitable<void> ask_again_and_again(tcp::endpoint peer, int count)
{
  const auto executor = co_await asio::this_coro::executor;
  for (int i = 0; i != count; ++i)
  {
    mark("connectex_begin");
    {
      Stream stream(executor);
      co_await connect(stream, peer);
      co_await ask(stream, let_packets_arrive);
    }
    mark("connectex_end");
  }
}

template <typename Stream>
void run(const tcp::endpoint& peer, int count)
{
  asio::io_context context(1);
  asio::co_spawn(context, ask_again_and_again<Stream>(peer, count),
      [](std::exception_ptr failure)
      {
        if (failure)
          std::rethrow_exception(failure);
      });
  do
    let_packets_arrive();
  while (context.run_one() != 0);
}

class server
{
public:
  server()
  {
    asio::co_spawn(context_, serve(acceptor_), asio::detached);
    thread_ = std::thread([this] { context_.run(); });
  }

  ~server()
  {
    context_.stop();
    thread_.join();
  }

  tcp::endpoint endpoint() const { return acceptor_.local_endpoint(); }

private:
  asio::io_context context_{1};
  tcp::acceptor acceptor_{context_, {asio::ip::address_v4::loopback(), 0}};
  std::thread thread_;
};

} // namespace

int main(int argc, char* argv[])
try
{
  const std::string way = argc == 3 ? argv[1] : "";
  if (way != "pair" && way != "lazy")
  {
    std::cerr << "usage: stream_kernel_requests pair|lazy COUNT\n";
    return EXIT_FAILURE;
  }
  const server server;
  const auto run_way = way == "pair" ? run<tcp::socket> : run<lazy_stream>;
  run_way(server.endpoint(), std::atoi(argv[2]));
  return EXIT_SUCCESS;
}
catch (const std::exception& error)
{
  std::cerr << error.what() << '\n';
  return EXIT_FAILURE;
}
