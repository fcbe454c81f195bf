// SPDX-License-Identifier: BSL-1.0

// The examples in the comments of the headers and the calls that the README lists, each as it
// stands there, in a function that has the names it uses. It is compiled, and
// CheckHeaderExamples.cmake and CheckSnippet.cmake compare; it does not run.

#include <connectex/connectex.hpp>

#include <connectex/detail/platform.hpp>

#include "optional_ssl.hpp"

#include <boost/asio.hpp>

#include <chrono>
#include <iostream>
#include <string>
#include <vector>

namespace asio = boost::asio;
using asio::ip::tcp;
using asio::ip::udp;

// async_connect_ex

asio::awaitable<void> greet(tcp::socket& socket, tcp::endpoint peer)
{
  co_await connectex::async_connect_ex(
      socket, peer, asio::buffer("PING\r\n", 6), asio::use_awaitable);
}

asio::awaitable<void> hear_greeting(tcp::socket& socket, tcp::endpoint peer, std::string& greeting)
{
  connectex::connect_options options;
  options.total_timeout = std::chrono::seconds(10);
  co_await connectex::async_connect_ex(socket, peer, options, asio::use_awaitable);
  co_await asio::async_read_until(
      socket, asio::dynamic_buffer(greeting), '\n', asio::use_awaitable);
}

asio::awaitable<void> greet_any(tcp::socket& socket, std::vector<tcp::endpoint> mirrors)
{
  const auto [peer, sent] = co_await connectex::async_connect_ex(
      socket, mirrors, asio::buffer("PING\r\n", 6), asio::use_awaitable);
  std::cout << "connected to " << peer << '\n';
}

asio::awaitable<void> get_root(tcp::socket& socket, std::string host)
{
  const std::string request = "GET / HTTP/1.0\r\nHost: " + host + "\r\n\r\n";
  co_await connectex::async_connect_ex(
      socket, host, "http", asio::buffer(request), asio::use_awaitable);
}

// connect_ex and disconnect of a datagram socket

void ask_server(asio::io_context& context, const udp::endpoint& server, const std::string& query)
{
  udp::socket socket(context);
  connectex::connect_ex(socket, server);
  socket.send(asio::buffer(query));
}

void hear_everyone(udp::socket& socket, std::string& answer, udp::endpoint& sender)
{
  connectex::disconnect(socket);
  socket.receive_from(asio::buffer(answer), sender);
}

// lazy_connect_stream

#if HAS_OPENSSL

asio::awaitable<void> shake_hands(std::string host, asio::ssl::context& tls)
{
  const auto executor = co_await asio::this_coro::executor;
  asio::ssl::stream<connectex::lazy_connect_stream<>> stream(executor, tls);
  stream.next_layer().connect_on_write(host, "https");
  co_await stream.async_handshake(asio::ssl::stream_base::client, asio::use_awaitable);
}

#endif

asio::awaitable<void> ask(tcp::endpoint peer, std::string& answer)
{
  connectex::lazy_connect_stream<> stream(co_await asio::this_coro::executor);
  stream.connect_on_write(peer);
  co_await asio::async_write(stream, asio::buffer("PING\r\n", 6), asio::use_awaitable);
  co_await asio::async_read_until(stream, asio::dynamic_buffer(answer), '\n', asio::use_awaitable);
}

std::string ask(tcp::socket& socket, tcp::endpoint peer)
{
  connectex::connect_options options;
  options.total_timeout = std::chrono::seconds(10);
  connectex::connect_ex(socket, peer, asio::buffer("PING\r\n", 6), options);
  std::string answer;
  asio::read_until(socket, asio::dynamic_buffer(answer), '\n');
  return answer;
}

void greet_any_and_wait(tcp::socket& socket, const std::vector<tcp::endpoint>& mirrors)
{
  connectex::connect_options options;
  options.total_timeout = std::chrono::seconds(10);
  connectex::connect_ex(socket, mirrors, asio::buffer("PING\r\n", 6), options);
  std::cout << "connected to " << socket.remote_endpoint() << '\n';
}

