// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_ASYNC_CONNECT_EX_RACE_HPP
#define CONNECTEX_ASYNC_CONNECT_EX_RACE_HPP

#include <connectex/async_connect_ex.hpp>
#include <connectex/connect_options.hpp>
#include <connectex/detail/decide/first_flight.hpp>
#include <connectex/detail/operation/endpoint_sequence.hpp>
#include <connectex/detail/operation/initiate_race.hpp>

#include <boost/asio/async_result.hpp>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/system/error_code.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace connectex
{

/// Connects a stream socket to the first of several endpoints that answers, and delivers the first
/// bytes of the conversation to that one alone, by the given options.
/**
 * The endpoints are tried as RFC 8305 (Happy Eyeballs) says: the address families take turns, one
 * attempt starts after the other, race_policy::attempt_delay apart, an attempt that fails starts
 * the next at once, and the first connection that stands wins. The others are closed. Attempts that
 * run side by side carry no data; @p buffers are written to the winner. An attempt that is alone
 * and the last one carries them in its connect, and so does each attempt in sequential mode:
 * connect_options::race says how to have it.
 *
 * @li Success means that the socket is connected to the endpoint that is told, that every byte of
 * @p buffers was handed to the transport, and that no other endpoint was sent any, unless
 * race_payload::first_attempt has allowed it.
 * @li Failure means that the error says why, and that `bytes_transferred` says how many bytes had
 * been handed over before.
 *
 * @param socket The socket to connect. It must not be open: attempts open sockets of their own, and
 * connect_options::prepare sets each of them up. The one that connects becomes this one.
 *
 * @param endpoints The endpoints to try, each once: any sequence whose elements convert to the
 * socket's endpoint, such as a `std::vector` of them or the results of a resolver. A copy is made.
 *
 * @param buffers The first flight: the bytes to send to the endpoint that connects, in order; empty
 * ones are skipped. A copy of the sequence is made, but not of the bytes.
 *
 * @param options How to go about it. A copy is made. `retry` means rounds over all endpoints, with
 * new sockets; a round that fails is judged by its error. `attempt_timeout` limits each attempt,
 * `total_timeout` everything. `fast_open` is asked for only where an attempt carries the first
 * flight. `reopen` is not used. Of one endpoint all is as in the form for one.
 *
 * @param token The completion token, which defaults from the socket's executor. Its handler is
 * called as
 * @code void handler(
 *   const boost::system::error_code& error,  // Result of the operation.
 *   const typename Protocol::endpoint& peer, // The endpoint that connected; on failure none.
 *   std::size_t bytes_transferred            // Bytes of the first flight handed to the transport.
 * ); @endcode
 * exactly once, when all attempts have ended and with the operation's memory already freed.
 *
 * @par Preconditions
 * No other operation is outstanding on the socket.
 *
 * @par Object Lifetimes
 * As in the form for one endpoint: until the completion handler is called, the socket, the memory
 * of the buffers, the report and what the functions in the options refer to must stay valid, and
 * the socket's execution context must stay alive. The sequence of endpoints may go when the
 * function returns.
 *
 * @par Completion Signature
 * @code void(boost::system::error_code, typename Protocol::endpoint, std::size_t) @endcode
 *
 * @par State of the Socket on Failure
 * It is closed. A socket that was open when the operation began stays as it was.
 *
 * @par Executor
 * The handler is called on its associated executor, or on the socket's if it has none. The steps
 * run on a strand over it, so that it may have several threads. Where the handler has one that does
 * not convert to `asio::any_io_executor`, as an `asio::any_completion_handler` has, they run on a
 * strand over the socket's, which must convert then. The handler is never called from within this
 * function, with the exception of the form for one endpoint.
 *
 * @par Per-Operation Cancellation
 * @li `cancellation_type::terminal`
 * @li `cancellation_type::partial`
 * @li `cancellation_type::total`, until the first byte was handed over
 *
 * Each ends the operation with `asio::error::operation_aborted`, as do `close()` and `cancel()` on
 * the socket while an attempt runs on it; the first one does, and a later one when it is free. A
 * `close()` at a later moment takes effect with the next event, such as the start of an attempt.
 * Before the first attempt has started, the socket is not open yet, and neither is noticed: the
 * operation connects all the same. A success that the system reports before the cancellation takes
 * effect wins, if nothing of the first flight is left to write. The slot may be emitted from any
 * thread as soon as this function has returned, until the slot is given to another operation or the
 * signal or the io_context is destroyed; emitted after completion it does nothing.
 *
 * @par Errors
 * Those of the form for one endpoint. If all attempts have failed, it is the error of the first
 * one, in the order of their start, that is not `network_unreachable`,
 * `address_family_not_supported` or `address_not_available`, which say only that this machine does
 * not speak the endpoint's protocol; or else the error of the first. And:
 * @li `asio::error::already_open`: the socket is open.
 * @li `asio::error::not_found`: there are no endpoints.
 * @li A code in after_delivery_category() also if an attempt that failed, and not the last one, may
 * have delivered bytes.
 *
 * @par Exceptions
 * As in the form for one endpoint.
 *
 * @par Thread Safety
 * @e Distinct @e sockets: Safe.@n
 * @e Shared @e sockets: Unsafe. Attempts may end on several threads; no strand is needed.
 *
 * @par Example
 * @code
 * asio::awaitable<void> greet_any(tcp::socket& socket, std::vector<tcp::endpoint> mirrors)
 * {
 *   const auto [peer, sent] = co_await connectex::async_connect_ex(
 *       socket, mirrors, asio::buffer("PING\r\n", 6), asio::use_awaitable);
 *   std::cout << "connected to " << peer << '\n';
 * } @endcode
 *
 * @par Source
 * RFC 8305, sections 4 and 5; Microsoft's page on LPFN_CONNECTEX for each attempt.
 */
template <typename Protocol, typename Executor, typename EndpointSequence,
    typename ConstBufferSequence,
    BOOST_ASIO_COMPLETION_TOKEN_FOR(void(boost::system::error_code, typename Protocol::endpoint,
        std::size_t)) ConnectToken = boost::asio::default_completion_token_t<Executor>,
    std::enable_if_t<
        detail::is_endpoint_sequence<EndpointSequence,
            typename Protocol::
                endpoint> && boost::asio::is_const_buffer_sequence<ConstBufferSequence>::value,
        int> = 0>
auto async_connect_ex(boost::asio::basic_stream_socket<Protocol, Executor>& socket,
    const EndpointSequence& endpoints, const ConstBufferSequence& buffers,
    const connect_options& options, ConnectToken&& token = ConnectToken())
    -> decltype(boost::asio::async_initiate<ConnectToken,
        void(boost::system::error_code, typename Protocol::endpoint, std::size_t)>(
        std::declval<detail::initiate_endpoint_race<Protocol, Executor>>(), token,
        detail::endpoint_list<typename Protocol::endpoint>(endpoints), buffers, options))
{
  return boost::asio::async_initiate<ConnectToken,
      void(boost::system::error_code, typename Protocol::endpoint, std::size_t)>(
      detail::initiate_endpoint_race<Protocol, Executor>(socket), token,
      detail::endpoint_list<typename Protocol::endpoint>(endpoints), buffers, options);
}

/// Connects to one of several endpoints and delivers a first flight to it, with the default
/// options.
/**
 * All that is said of the form with buffers and options holds.
 *
 * @param socket The socket to connect.
 *
 * @param endpoints The endpoints to try.
 *
 * @param buffers The first flight.
 *
 * @param token The completion token.
 *
 * @par Completion Signature
 * @code void(boost::system::error_code, typename Protocol::endpoint, std::size_t) @endcode
 */
template <typename Protocol, typename Executor, typename EndpointSequence,
    typename ConstBufferSequence,
    BOOST_ASIO_COMPLETION_TOKEN_FOR(void(boost::system::error_code, typename Protocol::endpoint,
        std::size_t)) ConnectToken = boost::asio::default_completion_token_t<Executor>,
    std::enable_if_t<
        detail::is_endpoint_sequence<EndpointSequence,
            typename Protocol::
                endpoint> && boost::asio::is_const_buffer_sequence<ConstBufferSequence>::value
            && detail::is_no_argument<ConnectToken>,
        int> = 0>
auto async_connect_ex(boost::asio::basic_stream_socket<Protocol, Executor>& socket,
    const EndpointSequence& endpoints, const ConstBufferSequence& buffers,
    ConnectToken&& token = ConnectToken()) -> decltype(boost::asio::async_initiate<ConnectToken,
    void(boost::system::error_code, typename Protocol::endpoint, std::size_t)>(
    std::declval<detail::initiate_endpoint_race<Protocol, Executor>>(), token,
    detail::endpoint_list<typename Protocol::endpoint>(endpoints), buffers))
{
  return boost::asio::async_initiate<ConnectToken,
      void(boost::system::error_code, typename Protocol::endpoint, std::size_t)>(
      detail::initiate_endpoint_race<Protocol, Executor>(socket), token,
      detail::endpoint_list<typename Protocol::endpoint>(endpoints), buffers);
}

/// Connects to one of several endpoints without a first flight, by the given options.
/**
 * All that is said of the form with buffers and options holds.
 *
 * @param socket The socket to connect.
 *
 * @param endpoints The endpoints to try.
 *
 * @param options How to go about it.
 *
 * @param token The completion token.
 *
 * @par Completion Signature
 * @code void(boost::system::error_code, typename Protocol::endpoint, std::size_t) @endcode
 */
template <typename Protocol, typename Executor, typename EndpointSequence,
    BOOST_ASIO_COMPLETION_TOKEN_FOR(void(boost::system::error_code, typename Protocol::endpoint,
        std::size_t)) ConnectToken = boost::asio::default_completion_token_t<Executor>,
    std::enable_if_t<detail::is_endpoint_sequence<EndpointSequence, typename Protocol::endpoint>,
        int> = 0>
auto async_connect_ex(boost::asio::basic_stream_socket<Protocol, Executor>& socket,
    const EndpointSequence& endpoints, const connect_options& options,
    ConnectToken&& token = ConnectToken()) -> decltype(boost::asio::async_initiate<ConnectToken,
    void(boost::system::error_code, typename Protocol::endpoint, std::size_t)>(
    std::declval<detail::initiate_endpoint_race<Protocol, Executor>>(), token,
    detail::endpoint_list<typename Protocol::endpoint>(endpoints), detail::no_first_flight(),
    options))
{
  return boost::asio::async_initiate<ConnectToken,
      void(boost::system::error_code, typename Protocol::endpoint, std::size_t)>(
      detail::initiate_endpoint_race<Protocol, Executor>(socket), token,
      detail::endpoint_list<typename Protocol::endpoint>(endpoints), detail::no_first_flight(),
      options);
}

/// Connects to one of several endpoints without a first flight, with the default options.
/**
 * All that is said of the form with buffers and options holds.
 *
 * @param socket The socket to connect.
 *
 * @param endpoints The endpoints to try.
 *
 * @param token The completion token.
 *
 * @par Completion Signature
 * @code void(boost::system::error_code, typename Protocol::endpoint, std::size_t) @endcode
 */
template <typename Protocol, typename Executor, typename EndpointSequence,
    BOOST_ASIO_COMPLETION_TOKEN_FOR(void(boost::system::error_code, typename Protocol::endpoint,
        std::size_t)) ConnectToken = boost::asio::default_completion_token_t<Executor>,
    std::enable_if_t<detail::is_endpoint_sequence<EndpointSequence,
                         typename Protocol::endpoint> && detail::is_no_argument<ConnectToken>,
        int> = 0>
auto async_connect_ex(boost::asio::basic_stream_socket<Protocol, Executor>& socket,
    const EndpointSequence& endpoints, ConnectToken&& token = ConnectToken())
    -> decltype(boost::asio::async_initiate<ConnectToken,
        void(boost::system::error_code, typename Protocol::endpoint, std::size_t)>(
        std::declval<detail::initiate_endpoint_race<Protocol, Executor>>(), token,
        detail::endpoint_list<typename Protocol::endpoint>(endpoints), detail::no_first_flight()))
{
  return boost::asio::async_initiate<ConnectToken,
      void(boost::system::error_code, typename Protocol::endpoint, std::size_t)>(
      detail::initiate_endpoint_race<Protocol, Executor>(socket), token,
      detail::endpoint_list<typename Protocol::endpoint>(endpoints), detail::no_first_flight());
}

/// Connects a TCP socket to a host by its name, and delivers the first bytes of the conversation to
/// the one of its addresses that answers first, by the given options.
/**
 * The name is looked up by the system, and its addresses are tried as those of the form with
 * several endpoints are, of which all that is said holds. An address in text and a number of a port
 * are taken without a look-up.
 *
 * @param socket The socket to connect. It must not be open.
 *
 * @param host The name, such as "example.com", or an address, such as "192.0.2.1" or "::1". A copy
 * is made before the function returns.
 *
 * @param service The port, or the name of a service, such as "https", where the system has a list
 * of them. A copy is made before the function returns. A number that is no port, such as 65536,
 * ends the operation in `asio::error::service_not_found`.
 *
 * @param buffers The first flight.
 *
 * @param options How to go about it. `total_timeout` limits the look-up, too.
 *
 * @param token The completion token.
 *
 * @par Completion Signature
 * @code void(boost::system::error_code, tcp::endpoint, std::size_t) @endcode
 *
 * @par Per-Operation Cancellation
 * As in the form with several endpoints, at any moment. A look-up that is running cannot be told to
 * end: the handler does not wait for it, but the socket's execution context does. Nor does a
 * `close()` of the socket, which no attempt has opened yet, end it or the operation. With an
 * address, too, a `close()` is lost until the first attempt has started.
 *
 * @par Errors
 * Those of the form with several endpoints. And:
 * @li `asio::error::host_not_found`, `asio::error::host_not_found_try_again`,
 * `asio::error::no_data`, `asio::error::no_recovery`, `asio::error::service_not_found`: what the
 * look-up failed with; connect_report::resolve_error tells it, too.
 *
 * @par Example
 * @code
 * asio::awaitable<void> get_root(tcp::socket& socket, std::string host)
 * {
 *   const std::string request = "GET / HTTP/1.0\r\nHost: " + host + "\r\n\r\n";
 *   co_await connectex::async_connect_ex(
 *       socket, host, "http", asio::buffer(request), asio::use_awaitable);
 * } @endcode
 *
 * @par Source
 * RFC 8305, sections 4 and 5. Section 3, two look-ups side by side, is not done: doc/races.md.
 */
template <typename Executor, typename ConstBufferSequence,
    BOOST_ASIO_COMPLETION_TOKEN_FOR(void(boost::system::error_code, boost::asio::ip::tcp::endpoint,
        std::size_t)) ConnectToken = boost::asio::default_completion_token_t<Executor>,
    std::enable_if_t<boost::asio::is_const_buffer_sequence<ConstBufferSequence>::value, int> = 0>
auto async_connect_ex(boost::asio::basic_stream_socket<boost::asio::ip::tcp, Executor>& socket,
    std::string_view host, std::string_view service, const ConstBufferSequence& buffers,
    const connect_options& options, ConnectToken&& token = ConnectToken())
    -> decltype(boost::asio::async_initiate<ConnectToken,
        void(boost::system::error_code, boost::asio::ip::tcp::endpoint, std::size_t)>(
        std::declval<detail::initiate_name_race<boost::asio::ip::tcp, Executor>>(), token,
        std::string(host), std::string(service), buffers, options))
{
  return boost::asio::async_initiate<ConnectToken,
      void(boost::system::error_code, boost::asio::ip::tcp::endpoint, std::size_t)>(
      detail::initiate_name_race<boost::asio::ip::tcp, Executor>(socket), token, std::string(host),
      std::string(service), buffers, options);
}

/// Connects to a host by its name and delivers a first flight to it, with the default options.
/**
 * All that is said of the form with buffers and options holds.
 *
 * @param socket The socket to connect.
 *
 * @param host The name, or an address.
 *
 * @param service The port, or the name of a service.
 *
 * @param buffers The first flight.
 *
 * @param token The completion token.
 *
 * @par Completion Signature
 * @code void(boost::system::error_code, tcp::endpoint, std::size_t) @endcode
 */
template <typename Executor, typename ConstBufferSequence,
    BOOST_ASIO_COMPLETION_TOKEN_FOR(void(boost::system::error_code, boost::asio::ip::tcp::endpoint,
        std::size_t)) ConnectToken = boost::asio::default_completion_token_t<Executor>,
    std::enable_if_t<boost::asio::is_const_buffer_sequence<ConstBufferSequence>::value
            && detail::is_no_argument<ConnectToken>,
        int> = 0>
auto async_connect_ex(boost::asio::basic_stream_socket<boost::asio::ip::tcp, Executor>& socket,
    std::string_view host, std::string_view service, const ConstBufferSequence& buffers,
    ConnectToken&& token = ConnectToken()) -> decltype(boost::asio::async_initiate<ConnectToken,
    void(boost::system::error_code, boost::asio::ip::tcp::endpoint, std::size_t)>(
    std::declval<detail::initiate_name_race<boost::asio::ip::tcp, Executor>>(), token,
    std::string(host), std::string(service), buffers))
{
  return boost::asio::async_initiate<ConnectToken,
      void(boost::system::error_code, boost::asio::ip::tcp::endpoint, std::size_t)>(
      detail::initiate_name_race<boost::asio::ip::tcp, Executor>(socket), token, std::string(host),
      std::string(service), buffers);
}

/// Connects to a host by its name without a first flight, by the given options.
/**
 * All that is said of the form with buffers and options holds.
 *
 * @param socket The socket to connect.
 *
 * @param host The name, or an address.
 *
 * @param service The port, or the name of a service.
 *
 * @param options How to go about it.
 *
 * @param token The completion token.
 *
 * @par Completion Signature
 * @code void(boost::system::error_code, tcp::endpoint, std::size_t) @endcode
 */
template <typename Executor,
    BOOST_ASIO_COMPLETION_TOKEN_FOR(void(boost::system::error_code, boost::asio::ip::tcp::endpoint,
        std::size_t)) ConnectToken = boost::asio::default_completion_token_t<Executor>>
auto async_connect_ex(boost::asio::basic_stream_socket<boost::asio::ip::tcp, Executor>& socket,
    std::string_view host, std::string_view service, const connect_options& options,
    ConnectToken&& token = ConnectToken()) -> decltype(boost::asio::async_initiate<ConnectToken,
    void(boost::system::error_code, boost::asio::ip::tcp::endpoint, std::size_t)>(
    std::declval<detail::initiate_name_race<boost::asio::ip::tcp, Executor>>(), token,
    std::string(host), std::string(service), detail::no_first_flight(), options))
{
  return boost::asio::async_initiate<ConnectToken,
      void(boost::system::error_code, boost::asio::ip::tcp::endpoint, std::size_t)>(
      detail::initiate_name_race<boost::asio::ip::tcp, Executor>(socket), token, std::string(host),
      std::string(service), detail::no_first_flight(), options);
}

/// Connects to a host by its name without a first flight, with the default options.
/**
 * All that is said of the form with buffers and options holds.
 *
 * @param socket The socket to connect.
 *
 * @param host The name, or an address.
 *
 * @param service The port, or the name of a service.
 *
 * @param token The completion token.
 *
 * @par Completion Signature
 * @code void(boost::system::error_code, tcp::endpoint, std::size_t) @endcode
 */
template <typename Executor,
    BOOST_ASIO_COMPLETION_TOKEN_FOR(void(boost::system::error_code, boost::asio::ip::tcp::endpoint,
        std::size_t)) ConnectToken = boost::asio::default_completion_token_t<Executor>,
    std::enable_if_t<detail::is_no_argument<ConnectToken>, int> = 0>
auto async_connect_ex(boost::asio::basic_stream_socket<boost::asio::ip::tcp, Executor>& socket,
    std::string_view host, std::string_view service, ConnectToken&& token = ConnectToken())
    -> decltype(boost::asio::async_initiate<ConnectToken,
        void(boost::system::error_code, boost::asio::ip::tcp::endpoint, std::size_t)>(
        std::declval<detail::initiate_name_race<boost::asio::ip::tcp, Executor>>(), token,
        std::string(host), std::string(service), detail::no_first_flight()))
{
  return boost::asio::async_initiate<ConnectToken,
      void(boost::system::error_code, boost::asio::ip::tcp::endpoint, std::size_t)>(
      detail::initiate_name_race<boost::asio::ip::tcp, Executor>(socket), token, std::string(host),
      std::string(service), detail::no_first_flight());
}

} // namespace connectex

#endif // CONNECTEX_ASYNC_CONNECT_EX_RACE_HPP
