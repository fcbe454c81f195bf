// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_RACE_POLICY_HPP
#define CONNECTEX_RACE_POLICY_HPP

#include <connectex/detail/platform.hpp>
#include <connectex/detail/report_text.hpp>

#include <chrono>
#include <iosfwd>
#include <string_view>

namespace connectex
{

/// Whether attempts on several endpoints may run side by side.
/**
 * @par Thread Safety
 * @e Distinct @e objects: Safe.@n
 * @e Shared @e objects: Unsafe.
 *
 * @par Source
 * RFC 8305 (Happy Eyeballs), section 5, for `staggered`.
 */
enum class race_mode
{
  /// One starts after the other, race_policy::attempt_delay apart, and earlier ones go on. The
  /// first whose connection stands wins.
  staggered,

  /// The next one starts when the one before has failed. Each carries the first flight in its
  /// connect, and there is no further one once a byte may have been delivered.
  sequential
};

/// Which attempts may carry the first flight while others may be running.
/**
 * @par Thread Safety
 * @e Distinct @e objects: Safe.@n
 * @e Shared @e objects: Unsafe.
 *
 * @par Source
 * The library's own. RFC 9623 (TAPS) asks for the same consent and calls it "safely replayable".
 */
enum class race_payload
{
  /// None. The first flight is written to the winner, and no other server gets a byte. An attempt
  /// that is alone and the last candidate carries it in its connect.
  winner_only,

  /// The first one. The caller declares that a server which loses may have read the first flight
  /// without harm, such as a ClientHello of TLS or a GET of HTTP. If another attempt wins, the
  /// flight is written to that one.
  first_attempt
};

/// How several endpoints are connected to when one connection is wanted.
/**
 * @par Thread Safety
 * @e Distinct @e objects: Safe.@n
 * @e Shared @e objects: Unsafe.
 *
 * @par Example
 * @code
 * options.race.attempt_delay = std::chrono::milliseconds(150);
 * options.race.payload = connectex::race_payload::first_attempt; @endcode
 *
 * @par Source
 * RFC 8305 (Happy Eyeballs), sections 4, 5 and 8. doc/races.md says what of it is not done.
 */
struct race_policy
{
  /// Of the clock that measures the delay.
  using duration = std::chrono::steady_clock::duration;

  /// Whether attempts may run side by side. Default: they may.
  race_mode mode = race_mode::staggered;

  /// How long after the start of one attempt the next one starts, if none has connected by then. It
  /// never ends an attempt. An attempt that fails starts the next at once. Default: 250 ms. At
  /// least 10 ms; RFC 8305 advises 100 ms to 2 s. Not used in sequential mode.
  duration attempt_delay = std::chrono::milliseconds(250);

  /// How many endpoints of the first one's address family are tried before the families take turns.
  /// Default: 1. 0: the endpoints keep their order.
  unsigned first_family_count = 1;

  /// How many attempts may run side by side. When another is due, the oldest is given up. Default:
  /// 6. At least 1. Not used in sequential mode.
  unsigned max_in_flight = 6;

  /// Which attempts may carry the first flight. Default: none that could lose. Not used in
  /// sequential mode.
  race_payload payload = race_payload::winner_only;

  /// Looks for a field that is out of its range.
  /**
   * @returns The first such field, as a member of connect_options: "race.attempt_delay". Empty if
   * there is none. It lives until the program ends.
   */
  CONNECTEX_DECL std::string_view validate() const noexcept;
};

/// The name of an enumerator, such as "sequential".
/**
 * @param value Whether attempts may run side by side.
 *
 * @returns The name; empty if @p value is no enumerator. It lives until the program ends.
 *
 * @par Thread Safety
 * May be called at any time from any thread.
 *
 * @par Source
 * The library's own; no vendor page.
 */
constexpr std::string_view to_string(race_mode value) noexcept
{
  switch (value)
  {
  case race_mode::staggered:
    return "staggered";
  case race_mode::sequential:
    return "sequential";
  }
  return {};
}

/// The name of an enumerator, such as "winner_only".
/**
 * @copydetails to_string(race_mode)
 */
constexpr std::string_view to_string(race_payload value) noexcept
{
  switch (value)
  {
  case race_payload::winner_only:
    return "winner_only";
  case race_payload::first_attempt:
    return "first_attempt";
  }
  return {};
}

/// Writes the name of an enumerator.
/**
 * @param out The stream. Width and fill hold as for a string.
 *
 * @param value Whether attempts may run side by side. If it is no enumerator, its number is
 * written, as in "race_mode(7)".
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
inline std::ostream& operator<<(std::ostream& out, race_mode value)
{
  return detail::write(out, {"race_mode", to_string(value), static_cast<int>(value)});
}

/// Writes the name of an enumerator.
/**
 * @copydetails operator<<(std::ostream&, race_mode)
 */
inline std::ostream& operator<<(std::ostream& out, race_payload value)
{
  return detail::write(out, {"race_payload", to_string(value), static_cast<int>(value)});
}

} // namespace connectex

#endif // CONNECTEX_RACE_POLICY_HPP
