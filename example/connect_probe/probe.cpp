// SPDX-License-Identifier: BSL-1.0

#include "probe.hpp"

#include <connectex/connectex.hpp>

#include <boost/asio.hpp>

#include <csignal>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

namespace
{

connectex::connect_options make_options(const settings& chosen, connectex::connect_report& report)
{
  connectex::connect_options options;
  options.retry.max_attempts = chosen.retries + 1;
  options.race = chosen.race;
  options.attempt_timeout = chosen.attempt_timeout;
  options.total_timeout = chosen.timeout;
  if (chosen.fast_open)
    options.fast_open = connectex::fast_open_mode::idempotent_data;
  options.report = &report;
  options.statistics = true;
  return options;
}

template <typename Handler>
void start_connect(tcp::socket& socket, const settings& chosen,
    const connectex::connect_options& options, Handler handler)
{
  const auto data = asio::buffer(chosen.data);
  if (chosen.addresses.empty())
  {
    return connectex::async_connect_ex(
        socket, chosen.host, std::to_string(chosen.port), data, options, std::move(handler));
  }
  std::vector<tcp::endpoint> endpoints;
  for (const asio::ip::address& address : chosen.addresses)
    endpoints.emplace_back(address, chosen.port);
  connectex::async_connect_ex(socket, endpoints, data, options, std::move(handler));
}

} // namespace

outcome run_probe(asio::io_context& context, const settings& chosen)
{
  outcome result;
  asio::cancellation_signal cancellation;
  asio::signal_set interrupts(context, SIGINT, SIGTERM);
  interrupts.async_wait(
      [&](const error_code& error, int)
      {
        if (error)
          return;

        // A second interrupt is the system's again, and ends the program at once.
        interrupts.clear();
        cancellation.emit(asio::cancellation_type::terminal);
      });

  tcp::socket socket(context);
  start_connect(socket, chosen, make_options(chosen, result.report),
      asio::bind_cancellation_slot(cancellation.slot(),
          [&](const error_code& error, const tcp::endpoint& peer, std::size_t bytes_sent)
          {
            result.error = error;
            result.peer = peer;
            result.bytes_sent = bytes_sent;
            error_code ignored;
            result.local = socket.local_endpoint(ignored);
            context.stop();
          }));
  context.run();
  return result;
}
