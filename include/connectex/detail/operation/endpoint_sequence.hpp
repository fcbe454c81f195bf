// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_DETAIL_OPERATION_ENDPOINT_SEQUENCE_HPP
#define CONNECTEX_DETAIL_OPERATION_ENDPOINT_SEQUENCE_HPP

#include <connectex/connect_options.hpp>

#include <boost/asio/buffer.hpp>

#include <iterator>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

namespace connectex::detail
{

/// Whether a T can be the completion token of a call, and is not an argument that comes before it.
template <typename T>
inline constexpr bool is_no_argument =
    !boost::asio::is_const_buffer_sequence<std::decay_t<T>>::value
    && !std::is_convertible_v<T, connect_options>;

template <typename Sequence>
using element_t = decltype(*std::begin(std::declval<const Sequence&>()));

template <typename T, typename = void>
inline constexpr bool has_endpoint = false;

/// The entries of a resolver's results.
template <typename T>
inline constexpr bool has_endpoint<T, std::void_t<decltype(std::declval<T>().endpoint())>> = true;

template <typename T, typename = void>
inline constexpr bool is_endpoint = false;

template <typename T>
inline constexpr bool is_endpoint<T,
    std::void_t<decltype(std::declval<T>().protocol()), decltype(std::declval<T>().data())>> = true;

struct no_endpoint
{
};

/// The generic endpoint has a constructor that claims to take anything.
template <typename Endpoint>
inline constexpr bool takes_anything = std::is_convertible_v<no_endpoint, Endpoint>;

template <typename T, typename Endpoint, bool HasEndpoint = has_endpoint<T>>
inline constexpr bool is_candidate =
    std::is_convertible_v<T, Endpoint> && (is_endpoint<T> || !takes_anything<Endpoint>);

template <typename T, typename Endpoint>
inline constexpr bool is_candidate<T, Endpoint, true> =
    is_candidate<decltype(std::declval<T>().endpoint()), Endpoint, false>;

template <typename Sequence, typename Endpoint, typename = void>
inline constexpr bool is_endpoint_sequence = false;

/// Whether Sequence is one whose elements convert to Endpoint. A string and a buffer sequence are
/// none.
template <typename Sequence, typename Endpoint>
inline constexpr bool is_endpoint_sequence<Sequence, Endpoint,
    std::void_t<element_t<Sequence>, decltype(std::end(std::declval<const Sequence&>()))>> =
    is_candidate<element_t<Sequence>, Endpoint>;

template <typename Endpoint, typename T>
Endpoint to_endpoint(const T& candidate)
{
  // Not by the entry's own conversion, which the generic endpoint misunderstands.
  if constexpr (has_endpoint<const T&>)
    return candidate.endpoint();
  else
    return candidate;
}

/// The endpoints of a call. It is made before the token comes in, because a token may start the
/// operation when the caller's sequence is gone; one endpoint, however often given, takes no
/// memory.
template <typename Endpoint>
struct endpoint_list
{
  template <typename Sequence>
  explicit endpoint_list(const Sequence& sequence)
  {
    for (const auto& candidate : sequence)
    {
      const Endpoint endpoint = to_endpoint<Endpoint>(candidate);
      if (!first)
        first = endpoint;
      else if (!(endpoint == *first))
        others.push_back(endpoint);
    }
  }

  bool is_one() const noexcept { return first && others.empty(); }

  std::optional<Endpoint> first;
  std::vector<Endpoint> others;
};

} // namespace connectex::detail

#endif // CONNECTEX_DETAIL_OPERATION_ENDPOINT_SEQUENCE_HPP
