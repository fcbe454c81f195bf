// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_DETAIL_OPERATION_MISTAKE_HPP
#define CONNECTEX_DETAIL_OPERATION_MISTAKE_HPP

#include <type_traits>

namespace connectex::detail
{

/// What is wrong with the arguments of a call.
enum class mistake
{
  none,
  const_socket,
  pointer,
  other_stream,
  datagram_socket,
  no_peer,
  peer,
  service,
  host_without_tcp,
  buffers,
  options,
  order,
  no_token,
  handler,
  race_handler,
  blocking_order,
  datagram_arguments,
  disconnect_arguments,
  lazy_arguments
};

/// A mistake in a call of such types; they are parameters because a compiler instantiates each
/// specialization only once. Result has the type that a right call would return, so that the
/// compiler does not also complain about what is done with it.
template <mistake Found, typename Result, typename... Call>
struct wrong_call
{
  /// Fails to compile with the line that explains the mistake. The result is deduced, because then
  /// the compiler looks into the function before it goes on.
  static auto explain()
  {
    static_assert(Found != mistake::const_socket,
        "the socket must be neither const nor a temporary: the call changes it");
    static_assert(
        Found != mistake::pointer, "pass the socket itself instead of a pointer to it: *socket");
    static_assert(Found != mistake::other_stream,
        "the socket must be a boost::asio::basic_stream_socket, such as tcp::socket. To connect "
        "the one below another stream, pass stream.next_layer(), stream.socket() or "
        "boost::beast::get_lowest_layer(stream).socket()");
    static_assert(Found != mistake::datagram_socket,
        "the socket must be a boost::asio::basic_stream_socket. A datagram socket gets its peer by "
        "connectex::connect_ex(socket, peer) of <connectex/default_peer.hpp>");
    static_assert(Found != mistake::no_peer,
        "the peer is missing: an endpoint, a sequence of endpoints, or a host and a service");
    static_assert(Found != mistake::peer,
        "the peer must be an endpoint of the socket's protocol, a sequence of such endpoints, such "
        "as a resolver's results, or a host and a service, both as strings");
    static_assert(Found != mistake::service,
        "after a host comes the service, which is a string, such as \"443\" or \"https\"");
    static_assert(Found != mistake::host_without_tcp,
        "only a TCP socket can be connected to a host by its name");
    static_assert(Found != mistake::buffers,
        "the buffers must be a constant buffer sequence, such as boost::asio::buffer(text)");
    static_assert(Found != mistake::options,
        "between the buffers and the completion token there can only be a "
        "connectex::connect_options");
    static_assert(Found != mistake::order,
        "after the peer come buffers, options and completion token, in this order; buffers and "
        "options may be left out");
    static_assert(Found != mistake::no_token,
        "the completion token is missing: the last argument is a handler, "
        "boost::asio::use_awaitable, boost::asio::use_future or another token");
    static_assert(Found != mistake::handler,
        "the last argument must be a completion token, or a handler that can be called as "
        "handler(boost::system::error_code, std::size_t)");
    static_assert(Found != mistake::race_handler,
        "with several endpoints, or with a host, the last argument must be a completion token, or "
        "a handler that can be called as "
        "handler(boost::system::error_code, Protocol::endpoint, std::size_t)");
    static_assert(Found != mistake::blocking_order,
        "after the peer come buffers, options and a boost::system::error_code, in this order; each "
        "may be left out. Completion tokens are for async_connect_ex");
    static_assert(Found != mistake::datagram_arguments,
        "a datagram socket gets one endpoint of its protocol as its peer; only a "
        "boost::system::error_code may follow, and no buffers or options");
    static_assert(Found != mistake::disconnect_arguments,
        "disconnect takes a datagram socket, and perhaps a boost::system::error_code. A stream "
        "socket is disconnected by its shutdown() and close()");
    static_assert(Found != mistake::lazy_arguments,
        "connect_on_write takes the peer and a connectex::connect_options: it only says where to "
        "connect, and the first write or read connects, with its own buffers and completion token");
    return static_cast<typename Result::type (*)()>(nullptr)();
  }
};

/// No type if there is no mistake.
template <mistake Found, typename Result, typename... Call>
using wrong_call_if_any =
    std::enable_if_t<Found != mistake::none, wrong_call<Found, Result, Call...>>;

} // namespace connectex::detail

#endif // CONNECTEX_DETAIL_OPERATION_MISTAKE_HPP
