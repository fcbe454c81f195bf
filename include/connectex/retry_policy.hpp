// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_RETRY_POLICY_HPP
#define CONNECTEX_RETRY_POLICY_HPP

#include <connectex/detail/platform.hpp>
#include <connectex/detail/report_text.hpp>

#include <chrono>
#include <functional>
#include <iosfwd>
#include <string_view>

namespace connectex
{

struct connect_attempt;

/// How long to wait before each further attempt: longer each time, up to a bound, and partly by
/// chance.
/**
 * The wait before attempt n + 1 lies between `(1 - jitter) * d` and `d`, where d is the smaller of
 * `initial * multiplier^(n - 1)` and `max`. By default it lies between 0 and 100 ms before the
 * second attempt, between 0 and 200 ms before the third, and never above 10 s.
 *
 * @par Thread Safety
 * @e Distinct @e objects: Safe.@n
 * @e Shared @e objects: Safe, if `random` is.
 *
 * @par Example
 * @code
 * options.retry.backoff = {std::chrono::milliseconds(50), 2.0, std::chrono::seconds(5), 0.5};
 * @endcode
 *
 * @par Source
 * The exponential backoff and "full jitter" of the literature on retries; no vendor page.
 */
struct exponential_backoff
{
  /// Of the clock that measures the waits.
  using duration = std::chrono::steady_clock::duration;

  /// The bound of the first wait. Default: 100 ms. 0: every wait is 0, and the next attempt follows
  /// at once. Not negative.
  duration initial = std::chrono::milliseconds(100);

  /// By how much the bound grows from wait to wait. Default: 2. 1: not at all. At least 1, and
  /// finite.
  double multiplier = 2.0;

  /// What the bound does not grow beyond. Default: 10 s. At least `initial`.
  duration max = std::chrono::seconds(10);

  /// The fraction of the wait that is left to chance, within [0, 1]. Default: 1, all of it, so that
  /// clients which failed together do not come back together. 0: none.
  double jitter = 1.0;

  /// Gives a number in [0, 1) for each wait; anything outside is taken for the nearer end. Must not
  /// throw. Default: empty, which stands for a generator of each thread's own, seeded by the
  /// system.
  std::function<double()> random = nullptr;

  /// How long to wait for the next attempt.
  /**
   * @param failed_attempts How many attempts there were, 1 or more.
   *
   * @returns The wait. Meaningful if retry_policy::validate() has nothing to object to.
   */
  CONNECTEX_DECL duration delay(unsigned failed_attempts) const;
};

/// Whether, when and how often a failed attempt is made again.
/**
 * @par Thread Safety
 * @e Distinct @e objects: Safe.@n
 * @e Shared @e objects: Safe, if the functions are.
 *
 * @par Example
 * @code
 * options.retry.max_attempts = 5;
 * options.retry.predicate = [](const connectex::connect_attempt& attempt)
 * { return attempt.error == boost::asio::error::connection_refused; }; @endcode
 *
 * @par Source
 * Microsoft's page on LPFN_CONNECTEX: after WSAECONNREFUSED, WSAENETUNREACH and WSAETIMEDOUT, and
 * no other error, the same socket may call ConnectEx again.
 */
struct retry_policy
{
  /// How many attempts are made in all. Default: 1, no retry. 0: no limit of its own;
  /// connect_options::total_timeout or a cancellation ends the operation.
  unsigned max_attempts = 1;

  /// How long to wait between attempts.
  exponential_backoff backoff = {};

  /// Which failed attempts deserve another, by their portable error, their endpoint or their time.
  /// It is never asked about a cancellation, nor once a byte may have been delivered. Must not
  /// throw. Default: empty, which stands for those that failed with connection_refused,
  /// network_unreachable or timed_out (condition::retryable).
  std::function<bool(const connect_attempt&)> predicate = nullptr;

  /// Looks for a field that is out of its range.
  /**
   * @returns The first such field, as a member of connect_options: "retry.backoff.jitter". Empty if
   * there is none. It lives until the program ends.
   */
  CONNECTEX_DECL std::string_view validate() const noexcept;
};

/// Whether a further attempt may close and open the socket when it cannot be used again.
/**
 * It cannot after an attempt that attempt_timeout ended on Windows, nor where a provider refuses
 * it. A socket that is opened anew has lost its options and its local address;
 * connect_options::prepare can put them back.
 *
 * @par Thread Safety
 * @e Distinct @e objects: Safe.@n
 * @e Shared @e objects: Unsafe.
 *
 * @par Source
 * Microsoft's page on LPFN_CONNECTEX, by what it does not promise of a socket whose connect was
 * cancelled.
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

/// The name of an enumerator, such as "if_opened_here".
/**
 * @param value Whether a socket may be opened anew.
 *
 * @returns The name; empty if @p value is no enumerator. It lives until the program ends.
 *
 * @par Thread Safety
 * May be called at any time from any thread.
 *
 * @par Source
 * The library's own; no vendor page.
 */
constexpr std::string_view to_string(reopen_policy value) noexcept
{
  switch (value)
  {
  case reopen_policy::never:
    return "never";
  case reopen_policy::if_opened_here:
    return "if_opened_here";
  case reopen_policy::always:
    return "always";
  }
  return {};
}

/// Writes the name of an enumerator.
/**
 * @param out The stream. Width and fill hold as for a string.
 *
 * @param value Whether a socket may be opened anew. If it is no enumerator, its number is written,
 * as in "reopen_policy(7)".
 *
 * @returns @p out.
 *
 * @par Thread Safety
 * @e Distinct @e objects: Safe.@n
 * @e Shared @e objects: Unsafe.
 *
 * @par Source
 * The library's own; no vendor page.
 */
inline std::ostream& operator<<(std::ostream& out, reopen_policy value)
{
  return detail::write(out, {"reopen_policy", to_string(value), static_cast<int>(value)});
}

} // namespace connectex

#endif // CONNECTEX_RETRY_POLICY_HPP
