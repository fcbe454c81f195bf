// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_DETAIL_OPERATION_WRONG_DATAGRAM_ARGUMENTS_HPP
#define CONNECTEX_DETAIL_OPERATION_WRONG_DATAGRAM_ARGUMENTS_HPP

#include <connectex/detail/operation/mistake.hpp>
#include <connectex/detail/operation/socket_kind.hpp>

#include <type_traits>

namespace connectex::detail
{

// As wrong_arguments.hpp, but for datagram sockets, whose functions need less of Asio.

/// Whether at most an error code follows.
template <typename... Arguments>
inline constexpr bool is_error_code_at_most = sizeof...(Arguments) == 0;

template <typename Last>
inline constexpr bool is_error_code_at_most<Last> = is_error_code<Last>;

/// What is wrong with a call of connect_ex. Those of other sockets are another header's.
template <typename Socket, typename Peer, typename... Arguments>
constexpr mistake find_default_peer_mistake()
{
  using type = std::remove_cv_t<std::remove_reference_t<Socket>>;
  if constexpr (!is_datagram_socket<type>)
    return mistake::none;
  else if constexpr (!std::is_same_v<Socket, type&>)
    return mistake::const_socket;
  else if constexpr (!is_taken_for<Peer, typename type::endpoint_type>)
    return mistake::datagram_arguments;
  else
    return is_error_code_at_most<Arguments...> ? mistake::none : mistake::datagram_arguments;
}

/// What is wrong with a call of disconnect. Those of other classes may be meant for another
/// function of this common name.
template <typename Socket, typename... Arguments>
constexpr mistake find_disconnect_mistake()
{
  using type = std::remove_cv_t<std::remove_reference_t<Socket>>;
  if (is_datagram_socket<type> && !std::is_same_v<Socket, type&>)
    return mistake::const_socket;
  if (is_stream_socket<type> || (is_datagram_socket<type> && !is_error_code_at_most<Arguments...>))
    return mistake::disconnect_arguments;
  return mistake::none;
}

template <typename Socket, typename... Arguments>
using wrong_default_peer_call = wrong_call_if_any<find_default_peer_mistake<Socket, Arguments...>(),
    std::enable_if<true>, Socket, Arguments...>;

template <typename Socket, typename... Arguments>
using wrong_disconnect_call = wrong_call_if_any<find_disconnect_mistake<Socket, Arguments...>(),
    std::enable_if<true>, Socket, Arguments...>;

} // namespace connectex::detail

#endif // CONNECTEX_DETAIL_OPERATION_WRONG_DATAGRAM_ARGUMENTS_HPP
