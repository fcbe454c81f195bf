// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_DETAIL_OPERATION_SOCKET_KIND_HPP
#define CONNECTEX_DETAIL_OPERATION_SOCKET_KIND_HPP

#include <boost/asio/basic_datagram_socket.hpp>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/system/error_code.hpp>

#include <type_traits>

namespace connectex::detail
{

template <typename Protocol, typename Executor>
std::true_type test_stream_socket(const boost::asio::basic_stream_socket<Protocol, Executor>*);
std::false_type test_stream_socket(const void*);

/// Whether a T can be connected: a basic_stream_socket, or a class derived from one.
template <typename T>
inline constexpr bool is_stream_socket =
    decltype(test_stream_socket(static_cast<std::remove_reference_t<T>*>(nullptr)))::value;

template <typename Protocol, typename Executor>
std::true_type test_datagram_socket(const boost::asio::basic_datagram_socket<Protocol, Executor>*);
std::false_type test_datagram_socket(const void*);

template <typename T>
inline constexpr bool is_datagram_socket =
    decltype(test_datagram_socket(static_cast<std::remove_reference_t<T>*>(nullptr)))::value;

/// Whether a function that asks for a To takes an argument of type From, of whatever category.
template <typename From, typename To>
inline constexpr bool is_taken_for = std::disjunction_v<std::is_convertible<const From&, To>,
    std::is_convertible<From&, To>, std::is_convertible<From, To>>;

/// Whether it is one, also a const one, or can stand for one, as a `std::ref` can.
template <typename T>
inline constexpr bool is_error_code =
    std::disjunction_v<std::is_convertible<T*, const volatile boost::system::error_code*>,
        std::is_convertible<T&, boost::system::error_code&>,
        std::is_convertible<const T&, boost::system::error_code&>>;

} // namespace connectex::detail

#endif // CONNECTEX_DETAIL_OPERATION_SOCKET_KIND_HPP
