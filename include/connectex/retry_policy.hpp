// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_RETRY_POLICY_HPP
#define CONNECTEX_RETRY_POLICY_HPP

#include <connectex/detail/platform.hpp>

#include <boost/system/error_code.hpp>

#include <chrono>
#include <functional>
#include <string_view>

namespace connectex
{

/// How long to wait before each further attempt: longer each time, up to a bound, and partly by chance.
/**
 * The wait before attempt n + 1 lies between `(1 - jitter) * d` and `d`, where d is the smaller of
 * `initial * multiplier^(n - 1)` and `max`.
 *
 * @code
 * options.retry.backoff = {std::chrono::milliseconds(50), 2.0, std::chrono::seconds(5), 0.5};
 * @endcode
 *
 * @par Thread Safety
 * @e Distinct @e objects: Safe.@n
 * @e Shared @e objects: Safe, if `random` is.
 *
 * @par Source
 * The exponential backoff and "full jitter" of the literature on retries; no vendor page.
 */
struct exponential_backoff
{
  /// Of the clock that measures the waits.
  using duration = std::chrono::steady_clock::duration;

  /// The bound of the first wait. 0: every wait is 0, and the next attempt follows at once. Not negative.
  duration initial = std::chrono::milliseconds(100);

  /// By how much the bound grows from wait to wait. 1: not at all. At least 1, and finite.
  double multiplier = 2.0;

  /// What the bound does not grow beyond. At least `initial`.
  duration max = std::chrono::seconds(10);

  /// The fraction of the wait that is left to chance. 0: none; 1: all of it, so that clients which failed
  /// together do not come back together. Within [0, 1].
  double jitter = 1.0;

  /// Gives a number in [0, 1) for each wait; anything outside is taken for the nearer end. Must not
  /// throw. Empty: a generator of each thread's own, seeded by the system.
  std::function<double()> random = nullptr;

  /// The wait after @p failed_attempts attempts (1 or more). Meaningful if the fields are valid.
  CONNECTEX_DECL duration delay(unsigned failed_attempts) const;
};

/// Whether, when and how often a failed attempt is made again.
/**
 * @par Thread Safety
 * @e Distinct @e objects: Safe.@n
 * @e Shared @e objects: Safe, if the functions are.
 *
 * @par Source
 * Microsoft's page on LPFN_CONNECTEX: after WSAECONNREFUSED, WSAENETUNREACH and WSAETIMEDOUT, and no
 * other error, the same socket may call ConnectEx again.
 */
struct retry_policy
{
  /// How many attempts are made in all. 1: no retry. 0: no limit of its own; total_timeout or a
  /// cancellation ends the operation.
  unsigned max_attempts = 1;

  /// How long to wait between attempts.
  exponential_backoff backoff = {};

  /// Which errors deserve another attempt, given the portable error. It is never asked about a
  /// cancellation, nor once a byte may have been delivered. Must not throw. Empty: connection_refused,
  /// network_unreachable and timed_out (condition::retryable).
  std::function<bool(const boost::system::error_code&)> predicate = nullptr;

  /// The first field that is out of its range, such as "retry.backoff.jitter"; empty if none is.
  CONNECTEX_DECL std::string_view validate() const noexcept;
};

/// Whether a further attempt may close and open the socket when it cannot be used again.
/**
 * It cannot after an attempt that attempt_timeout ended on Windows, nor where a provider refuses it.
 * A socket that is opened anew has lost its options and its local address; connect_options::prepare
 * can put them back.
 */
enum class reopen_policy
{
  /// No. The operation ends with the error of the last attempt.
  never,

  /// Only a socket that this operation has opened itself.
  if_opened_here,

  /// Any socket.
  always
};

} // namespace connectex

#endif // CONNECTEX_RETRY_POLICY_HPP
