// SPDX-License-Identifier: BSL-1.0

// Each call here is wrong. The comment before it has the beginning of what the compiler has to say,
// in a single error; CheckArguments.cmake looks whether it does. No two calls are of the same
// types, because a compiler refuses an instantiation but once.

#include <connectex/connectex.hpp>

#include <boost/asio.hpp>

#include <cstddef>
#include <future>
#include <memory>
#include <string>
#include <system_error>
#include <vector>

namespace
{

namespace asio = boost::asio;
using asio::ip::tcp;
using asio::ip::udp;
using boost::system::error_code;
using connectex::async_connect_ex;
using connectex::connect_ex;
using connectex::connect_options;
using connectex::connect_report;
using connectex::disconnect;
using generic_socket = asio::generic::stream_protocol::socket;
using endpoints = std::vector<tcp::endpoint>;
using results = tcp::resolver::results_type;

const auto flight = asio::buffer("hello", 5);
const auto handler = [](error_code, std::size_t) {};
const auto race_handler = [](error_code, tcp::endpoint, std::size_t) {};
const connect_options options;

/// In newer releases of Asio, sockets have a default token unless their executor says otherwise.
struct executor_without_token : asio::system_executor
{
  using default_completion_token_type = void;
};

using socket_without_token = asio::basic_stream_socket<tcp, executor_without_token>;

/// Stands for a TLS or a WebSocket stream.
class stream_over_socket
{
public:
  using executor_type = tcp::socket::executor_type;
  using next_layer_type = tcp::socket;

  explicit stream_over_socket(const executor_type& executor) : socket_(executor) {}

  tcp::socket& next_layer() { return socket_; }
  executor_type get_executor() { return socket_.get_executor(); }

private:
  tcp::socket socket_;
};

/// Stands for a stream of Boost.Beast.
class stream_with_socket
{
public:
  tcp::socket& socket() { return socket_; }

private:
  tcp::socket socket_;
};

} // namespace

void pass_another_object(stream_over_socket& stream, stream_with_socket& other_stream,
    connectex::lazy_connect_stream<>& lazy, udp::socket& datagrams, tcp::acceptor& acceptor,
    const tcp::endpoint& peer, const endpoints& peers)
{
  // error: the socket must be a boost::asio::basic_stream_socket, such as tcp::socket
  async_connect_ex(stream, peer, handler);
  // error: the socket must be a boost::asio::basic_stream_socket, such as tcp::socket
  async_connect_ex(stream, peer, flight, options, handler);
  // error: the socket must be a boost::asio::basic_stream_socket, such as tcp::socket
  async_connect_ex(stream, peers, flight, race_handler);
  // error: the socket must be a boost::asio::basic_stream_socket, such as tcp::socket
  async_connect_ex(stream, "host", "443", flight, race_handler);
  // error: the socket must be a boost::asio::basic_stream_socket, such as tcp::socket
  async_connect_ex(other_stream, peer, flight, handler);
  // error: the socket must be a boost::asio::basic_stream_socket, such as tcp::socket
  async_connect_ex(lazy, peer, flight, handler);
  // error: the socket must be a boost::asio::basic_stream_socket, such as tcp::socket
  async_connect_ex(acceptor, peer, flight, handler);
  // error: the socket must be a boost::asio::basic_stream_socket. A datagram socket gets its peer
  async_connect_ex(datagrams, udp::endpoint(), flight, handler);
  // error: the socket must be a boost::asio::basic_stream_socket, such as tcp::socket
  connect_ex(stream, peer, flight);
  // error: the socket must be a boost::asio::basic_stream_socket, such as tcp::socket
  connect_ex(other_stream, peers, flight);
  // error: the socket must be a boost::asio::basic_stream_socket, such as tcp::socket
  connect_ex(lazy, "host", "443");
}

void pass_socket_in_another_way(tcp::socket& socket, const tcp::socket& const_socket,
    const std::shared_ptr<tcp::socket>& pointer, const tcp::endpoint& peer, const endpoints& peers)
{
  // error: the socket must be neither const nor a temporary
  async_connect_ex(const_socket, peer, flight, handler);
  // error: the socket must be neither const nor a temporary
  async_connect_ex(tcp::socket(socket.get_executor()), peers, race_handler);
  // error: the socket must be neither const nor a temporary
  connect_ex(const_socket, "host", "443");
  // error: pass the socket itself instead of a pointer to it
  async_connect_ex(pointer, peer, flight, handler);
  // error: pass the socket itself instead of a pointer to it
  connect_ex(&socket, peer);
}

void pass_no_peer(tcp::socket& socket, const udp::endpoint& other, const results& found)
{
  // error: the peer is missing
  async_connect_ex(socket);
  // error: the peer must be an endpoint of the socket's protocol, a sequence of such endpoints
  async_connect_ex(socket, other, flight, handler);
  // error: the peer must be an endpoint of the socket's protocol, a sequence of such endpoints
  async_connect_ex(socket, asio::ip::address(), flight, handler);
  // error: the peer must be an endpoint of the socket's protocol, a sequence of such endpoints
  async_connect_ex(socket, found.begin(), found.end(), race_handler);
  // error: the peer must be an endpoint of the socket's protocol, a sequence of such endpoints
  connect_ex(socket, other, flight);
  // error: the peer must be an endpoint of the socket's protocol, a sequence of such endpoints
  connect_ex(socket, flight);
}

