// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_DETAIL_OPERATION_WRONG_ARGUMENTS_HPP
#define CONNECTEX_DETAIL_OPERATION_WRONG_ARGUMENTS_HPP

#include <connectex/detail/decide/first_flight.hpp>
#include <connectex/detail/operation/initiate_connect_ex.hpp>

#include <boost/asio/async_result.hpp>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/socket_base.hpp>
#include <boost/system/error_code.hpp>

#include <cstddef>
#include <type_traits>
#include <utility>

namespace connectex::detail
{

template <typename Protocol, typename Executor>
std::true_type test_stream_socket(const boost::asio::basic_stream_socket<Protocol, Executor>*);
std::false_type test_stream_socket(const void*);

/// Whether a T can be connected: a basic_stream_socket, or a class derived from one.
template <typename T>
inline constexpr bool is_stream_socket =
    decltype(test_stream_socket(static_cast<std::remove_reference_t<T>*>(nullptr)))::value;

template <typename T, typename = void>
inline constexpr bool has_lowest_layer = false;

template <typename T>
inline constexpr bool
    has_lowest_layer<T, std::void_t<decltype(std::declval<T&>().lowest_layer())>> = true;

template <typename T, typename = void>
inline constexpr bool has_socket = false;

template <typename T>
inline constexpr bool has_socket<T, std::void_t<decltype(std::declval<T&>().socket())>> = true;

template <typename T, typename = void>
inline constexpr bool has_next_layer = false;

template <typename T>
inline constexpr bool has_next_layer<T, std::void_t<decltype(std::declval<T&>().next_layer())>> =
    true;

/// Whether a T is one of the I/O objects that are taken for a stream socket by mistake.
template <typename T>
inline constexpr bool is_other_io_object = std::conjunction_v<
    std::negation<std::bool_constant<is_stream_socket<T>>>,
    std::disjunction<std::bool_constant<has_lowest_layer<T>>, std::bool_constant<has_next_layer<T>>,
        std::bool_constant<has_socket<T>>, std::is_base_of<boost::asio::socket_base, T>>>;

template <typename Protocol, typename Executor, typename Token, typename = void>
inline constexpr bool is_connect_token = false;

/// Whether Asio takes a Token for a connect. Only where the compiler has concepts does Asio refuse
/// any.
template <typename Protocol, typename Executor, typename Token>
inline constexpr bool is_connect_token<Protocol, Executor, Token,
    std::void_t<
        decltype(boost::asio::async_initiate<Token, void(boost::system::error_code, std::size_t)>(
            std::declval<initiate_connect_ex<Protocol, Executor>>(),
            std::declval<std::remove_reference_t<Token>&>(),
            std::declval<const typename Protocol::endpoint&>(), no_first_flight()))>> = true;

template <typename Protocol, typename Executor, typename Token>
void reject_connect_token()
{
  static_assert(is_connect_token<Protocol, Executor, Token>,
      "async_connect_ex takes a completion token, or calls its handler as "
      "handler(boost::system::error_code, std::size_t)");
}

} // namespace connectex::detail

#endif // CONNECTEX_DETAIL_OPERATION_WRONG_ARGUMENTS_HPP
