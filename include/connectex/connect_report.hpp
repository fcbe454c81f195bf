// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_CONNECT_REPORT_HPP
#define CONNECTEX_CONNECT_REPORT_HPP

#include <connectex/connection_info.hpp>
#include <connectex/detail/report_text.hpp>

#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/system/error_code.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace connectex
{

/// How the first flight travelled.
/**
 * @par Thread Safety
 * @e Distinct @e objects: Safe.@n
 * @e Shared @e objects: Unsafe.
 *
 * @par Source
 * The parameter lpSendBuffer in Microsoft's page on LPFN_CONNECTEX; RFC 7413 (TCP Fast Open).
 */
enum class first_flight_path
{
  /// No byte was handed over: there were none, or the connect failed.
  none,

  /// ConnectEx took it, or the first 65,535 bytes of it, in the same call that made the connection.
  in_connect,

  /// It was written once the connection stood.
  after_connect,

  /// It, or the start of it, travelled in the SYN. If the connection stands, the peer has
  /// acknowledged it there. Windows cannot tell this from `in_connect` and says the latter.
  in_syn
};

/// The system's call that an attempt is made by.
/**
 * @par Thread Safety
 * @e Distinct @e objects: Safe.@n
 * @e Shared @e objects: Unsafe.
 *
 * @par Source
 * Microsoft's pages on WSAConnect, LPFN_CONNECTEX and WSAIoctl
 * (SIO_GET_EXTENSION_FUNCTION_POINTER).
 */
enum class connect_call : unsigned char
{
  /// None: the attempt, or the operation, failed before it.
  none,

  /// The ordinary connect call. The first flight follows it, but for what fast open sends.
  connect,

  /// Windows only: the system's own ConnectEx, with the first flight, or the start of it, inside.
  connect_ex,

  /// Windows only: the ConnectEx of a layered provider, such as a proxy's or a filter's. No byte is
  /// handed to it; the first flight follows it.
  layered_connect_ex
};

/// How one attempt ended.
/**
 * @par Thread Safety
 * @e Distinct @e objects: Safe.@n
 * @e Shared @e objects: Unsafe.
 *
 * @par Source
 * The library's own; no vendor page.
 */
enum class attempt_outcome
{
  /// It made the connection.
  connected,

  /// The system or the peer ended it with an error.
  failed,

  /// Another attempt made the connection first. Only where attempts run side by side.
  lost,

  /// This operation ended it: by a time limit, or because more attempts would have run side by side
  /// than race_policy::max_in_flight allows.
  given_up,

  /// The caller ended it: through the cancellation slot, or by closing or cancelling the socket.
  cancelled
};

/// One attempt: one connect call that the system took up, on one endpoint.
/**
 * @par Thread Safety
 * @e Distinct @e objects: Safe.@n
 * @e Shared @e objects: Unsafe.
 *
 * @par Source
 * Microsoft's page on LPFN_CONNECTEX: the error codes and the same socket's further calls.
 */
struct connect_attempt
{
  /// The peer. Compares equal to the endpoint that was passed in. Asio does not print it:
  /// `connectex::to_string(attempt.endpoint)` makes it readable.
  boost::asio::generic::stream_protocol::endpoint endpoint;

  /// How it ended, in portable terms; no error for the attempt that connected. `timed_out` also if
  /// attempt_timeout or total_timeout ended it.
  boost::system::error_code error;

  /// The number that the system gave: a Win32 or Winsock number on Windows (1225 for a refusal), an
  /// errno elsewhere. 0 for success. If it was cancelled or a time limit ended it, the number for
  /// "cancelled".
  std::uint32_t native_error = 0;

  /// When it started, counted from the start of the operation.
  std::chrono::steady_clock::duration started{};

  /// From its start until its result was seen.
  std::chrono::steady_clock::duration elapsed{};

  /// How it ended, in one word.
  attempt_outcome outcome = attempt_outcome::failed;

  /// Of the attempt that connected, if connect_options::statistics asks for it: what the system had
  /// counted and measured when the attempt was over, the handshake for the most part. Empty where
  /// the system does not tell, which is no failure.
  std::optional<connection_statistics> statistics = std::nullopt;
};

/// What happened in one async_connect_ex operation.
/**
 * @par Thread Safety
 * @e Distinct @e objects: Safe.@n
 * @e Shared @e objects: Unsafe. From the initiating function until the completion handler is
 * called, the operation writes to it; nobody else may touch it, but for functions that the
 * operation itself calls, such as retry_policy::predicate, which may read it.
 *
 * @par Source
 * Microsoft's page on LPFN_CONNECTEX: its error codes, and lpdwBytesSent for `bytes_in_connect`.
 */
struct connect_report
{
  /// Every attempt, in the order in which they started. A second call that the library makes
  /// because a system wants one (see doc/retry.md) is part of its attempt. Empty if the operation
  /// failed before the first. It grows with each attempt, so think twice before asking for the
  /// report of an endless retry; connect_options::on_attempt gets the same without keeping it.
  std::vector<connect_attempt> attempts;

  /// From the initiating function until the operation was over, waits included; the completion
  /// handler is called next.
  std::chrono::steady_clock::duration elapsed{};

  /// How the first flight travelled, as far as it was handed over.
  first_flight_path first_flight = first_flight_path::none;

  /// How many bytes travelled in the connect call; the rest of `bytes_transferred` followed it.
  std::size_t bytes_in_connect = 0;

  /// The call that the last attempt was made by. Retries may differ in it.
  connect_call call = connect_call::none;

  /// Why fast open could not be asked for, if connect_options::fast_open wanted it; the operation
  /// then went on without. `operation_not_supported` where the library cannot ask for it.
  boost::system::error_code fast_open_error;

  /// Whether the operation failed although the peer, or one of several, may have got a part of the
  /// first flight. What fast open has put into a SYN does not count, because
  /// connect_options::fast_open is the consent to send it twice.
  bool maybe_delivered = false;

  /// Of several endpoints: how many no attempt was made on, in the last round.
  std::size_t not_tried = 0;

  /// Of a name: why no endpoint was found; no error if one was, or if no name was looked up.
  boost::system::error_code resolve_error;

  /// Of a name: how long the look-up took, or had taken when the operation ended. 0 if none was
  /// needed.
  std::chrono::steady_clock::duration resolve_elapsed{};

  /// Of several endpoints, or of a name: all of them, tried or not, each once and in the order in
  /// which they were given or found. Empty if just one was given.
  std::vector<boost::asio::generic::stream_protocol::endpoint> endpoints;
};

/// The name of an enumerator, such as "in_connect".
/**
 * @param value How the first flight travelled.
 *
 * @returns The name; empty if @p value is no enumerator. It lives until the program ends.
 *
 * @par Thread Safety
 * May be called at any time from any thread.
 *
 * @par Source
 * The library's own; no vendor page.
 */
constexpr std::string_view to_string(first_flight_path value) noexcept
{
  switch (value)
  {
  case first_flight_path::none:
    return "none";
  case first_flight_path::in_connect:
    return "in_connect";
  case first_flight_path::after_connect:
    return "after_connect";
  case first_flight_path::in_syn:
    return "in_syn";
  }
  return {};
}

/// The name of an enumerator, such as "layered_connect_ex".
/**
 * @copydetails to_string(first_flight_path)
 */
constexpr std::string_view to_string(connect_call value) noexcept
{
  switch (value)
  {
  case connect_call::none:
    return "none";
  case connect_call::connect:
    return "connect";
  case connect_call::connect_ex:
    return "connect_ex";
  case connect_call::layered_connect_ex:
    return "layered_connect_ex";
  }
  return {};
}

/// The name of an enumerator, such as "given_up".
/**
 * @copydetails to_string(first_flight_path)
 */
constexpr std::string_view to_string(attempt_outcome value) noexcept
{
  switch (value)
  {
  case attempt_outcome::connected:
    return "connected";
  case attempt_outcome::failed:
    return "failed";
  case attempt_outcome::lost:
    return "lost";
  case attempt_outcome::given_up:
    return "given_up";
  case attempt_outcome::cancelled:
    return "cancelled";
  }
  return {};
}

namespace detail
{

inline enumerator_view view_of(first_flight_path value) noexcept
{
  return {"first_flight_path", to_string(value), static_cast<int>(value)};
}

inline enumerator_view view_of(connect_call value) noexcept
{
  return {"connect_call", to_string(value), static_cast<int>(value)};
}

inline enumerator_view view_of(attempt_outcome value) noexcept
{
  return {"attempt_outcome", to_string(value), static_cast<int>(value)};
}

/// Whether the native error says why the attempt ended. One that was stopped has the number for
/// "cancelled", which tells a reader nothing.
inline bool has_native_reason(const connect_attempt& attempt) noexcept
{
  return attempt.outcome == attempt_outcome::failed;
}

inline attempt_view view_of(const connect_attempt& attempt)
{
  return {{attempt.endpoint.data(), attempt.endpoint.size()}, view_of(attempt.outcome),
      attempt.error, has_native_reason(attempt) ? attempt.native_error : 0, attempt.started,
      attempt.elapsed, attempt.statistics};
}

inline report_view view_of(const connect_report& report)
{
  report_view view{{}, report.elapsed, view_of(report.first_flight), report.bytes_in_connect,
      report.fast_open_error, report.maybe_delivered, report.not_tried, report.resolve_error,
      report.resolve_elapsed, {}};
  if (report.call == connect_call::layered_connect_ex)
    view.unusual_call = view_of(report.call);
  view.attempts.reserve(report.attempts.size());
  for (const connect_attempt& attempt : report.attempts)
    view.attempts.push_back(view_of(attempt));
  return view;
}

} // namespace detail

/// An endpoint as people write it, since Asio does not print generic endpoints.
/**
 * It has to be called as `connectex::to_string`, because the endpoint's type is not of this
 * namespace.
 *
 * @param endpoint Any endpoint of a stream protocol, such as connect_attempt::endpoint,
 * opened_socket::peer() or a `tcp::endpoint`.
 *
 * @returns "192.0.2.1:80"; "[2001:db8::1]:80"; "[fe80::1%2]:80" with the number of a scope; the
 * path of an AF_UNIX socket, which begins with \@ if its name is abstract; "family 17" for any
 * other. Control characters in a path become question marks. No name is looked up.
 *
 * @par Thread Safety
 * May be called at any time from any thread.
 *
 * @par Source
 * The library's own; no vendor page. RFC 5952 says how IPv6 addresses are written.
 */
inline std::string to_string(const boost::asio::generic::stream_protocol::endpoint& endpoint)
{
  return detail::text_of(detail::address_view{endpoint.data(), endpoint.size()});
}

/// One attempt in one line.
/**
 * @code
 * options.on_attempt = [](const connectex::connect_attempt& attempt)
 * { std::clog << attempt << '\n'; };
 * @endcode
 *
 * writes lines like these:
 *
 * @verbatim
[2001:db8::7]:443 failed: network_unreachable (101), started +10.5 us, took 21.0 us
192.0.2.7:443 connected, started +250.2 ms, took 31.4 ms
@endverbatim
 *
 * @param attempt The attempt.
 *
 * @returns The line, without its end. An error is shown by the name that error_name gives, which
 * is the same on every system, or by its message if it has none; the native number follows in
 * parentheses unless the attempt was stopped. Times below a millisecond are in us, below a second
 * in ms, all others in s. The statistics follow, if there are any, as
 * to_string(const connection_statistics&) has them.
 *
 * @par Thread Safety
 * May be called at any time from any thread, unless another changes @p attempt.
 *
 * @par Source
 * The library's own; no vendor page.
 */
inline std::string to_string(const connect_attempt& attempt)
{
  return detail::text_of(detail::view_of(attempt));
}

/// A whole report as a table with a time line, to be read by people.
/**
 * @code
 * std::clog << report << '\n';
 * @endcode
 *
 * writes, for an operation that connected at the third attempt, after two that attempt_timeout
 * ended:
 *
 * @verbatim
#  endpoint      outcome    error        started      took  0 ------------------> 734.4 ms
1  192.0.2.7:80  given_up   timed_out   +12.0 us  250.1 ms  =========|
2  192.0.2.7:80  given_up   timed_out  +331.4 ms  250.1 ms                =========|
3  192.0.2.7:80  connected             +702.8 ms   31.5 ms                               |
elapsed: 734.4 ms, first flight: in_connect, bytes in connect: 517
@endverbatim
 *
 * There is a line for each attempt, whose bar ends in | where the attempt ended. Bars of attempts
 * that ran side by side overlap. The time line ends with the operation, or with the last attempt if
 * that ended later. What is in a line is described at to_string(const connect_attempt&).
 *
 * The line below the table goes on with each of these that there is something to say of:
 *
 * @li "call: layered_connect_ex": a layered provider's function was called.
 * @li "fast open:" and the error: fast open was wanted in vain.
 * @li "maybe delivered": connect_report::maybe_delivered.
 * @li "not tried:" and the number: connect_report::not_tried.
 * @li "look-up:" and a duration: connect_report::resolve_elapsed.
 * @li "look-up error:" and its name or message: connect_report::resolve_error.
 *
 * If the attempt that connected has statistics, a line with them follows.
 *
 * @param report The report.
 *
 * @returns The lines, without the end of the last one.
 *
 * @par Thread Safety
 * May be called at any time from any thread, unless another changes @p report.
 *
 * @par Source
 * The library's own; no vendor page.
 */
inline std::string to_string(const connect_report& report)
{
  return detail::text_of(detail::view_of(report));
}

/// Writes the name of an enumerator.
/**
 * @param out The stream. Width and fill hold as for a string.
 *
 * @param value How the first flight travelled. If it is no enumerator, its number is written, as in
 * "first_flight_path(7)".
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
inline std::ostream& operator<<(std::ostream& out, first_flight_path value)
{
  return detail::write(out, detail::view_of(value));
}

/// Writes the name of an enumerator.
/**
 * @copydetails operator<<(std::ostream&, first_flight_path)
 */
inline std::ostream& operator<<(std::ostream& out, connect_call value)
{
  return detail::write(out, detail::view_of(value));
}

/// Writes the name of an enumerator.
/**
 * @copydetails operator<<(std::ostream&, first_flight_path)
 */
inline std::ostream& operator<<(std::ostream& out, attempt_outcome value)
{
  return detail::write(out, detail::view_of(value));
}

/// Writes an attempt as one line.
/**
 * @param out The stream. Width and fill hold as for a string.
 *
 * @param attempt The attempt.
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
inline std::ostream& operator<<(std::ostream& out, const connect_attempt& attempt)
{
  return detail::write(out, detail::view_of(attempt));
}

/// Writes a report as a table with a time line.
/**
 * to_string(const connect_report&) shows one. The last line is not ended.
 *
 * @param out The stream. A width is ignored and reset.
 *
 * @param report The report.
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
inline std::ostream& operator<<(std::ostream& out, const connect_report& report)
{
  return detail::write(out, detail::view_of(report));
}

} // namespace connectex

#endif // CONNECTEX_CONNECT_REPORT_HPP