void pass_no_service(tcp::socket& socket, const std::string& host)
{
  // error: after a host comes the service, which is a string, such as
  async_connect_ex(socket, "host", 443, flight, race_handler);
  // error: after a host comes the service, which is a string, such as
  async_connect_ex(socket, host, 443, options, race_handler);
  // error: after a host comes the service, which is a string, such as
  async_connect_ex(socket, host, race_handler);
  // error: after a host comes the service, which is a string, such as
  connect_ex(socket, host, 443, flight);
  // error: after a host comes the service, which is a string, such as
  connect_ex(socket, host);
}

void pass_host_to_another_socket(generic_socket& socket)
{
  // error: only a TCP socket can be connected to a host by its name
  async_connect_ex(socket, "host", "443", flight, handler);
  // error: only a TCP socket can be connected to a host by its name
  connect_ex(socket, "host", "443");
}

void pass_no_buffer_sequence(
    tcp::socket& socket, const tcp::endpoint& peer, const endpoints& peers, error_code& ec)
{
  const std::string text = "hello";
  // error: the buffers must be a constant buffer sequence, such as boost::asio::buffer(text)
  async_connect_ex(socket, peer, text, handler);
  // error: the buffers must be a constant buffer sequence, such as boost::asio::buffer(text)
  async_connect_ex(socket, peer, text, options, handler);
  // error: the buffers must be a constant buffer sequence, such as boost::asio::buffer(text)
  async_connect_ex(socket, peer, "hello", handler);
  // error: the buffers must be a constant buffer sequence, such as boost::asio::buffer(text)
  async_connect_ex(socket, peer, "hello, again", {}, handler);
  // error: the buffers must be a constant buffer sequence, such as boost::asio::buffer(text)
  async_connect_ex(socket, peer, text);
  // error: the buffers must be a constant buffer sequence, such as boost::asio::buffer(text)
  async_connect_ex(socket, peers, text, race_handler);
  // error: the buffers must be a constant buffer sequence, such as boost::asio::buffer(text)
  async_connect_ex(socket, peers, "hello", options, race_handler);
  // error: the buffers must be a constant buffer sequence, such as boost::asio::buffer(text)
  async_connect_ex(socket, "host", "443", text, race_handler);
  // error: the buffers must be a constant buffer sequence, such as boost::asio::buffer(text)
  async_connect_ex(socket, "host", "443", "hello", {}, race_handler);
  // error: the buffers must be a constant buffer sequence, such as boost::asio::buffer(text)
  connect_ex(socket, peer, text, options);
  // error: the buffers must be a constant buffer sequence, such as boost::asio::buffer(text)
  connect_ex(socket, peers, "hello", ec);
  // error: the buffers must be a constant buffer sequence, such as boost::asio::buffer(text)
  connect_ex(socket, "host", "443", text);
}

/// Of two errors of one call, the compiler must come to this one first.
void use_what_call_returns(tcp::socket& socket, const tcp::endpoint& peer)
{
  // error: the buffers must be a constant buffer sequence, such as boost::asio::buffer(text)
  std::future<std::size_t> sent = async_connect_ex(socket, peer, "hello", asio::use_future);
  // error: the buffers must be a constant buffer sequence, such as boost::asio::buffer(text)
  const std::size_t sent_here = connect_ex(socket, peer, "hello");
  static_cast<void>(sent_here);
}

void pass_no_options(
    tcp::socket& socket, const tcp::endpoint& peer, connect_report& report, const endpoints& peers)
{
  // error: between the buffers and the completion token there can only be a connectex::connect_opt
  async_connect_ex(socket, peer, flight, &options, handler);
  // error: between the buffers and the completion token there can only be a connectex::connect_opt
  async_connect_ex(socket, peers, flight, report, race_handler);
}

void pass_in_another_order(
    tcp::socket& socket, const tcp::endpoint& peer, const endpoints& peers, error_code& ec)
{
  // error: after the peer come buffers, options and completion token, in this order
  async_connect_ex(socket, peer, flight, handler, options);
  // error: after the peer come buffers, options and completion token, in this order
  async_connect_ex(socket, peer, options, flight, handler);
  // error: after the peer come buffers, options and completion token, in this order
  async_connect_ex(socket, peer, handler, options);
  // error: after the peer come buffers, options and completion token, in this order
  async_connect_ex(socket, peers, flight, race_handler, options);
  // error: after the peer come buffers, options and completion token, in this order
  async_connect_ex(socket, "host", "443", options, flight, race_handler);
  // error: after the peer come buffers, options and a boost::system::error_code, in this order
  connect_ex(socket, peer, flight, ec, options);
  // error: after the peer come buffers, options and a boost::system::error_code, in this order
  connect_ex(socket, peers, options, flight);
}

