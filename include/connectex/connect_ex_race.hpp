// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_CONNECT_EX_RACE_HPP
#define CONNECTEX_CONNECT_EX_RACE_HPP

#include <connectex/connect_ex.hpp>
#include <connectex/connect_options.hpp>
#include <connectex/detail/decide/first_flight.hpp>
#include <connectex/detail/operation/connect_or_throw.hpp>
#include <connectex/detail/operation/endpoint_sequence.hpp>
#include <connectex/detail/operation/race_and_wait.hpp>
#include <connectex/detail/operation/race_candidates.hpp>

#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/system/error_code.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <type_traits>

namespace connectex
{

/// Connects a stream socket to the first of several endpoints that answers, delivers the first
/// bytes of the conversation to that one alone, by the given options, and waits until it is done.
/**
 * The blocking twin of the form of async_connect_ex with several endpoints: the same order, delays,
 * attempts, rounds, limits, report and errors. It keeps the calling thread, starts no other, calls
 * no handler, needs no thread in the execution context's `run()`, and leaves nothing behind in the
 * context, with which the socket is used asynchronously afterwards. Which endpoint it was,
 * `socket.remote_endpoint()` tells.
 *
 * @param socket The socket to connect. It must not be open: attempts open sockets of their own, and
 * connect_options::prepare sets each of them up. The one that connects becomes this one. It may be
 * left in non-blocking mode inside, of which Asio's blocking functions know.
 *
 * @param endpoints The endpoints to try, each once: any sequence whose elements convert to the
 * socket's endpoint, such as a `std::vector` of them or the results of a resolver.
 *
 * @param buffers The first flight: the bytes to send to the endpoint that connects, in order; empty
 * ones are skipped.
 *
 * @param options How to go about it. Without connect_options::attempt_timeout and
 * connect_options::total_timeout the call lasts as long as the system tries the last endpoint.
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
 * It is closed, also if a function in the options throws, which it must not. A socket that was open
 * before stays as it was.
 *
 * @par Errors
 * Those of async_connect_ex with several endpoints, with the same meaning;
 * `asio::error::operation_aborted` only if a function in the options has closed the socket, which
 * must not open it again before the call returns.
 *
 * @par Exceptions
 * `std::bad_alloc`. No error of the operation is thrown.
 *
 * @par Thread Safety
 * @e Distinct @e sockets: Safe.@n
 * @e Shared @e sockets: Unsafe. Another thread cannot end the call: it must not even close the
 * socket. Signals do not end it.
 *
 * @par Example
 * @code
 * void greet_any_and_wait(tcp::socket& socket, const std::vector<tcp::endpoint>& mirrors)
 * {
 *   connectex::connect_options options;
 *   options.total_timeout = std::chrono::seconds(10);
 *   connectex::connect_ex(socket, mirrors, asio::buffer("PING\r\n", 6), options);
 *   std::cout << "connected to " << socket.remote_endpoint() << '\n';
 * } @endcode
 *
 * @par Source
 * RFC 8305, sections 4 and 5; Microsoft's pages on WSAConnect and LPFN_CONNECTEX for each attempt.
 */
template <typename Protocol, typename Executor, typename EndpointSequence,
    typename ConstBufferSequence,
    std::enable_if_t<
        detail::is_endpoint_sequence<EndpointSequence,
            typename Protocol::
                endpoint> && boost::asio::is_const_buffer_sequence<ConstBufferSequence>::value,
        int> = 0>
std::size_t connect_ex(boost::asio::basic_stream_socket<Protocol, Executor>& socket,
    const EndpointSequence& endpoints, const ConstBufferSequence& buffers,
    const connect_options& options, boost::system::error_code& ec)
{
  return detail::connect_and_wait(
      socket, detail::endpoint_list<typename Protocol::endpoint>(endpoints), buffers, &options, ec);
}

/// Connects to one of several endpoints and delivers a first flight to it, by the given options,
/// and waits; throws `boost::system::system_error`.
/**
 * All that is said of the form with buffers, options and an error code holds.
 *
 * @param socket The socket to connect.
 *
 * @param endpoints The endpoints to try.
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
template <typename Protocol, typename Executor, typename EndpointSequence,
    typename ConstBufferSequence,
    std::enable_if_t<
        detail::is_endpoint_sequence<EndpointSequence,
            typename Protocol::
                endpoint> && boost::asio::is_const_buffer_sequence<ConstBufferSequence>::value,
        int> = 0>
std::size_t connect_ex(boost::asio::basic_stream_socket<Protocol, Executor>& socket,
    const EndpointSequence& endpoints, const ConstBufferSequence& buffers,
    const connect_options& options)
{
  return detail::connect_or_throw(
      socket, detail::endpoint_list<typename Protocol::endpoint>(endpoints), buffers, &options);
}

/// Connects to one of several endpoints and delivers a first flight to it, with the default
/// options, and waits.
/**
 * All that is said of the form with buffers, options and an error code holds.
 *
 * @param socket The socket to connect.
 *
 * @param endpoints The endpoints to try.
 *
 * @param buffers The first flight.
 *
 * @param ec Set to the error, or to none.
 *
 * @returns How many bytes of the first flight were handed to the transport.
 */
template <typename Protocol, typename Executor, typename EndpointSequence,
    typename ConstBufferSequence,
    std::enable_if_t<
        detail::is_endpoint_sequence<EndpointSequence,
            typename Protocol::
                endpoint> && boost::asio::is_const_buffer_sequence<ConstBufferSequence>::value,
        int> = 0>
std::size_t connect_ex(boost::asio::basic_stream_socket<Protocol, Executor>& socket,
    const EndpointSequence& endpoints, const ConstBufferSequence& buffers,
    boost::system::error_code& ec)
{
  return detail::connect_and_wait(
      socket, detail::endpoint_list<typename Protocol::endpoint>(endpoints), buffers, nullptr, ec);
}

/// Connects to one of several endpoints and delivers a first flight to it, with the default
/// options, and waits; throws `boost::system::system_error`.
/**
 * All that is said of the form with buffers, options and an error code holds.
 *
 * @param socket The socket to connect.
 *
 * @param endpoints The endpoints to try.
 *
 * @param buffers The first flight.
 *
 * @returns How many bytes of the first flight were handed to the transport: all of them.
 *
 * @par Exceptions
 * `boost::system::system_error` with the errors of the form with an error code.
 */
template <typename Protocol, typename Executor, typename EndpointSequence,
    typename ConstBufferSequence,
    std::enable_if_t<
        detail::is_endpoint_sequence<EndpointSequence,
            typename Protocol::
                endpoint> && boost::asio::is_const_buffer_sequence<ConstBufferSequence>::value,
        int> = 0>
std::size_t connect_ex(boost::asio::basic_stream_socket<Protocol, Executor>& socket,
    const EndpointSequence& endpoints, const ConstBufferSequence& buffers)
{
  return detail::connect_or_throw(
      socket, detail::endpoint_list<typename Protocol::endpoint>(endpoints), buffers, nullptr);
}

/// Connects to one of several endpoints without a first flight, by the given options, and waits.
/**
 * All that is said of the form with buffers, options and an error code holds.
 *
 * @param socket The socket to connect.
 *
 * @param endpoints The endpoints to try.
 *
 * @param options How to go about it.
 *
 * @param ec Set to the error, or to none.
 *
 * @returns 0.
 */
template <typename Protocol, typename Executor, typename EndpointSequence,
    std::enable_if_t<detail::is_endpoint_sequence<EndpointSequence, typename Protocol::endpoint>,
        int> = 0>
std::size_t connect_ex(boost::asio::basic_stream_socket<Protocol, Executor>& socket,
    const EndpointSequence& endpoints, const connect_options& options,
    boost::system::error_code& ec)
{
  return detail::connect_and_wait(socket,
      detail::endpoint_list<typename Protocol::endpoint>(endpoints), detail::no_first_flight(),
      &options, ec);
}

/// Connects to one of several endpoints without a first flight, by the given options, and waits;
/// throws `boost::system::system_error`.
/**
 * All that is said of the form with buffers, options and an error code holds.
 *
 * @param socket The socket to connect.
 *
 * @param endpoints The endpoints to try.
 *
 * @param options How to go about it.
 *
 * @returns 0.
 *
 * @par Exceptions
 * `boost::system::system_error` with the errors of the form with an error code.
 */
template <typename Protocol, typename Executor, typename EndpointSequence,
    std::enable_if_t<detail::is_endpoint_sequence<EndpointSequence, typename Protocol::endpoint>,
        int> = 0>
std::size_t connect_ex(boost::asio::basic_stream_socket<Protocol, Executor>& socket,
    const EndpointSequence& endpoints, const connect_options& options)
{
  return detail::connect_or_throw(socket,
      detail::endpoint_list<typename Protocol::endpoint>(endpoints), detail::no_first_flight(),
      &options);
}

/// Connects to one of several endpoints without a first flight, with the default options, and
/// waits.
/**
 * All that is said of the form with buffers, options and an error code holds.
 *
 * @param socket The socket to connect.
 *
 * @param endpoints The endpoints to try.
 *
 * @param ec Set to the error, or to none.
 *
 * @returns 0.
 */
template <typename Protocol, typename Executor, typename EndpointSequence,
    std::enable_if_t<detail::is_endpoint_sequence<EndpointSequence, typename Protocol::endpoint>,
        int> = 0>
std::size_t connect_ex(boost::asio::basic_stream_socket<Protocol, Executor>& socket,
    const EndpointSequence& endpoints, boost::system::error_code& ec)
{
  return detail::connect_and_wait(socket,
      detail::endpoint_list<typename Protocol::endpoint>(endpoints), detail::no_first_flight(),
      nullptr, ec);
}

/// Connects to one of several endpoints without a first flight, with the default options, and
/// waits; throws `boost::system::system_error`.
/**
 * All that is said of the form with buffers, options and an error code holds.
 *
 * @param socket The socket to connect.
 *
 * @param endpoints The endpoints to try.
 *
 * @returns 0.
 *
 * @par Exceptions
 * `boost::system::system_error` with the errors of the form with an error code.
 */
template <typename Protocol, typename Executor, typename EndpointSequence,
    std::enable_if_t<detail::is_endpoint_sequence<EndpointSequence, typename Protocol::endpoint>,
        int> = 0>
std::size_t connect_ex(
    boost::asio::basic_stream_socket<Protocol, Executor>& socket, const EndpointSequence& endpoints)
{
  return detail::connect_or_throw(socket,
      detail::endpoint_list<typename Protocol::endpoint>(endpoints), detail::no_first_flight(),
      nullptr);
}

/// Connects a TCP socket to a host by its name, delivers the first bytes of the conversation to the
/// one of its addresses that answers first, by the given options, and waits until it is done.
/**
 * The name is looked up by the system, on the calling thread, and its addresses are tried as those
 * of the form with several endpoints are, of which all that is said holds. An address in text and a
 * number of a port are taken without a look-up.
 *
 * @param socket The socket to connect. It must not be open.
 *
 * @param host The name, such as "example.com", or an address, such as "192.0.2.1" or "::1".
 *
 * @param service The port, or the name of a service, such as "https", where the system has a list
 * of them. A number that is no port, such as 65536, ends the call in
 * `asio::error::service_not_found`.
 *
 * @param buffers The first flight.
 *
 * @param options How to go about it. `total_timeout` counts from the start of the look-up, but
 * cannot end it: no system has a look-up that a limit could end. A look-up that has taken longer
 * ends the call with that limit's error when it returns.
 *
 * @param ec Set to the error, or to none.
 *
 * @returns How many bytes of the first flight were handed to the transport.
 *
 * @par Errors
 * Those of the form with several endpoints. And:
 * @li `asio::error::host_not_found`, `asio::error::host_not_found_try_again`,
 * `asio::error::no_data`, `asio::error::no_recovery`, `asio::error::service_not_found`: what the
 * look-up failed with; connect_report::resolve_error tells it, too.
 *
 * @par Example
 * @code
 * std::string get_root_and_wait(tcp::socket& socket, const std::string& host)
 * {
 *   const std::string request = "GET / HTTP/1.0\r\nHost: " + host + "\r\n\r\n";
 *   connectex::connect_ex(socket, host, "http", asio::buffer(request));
 *   std::string answer;
 *   boost::system::error_code end;
 *   asio::read(socket, asio::dynamic_buffer(answer), end);
 *   return answer;
 * } @endcode
 *
 * @par Source
 * RFC 8305, sections 4 and 5.
 */
template <typename Executor, typename ConstBufferSequence,
    std::enable_if_t<boost::asio::is_const_buffer_sequence<ConstBufferSequence>::value, int> = 0>
std::size_t connect_ex(boost::asio::basic_stream_socket<boost::asio::ip::tcp, Executor>& socket,
    std::string_view host, std::string_view service, const ConstBufferSequence& buffers,
    const connect_options& options, boost::system::error_code& ec)
{
  return detail::connect_and_wait(socket,
      detail::host_and_service{std::string(host), std::string(service)}, buffers, &options, ec);
}

/// Connects to a host by its name and delivers a first flight to it, by the given options, and
/// waits; throws `boost::system::system_error`.
/**
 * All that is said of the form with buffers, options and an error code holds.
 *
 * @param socket The socket to connect.
 *
 * @param host The name, or an address.
 *
 * @param service The port, or the name of a service.
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
template <typename Executor, typename ConstBufferSequence,
    std::enable_if_t<boost::asio::is_const_buffer_sequence<ConstBufferSequence>::value, int> = 0>
std::size_t connect_ex(boost::asio::basic_stream_socket<boost::asio::ip::tcp, Executor>& socket,
    std::string_view host, std::string_view service, const ConstBufferSequence& buffers,
    const connect_options& options)
{
  return detail::connect_or_throw(
      socket, detail::host_and_service{std::string(host), std::string(service)}, buffers, &options);
}

/// Connects to a host by its name and delivers a first flight to it, with the default options, and
/// waits.
/**
 * All that is said of the form with buffers, options and an error code holds.
 *
 * @param socket The socket to connect.
 *
 * @param host The name, or an address.
 *
 * @param service The port, or the name of a service.
 *
 * @param buffers The first flight.
 *
 * @param ec Set to the error, or to none.
 *
 * @returns How many bytes of the first flight were handed to the transport.
 */
template <typename Executor, typename ConstBufferSequence,
    std::enable_if_t<boost::asio::is_const_buffer_sequence<ConstBufferSequence>::value, int> = 0>
std::size_t connect_ex(boost::asio::basic_stream_socket<boost::asio::ip::tcp, Executor>& socket,
    std::string_view host, std::string_view service, const ConstBufferSequence& buffers,
    boost::system::error_code& ec)
{
  return detail::connect_and_wait(socket,
      detail::host_and_service{std::string(host), std::string(service)}, buffers, nullptr, ec);
}

/// Connects to a host by its name and delivers a first flight to it, with the default options, and
/// waits; throws `boost::system::system_error`.
/**
 * All that is said of the form with buffers, options and an error code holds.
 *
 * @param socket The socket to connect.
 *
 * @param host The name, or an address.
 *
 * @param service The port, or the name of a service.
 *
 * @param buffers The first flight.
 *
 * @returns How many bytes of the first flight were handed to the transport: all of them.
 *
 * @par Exceptions
 * `boost::system::system_error` with the errors of the form with an error code.
 */
template <typename Executor, typename ConstBufferSequence,
    std::enable_if_t<boost::asio::is_const_buffer_sequence<ConstBufferSequence>::value, int> = 0>
std::size_t connect_ex(boost::asio::basic_stream_socket<boost::asio::ip::tcp, Executor>& socket,
    std::string_view host, std::string_view service, const ConstBufferSequence& buffers)
{
  return detail::connect_or_throw(
      socket, detail::host_and_service{std::string(host), std::string(service)}, buffers, nullptr);
}

/// Connects to a host by its name without a first flight, by the given options, and waits.
/**
 * All that is said of the form with buffers, options and an error code holds.
 *
 * @param socket The socket to connect.
 *
 * @param host The name, or an address.
 *
 * @param service The port, or the name of a service.
 *
 * @param options How to go about it.
 *
 * @param ec Set to the error, or to none.
 *
 * @returns 0.
 */
template <typename Executor>
std::size_t connect_ex(boost::asio::basic_stream_socket<boost::asio::ip::tcp, Executor>& socket,
    std::string_view host, std::string_view service, const connect_options& options,
    boost::system::error_code& ec)
{
  return detail::connect_and_wait(socket,
      detail::host_and_service{std::string(host), std::string(service)}, detail::no_first_flight(),
      &options, ec);
}

/// Connects to a host by its name without a first flight, by the given options, and waits; throws
/// `boost::system::system_error`.
/**
 * All that is said of the form with buffers, options and an error code holds.
 *
 * @param socket The socket to connect.
 *
 * @param host The name, or an address.
 *
 * @param service The port, or the name of a service.
 *
 * @param options How to go about it.
 *
 * @returns 0.
 *
 * @par Exceptions
 * `boost::system::system_error` with the errors of the form with an error code.
 */
template <typename Executor>
std::size_t connect_ex(boost::asio::basic_stream_socket<boost::asio::ip::tcp, Executor>& socket,
    std::string_view host, std::string_view service, const connect_options& options)
{
  return detail::connect_or_throw(socket,
      detail::host_and_service{std::string(host), std::string(service)}, detail::no_first_flight(),
      &options);
}

/// Connects to a host by its name without a first flight, with the default options, and waits.
/**
 * All that is said of the form with buffers, options and an error code holds.
 *
 * @param socket The socket to connect.
 *
 * @param host The name, or an address.
 *
 * @param service The port, or the name of a service.
 *
 * @param ec Set to the error, or to none.
 *
 * @returns 0.
 */
template <typename Executor>
std::size_t connect_ex(boost::asio::basic_stream_socket<boost::asio::ip::tcp, Executor>& socket,
    std::string_view host, std::string_view service, boost::system::error_code& ec)
{
  return detail::connect_and_wait(socket,
      detail::host_and_service{std::string(host), std::string(service)}, detail::no_first_flight(),
      nullptr, ec);
}

/// Connects to a host by its name without a first flight, with the default options, and waits;
/// throws `boost::system::system_error`.
/**
 * All that is said of the form with buffers, options and an error code holds.
 *
 * @param socket The socket to connect.
 *
 * @param host The name, or an address.
 *
 * @param service The port, or the name of a service.
 *
 * @returns 0.
 *
 * @par Exceptions
 * `boost::system::system_error` with the errors of the form with an error code.
 */
template <typename Executor>
std::size_t connect_ex(boost::asio::basic_stream_socket<boost::asio::ip::tcp, Executor>& socket,
    std::string_view host, std::string_view service)
{
  return detail::connect_or_throw(socket,
      detail::host_and_service{std::string(host), std::string(service)}, detail::no_first_flight(),
      nullptr);
}

} // namespace connectex

#endif // CONNECTEX_CONNECT_EX_RACE_HPP
