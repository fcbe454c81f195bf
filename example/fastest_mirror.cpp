// SPDX-License-Identifier: BSL-1.0

// Which of several mirrors answers first? The addresses of all of them take part in one race, whose
// report shows how it went. Without arguments the mirrors are in this program: one that never
// answers, one that refuses, and one that works.

#include "arguments.hpp"

#include "full_listener.hpp"

#include <connectex/connectex.hpp>

#include <boost/asio.hpp>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <string>
#include <vector>

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using namespace std::chrono_literals;

/// An address, and the name that it was found by.
using mirror = tcp::resolver::results_type::value_type;

/// @param text "HOST:PORT", "[ADDRESS]:PORT" or "HOST".
void add_mirrors(tcp::resolver& resolver, const std::string& text, std::vector<mirror>& mirrors)
{
  const std::size_t colon = text.ends_with(']') ? std::string::npos : text.rfind(':');
  std::string host = text.substr(0, colon);
  const std::string service =
      colon == std::string::npos ? "80" : example::to_service(text.substr(colon + 1));
  if (host.size() > 2 && host.front() == '[')
    host = host.substr(1, host.size() - 2);

  // A mirror whose name is unknown does not keep the others from the race.
  error_code error;
  const auto found = resolver.resolve(host, service, error);
  if (error)
    std::cerr << text << ": " << error.message() << '\n';
  mirrors.insert(mirrors.end(), found.begin(), found.end());
}

asio::awaitable<tcp::endpoint> find_fastest(std::vector<mirror> mirrors)
{
  connectex::connect_report report;
  connectex::connect_options options;
  options.race.attempt_delay = 100ms;
  options.total_timeout = 10s;
  options.report = &report;

  tcp::socket socket(co_await asio::this_coro::executor);
  const auto [error, peer, sent] = co_await connectex::async_connect_ex(
      socket, mirrors, options, asio::as_tuple(asio::use_awaitable));
  std::cout << report << '\n';
  if (error)
    throw boost::system::system_error(error);
  co_return peer;
}

/// Mirrors on this machine.
class local_mirrors
{
public:
  explicit local_mirrors(asio::io_context& context)
    : silent_(context), closed_(context, any_port()), good_(context, any_port())
  {
  }

  std::vector<mirror> list() const
  {
    return {{silent_.endpoint(), "silent.local", "http"},
        {closed_.local_endpoint(), "closed.local", "http"},
        {good_.local_endpoint(), "good.local", "http"}};
  }

  bool is_good(const tcp::endpoint& peer) const { return peer == good_.local_endpoint(); }

private:
  static tcp::endpoint any_port() { return {asio::ip::address_v4::loopback(), 0}; }

  example::full_listener silent_;

  // Bound, but not listening: whoever connects is refused.
  tcp::socket closed_;
  tcp::acceptor good_;
};

int main(int argc, char* argv[])
{
  try
  {
    asio::io_context context;
    const local_mirrors local(context);
    std::vector<mirror> mirrors;
    tcp::resolver resolver(context);
    for (int i = 1; i < argc; ++i)
      add_mirrors(resolver, argv[i], mirrors);
    if (argc == 1)
      mirrors = local.list();

    auto found = asio::co_spawn(context, find_fastest(mirrors), asio::use_future);
    context.run();
    const tcp::endpoint fastest = found.get();
    const auto winner = std::find_if(mirrors.begin(), mirrors.end(),
        [&](const mirror& each) { return each.endpoint() == fastest; });
    std::cout << "fastest: " << winner->host_name() << " at " << fastest << '\n';
    return argc > 1 || local.is_good(fastest) ? EXIT_SUCCESS : EXIT_FAILURE;
  }
  catch (const std::exception& error)
  {
    std::cerr << error.what() << '\n';
    return EXIT_FAILURE;
  }
}