void pass_no_token(tcp::socket& socket, const tcp::endpoint& peer, const endpoints& peers,
    const results& found, error_code& ec)
{
  const auto of_error = [](error_code) {};
  // error: the last argument must be a completion token, or a handler that can be called as
  async_connect_ex(socket, peer, of_error);
  // error: the last argument must be a completion token, or a handler that can be called as
  async_connect_ex(socket, peer, options, of_error);
  // error: the last argument must be a completion token, or a handler that can be called as
  async_connect_ex(socket, peer, flight, of_error);
  // error: the last argument must be a completion token, or a handler that can be called as
  async_connect_ex(socket, peer, flight, options, of_error);
  // error: the last argument must be a completion token, or a handler that can be called as
  async_connect_ex(socket, peer, flight, race_handler);
  // error: the last argument must be a completion token, or a handler that can be called as
  async_connect_ex(socket, peer, flight, asio::bind_executor(socket.get_executor(), of_error));
  // error: the last argument must be a completion token, or a handler that can be called as
  async_connect_ex(socket, peer, flight, options, 42);
  // error: the last argument must be a completion token, or a handler that can be called as
  async_connect_ex(socket, peer, flight, ec);
  // error: with several endpoints, or with a host, the last argument must be a completion token
  async_connect_ex(socket, peers, flight, handler);
  // error: with several endpoints, or with a host, the last argument must be a completion token
  async_connect_ex(socket, found, {}, handler);
  // error: with several endpoints, or with a host, the last argument must be a completion token
  async_connect_ex(socket, "host", "443", flight, handler);
}

void leave_token_out(
    socket_without_token& socket, const tcp::endpoint& peer, const endpoints& peers)
{
  // error: the completion token is missing
  async_connect_ex(socket, peer);
  // error: the completion token is missing
  async_connect_ex(socket, peer, flight);
  // error: the completion token is missing
  async_connect_ex(socket, peer, options);
  // error: the completion token is missing
  async_connect_ex(socket, peer, flight, options);
  // error: the completion token is missing
  async_connect_ex(socket, peers, options);
  // error: the completion token is missing
  async_connect_ex(socket, "host", "443", options);
}

void pass_token_to_blocking_call(tcp::socket& socket, const tcp::endpoint& peer)
{
  // error: after the peer come buffers, options and a boost::system::error_code, in this order
  connect_ex(socket, peer, flight, handler);
  // error: after the peer come buffers, options and a boost::system::error_code, in this order
  connect_ex(socket, "host", "443", flight, asio::use_future);
  // error: after the peer come buffers, options and a boost::system::error_code, in this order
  connect_ex(socket, peer, flight, std::error_code());
}

void call_with_datagram_socket(udp::socket& datagrams, const udp::endpoint& peer,
    tcp::socket& socket, const udp::socket& const_datagrams, const tcp::endpoint& other)
{
  // error: a datagram socket gets one endpoint of its protocol as its peer
  connect_ex(datagrams, other);
  // error: a datagram socket gets one endpoint of its protocol as its peer
  connect_ex(datagrams, peer, flight);
  // error: a datagram socket gets one endpoint of its protocol as its peer
  connect_ex(datagrams, "host", "53");
  // error: a datagram socket gets one endpoint of its protocol as its peer
  connect_ex(datagrams, peer, handler);
  // error: the socket must be neither const nor a temporary
  connect_ex(const_datagrams, peer);
  // error: disconnect takes a datagram socket
  disconnect(datagrams, handler);
  // error: disconnect takes a datagram socket
  disconnect(socket);
}

void arm_stream(connectex::lazy_connect_stream<>& stream,
    connectex::lazy_connect_stream<generic_socket>& local_stream, const tcp::endpoint& peer,
    const udp::endpoint& other)
{
  // error: after a host comes the service, which is a string, such as
  stream.connect_on_write("host", 443);
  // error: after a host comes the service, which is a string, such as
  stream.connect_on_write("host", 443, options);
  // error: after a host comes the service, which is a string, such as
  stream.connect_on_write("host");
  // error: the peer must be an endpoint of the socket's protocol, a sequence of such endpoints
  stream.connect_on_write(other);
  // error: connect_on_write takes the peer and a connectex::connect_options
  stream.connect_on_write(peer, flight);
  // error: connect_on_write takes the peer and a connectex::connect_options
  stream.connect_on_write(peer, asio::use_future);
  // error: connect_on_write takes the peer and a connectex::connect_options
  stream.connect_on_write("host", "443", handler);
  // error: only a TCP socket can be connected to a host by its name
  local_stream.connect_on_write("host", "443");
}

void put_stream_on_another_object(const tcp::socket::executor_type& executor)
{
  // error: lazy_connect_stream stands on a boost::asio::basic_stream_socket
  const connectex::lazy_connect_stream<udp::socket> over_datagrams(executor);
  // error: lazy_connect_stream stands on a boost::asio::basic_stream_socket
  const connectex::lazy_connect_stream<stream_over_socket> over_stream(executor);
}
