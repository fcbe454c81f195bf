// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_ASYNC_CONNECT_EX_HPP
#define CONNECTEX_ASYNC_CONNECT_EX_HPP

#include <connectex/connect_options.hpp>
#include <connectex/detail/decide/first_flight.hpp>
#include <connectex/detail/operation/initiate_connect_ex.hpp>
#include <connectex/detail/operation/wrong_arguments.hpp>

#include <boost/asio/async_result.hpp>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/system/error_code.hpp>

#include <cstddef>
#include <type_traits>
#include <utility>

namespace connectex
{

/// Connects a stream socket and delivers the first bytes of the conversation with the connect, by
/// the given options.
/**
 * On Windows this is one `ConnectEx` call on the completion port that Asio has bound the socket to:
 * the connection is made and up to 65,535 bytes of @p buffers are sent by the same overlapped
 * operation. What does not fit is written by this operation afterwards. On Linux the operation
 * connects and tries to send at once, and waits only if the handshake is not over; TCP Fast Open,
 * if asked for, sends with the connect. On other systems, and where the socket's provider offers no
 * ConnectEx, the operation connects and then writes. The contract is the same everywhere:
 *
 * @li Success means that the socket is connected, that every byte of @p buffers was handed to the
 * transport, and that every call on the socket works, `remote_endpoint()` and `shutdown()`
 * included.
 * @li Failure means that the error says why, and that `bytes_transferred` says how many bytes had
 * been handed over before.
 *
 * @param socket The socket to connect. If it is not open it is opened with the peer's protocol. It
 * keeps its options and its local address if it is bound; otherwise the operation lets the system
 * choose both address and port. Linux resets a few options of TCP, such as TCP_MAXSEG, when a
 * connect has failed, also between two attempts: doc/retry.md lists them.
 *
 * @param peer The endpoint to connect to. A copy is made.
 *
 * @param buffers The first flight: the bytes to send with the connect, in order; empty ones are
 * skipped. A copy of the sequence is made, but not of the bytes. Several small buffers are gathered
 * into one block that comes from the handler's allocator. `asio::buffer` also takes what it should
 * not: of a temporary string the memory is gone at once; of a string literal the final zero is
 * sent, too; of a `std::vector<std::string>` the objects are sent instead of their text.
 *
 * @param options How to go about it: retries, time limits, TCP Fast Open and more. A copy is made.
 * See connect_options.
 *
 * @param token The completion token, which defaults from the socket's executor. Its handler is
 * called as
 * @code void handler(
 *   const boost::system::error_code& error, // Result of the operation.
 *   std::size_t bytes_transferred           // Bytes of the first flight handed to the transport.
 * ); @endcode
 * exactly once, with the operation's memory already freed.
 *
 * @par Preconditions
 * No other operation is outstanding on the socket: one connect at a time, and no read or write
 * before its handler is called.
 *
 * @par Object Lifetimes
 * Until the completion handler is called:
 * @li The socket must stay alive, and must not be used for anything but `cancel()` and `close()`.
 * @li The memory of the buffers must stay valid and unchanged.
 * @li connect_options::report must stay valid, as must everything that the functions in the options
 * refer to.
 * @li The socket's execution context must stay alive. The operation keeps it from running out of
 * work.
 *
 * All else that is passed to the function may go when it returns.
 *
 * @par Completion Signature
 * @code void(boost::system::error_code, std::size_t) @endcode
 *
 * @par State of the Socket on Failure
 * It stays open, also when this operation had opened it, unless the caller closed it or it could
 * not be opened (or opened anew, see connect_options::reopen). On Windows the system may go on
 * connecting after a cancellation or a time limit of this operation. So close the socket before
 * another operation on it, which opens it anew; doc/retry.md says where that is not needed.
 *
 * @par Executor
 * The handler is called on its associated executor, or on the socket's if it has none. The handler
 * is never called from within this function, with one exception that the caller has to ask for:
 * with Asio 1.27 or newer an operation that is over before a system call could pend (because it
 * fails, or on Linux because the peer is near) completes on the handler's associated immediate
 * executor. By default, and with Asio 1.26, it completes as if by `post`.
 *
 * @par Per-Operation Cancellation
 * @li `cancellation_type::terminal`
 * @li `cancellation_type::partial`
 * @li `cancellation_type::total`, until the first byte was handed over
 *
 * Each ends the operation with `asio::error::operation_aborted`, also between two attempts, as do
 * `close()` and `cancel()` on the socket. But `cancel()` on the socket reaches only a step that is
 * pending at that moment, and none is during the wait between two attempts; and `close()` takes
 * effect when that wait ends. A success that the system reports before the cancellation takes
 * effect wins, if nothing of the first flight is left to write. The slot may be emitted from any
 * thread as soon as this function has returned, until the slot is given to another operation or the
 * signal or the io_context is destroyed; emitted after completion it does nothing.
 *
 * @par Errors
 * All in Asio's own portable codes. Programs branch on the conditions in connectex::condition.
 * The peer, or the way to it:
 * @li `asio::error::connection_refused`: nothing listens there.
 * @li `asio::error::timed_out`: no answer within the time that the system gives a connect, or that
 * connect_options gives an attempt or the operation. A limit of 0 or less is used up already: the
 * operation ends so before any attempt.
 * @li `asio::error::network_unreachable`, `asio::error::host_unreachable`: no way there.
 * @li `asio::error::access_denied`: a firewall, a filter or a route forbids it.
 * @li `asio::error::no_protocol_option`: on Linux, the peer says that it has no such protocol (ICMP
 * "protocol unreachable").
 * @li `asio::error::try_again`: a local listener has no room for another connection now.
 *
 * @par
 * The peer may have got a part of the first flight:
 * @li `asio::error::connection_reset`, `asio::error::connection_aborted`,
 * `asio::error::broken_pipe`, `asio::error::not_connected`: the connection stood, then it broke.
 * @li A code in after_delivery_category(): timed_out, connection_refused or network_unreachable,
 * when a byte may have been delivered. It does not equal condition::retryable, so that a loop which
 * connects again while that is true sends no byte twice. Nor does it equal
 * `asio::error::timed_out`: compare with condition::timed_out. A first flight that fast open has
 * put into a SYN does not count, because connect_options::fast_open is the consent to send it
 * twice.
 *
 * @par
 * This machine:
 * @li `asio::error::address_in_use`, `asio::error::no_buffer_space`: local ports or memory ran out,
 * or the local address is another socket's.
 * @li `asio::error::no_descriptors`: the program has too many sockets open.
 * @li `asio::error::network_down`: the network subsystem has failed.
 *
 * @par
 * This program:
 * @li `asio::error::operation_aborted`: cancelled, or the socket was closed.
 * @li `asio::error::already_connected`: the socket is connected.
 * @li `asio::error::invalid_argument`: the socket is listening, or not connection-oriented; or an
 * option is out of its range, and connect_options::validate() names it. A route that drops every
 * packet (on Linux, "blackhole") gives this code, too.
 * @li `asio::error::address_family_not_supported`: socket and peer are of different families.
 * @li `boost::system::errc::address_not_available`: the peer is the unspecified address or port 0.
 * @li Whatever the function in connect_options::prepare leaves.
 *
 * @par
 * With retries it is the error of the last attempt. A number that has no portable twin stays as it
 * is, in win32_category().
 *
 * @par Exceptions
 * `std::bad_alloc`, and what the token's own machinery throws. No error of the operation is thrown.
 * A later step that gets no memory throws `std::bad_alloc` out of the execution context's `run()`,
 * and the handler is destroyed without being called, as with Asio's own composed operations.
 *
 * @par Thread Safety
 * @e Distinct @e sockets: Safe.@n
 * @e Shared @e sockets: Unsafe. The steps of the operation run on the handler's executor;
 * cancellation through the slot and time limits need no strand.
 *
 * @par Example
 * @code
 * asio::awaitable<void> greet(tcp::socket& socket, tcp::endpoint peer)
 * {
 *   co_await connectex::async_connect_ex(
 *       socket, peer, asio::buffer("PING\r\n", 6), asio::use_awaitable);
 * } @endcode
 *
 * @par Source
 * Microsoft's pages on LPFN_CONNECTEX and PFN_WSK_CONNECT_EX.
 */
template <typename Protocol, typename Executor, typename ConstBufferSequence,
    BOOST_ASIO_COMPLETION_TOKEN_FOR(void(boost::system::error_code, std::size_t))
        ConnectToken = boost::asio::default_completion_token_t<Executor>,
    std::enable_if_t<boost::asio::is_const_buffer_sequence<ConstBufferSequence>::value, int> = 0>
auto async_connect_ex(boost::asio::basic_stream_socket<Protocol, Executor>& socket,
    const typename Protocol::endpoint& peer, const ConstBufferSequence& buffers,
    const connect_options& options,
    ConnectToken&& token = ConnectToken()) -> decltype(boost::asio::async_initiate<ConnectToken,
    void(boost::system::error_code, std::size_t)>(
    std::declval<detail::initiate_connect_ex<Protocol, Executor>>(), token, peer, buffers, options))
{
  return boost::asio::async_initiate<ConnectToken, void(boost::system::error_code, std::size_t)>(
      detail::initiate_connect_ex<Protocol, Executor>(socket), token, peer, buffers, options);
}

/// Connects and delivers a first flight, with the default options.
/**
 * All that is said of the form with buffers and options holds.
 *
 * @param socket The socket to connect.
 *
 * @param peer The endpoint to connect to.
 *
 * @param buffers The first flight.
 *
 * @param token The completion token.
 *
 * @par Completion Signature
 * @code void(boost::system::error_code, std::size_t) @endcode
 */
template <typename Protocol, typename Executor, typename ConstBufferSequence,
    BOOST_ASIO_COMPLETION_TOKEN_FOR(void(boost::system::error_code, std::size_t))
        ConnectToken = boost::asio::default_completion_token_t<Executor>,
    std::enable_if_t<boost::asio::is_const_buffer_sequence<ConstBufferSequence>::value
            && !std::is_convertible_v<ConnectToken, connect_options>,
        int> = 0>
auto async_connect_ex(boost::asio::basic_stream_socket<Protocol, Executor>& socket,
    const typename Protocol::endpoint& peer, const ConstBufferSequence& buffers,
    ConnectToken&& token = ConnectToken()) -> decltype(boost::asio::async_initiate<ConnectToken,
    void(boost::system::error_code, std::size_t)>(
    std::declval<detail::initiate_connect_ex<Protocol, Executor>>(), token, peer, buffers))
{
  return boost::asio::async_initiate<ConnectToken, void(boost::system::error_code, std::size_t)>(
      detail::initiate_connect_ex<Protocol, Executor>(socket), token, peer, buffers);
}

/// Connects without a first flight, by the given options: for protocols in which the server speaks
/// first.
/**
 * All that is said of the form with buffers and options holds; `bytes_transferred` is 0.
 *
 * @param socket The socket to connect.
 *
 * @param peer The endpoint to connect to.
 *
 * @param options How to go about it.
 *
 * @param token The completion token.
 *
 * @par Completion Signature
 * @code void(boost::system::error_code, std::size_t) @endcode
 *
 * @par Example
 * @code
 * asio::awaitable<void> hear_greeting(
 *     tcp::socket& socket, tcp::endpoint peer, std::string& greeting)
 * {
 *   connectex::connect_options options;
 *   options.total_timeout = std::chrono::seconds(10);
 *   co_await connectex::async_connect_ex(socket, peer, options, asio::use_awaitable);
 *   co_await asio::async_read_until(
 *       socket, asio::dynamic_buffer(greeting), '\n', asio::use_awaitable);
 * } @endcode
 */
template <typename Protocol, typename Executor,
    BOOST_ASIO_COMPLETION_TOKEN_FOR(void(boost::system::error_code, std::size_t))
        ConnectToken = boost::asio::default_completion_token_t<Executor>>
auto async_connect_ex(boost::asio::basic_stream_socket<Protocol, Executor>& socket,
    const typename Protocol::endpoint& peer, const connect_options& options,
    ConnectToken&& token = ConnectToken()) -> decltype(boost::asio::async_initiate<ConnectToken,
    void(boost::system::error_code, std::size_t)>(
    std::declval<detail::initiate_connect_ex<Protocol, Executor>>(), token, peer,
    detail::no_first_flight(), options))
{
  return boost::asio::async_initiate<ConnectToken, void(boost::system::error_code, std::size_t)>(
      detail::initiate_connect_ex<Protocol, Executor>(socket), token, peer,
      detail::no_first_flight(), options);
}

/// Connects without a first flight, with the default options.
/**
 * All that is said of the form with buffers and options holds; `bytes_transferred` is 0.
 *
 * @param socket The socket to connect.
 *
 * @param peer The endpoint to connect to.
 *
 * @param token The completion token.
 *
 * @par Completion Signature
 * @code void(boost::system::error_code, std::size_t) @endcode
 */
template <typename Protocol, typename Executor,
    BOOST_ASIO_COMPLETION_TOKEN_FOR(void(boost::system::error_code, std::size_t))
        ConnectToken = boost::asio::default_completion_token_t<Executor>,
    std::enable_if_t<!boost::asio::is_const_buffer_sequence<std::decay_t<ConnectToken>>::value
            && !std::is_convertible_v<ConnectToken, connect_options>,
        int> = 0>
auto async_connect_ex(boost::asio::basic_stream_socket<Protocol, Executor>& socket,
    const typename Protocol::endpoint& peer, ConnectToken&& token = ConnectToken())
    -> decltype(boost::asio::async_initiate<ConnectToken,
        void(boost::system::error_code, std::size_t)>(
        std::declval<detail::initiate_connect_ex<Protocol, Executor>>(), token, peer,
        detail::no_first_flight()))
{
  return boost::asio::async_initiate<ConnectToken, void(boost::system::error_code, std::size_t)>(
      detail::initiate_connect_ex<Protocol, Executor>(socket), token, peer,
      detail::no_first_flight());
}

/// @cond

// Takes the calls with a mistake in them, of the other forms, too.
template <typename Stream, typename... Arguments,
    typename Mistake = detail::wrong_async_call<Stream, Arguments...>>
auto async_connect_ex(Stream&&, const Arguments&...)
{
  return Mistake::explain();
}

// The same where the options are given as empty braces, which have no type of their own.
template <typename Stream, typename Peer, typename Token,
    typename Mistake = detail::wrong_async_call<Stream, Peer, connect_options, Token>>
auto async_connect_ex(Stream&&, const Peer&, const connect_options&, const Token&)
{
  return Mistake::explain();
}

template <typename Stream, typename Peer, typename Buffers, typename Token,
    typename Mistake = detail::wrong_async_call<Stream, Peer, Buffers, connect_options, Token>>
auto async_connect_ex(Stream&&, const Peer&, const Buffers&, const connect_options&, const Token&)
{
  return Mistake::explain();
}

template <typename Stream, typename Host, typename Service, typename Buffers, typename Token,
    typename Mistake =
        detail::wrong_async_call<Stream, Host, Service, Buffers, connect_options, Token>>
auto async_connect_ex(
    Stream&&, const Host&, const Service&, const Buffers&, const connect_options&, const Token&)
{
  return Mistake::explain();
}

/// @endcond

} // namespace connectex

#endif // CONNECTEX_ASYNC_CONNECT_EX_HPP
