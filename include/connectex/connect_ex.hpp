// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_CONNECT_EX_HPP
#define CONNECTEX_CONNECT_EX_HPP

#include <connectex/connect_options.hpp>
#include <connectex/detail/decide/first_flight.hpp>
#include <connectex/detail/operation/connect_and_wait.hpp>
#include <connectex/detail/operation/connect_or_throw.hpp>
#include <connectex/detail/operation/wrong_arguments.hpp>

#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/system/error_code.hpp>

#include <cstddef>
#include <type_traits>

namespace connectex
{

/// Connects a stream socket, delivers the first bytes of the conversation with the connect, by the
/// given options, and waits until it is done.
/**
 * The blocking twin of async_connect_ex: the same checks, attempts, retries, limits, report and
 * errors. It keeps the calling thread, calls no handler, needs no thread in the execution context's
 * `run()`, and leaves nothing behind in the context, with which the socket is used asynchronously
 * afterwards. On Windows it is one `ConnectEx` call. On Linux it is a `connect` and a `sendmsg` for
 * a socket that it opens itself; one that was open, or that connect_options::prepare has set up, is
 * asked about its state besides.
 *
 * @param socket The socket to connect. If it is not open it is opened with the peer's protocol. The
 * call waits also if the socket is in non-blocking mode, which stays as it is. With a limit it may
 * leave a socket non-blocking inside, of which Asio's blocking functions know.
 *
 * @param peer The endpoint to connect to.
 *
 * @param buffers The first flight: the bytes to send with the connect, in order.
 *
 * @param options How to go about it. connect_options::attempt_timeout and
 * connect_options::total_timeout are the only way to end the call early: without them it lasts as
 * long as the system tries, about 21 seconds on Windows and 134 seconds on Linux.
 *
 * @param ec Set to the error, or to none.
 *
 * @returns How many bytes of the first flight were handed to the transport; all of them if there is
 * no error.
 *
 * @par Object Lifetimes
 * Nothing is needed once the function has returned.
 *
 * @par State of the Socket on Failure
 * As async_connect_ex says. A function in the options must not throw; if one does all the same, the
 * socket stays as it is then, perhaps connected.
 *
 * @par Errors
 * Those of async_connect_ex, with the same meaning; `asio::error::operation_aborted` only if a
 * function in the options has closed the socket.
 *
 * @par Exceptions
 * `std::bad_alloc`. No error of the operation is thrown.
 *
 * @par Thread Safety
 * @e Distinct @e sockets: Safe.@n
 * @e Shared @e sockets: Unsafe. Another thread cannot end the call: it must not even close the
 * socket. Signals do not end it. While it waits for ConnectEx no asynchronous procedure call of the
 * thread is run; while it writes what did not fit there, or connects where the provider has no
 * ConnectEx, Winsock may run some, as the page on select says.
 *
 * @par Example
 * @code
 * std::string ask(tcp::socket& socket, tcp::endpoint peer)
 * {
 *   connectex::connect_options options;
 *   options.total_timeout = std::chrono::seconds(10);
 *   connectex::connect_ex(socket, peer, asio::buffer("PING\r\n", 6), options);
 *   std::string answer;
 *   asio::read_until(socket, asio::dynamic_buffer(answer), '\n');
 *   return answer;
 * } @endcode
 *
 * @par Source
 * Microsoft's pages on WSAConnect and LPFN_CONNECTEX.
 */
template <typename Protocol, typename Executor, typename ConstBufferSequence,
    std::enable_if_t<boost::asio::is_const_buffer_sequence<ConstBufferSequence>::value, int> = 0>
std::size_t connect_ex(boost::asio::basic_stream_socket<Protocol, Executor>& socket,
    const typename Protocol::endpoint& peer, const ConstBufferSequence& buffers,
    const connect_options& options, boost::system::error_code& ec)
{
  return detail::connect_and_wait(socket, peer, buffers, &options, ec);
}

/// Connects with a first flight, by the given options, and waits; throws
/// `boost::system::system_error`.
/**
 * All that is said of the form with an error code holds.
 *
 * @param socket The socket to connect.
 *
 * @param peer The endpoint to connect to.
 *
 * @param buffers The first flight.
 *
 * @param options How to go about it.
 *
 * @returns How many bytes of the first flight were handed to the transport: all of them.
 *
 * @par Exceptions
 * `boost::system::system_error` with the errors of the form with an error code.
 */
template <typename Protocol, typename Executor, typename ConstBufferSequence,
    std::enable_if_t<boost::asio::is_const_buffer_sequence<ConstBufferSequence>::value, int> = 0>
std::size_t connect_ex(boost::asio::basic_stream_socket<Protocol, Executor>& socket,
    const typename Protocol::endpoint& peer, const ConstBufferSequence& buffers,
    const connect_options& options)
{
  return detail::connect_or_throw(socket, peer, buffers, &options);
}

/// Connects with a first flight, with the default options, and waits.
/**
 * All that is said of the form with buffers and options holds.
 *
 * @param socket The socket to connect.
 *
 * @param peer The endpoint to connect to.
 *
 * @param buffers The first flight.
 *
 * @param ec Set to the error, or to none.
 *
 * @returns How many bytes of the first flight were handed to the transport.
 */
template <typename Protocol, typename Executor, typename ConstBufferSequence,
    std::enable_if_t<boost::asio::is_const_buffer_sequence<ConstBufferSequence>::value, int> = 0>
std::size_t connect_ex(boost::asio::basic_stream_socket<Protocol, Executor>& socket,
    const typename Protocol::endpoint& peer, const ConstBufferSequence& buffers,
    boost::system::error_code& ec)
{
  return detail::connect_and_wait(socket, peer, buffers, nullptr, ec);
}

/// Connects with a first flight, with the default options, and waits; throws
/// `boost::system::system_error`.
/**
 * All that is said of the form with buffers and options holds.
 *
 * @param socket The socket to connect.
 *
 * @param peer The endpoint to connect to.
 *
 * @param buffers The first flight.
 *
 * @returns How many bytes of the first flight were handed to the transport: all of them.
 *
 * @par Exceptions
 * `boost::system::system_error` with the errors of the form with an error code.
 */
template <typename Protocol, typename Executor, typename ConstBufferSequence,
    std::enable_if_t<boost::asio::is_const_buffer_sequence<ConstBufferSequence>::value, int> = 0>
std::size_t connect_ex(boost::asio::basic_stream_socket<Protocol, Executor>& socket,
    const typename Protocol::endpoint& peer, const ConstBufferSequence& buffers)
{
  return detail::connect_or_throw(socket, peer, buffers, nullptr);
}

/// Connects without a first flight, by the given options, and waits: for protocols in which the
/// server speaks first.
/**
 * All that is said of the form with buffers and options holds.
 *
 * @param socket The socket to connect.
 *
 * @param peer The endpoint to connect to.
 *
 * @param options How to go about it.
 *
 * @param ec Set to the error, or to none.
 *
 * @returns 0.
 */
template <typename Protocol, typename Executor>
std::size_t connect_ex(boost::asio::basic_stream_socket<Protocol, Executor>& socket,
    const typename Protocol::endpoint& peer, const connect_options& options,
    boost::system::error_code& ec)
{
  return detail::connect_and_wait(socket, peer, detail::no_first_flight(), &options, ec);
}

/// Connects without a first flight, by the given options, and waits; throws
/// `boost::system::system_error`.
/**
 * All that is said of the form with buffers and options holds.
 *
 * @param socket The socket to connect.
 *
 * @param peer The endpoint to connect to.
 *
 * @param options How to go about it.
 *
 * @returns 0.
 *
 * @par Exceptions
 * `boost::system::system_error` with the errors of the form with an error code.
 */
template <typename Protocol, typename Executor>
std::size_t connect_ex(boost::asio::basic_stream_socket<Protocol, Executor>& socket,
    const typename Protocol::endpoint& peer, const connect_options& options)
{
  return detail::connect_or_throw(socket, peer, detail::no_first_flight(), &options);
}

/// Connects without a first flight, with the default options, and waits.
/**
 * All that is said of the form with buffers and options holds.
 *
 * @param socket The socket to connect.
 *
 * @param peer The endpoint to connect to.
 *
 * @param ec Set to the error, or to none.
 *
 * @returns 0.
 */
template <typename Protocol, typename Executor>
std::size_t connect_ex(boost::asio::basic_stream_socket<Protocol, Executor>& socket,
    const typename Protocol::endpoint& peer, boost::system::error_code& ec)
{
  return detail::connect_and_wait(socket, peer, detail::no_first_flight(), nullptr, ec);
}

/// Connects without a first flight, with the default options, and waits; throws
/// `boost::system::system_error`.
/**
 * All that is said of the form with buffers and options holds.
 *
 * @param socket The socket to connect.
 *
 * @param peer The endpoint to connect to.
 *
 * @returns 0.
 *
 * @par Exceptions
 * `boost::system::system_error` with the errors of the form with an error code.
 */
template <typename Protocol, typename Executor>
std::size_t connect_ex(boost::asio::basic_stream_socket<Protocol, Executor>& socket,
    const typename Protocol::endpoint& peer)
{
  return detail::connect_or_throw(socket, peer, detail::no_first_flight(), nullptr);
}

/// @cond

// Takes the calls with a mistake in them, of the other forms, too.
template <typename Stream, typename... Arguments,
    typename Mistake = detail::wrong_blocking_call<Stream, Arguments...>>
auto connect_ex(Stream&&, const Arguments&...)
{
  return Mistake::explain();
}

/// @endcond

} // namespace connectex

#endif // CONNECTEX_CONNECT_EX_HPP