std::string get_root_and_wait(tcp::socket& socket, const std::string& host)
{
  const std::string request = "GET / HTTP/1.0\r\nHost: " + host + "\r\n\r\n";
  connectex::connect_ex(socket, host, "http", asio::buffer(request));
  std::string answer;
  boost::system::error_code end;
  asio::read(socket, asio::dynamic_buffer(answer), end);
  return answer;
}

template <typename ConstBufferSequence, typename CompletionToken>
void call_each_way(tcp::socket& socket, const tcp::endpoint& peer,
    const ConstBufferSequence& buffers, const connectex::connect_options& options,
    const CompletionToken& token)
{
  using connectex::async_connect_ex;
  // clang-format off
  async_connect_ex(socket, peer, token);                    // connect
  async_connect_ex(socket, peer, buffers, token);           // connect and send
  async_connect_ex(socket, peer, options, token);           // connect, with retries, time limits ...
  async_connect_ex(socket, peer, buffers, options, token);  // connect and send, by options
  // clang-format on
}

template void call_each_way(tcp::socket&, const tcp::endpoint&, const asio::const_buffer&,
    const connectex::connect_options&, const asio::detached_t&);

template <typename ConstBufferSequence, typename CompletionToken>
void race_each_way(tcp::socket& socket, const std::vector<tcp::endpoint>& endpoints,
    const std::string& host, const std::string& service, const ConstBufferSequence& buffers,
    const connectex::connect_options& options, const CompletionToken& token)
{
  using connectex::async_connect_ex;
  // clang-format off
  async_connect_ex(socket, endpoints, buffers, options, token);      // any sequence of endpoints
  async_connect_ex(socket, host, service, buffers, options, token);  // a name, for TCP
  // clang-format on
}

template void race_each_way(tcp::socket&, const std::vector<tcp::endpoint>&, const std::string&,
    const std::string&, const asio::const_buffer&, const connectex::connect_options&,
    const asio::detached_t&);

template <typename ConstBufferSequence>
void wait_each_way(tcp::socket& socket, const tcp::endpoint& peer,
    const std::vector<tcp::endpoint>& endpoints, const std::string& host,
    const std::string& service, const ConstBufferSequence& buffers,
    const connectex::connect_options& options)
{
  using connectex::connect_ex;
  // clang-format off
  connect_ex(socket, peer, buffers, options);           // returns bytes_transferred
  connect_ex(socket, endpoints, buffers, options);      // socket.remote_endpoint() is the winner
  connect_ex(socket, host, service, buffers, options);
  // clang-format on
}

template void wait_each_way(tcp::socket&, const tcp::endpoint&, const std::vector<tcp::endpoint>&,
    const std::string&, const std::string&, const asio::const_buffer&,
    const connectex::connect_options&);

// condition

void try_again_later();

void decide_by_condition(const boost::system::error_code& ec)
{
  if (ec == connectex::condition::aborted)
    return;
  if (ec == connectex::condition::retryable)
    try_again_later();
  else
    std::cerr << ec.what() << '\n';
}

// exponential_backoff

void set_backoff(connectex::connect_options& options)
{
  options.retry.backoff = {std::chrono::milliseconds(50), 2.0, std::chrono::seconds(5), 0.5};
}

// retry_policy

void retry_refusals(connectex::connect_options& options)
{
  options.retry.max_attempts = 5;
  options.retry.predicate = [](const connectex::connect_attempt& attempt)
  { return attempt.error == boost::asio::error::connection_refused; };
}

// race_policy

void start_sooner(connectex::connect_options& options)
{
  options.race.attempt_delay = std::chrono::milliseconds(150);
  options.race.payload = connectex::race_payload::first_attempt;
}

// connect_options

void set_options()
{
  connectex::connect_options options;
  options.retry.max_attempts = 3;
  options.attempt_timeout = std::chrono::seconds(2);
  options.total_timeout = std::chrono::seconds(10);
}

