// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_DETAIL_OPERATION_RACE_ARGUMENTS_HPP
#define CONNECTEX_DETAIL_OPERATION_RACE_ARGUMENTS_HPP

#include <connectex/connect_options.hpp>
#include <connectex/detail/decide/buffer_range.hpp>
#include <connectex/detail/decide/first_flight.hpp>
#include <connectex/detail/decide/partial_flight.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/system/error_code.hpp>

#include <vector>

namespace connectex::detail
{

template <typename ConstBufferSequence>
std::vector<boost::asio::const_buffer> to_flight(const ConstBufferSequence& buffers)
{
  return list_buffers<boost::asio::const_buffer>(buffers);
}

inline std::vector<boost::asio::const_buffer> to_flight(const no_first_flight&) { return {}; }

template <typename ConstBufferSequence>
std::vector<boost::asio::const_buffer> to_flight(const partial_flight<ConstBufferSequence>& partial)
{
  return to_flight(partial.buffers);
}

/// How a race holds the flight of a call with such buffers.
template <typename ConstBufferSequence>
struct race_flight
{
  using type = buffer_range;
};

template <typename ConstBufferSequence>
struct race_flight<partial_flight<ConstBufferSequence>>
{
  using type = partial_flight<buffer_range>;
};

/// Why no race can be started with these; no error if one can.
template <typename Socket>
boost::system::error_code find_refusal(const Socket& socket, const connect_options& options)
{
  if (socket.is_open())
    return boost::asio::error::already_open;
  if (!options.validate().empty())
    return boost::asio::error::invalid_argument;
  return {};
}

} // namespace connectex::detail

#endif // CONNECTEX_DETAIL_OPERATION_RACE_ARGUMENTS_HPP
