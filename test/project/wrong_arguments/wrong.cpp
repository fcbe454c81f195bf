// SPDX-License-Identifier: BSL-1.0

// Each call here is wrong, and no two are of the same types, because a compiler refuses an
// instantiation but once. CheckArguments.cmake says what it has to say.

#include <connectex/connectex.hpp>

#include <boost/asio.hpp>

#include <cstddef>
#include <string>

namespace
{

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using connectex::async_connect_ex;
using connectex::connect_options;

const auto flight = asio::buffer("hello", 5);
const auto handler = [](error_code, std::size_t) {};

/// Stands for a TLS or a WebSocket stream.
class stream_over_socket
{
public:
  using executor_type = tcp::socket::executor_type;
  using next_layer_type = tcp::socket;

  tcp::socket& next_layer() { return socket_; }
  executor_type get_executor() { return socket_.get_executor(); }

private:
  tcp::socket socket_;
};

} // namespace

void pass_what_is_no_stream_socket(stream_over_socket& stream, asio::ip::udp::socket& datagrams,
    tcp::acceptor& acceptor, const tcp::endpoint& peer, const connect_options& options)
{
  async_connect_ex(stream, peer, handler);
  async_connect_ex(stream, peer, flight, handler);
  async_connect_ex(stream, peer, flight, options, handler);
  async_connect_ex(datagrams, asio::ip::udp::endpoint(), flight, handler);
  async_connect_ex(acceptor, peer, flight, handler);
}

void pass_what_is_no_buffer_sequence(
    tcp::socket& socket, const tcp::endpoint& peer, const connect_options& options)
{
  const std::string text = "hello";
  char array[] = "hello";
  async_connect_ex(socket, peer, text, handler);
  async_connect_ex(socket, peer, text, options, handler);
  async_connect_ex(socket, peer, "hello", handler);
  async_connect_ex(socket, peer, array, connect_options(), handler);
  async_connect_ex(socket, peer, std::string(text), {}, handler);
}

void pass_what_is_no_token(
    tcp::socket& socket, const tcp::endpoint& peer, const connect_options& options)
{
  async_connect_ex(socket, peer, [](error_code) {});
  async_connect_ex(socket, peer, options, [](error_code) {});
  async_connect_ex(socket, peer, flight, [](error_code) {});
  async_connect_ex(socket, peer, flight, options, [](error_code) {});
  async_connect_ex(socket, peer, 42);
  async_connect_ex(socket, peer, options, 42u);
  async_connect_ex(socket, peer, flight, 42l);
  async_connect_ex(socket, peer, flight, options, 42ul);
}
