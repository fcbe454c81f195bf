// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_CONNECT_OPTIONS_HPP
#define CONNECTEX_CONNECT_OPTIONS_HPP

#include <connectex/connect_report.hpp>
#include <connectex/detail/report_text.hpp>
#include <connectex/opened_socket.hpp>
#include <connectex/race_policy.hpp>
#include <connectex/retry_policy.hpp>

#include <boost/system/error_code.hpp>

#include <chrono>
#include <functional>
#include <iosfwd>
#include <optional>
#include <string_view>

namespace connectex
{

/// Whether the first flight may travel in the SYN (TCP Fast Open, RFC 7413).
/**
 * @par Thread Safety
 * @e Distinct @e objects: Safe.@n
 * @e Shared @e objects: Unsafe.
 *
 * @par Source
 * RFC 7413; TCP_FASTOPEN in Microsoft's page on IPPROTO_TCP options; MSG_FASTOPEN in the manual
 * page tcp(7).
 */
enum class fast_open_mode
{
  /// Do not ask for it.
  off,

  /// Ask for it. The caller declares that a server may see the first flight twice without harm: RFC
  /// 7413 lets a network replay a SYN, and an attempt that timed out may have delivered it.
  idempotent_data
};

/// The name of an enumerator, such as "idempotent_data".
/**
 * @param value Whether to ask for fast open.
 *
 * @returns The name; empty if @p value is no enumerator. It lives until the program ends.
 *
 * @par Thread Safety
 * May be called at any time from any thread.
 *
 * @par Source
 * The library's own; no vendor page.
 */
constexpr std::string_view to_string(fast_open_mode value) noexcept
{
  switch (value)
  {
  case fast_open_mode::off:
    return "off";
  case fast_open_mode::idempotent_data:
    return "idempotent_data";
  }
  return {};
}

/// Writes the name of an enumerator.
/**
 * @param out The stream. Width and fill hold as for a string.
 *
 * @param value Whether to ask for fast open. If it is no enumerator, its number is written, as in
 * "fast_open_mode(7)".
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
inline std::ostream& operator<<(std::ostream& out, fast_open_mode value)
{
  return detail::write(out, {"fast_open_mode", to_string(value), static_cast<int>(value)});
}

/// How async_connect_ex and connect_ex go about their work. A default-constructed one asks for
/// nothing special.
/**
 * A field out of its range completes the operation with `asio::error::invalid_argument`, before
 * anything is done to the socket; validate() names the field.
 *
 * @par Thread Safety
 * @e Distinct @e objects: Safe.@n
 * @e Shared @e objects: Safe for operations that have no report and whose functions may be called
 * side by side; each operation copies what it is given. Otherwise unsafe.
 *
 * @par Example
 * @code
 * connectex::connect_options options;
 * options.retry.max_attempts = 3;
 * options.attempt_timeout = std::chrono::seconds(2);
 * options.total_timeout = std::chrono::seconds(10); @endcode
 *
 * @par Source
 * The remarks of Microsoft's page on LPFN_CONNECTEX, for retries; each field names what else it
 * rests on.
 */
struct connect_options
{
  /// Of the clock that measures the limits.
  using duration = std::chrono::steady_clock::duration;

  /// Whether, when and how often a failed attempt is made again, on the same socket. Of several
  /// endpoints: the round over all of them, with new sockets. Default: never.
  retry_policy retry = {};

  /// How several endpoints, or those of a name, are connected to. Default: as RFC 8305 says. A call
  /// with one endpoint does not use it.
  race_policy race = {};

  /// The most that one attempt may take until the connection stands; on Windows, until it stands
  /// and has taken the part of the first flight that ConnectEx carries. Ends it with
  /// `asio::error::timed_out`, which is retryable; if bytes may have been delivered, with the same
  /// number in after_delivery_category(), which is condition::timed_out but not retryable. Default:
  /// empty, which leaves it to the system's own limit. 0 or less: no attempt can be made, so the
  /// operation ends at once with `asio::error::timed_out`.
  std::optional<duration> attempt_timeout = std::nullopt;

