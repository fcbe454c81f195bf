// SPDX-License-Identifier: BSL-1.0

// stream tls: prints whether the program has TLS.
// stream server ADDRESS: prints its port and answers requests over TLS until its input ends.
// stream requests plain|tls pair|lazy PORT COUNT: makes COUNT requests to loopback, each on a
// connection of its own. Whoever runs it counts from outside, and takes the difference of two
// COUNTs.
// stream first_byte pair|off|cold|warm ADDRESS PORT: prints how many milliseconds pass until the
// first byte of the answer to a request over TLS. `pair` is a socket that was connected before the
// handshake; the others are a lazy_connect_stream without fast open, with fast open and no cookie,
// and with a cookie, and fail if the first bytes have not gone that way.

#include "stream.hpp"

#if defined(CONNECTEX_BENCH_TLS)
#include "support/certificate.hpp"

#include <boost/asio/ssl.hpp>
#endif

#include <chrono>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>

#include <netinet/tcp.h>
#include <sys/socket.h>

namespace
{

using namespace bench;
using clock_type = std::chrono::steady_clock;
using milliseconds = std::chrono::duration<double, std::milli>;

/// One request after the other, each over a stream that is made of the same arguments.
template <typename Stream, typename... Arguments>
class requests
{
public:
  requests(asio::io_context& context, const tcp::endpoint& peer, int count, Arguments&... more)
    : peer_(peer),
      left_(count),
      make_([&context, &more...](std::optional<Stream>& stream)
          { stream.emplace(context.get_executor(), more...); })
  {
  }

  void next()
  {
    stream_.reset();
    if (left_-- == 0)
      return;
    make_(stream_);
    open(*stream_);
  }

private:
  template <typename Plain>
  void open(Plain& stream)
  {
    connect(stream, peer_, [this](const error_code& error) { ask_if(error); });
  }

#if defined(CONNECTEX_BENCH_TLS)
  template <typename NextLayer>
  void open(asio::ssl::stream<NextLayer>& stream)
  {
    connect(stream.next_layer(), peer_,
        [this, &stream](const error_code& error)
        {
          check(error);
          stream.async_handshake(asio::ssl::stream_base::client,
              [this](const error_code& handshake_error) { ask_if(handshake_error); });
        });
  }
#endif

  void ask_if(const error_code& error)
  {
    check(error);
    ask(
        *stream_, answer_, [] {}, [this] { next(); });
  }