void set_no_delay(connectex::connect_options& options)
{
  options.prepare = [](connectex::opened_socket& socket, boost::system::error_code& ec)
  { socket.set_option(tcp::no_delay(true), ec); };
}

void log_attempts(connectex::connect_options& options)
{
  options.on_attempt = [](const connectex::connect_attempt& attempt)
  { std::clog << attempt << '\n'; };
}

// opened_socket

void set_no_delay_and_bind(connectex::connect_options& options)
{
  options.prepare = [](connectex::opened_socket& socket, boost::system::error_code& ec)
  {
    socket.set_option(tcp::no_delay(true), ec);
    if (!ec)
      socket.bind(tcp::endpoint(asio::ip::make_address("127.0.0.2"), 0), ec);
  };
}

// connect_report

void print(const connectex::connect_report& report) { std::clog << report << '\n'; }

// get_connection_statistics

void log_slow_connection(tcp::socket& socket)
{
  boost::system::error_code ec;
  const connectex::connection_statistics statistics =
      connectex::get_connection_statistics(socket, ec);
  if (statistics.round_trip_time > std::chrono::milliseconds(200))
    std::clog << "slow: " << statistics << '\n';
}

#if CONNECTEX_DETAIL_WINDOWS || CONNECTEX_DETAIL_LINUX

// retransmission_limit

void drop_dead_peers(tcp::socket& socket)
{
  socket.set_option(connectex::retransmission_limit(std::chrono::seconds(30)));
}

#endif

#if CONNECTEX_DETAIL_WINDOWS

// reuse_unicast_port

void share_port(tcp::socket& socket)
{
  socket.set_option(connectex::reuse_unicast_port(true));
  socket.bind(tcp::endpoint(tcp::v4(), 0));
}

// fast_open

void ask_for_fast_open(tcp::socket& socket)
{
  boost::system::error_code ignored;
  socket.set_option(connectex::fast_open(true), ignored);
}

// connect_time

bool has_been_connected_long(tcp::socket& socket)
{
  connectex::connect_time time;
  socket.get_option(time);
  const bool is_old = time.value() > std::chrono::minutes(1);
  return is_old;
}

// initial_rto

void ask_twice(tcp::socket& socket)
{
  connectex::initial_rto two_tries(connectex::initial_rto::unspecified_rtt(), 1);
  socket.io_control(two_tries);
}

// udp_port_unreachable_errors

void hear_many(udp::socket& socket)
{
  connectex::udp_port_unreachable_errors off(false);
  socket.io_control(off);
}

// get_providers

void log_layers()
{
  for (const connectex::provider_info& provider : connectex::get_providers())
  {
    if (provider.layered)
      std::clog << provider.name << " in " << provider.path << '\n';
  }
}

// get_provider

void log_provider(tcp::socket& socket)
{
  const connectex::provider_info provider = connectex::get_provider(socket);
  if (provider.layered || !provider.ifs_handles)
    std::clog << "connects through " << provider.name << '\n';
}

// open_past_layers

void connect_past_layers(tcp::socket& socket, const tcp::endpoint& peer, bool user_distrusts_layers)
{
  if (user_distrusts_layers)
    connectex::open_past_layers(socket, peer.protocol());
  connectex::async_connect_ex(socket, peer, asio::detached);
}

#endif

#if CONNECTEX_DETAIL_LINUX

// syn_count

void give_up_early(tcp::socket& socket) { socket.set_option(connectex::syn_count(2)); }

// local_port_range

void use_ports_of_mine(tcp::socket& socket)
{
  socket.set_option(connectex::local_port_range(40000, 40999));
}

// bind_address_no_port

void bind_to_address(tcp::socket& socket, const asio::ip::address& address)
{
  socket.set_option(connectex::bind_address_no_port(true));
  socket.bind(tcp::endpoint(address, 0));
}

#endif