  /// The most that the operation may take, waits and writes included. Ends it with
  /// `asio::error::timed_out`; if bytes may have been delivered, with the same number in
  /// after_delivery_category(). Default: empty, no limit. 0 or less, as what is left of a deadline
  /// may be: the operation ends at once with `asio::error::timed_out`, before any attempt.
  std::optional<duration> total_timeout = std::nullopt;

  /// TCP Fast Open for the first flight. Default: off. Where it is not to be had the operation goes
  /// on without, and connect_report::fast_open_error says why.
  fast_open_mode fast_open = fast_open_mode::off;

  /// Windows: whether a socket that is not bound may share its local port with connections to other
  /// peers (SO_REUSE_UNICASTPORT, set before the implicit bind). Default: true. A refusal by the
  /// system is ignored.
  bool reuse_unicast_port = true;

  /// Windows: whether a connect to a closed port of this machine fails at once instead of after
  /// about two seconds (SIO_TCP_INITIAL_RTO, for loopback peers only). Default: false. A listener
  /// whose backlog is full then refuses at once too, so combine it with a retry. A refusal by the
  /// system is ignored.
  bool loopback_fast_fail = false;

  /// Whether to ask the system for connection_statistics when an attempt has connected, by one
  /// system call: for `report` and `on_attempt`, and not at all if there is neither. Where the
  /// system does not tell, connect_attempt::statistics stays empty. Default: false.
  bool statistics = false;

  /// Whether a further attempt may close and open the socket when it cannot be used again. Several
  /// endpoints do not use it, because each attempt has a socket of its own. Default: only one that
  /// the operation has opened.
  reopen_policy reopen = reopen_policy::if_opened_here;

  /// Called after each time that the operation has opened a socket, the first time included, to set
  /// its options and to bind it; the error that it leaves ends the operation, or, of several
  /// endpoints, that attempt. It gets a view of the socket that was opened. Called within the
  /// initiating function or on the handler's executor. Must not throw, must not close the socket.
  /// Default: empty, nothing to do.
  /**
   * @code
   * options.prepare = [](connectex::opened_socket& socket, boost::system::error_code& ec)
   * { socket.set_option(tcp::no_delay(true), ec); }; @endcode
   */
  std::function<void(opened_socket&, boost::system::error_code&)> prepare = nullptr;

  /// Called when an attempt has ended, with what connect_report::attempts would hold of it: for
  /// logging that does not wait for the report. Called within the initiating function or on the
  /// handler's executor, by connect_ex on the calling thread; after retry_policy::predicate. It may
  /// close the socket, which ends the operation with `asio::error::operation_aborted`, but must not
  /// open it again. Must not throw. Default: empty, nothing to do.
  /**
   * @code
   * options.on_attempt = [](const connectex::connect_attempt& attempt)
   * { std::clog << attempt << '\n'; }; @endcode
   */
  std::function<void(const connect_attempt&)> on_attempt = nullptr;

  /// Where to write what happened; must stay valid until the completion handler is called, or
  /// connect_ex has returned. Filled on failure and on cancellation too. Default: null, nowhere.
  connect_report* report = nullptr;

  /// Looks for a field that is out of its range. No time limit is, whatever its value.
  /**
   * @returns The first such field, such as "retry.backoff.jitter"; empty if there is none. It lives
   * until the program ends.
   */
  std::string_view validate() const noexcept
  {
    if (const std::string_view field = retry.validate(); !field.empty())
      return field;
    if (const std::string_view field = race.validate(); !field.empty())
      return field;
    if (to_string(fast_open).empty())
      return "fast_open";
    if (to_string(reopen).empty())
      return "reopen";
    return {};
  }
};

} // namespace connectex

#endif // CONNECTEX_CONNECT_OPTIONS_HPP
