// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_BENCH_STREAM_HPP
#define CONNECTEX_BENCH_STREAM_HPP

#include "support.hpp"

#include <connectex/lazy_connect_stream.hpp>

#include <array>
#include <cstddef>
#include <string_view>

// A request and its answer, over a stream of either kind.

namespace bench
{

using lazy_stream = connectex::lazy_connect_stream<>;

inline constexpr std::string_view request = "GET / HTTP/1.1\r\nHost: bench.example\r\n\r\n";

template <typename Handler>
void connect(tcp::socket& socket, const tcp::endpoint& peer, Handler handler)
{
  socket.async_connect(peer, handler);
}

template <typename Handler>
void connect(lazy_stream& stream, const tcp::endpoint& peer, Handler handler)
{
  stream.connect_on_write(peer);
  handler(error_code());
}

/// Calls @p pause between the request and the answer.
template <typename Stream, typename Pause, typename Handler>
void ask(Stream& stream, std::array<char, flight_size>& answer, Pause pause, Handler handler)
{
  asio::async_write(stream, asio::buffer(request),
      [&stream, &answer, pause, handler](const error_code& error, std::size_t)
      {
        check(error);
        pause();
        asio::async_read(stream, asio::buffer(answer),
            [handler](const error_code& read_error, std::size_t bytes_transferred)
            {
              check(read_error, bytes_transferred);
              handler();
            });
      });
}

/// Answers a request, which comes in one piece, and waits until the client has closed the
/// connection.
/// @returns Whether there was one.
template <typename Stream>
bool respond(Stream& stream)
{
  std::array<char, 4096> received;
  error_code error;
  if (stream.read_some(asio::buffer(received), error) == 0)
    return false;
  asio::write(stream, asio::buffer(flight), error);
  while (!error)
    stream.read_some(asio::buffer(received), error);
  return true;
}

} // namespace bench

#endif // CONNECTEX_BENCH_STREAM_HPP
