// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_DETAIL_OPERATION_CONNECT_OR_THROW_HPP
#define CONNECTEX_DETAIL_OPERATION_CONNECT_OR_THROW_HPP

#include <connectex/connect_options.hpp>
#include <connectex/detail/operation/connect_and_wait.hpp>

#include <boost/assert/source_location.hpp>
#include <boost/system/error_code.hpp>
#include <boost/system/system_error.hpp>
#include <boost/throw_exception.hpp>

#include <cstddef>

namespace connectex::detail
{

/// As connect_and_wait(), for a caller that wants an exception.
/**
 * Those for several endpoints and for a name are found by their arguments, which are of this
 * namespace.
 */
template <typename Socket, typename Target, typename ConstBufferSequence>
std::size_t connect_or_throw(Socket& socket, const Target& target,
    const ConstBufferSequence& buffers, const connect_options* options)
{
  boost::system::error_code error;
  const std::size_t sent = connect_and_wait(socket, target, buffers, options, error);
  if (error)
    boost::throw_exception(
        boost::system::system_error(error, "connect_ex"), BOOST_CURRENT_LOCATION);
  return sent;
}

} // namespace connectex::detail

#endif // CONNECTEX_DETAIL_OPERATION_CONNECT_OR_THROW_HPP
