// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_CONNECT_OPTIONS_HPP
#define CONNECTEX_CONNECT_OPTIONS_HPP

#include <connectex/retry_policy.hpp>

#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/system/error_code.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

namespace connectex
{

/// How the first flight travelled.
enum class first_flight_path
{
  /// No byte was handed over: there were none, or the connect failed.
  none,

  /// ConnectEx took it, or the first 65,535 bytes of it, in the same call that made the connection.
  in_connect,

  /// It was written once the connection stood.
  after_connect,

  /// It, or the start of it, travelled in the SYN and was acknowledged there. Windows cannot tell this
  /// from `in_connect` and says the latter.
  in_syn
};

/// One attempt: one connect call that the system took up, on one endpoint.
struct connect_attempt
{
  /// The peer. Compares equal to the endpoint that was passed in.
  boost::asio::generic::stream_protocol::endpoint endpoint;

  /// How it ended, in portable terms; no error for the attempt that connected. `timed_out` also if
  /// attempt_timeout or total_timeout ended it.
  boost::system::error_code error;

  /// The number that the system gave: a Win32 or Winsock number on Windows (1225 for a refusal), an
  /// errno elsewhere. 0 for success. If it was cancelled or a time limit ended it, the number for "cancelled".
  std::uint32_t native_error = 0;

  /// From its start until its result was seen.
  std::chrono::steady_clock::duration elapsed{};
};

/// What happened in one async_connect_ex operation.
struct connect_report
{
  /// Every attempt in order. A second call that the library makes because a system wants one (see
  /// doc/retry.md) is part of its attempt. Empty if the operation failed before the first. It grows
  /// with each attempt, so think twice before asking for the report of an endless retry.
  std::vector<connect_attempt> attempts;

  /// From the initiating function until the operation was over, waits included; the completion handler is
  /// called next.
  std::chrono::steady_clock::duration elapsed{};

  /// How the first flight travelled, as far as it was handed over.
  first_flight_path first_flight = first_flight_path::none;

  /// How many bytes travelled in the connect call; the rest of `bytes_transferred` followed it.
  std::size_t bytes_in_connect = 0;

  /// Why fast open could not be asked for, if connect_options::fast_open wanted it; the operation then
  /// went on without. `operation_not_supported` where the library cannot ask for it.
  boost::system::error_code fast_open_error;
};

/// Whether the first flight may travel in the SYN (TCP Fast Open, RFC 7413).
enum class fast_open_mode
{
  /// Do not ask for it.
  off,

  /// Ask for it. The caller declares that a server may see the first flight twice without harm: RFC 7413
  /// lets a network replay a SYN, and an attempt that timed out may have delivered it.
  idempotent_data
};

/// How async_connect_ex goes about its work. A default-constructed one asks for nothing special.
/**
 * A field out of its range completes the operation with `asio::error::invalid_argument`, before
 * anything is done to the socket; validate() names the field.
 */
struct connect_options
{
  /// Of the clock that measures the limits.
  using duration = std::chrono::steady_clock::duration;

  /// Whether, when and how often a failed attempt is made again, on the same socket.
  retry_policy retry = {};

  /// The most that one attempt may take until the connection stands; on Windows, until it stands and
  /// has taken the part of the first flight that ConnectEx carries. Ends it with
  /// `asio::error::timed_out`, which is retryable. 0: the system's own limit. Not negative.
  duration attempt_timeout{};

  /// The most that the operation may take, waits and writes included. Ends it with
  /// `asio::error::timed_out`. 0: no limit, so what is left of a deadline must not be passed on when
  /// nothing is left. Not negative.
  duration total_timeout{};

  /// TCP Fast Open for the first flight. Where it is not to be had the operation goes on without, and
  /// connect_report::fast_open_error says why.
  fast_open_mode fast_open = fast_open_mode::off;

  /// Windows: whether a socket that is not bound may share its local port with connections to other
  /// peers (SO_REUSE_UNICASTPORT, set before the implicit bind). A refusal by the system is ignored.
  bool reuse_unicast_port = true;

  /// Windows: whether a connect to a closed port of this machine fails at once instead of after about
  /// two seconds (SIO_TCP_INITIAL_RTO, for loopback peers only). A listener whose backlog is full
  /// then refuses at once too, so combine it with a retry. A refusal by the system is ignored.
  bool loopback_fast_fail = false;

  /// Whether a further attempt may close and open the socket when it cannot be used again.
  reopen_policy reopen = reopen_policy::if_opened_here;

  /// Called after each time that the operation has opened the socket, the first time included, to set
  /// its options and to bind it; the error that it leaves ends the operation. Called within the
  /// initiating function or on the handler's executor. Must not throw, must not close the socket.
  /// Empty: nothing to do.
  /**
   * @code
   * options.prepare = [&](boost::system::error_code& ec) { socket.set_option(tcp::no_delay(true), ec); };
   * @endcode
   */
  std::function<void(boost::system::error_code&)> prepare = nullptr;

  /// Where to write what happened; must stay valid until the completion handler is called. Filled on
  /// failure and on cancellation too. Null: nowhere.
  connect_report* report = nullptr;

  /// The first field that is out of its range, such as "retry.backoff.jitter"; empty if none is.
  std::string_view validate() const noexcept
  {
    if (const std::string_view field = retry.validate(); !field.empty())
      return field;
    if (attempt_timeout < duration::zero())
      return "attempt_timeout";
    if (total_timeout < duration::zero())
      return "total_timeout";
    if (fast_open != fast_open_mode::off && fast_open != fast_open_mode::idempotent_data)
      return "fast_open";
    if (reopen != reopen_policy::never && reopen != reopen_policy::if_opened_here
        && reopen != reopen_policy::always)
      return "reopen";
    return {};
  }
};

} // namespace connectex

#endif // CONNECTEX_CONNECT_OPTIONS_HPP
