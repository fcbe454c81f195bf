// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_DETAIL_OPERATION_CONNECT_AND_WAIT_HPP
#define CONNECTEX_DETAIL_OPERATION_CONNECT_AND_WAIT_HPP

#include <connectex/connect_options.hpp>
#include <connectex/detail/decide/first_flight.hpp>
#include <connectex/detail/operation/blocking_operation.hpp>
#include <connectex/detail/operation/connect_op.hpp>
#include <connectex/detail/operation/connect_state.hpp>

#include <boost/system/error_code.hpp>

#include <cstddef>
#include <optional>

namespace connectex::detail
{

/// Connects on the calling thread.
/**
 * @param options Null: the defaults.
 *
 * @returns How many bytes of @p buffers were handed over.
 */
template <typename Socket, typename ConstBufferSequence>
std::size_t connect_and_wait(Socket& socket, const typename Socket::endpoint_type& peer,
    const ConstBufferSequence& buffers, const connect_options* options,
    boost::system::error_code& error)
{
  using base = blocking_operation<typename Socket::executor_type, connect_state<Socket>, true>;
  connect_op<Socket, kept_buffers_t<ConstBufferSequence>, no_handler, base> operation(
      socket, peer, buffers, options, no_handler());
  operation.start();
  while (!operation.is_over())
  {
    if (blocking_wait* const wait = operation.wait())
      wait_for_any(&wait, 1, std::nullopt);
    operation.resume_if_ready(operation);
  }
  error = operation.error();
  return operation.bytes_transferred();
}

} // namespace connectex::detail

#endif // CONNECTEX_DETAIL_OPERATION_CONNECT_AND_WAIT_HPP
