// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_DETAIL_OPERATION_WRONG_ARGUMENTS_HPP
#define CONNECTEX_DETAIL_OPERATION_WRONG_ARGUMENTS_HPP

#include <connectex/detail/operation/call_shape.hpp>
#include <connectex/detail/operation/mistake.hpp>
#include <connectex/detail/operation/socket_kind.hpp>

#include <boost/asio/async_result.hpp>
#include <boost/asio/socket_base.hpp>
#include <boost/system/error_code.hpp>

#include <cstddef>
#include <string_view>
#include <type_traits>
#include <utility>

// Each public function has an overload that takes every call with a mistake in it, and only those:
// it says in one line what is wrong, where the compiler would list the overloads that do not fit.
// These traits choose it. They must find no mistake where a right overload fits, because theirs may
// be the better match.

namespace connectex::detail
{

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

template <typename T, typename = void>
inline constexpr bool points_to_stream_socket = false;

template <typename T>
inline constexpr bool points_to_stream_socket<T, std::void_t<decltype(*std::declval<T&>())>> =
    is_stream_socket<decltype(*std::declval<T&>())>;

/// Whether a T is one of the I/O objects that are taken for a stream socket by mistake.
template <typename T>
inline constexpr bool is_other_io_object = std::conjunction_v<
    std::negation<std::bool_constant<is_stream_socket<T>>>,
    std::disjunction<std::bool_constant<has_lowest_layer<T>>, std::bool_constant<has_next_layer<T>>,
        std::bool_constant<has_socket<T>>, std::is_base_of<boost::asio::socket_base, T>>>;

template <typename Protocol, typename = void>
inline constexpr bool has_resolver = false;

template <typename Protocol>
inline constexpr bool has_resolver<Protocol, std::void_t<typename Protocol::resolver>> = true;

template <typename Signature, BOOST_ASIO_COMPLETION_TOKEN_FOR(Signature) Token>
std::true_type test_token(int);
template <typename Signature, typename Token>
std::false_type test_token(...);

/// Whether Asio takes a Token. Only where the compiler has concepts does Asio refuse any; elsewhere
/// the right overload is found, and the initiation asks find_handler_mistake().
template <typename Token, typename Signature>
inline constexpr bool is_token = decltype(test_token<Signature, Token>(0))::value;

/// The same of a token that may be passed on as an lvalue.
template <typename Token, typename Signature>
inline constexpr bool is_any_token =
    is_token<Token, Signature> || is_token<Token&, Signature> || is_token<const Token&, Signature>;

/// What is wrong with a handler that cannot be called.
template <typename Handler, bool IsRace>
constexpr mistake find_handler_mistake()
{
  // Most likely there is no token at all.
  if (std::is_convertible_v<Handler, std::string_view>)
    return mistake::buffers;
  return IsRace ? mistake::race_handler : mistake::handler;
}

template <typename Endpoint, bool IsRace>
using connect_signature =
    std::conditional_t<IsRace, void(boost::system::error_code, Endpoint, std::size_t),
        void(boost::system::error_code, std::size_t)>;

struct no_argument
{
};

template <typename... T>
struct last_of
{
  using type = no_argument;
};

template <typename Last>
struct last_of<Last>
{
  using type = std::decay_t<Last>;
};

template <typename First, typename... Rest>
struct last_of<First, Rest...> : last_of<Rest...>
{
};

/// What is wrong with the first argument, of which the type is a reference if it is an lvalue. No
/// mistake of ours if it looks like nothing that can be connected.
template <typename Stream>
constexpr mistake find_socket_mistake()
{
  using type = std::remove_cv_t<std::remove_reference_t<Stream>>;
  if constexpr (is_stream_socket<type>)
    return std::is_same_v<Stream, type&> ? mistake::none : mistake::const_socket;
  else if constexpr (is_datagram_socket<type>)
    return mistake::datagram_socket;
  else if constexpr (is_other_io_object<type>)
    return mistake::other_stream;
  else
    return points_to_stream_socket<type> ? mistake::pointer : mistake::none;
}

template <typename Socket, typename... Arguments>
constexpr mistake find_async_arguments_mistake()
{
  using endpoint_type = typename Socket::endpoint_type;
  constexpr call_shape shape = read_async_call(argument_list<endpoint_type, Arguments...>::reader,
      has_resolver<typename Socket::protocol_type>,
      !std::is_void_v<boost::asio::default_completion_token_t<typename Socket::executor_type>>);
  if constexpr (shape.has_token)
  {
    using signature = connect_signature<endpoint_type, shape.is_race>;
    using token_type = typename last_of<Arguments...>::type;
    if constexpr (!is_any_token<token_type, signature>)
      return find_handler_mistake<token_type, shape.is_race>();
  }
  return shape.found;
}

/// What is wrong with a call of async_connect_ex.
template <typename Stream, typename... Arguments>
constexpr mistake find_async_mistake()
{
  using type = std::remove_reference_t<Stream>;
  constexpr mistake found = find_socket_mistake<Stream>();
  if constexpr (found == mistake::none && is_stream_socket<type>)
    return find_async_arguments_mistake<type, Arguments...>();
  else
    return found;
}

/// What is wrong with a call of connect_ex. Those of datagram sockets are another header's.
template <typename Stream, typename... Arguments>
constexpr mistake find_blocking_mistake()
{
  using type = std::remove_reference_t<Stream>;
  constexpr mistake found = find_socket_mistake<Stream>();
  if constexpr (found == mistake::none && is_stream_socket<type>)
  {
    return read_blocking_call(argument_list<typename type::endpoint_type, Arguments...>::reader,
        has_resolver<typename type::protocol_type>);
  }
  else
  {
    return found == mistake::datagram_socket ? mistake::none : found;
  }
}

/// What is wrong with a call of connect_on_write.
template <typename Protocol, typename... Arguments>
constexpr mistake find_lazy_mistake()
{
  return read_lazy_call(
      argument_list<typename Protocol::endpoint, Arguments...>::reader, has_resolver<Protocol>);
}

struct no_initiation
{
  template <typename... Arguments>
  void operator()(Arguments&&...) const;
};

template <typename Token, typename = void>
struct result_of_token
{
  using type = void;
};

/// What a right call with such a token returns, or about that.
template <typename Token>
struct result_of_token<Token,
    std::enable_if_t<is_token<Token, void(boost::system::error_code, std::size_t)>>>
{
  using type =
      decltype(boost::asio::async_initiate<Token, void(boost::system::error_code, std::size_t)>(
          std::declval<no_initiation>(), std::declval<Token&>()));
};

template <typename Stream, typename... Arguments>
using wrong_async_call = wrong_call_if_any<find_async_mistake<Stream, Arguments...>(),
    result_of_token<typename last_of<Arguments...>::type>, Stream, Arguments...>;

template <typename Stream, typename... Arguments>
using wrong_blocking_call = wrong_call_if_any<find_blocking_mistake<Stream, Arguments...>(),
    std::enable_if<true, std::size_t>, Stream, Arguments...>;

template <typename Protocol, typename... Arguments>
using wrong_lazy_call = wrong_call_if_any<find_lazy_mistake<Protocol, Arguments...>(),
    std::enable_if<true>, Protocol, Arguments...>;

} // namespace connectex::detail

#endif // CONNECTEX_DETAIL_OPERATION_WRONG_ARGUMENTS_HPP
