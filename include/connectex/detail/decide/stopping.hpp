// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_DETAIL_DECIDE_STOPPING_HPP
#define CONNECTEX_DETAIL_DECIDE_STOPPING_HPP

#include <connectex/detail/platform.hpp>

#include <boost/system/error_code.hpp>

namespace connectex::detail
{

/// What, other than the system, has ended a step or kept it from starting.
enum class stop_reason : unsigned char
{
  none,

  /// By the caller: through the slot, or by closing the socket.
  cancelled,

  attempt_timeout,
  total_timeout
};

/// Whether a step that was stopped may end with @p error, although the network gives the same
/// error.
CONNECTEX_DECL bool is_ambiguous_when_stopped(const boost::system::error_code& error) noexcept;

/// result_of for a step that failed and that something had asked to stop.
CONNECTEX_DECL boost::system::error_code result_of_stopped(
    const boost::system::error_code& error, stop_reason stop) noexcept;

/// The error to report for a step that ended with @p error, given what had asked it to stop before
/// its result was seen. The truth table of the whole library:
/**
 * | error                                 | none | cancelled | either limit |
 * |---------------------------------------|------|-----------|--------------|
 * | success                               | same | same      | same         |
 * | operation_aborted                     | same | aborted   | timed_out    |
 * | connection_reset, connection_aborted  | same | aborted   | timed_out    |
 * | anything else                         | same | same      | same         |
 *
 * A success wins over whatever came too late to prevent it. The packet of a call that was stopped
 * may carry any of the codes in the middle, and the same codes come from the network: what we know
 * ourselves goes first.
 */
inline boost::system::error_code result_of(
    const boost::system::error_code& error, stop_reason stop) noexcept
{
  return error && stop != stop_reason::none ? result_of_stopped(error, stop) : error;
}

} // namespace connectex::detail

#endif // CONNECTEX_DETAIL_DECIDE_STOPPING_HPP
