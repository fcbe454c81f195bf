// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_DETAIL_OPERATION_WRONG_CONNECT_EX_HPP
#define CONNECTEX_DETAIL_OPERATION_WRONG_CONNECT_EX_HPP

#include <connectex/detail/operation/wrong_arguments.hpp>

namespace connectex
{

/// @cond

// Takes the calls of connect_ex with a mistake in them, for all headers that declare a connect_ex.
template <typename Stream, typename... Arguments,
    typename Mistake = detail::wrong_blocking_call<Stream, Arguments...>>
auto connect_ex(Stream&&, const Arguments&...)
{
  return Mistake::explain();
}

/// @endcond

} // namespace connectex

#endif // CONNECTEX_DETAIL_OPERATION_WRONG_CONNECT_EX_HPP
