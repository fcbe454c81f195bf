// SPDX-License-Identifier: BSL-1.0

// first_byte RUNS PORT ADDRESS,... WAY...: prints how many milliseconds pass from the call to the
// first byte of the answer to 64 bytes, for each of the ways, RUNS times. They take turns.
//
// `pair`, `ours` and `fast_open` connect to the first address; `asio`, `beast` and `race` are
// handed all of them. Of `fast_open` one more run comes before the others and fetches the cookie;
// it is left out where there is no fast open.

#include "contestants.hpp"

#include <boost/beast/core/tcp_stream.hpp>

#include <algorithm>
#include <chrono>
#include <map>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

namespace
{

using namespace bench;
using clock_type = std::chrono::steady_clock;
using milliseconds = std::chrono::duration<double, std::milli>;

/// One connection, from the call to the first byte. The ways begin it, and leave their socket in
/// `socket` when the bytes are on their way.
class run_once
{
public:
  using way = void (*)(run_once&);

  explicit run_once(const std::vector<tcp::endpoint>& all_peers) : peers(all_peers) {}

  milliseconds time(way begin)
  {
    const auto started = clock_type::now();
    begin(*this);
    context.run();
    return ended_ - started;
  }

  void receive()
  {
    asio::async_read(socket, asio::buffer(&first_, 1),
        [this](const error_code& error, std::size_t)
        {
          check(error);
          ended_ = clock_type::now();
        });
  }

  /// The handler of the ways that send the bytes.
  auto sent()
  {
    return [this](const error_code& error, const auto&... results)
    {
      check(error, results...);
      receive();
    };
  }

  const std::vector<tcp::endpoint>& peers;
  asio::io_context context{1};
  tcp::socket socket{context};
  connectex::connect_report report = {};

private:
  char first_ = 0;
  clock_type::time_point ended_;
};

template <typename Way>
void begin(run_once& run)
{
  Way::connect(run.socket, run.peers.front(), run.sent());
}

void begin_fast_open(run_once& run)
{
  connectex::connect_options options;
  options.fast_open = connectex::fast_open_mode::idempotent_data;
  options.report = &run.report;
  connectex::async_connect_ex(
      run.socket, run.peers.front(), asio::buffer(flight), options, run.sent());
}

void begin_asio(run_once& run)
{
  asio::async_connect(run.socket, run.peers,
      [&run](const error_code& error, const tcp::endpoint&)
      {
        check(error);
        asio::async_write(run.socket, asio::buffer(flight), run.sent());
      });
}

void begin_beast(run_once& run)
{
  const auto stream = std::make_shared<boost::beast::tcp_stream>(run.context);
  stream->async_connect(run.peers,
      [&run, stream](const error_code& error, const tcp::endpoint&)
      {
        check(error);
        asio::async_write(*stream, asio::buffer(flight),
            [&run, stream](const error_code& write_error, std::size_t bytes_transferred)
            {
              check(write_error, bytes_transferred);
              run.socket = stream->release_socket();
              run.receive();
            });
      });
}

void begin_race(run_once& run)
{
  connectex::async_connect_ex(run.socket, run.peers, asio::buffer(flight), run.sent());
}

const std::map<std::string, run_once::way> ways{
    {"pair", begin<pair>},
    {"ours", begin<ours>},
    {"fast_open", begin_fast_open},
    {"asio", begin_asio},
    {"beast", begin_beast},
    {"race", begin_race},
};

bool fetch_cookie(const std::vector<tcp::endpoint>& peers)
{
  run_once first(peers);
  first.time(begin_fast_open);
  if (!first.report.fast_open_error)
    return true;
  if (first.report.fast_open_error != asio::error::operation_not_supported)
    throw boost::system::system_error(first.report.fast_open_error, "fast open");
  std::cerr << "No fast open: " << first.report.fast_open_error.message() << '\n';
  return false;
}

void time_way(const std::string& name, const std::vector<tcp::endpoint>& peers)
{
  run_once run(peers);
  const milliseconds elapsed = run.time(ways.at(name));
  if (name == "fast_open" && run.report.first_flight != connectex::first_flight_path::in_syn)
    throw std::runtime_error("a request did not travel in the SYN: is fast open on at both ends?");
  std::cout << name << '\t' << elapsed.count() << '\n';
}

void run(const arguments& arguments)
{
  std::vector<tcp::endpoint> peers;
  std::istringstream addresses(arguments.at(2));
  for (std::string address; std::getline(addresses, address, ',');)
    peers.push_back(make_endpoint(address, arguments.at(1)));

  bench::arguments names(arguments.begin() + 3, arguments.end());
  const auto fast_open = std::find(names.begin(), names.end(), "fast_open");
  if (fast_open != names.end() && !fetch_cookie(peers))
    names.erase(fast_open);

  std::cout << "way\tms\n";
  for (int left = std::stoi(arguments.at(0)); left != 0; --left)
  {
    for (const std::string& name : names)
      time_way(name, peers);
  }
}

} // namespace

int main(int argc, char* argv[]) { return run_main(argc, argv, run); }
