// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_DETAIL_ATTEMPT_STALE_ERROR_HPP
#define CONNECTEX_DETAIL_ATTEMPT_STALE_ERROR_HPP

#include <connectex/detail/system/types.hpp>

namespace connectex::detail
{

/// Makes a connect call, and once more if all it did was to report an earlier failure.
/**
 * Winsock promises that a socket can connect again after a failure, whoever has met it. Wine spends
 * the next call on reporting the failure a second time, by WSAECONNABORTED. A call that fails at
 * once has begun nothing, so it can be made again.
 */
template <typename Call>
native_error past_stale_error(Call make_call)
{
  constexpr native_error connection_aborted = 10053; // WSAECONNABORTED
  const native_error error = make_call();
  return error == connection_aborted ? make_call() : error;
}

} // namespace connectex::detail

#endif // CONNECTEX_DETAIL_ATTEMPT_STALE_ERROR_HPP