  tcp::endpoint peer_;
  int left_;
  std::function<void(std::optional<Stream>&)> make_;
  std::optional<Stream> stream_;
  std::array<char, flight_size> answer_{};
};

template <typename Stream, typename... Arguments>
void make_requests(const tcp::endpoint& peer, int count, Arguments&... more)
{
  asio::io_context context(1);
  requests<Stream, Arguments...> all(context, peer, count, more...);
  all.next();
  context.run();
}

#if defined(CONNECTEX_BENCH_TLS)

namespace ssl = asio::ssl;

void set_fast_open_queue(tcp::acceptor& acceptor, int size)
{
  checked("TCP_FASTOPEN",
      ::setsockopt(acceptor.native_handle(), IPPROTO_TCP, TCP_FASTOPEN, &size, sizeof(size)));
}

void serve(const std::string& address)
{
  asio::io_context context(1);
  tcp::acceptor acceptor(context, {asio::ip::make_address(address), 0});
  set_fast_open_queue(acceptor, 128);
  std::cout << acceptor.local_endpoint().port() << std::endl;
  std::thread(
      []
      {
        std::cin.get();
        std::_Exit(EXIT_SUCCESS);
      })
      .detach();

  ssl::context tls = test::context_with_certificate();
  for (;;)
  {
    tcp::socket socket = acceptor.accept();
    // Or the system would put off what follows the handshake.
    socket.set_option(tcp::no_delay(true));
    ssl::stream<tcp::socket> stream(std::move(socket), tls);
    error_code error;
    stream.handshake(ssl::stream_base::server, error);
    if (!error)
      respond(stream);
  }
}

/// @param open Connects the next layer, or arms it, and calls a function.
template <typename NextLayer, typename Open>
void time_first_byte(ssl::context& tls, Open open)
{
  asio::io_context context(1);
  ssl::stream<NextLayer> stream(context, tls);
  std::array<char, 1> first;
  clock_type::time_point ended;
  const auto receive = [&](const error_code& error, std::size_t)
  {
    check(error);
    stream.async_read_some(asio::buffer(first),
        [&](const error_code& read_error, std::size_t)
        {
          check(read_error);
          ended = clock_type::now();
        });
  };
  const auto ask = [&](const error_code& error)
  {
    check(error);
    asio::async_write(stream, asio::buffer(request), receive);
  };
  const auto started = clock_type::now();
  open(stream.next_layer(), [&] { stream.async_handshake(ssl::stream_base::client, ask); });
  context.run();
  std::cout << milliseconds(ended - started).count() << '\n';
}

void time_pair(const tcp::endpoint& peer, ssl::context& tls)
{
  time_first_byte<tcp::socket>(tls,
      [&peer](tcp::socket& socket, auto opened)
      {
        socket.async_connect(peer,
            [&socket, opened](const error_code& error)
            {
              check(error);
              socket.set_option(tcp::no_delay(true));
              opened();
            });
      });
}

void time_lazy(const tcp::endpoint& peer, ssl::context& tls, connectex::fast_open_mode mode,
    connectex::first_flight_path expected)
{
  connectex::connect_report report;
  connectex::connect_options options;
  options.fast_open = mode;
  options.report = &report;
  options.prepare = [](connectex::opened_socket& socket, error_code& ec)
  { socket.set_option(tcp::no_delay(true), ec); };
  time_first_byte<lazy_stream>(tls,
      [&](lazy_stream& stream, auto opened)
      {
        stream.connect_on_write(peer, options);
        opened();
      });
  if (report.first_flight != expected)
    throw std::runtime_error("the ClientHello has gone another way: is fast open on at both ends?");
}

void run_first_byte(const std::string& way, const tcp::endpoint& peer)
{
  using connectex::fast_open_mode;
  using connectex::first_flight_path;
  ssl::context tls(ssl::context::tls_client);
  if (way == "pair")
    time_pair(peer, tls);
  else if (way == "off")
    time_lazy(peer, tls, fast_open_mode::off, first_flight_path::after_connect);
  else if (way == "cold")
    time_lazy(peer, tls, fast_open_mode::idempotent_data, first_flight_path::after_connect);
  else
    time_lazy(peer, tls, fast_open_mode::idempotent_data, first_flight_path::in_syn);
}

#endif // CONNECTEX_BENCH_TLS

void run_requests(const arguments& arguments)
{
  const bool lazy = arguments.at(2) == "lazy";
  const tcp::endpoint peer = make_endpoint("127.0.0.1", arguments.at(3));
  const int count = std::stoi(arguments.at(4));
#if defined(CONNECTEX_BENCH_TLS)
  if (arguments.at(1) == "tls")
  {
    ssl::context tls(ssl::context::tls_client);
    return lazy ? make_requests<ssl::stream<lazy_stream>>(peer, count, tls)
                : make_requests<ssl::stream<tcp::socket>>(peer, count, tls);
  }
#endif
  return lazy ? make_requests<lazy_stream>(peer, count) : make_requests<tcp::socket>(peer, count);
}

void run(const arguments& arguments)
{
  const std::string& role = arguments.at(0);
  if (role == "requests")
    return run_requests(arguments);
  if (role == "tls")
  {
#if defined(CONNECTEX_BENCH_TLS)
    std::cout << "yes\n";
#else
    std::cout << "no\n";
#endif
    return;
  }
#if defined(CONNECTEX_BENCH_TLS)
  if (role == "server")
    return serve(arguments.at(1));
  if (role == "first_byte")
    return run_first_byte(arguments.at(1), make_endpoint(arguments.at(2), arguments.at(3)));
#endif
  throw std::invalid_argument(role);
}

} // namespace

int main(int argc, char* argv[]) { return run_main(argc, argv, run); }
