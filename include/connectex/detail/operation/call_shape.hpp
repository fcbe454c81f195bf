// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_DETAIL_OPERATION_CALL_SHAPE_HPP
#define CONNECTEX_DETAIL_OPERATION_CALL_SHAPE_HPP

#include <connectex/connect_options.hpp>
#include <connectex/detail/operation/endpoint_sequence.hpp>
#include <connectex/detail/operation/mistake.hpp>
#include <connectex/detail/operation/socket_kind.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/system/error_code.hpp>

#include <string_view>
#include <type_traits>
#include <utility>

namespace connectex::detail
{

/// What an argument of type T can stand for in a call with a socket that has such endpoints.
struct argument
{
  bool endpoint;
  bool endpoints;
  bool text;
  bool buffers;
  bool options;
  bool error;
};

template <typename T, typename Endpoint, typename = void>
inline constexpr bool converts_by_itself = false;

template <typename T, typename Endpoint>
inline constexpr bool converts_by_itself<T, Endpoint,
    std::void_t<decltype(std::declval<const T&>().operator Endpoint())>> = true;

template <typename T, typename Endpoint>
inline constexpr bool is_endpoint_argument =
    std::conjunction_v<std::bool_constant<is_taken_for<T, Endpoint>>,
        std::disjunction<std::bool_constant<is_endpoint<const T&>>,
            std::bool_constant<!takes_anything<Endpoint>>,
            std::bool_constant<converts_by_itself<T, Endpoint>>>>;

template <typename T, typename Endpoint>
inline constexpr argument argument_of = {is_endpoint_argument<T, Endpoint>,
    is_endpoint_sequence<T, Endpoint>, is_taken_for<T, std::string_view>,
    boost::asio::is_const_buffer_sequence<T>::value, is_taken_for<T, connect_options>,
    is_error_code<T>};

/// Goes over the arguments of a call.
struct argument_reader
{
  const argument* next;
  const argument* end;

  constexpr bool is_at_end() const { return next == end; }
  constexpr bool is_at_last() const { return end - next == 1; }

  constexpr bool take(bool argument::*kind)
  {
    const bool is_taken = next != end && next->*kind;
    if (is_taken)
      ++next;
    return is_taken;
  }
};

struct call_shape
{
  mistake found = mistake::none;
  bool is_race = false;
  bool has_token = false;
};

constexpr call_shape read_peer(argument_reader& reader, bool has_resolver)
{
  if (reader.is_at_end())
    return {mistake::no_peer};
  if (reader.take(&argument::endpoints))
    return {mistake::none, true};
  if (reader.take(&argument::endpoint))
    return {mistake::none};
  if (!reader.take(&argument::text))
    return {mistake::peer};
  if (!has_resolver)
    return {mistake::host_without_tcp};
  return {reader.take(&argument::text) ? mistake::none : mistake::service, true};
}

constexpr bool is_token_last(const argument_reader& reader)
{
  const argument& last = *(reader.end - 1);
  return !last.buffers && !last.options;
}

constexpr call_shape read_async_call(
    argument_reader reader, bool has_resolver, bool has_default_token)
{
  call_shape shape = read_peer(reader, has_resolver);
  if (shape.found != mistake::none)
    return shape;
  const bool has_buffers = reader.take(&argument::buffers);
  const bool has_options = reader.take(&argument::options);
  if (reader.is_at_end())
    shape.found = has_default_token ? mistake::none : mistake::no_token;
  else if (reader.is_at_last() && is_token_last(reader))
    shape.has_token = true;
  else if (has_options || !is_token_last(reader) || reader.next->buffers || reader.next->options)
    shape.found = mistake::order;
  else
    shape.found = has_buffers ? mistake::options : mistake::buffers;
  return shape;
}

constexpr mistake read_blocking_call(argument_reader reader, bool has_resolver)
{
  if (const call_shape shape = read_peer(reader, has_resolver); shape.found != mistake::none)
    return shape.found;
  if (!reader.take(&argument::buffers) && reader.take(&argument::text))
    return mistake::buffers;
  reader.take(&argument::options);
  reader.take(&argument::error);
  return reader.is_at_end() ? mistake::none : mistake::blocking_order;
}

constexpr mistake read_lazy_call(argument_reader reader, bool has_resolver)
{
  if (const call_shape shape = read_peer(reader, has_resolver); shape.found != mistake::none)
    return shape.found;
  // The endpoint of a local socket can be made of a string.
  if (!has_resolver && reader.take(&argument::text))
    return mistake::host_without_tcp;
  reader.take(&argument::options);
  return reader.is_at_end() ? mistake::none : mistake::lazy_arguments;
}

/// The arguments that follow the socket.
template <typename Endpoint, typename... Arguments>
struct argument_list
{
  static constexpr argument all[] = {argument_of<Arguments, Endpoint>..., argument()};
  static constexpr argument_reader reader = {all, all + sizeof...(Arguments)};
};

} // namespace connectex::detail

#endif // CONNECTEX_DETAIL_OPERATION_CALL_SHAPE_HPP
