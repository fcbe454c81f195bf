// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_ERROR_HPP
#define CONNECTEX_ERROR_HPP

#include <connectex/detail/platform.hpp>

#include <boost/system/error_category.hpp>
#include <boost/system/error_code.hpp>
#include <boost/system/error_condition.hpp>

#include <cstdint>
#include <string_view>

namespace connectex
{

/// Translates a Win32 or Winsock error number to the error code that Asio's users compare with.
/**
 * A completion packet carries Win32 numbers (1225 for a refused connect), a call that fails at once
 * carries Winsock numbers (10061). Both become the code behind `asio::error::connection_refused`,
 * on every operating system: a log or a report made on Windows can be read anywhere.
 *
 * @param code What GetLastError, WSAGetLastError or GetQueuedCompletionStatus gave. 0 is success.
 *
 * @returns A code in `system_category()` that equals its `asio::error` twin, for every number that
 * a connect can end in. Any other number stays as it is, in `win32_category()`. On Windows,
 * translating the value of a portable code once more gives the same code.
 *
 * @par Thread Safety
 * May be called at any time from any thread.
 *
 * @par Source
 * LPFN_CONNECTEX (mswsock.h), WSAConnect (winsock2.h) and LPWSPConnect (ws2spi.h): error codes.
 */
CONNECTEX_DECL boost::system::error_code portable_error_from_win32(std::uint32_t code) noexcept;

/// Translates an NTSTATUS to the error code that Asio's users compare with.
/**
 * Several NTSTATUS values share one Win32 number, so this is the more exact of the two functions:
 * use it where the status is at hand (`OVERLAPPED::Internal`, a driver's answer).
 *
 * @param status The NTSTATUS. Every success and informational value is success, except
 * STATUS_PENDING (`asio::error::in_progress`) and STATUS_TIMEOUT (`asio::error::timed_out`).
 *
 * @returns A code in `system_category()` that equals its `asio::error` twin. A failure without one
 * stays as it is, in `ntstatus_category()`. A status that wraps a Win32 number gives what
 * `portable_error_from_win32` gives for that number.
 *
 * @par Thread Safety
 * May be called at any time from any thread.
 *
 * @par Source
 * PFN_WSK_CONNECT_EX (wsk.h): return codes.
 */
CONNECTEX_DECL boost::system::error_code portable_error_from_ntstatus(
    std::uint32_t status) noexcept;

/// The category of Win32 and Winsock numbers that have no portable twin.
/**
 * @returns `system_category()` on Windows; elsewhere a category named "connectex.win32". It lives
 * until the program ends.
 *
 * @par Thread Safety
 * May be called at any time from any thread.
 *
 * @par Source
 * LPFN_CONNECTEX (mswsock.h): the error codes are Winsock numbers.
 */
CONNECTEX_DECL const boost::system::error_category& win32_category() noexcept;

/// The category of NTSTATUS values that have no portable twin.
/**
 * @returns A category named "connectex.ntstatus" whose messages show the status in hexadecimal. It
 * lives until the program ends. A status is stored in `value()` by its bits: it is negative.
 *
 * @par Thread Safety
 * May be called at any time from any thread.
 *
 * @par Source
 * PFN_WSK_CONNECT_EX (wsk.h): the return codes are NTSTATUS values.
 */
CONNECTEX_DECL const boost::system::error_category& ntstatus_category() noexcept;

/// The category of an error after which the connect must not simply be repeated.
/**
 * async_connect_ex ends with a code that equals condition::retryable only if no byte of the first
 * flight can have reached the peer, or if the caller has agreed by fast_open_mode::idempotent_data
 * that the peer may get it twice. If some may have, and the error is connection_refused,
 * network_unreachable or timed_out, the code has the same number in this category instead.
 *
 * Such a code equals the conditions that its twin in `system_category()` equals: errc::timed_out
 * and condition::timed_out, for example. The exception is condition::retryable, which it never
 * equals.
 * `ec == asio::error::timed_out` compares codes and not conditions, so it is false. Compare with
 * condition::timed_out or errc::timed_out instead.
 *
 * @returns A category named "connectex.after_delivery", whose messages are those of the twin with
 * the remark that bytes may have been delivered. It lives until the program ends.
 *
 * @par Thread Safety
 * May be called at any time from any thread.
 *
 * @par Source
 * LPFN_CONNECTEX: the error codes after which the same socket may connect again. The page does not
 * say what has become of the connect data then.
 */
CONNECTEX_DECL const boost::system::error_category& after_delivery_category() noexcept;

/// The name of an error, such as "connection_refused", which is the same on every system.
/**
 * Numbers and messages are the system's own. A name suits a log or a script that has to serve
 * several systems.
 *
 * @param ec Any code.
 *
 * @returns The name that the code has in `boost::asio::error`, or in doc/errors.md if Asio has none
 * for it. A number straight from a completion packet (in `win32_category()` or
 * `ntstatus_category()`) has the name of its portable twin, and so has a code in
 * `after_delivery_category()`. Empty for success, and for a code without a name. The characters
 * live until the program ends, and a zero follows them.
 *
 * @par Thread Safety
 * May be called at any time from any thread.
 *
 * @par Source
 * Windows Sockets Error Codes and errno: the names of the numbers, as Asio has unified them.
 */
CONNECTEX_DECL std::string_view error_name(const boost::system::error_code& ec) noexcept;

/// What a program can do about a failed connect.
/**
 * Programs branch on conditions and log codes:
 *
 * @code
 * if (ec == connectex::condition::aborted)
 *   return;
 * if (ec == connectex::condition::retryable)
 *   try_again_later();
 * else
 *   std::cerr << ec.what() << '\n';
 * @endcode
 *
 * A code matches whether it is portable, generic, or a number straight from a completion packet
 * (in `win32_category()` or `ntstatus_category()`). One code may match several conditions; success
 * matches none.
 */
enum class condition
{
  /// Refused, network unreachable or timed out, and no byte can have reached the peer.
  /**
   * Remedy: wait, then connect again, as connect_options::retry does. A loop that connects again
   * while `ec == condition::retryable` never sends a delivered byte twice, unless the caller has
   * agreed to it by fast_open_mode::idempotent_data: where one may have been delivered, the code is
   * in `after_delivery_category()` and does not match. Close the socket before connecting again
   * yourself, because on Windows the system may still be at it after a time limit; the call opens
   * it anew. Winsock promises that the same socket will do, after these errors and no others, not
   * even host unreachable; what Linux and Wine need besides, the retries of async_connect_ex see
   * to. Source: LPFN_CONNECTEX, WSAConnect, LPWSPConnect.
   */
  retryable = 1,

  /// The peer refused, or its network or host cannot be reached or is down.
  /**
   * Remedy: try another endpoint, or show the address to the user. Source: LPFN_CONNECTEX.
   */
  refused_or_unreachable,

  /// The time that the system, attempt_timeout or total_timeout gives was up.
  /**
   * Remedy: raise the limit or try later. This matches whether or not bytes may have been
   * delivered; after a code that does not match condition::retryable as well, the peer may get the
   * first flight twice.
   * Source: LPFN_CONNECTEX (WSAETIMEDOUT).
   */
  timed_out,

  /// The connection stood, then it broke: reset, aborted, ended by the peer, or shut down.
  /**
   * Remedy: connect again if the peer may get the first flight twice, for it may have got a part.
   * Source: Windows Sockets Error Codes (WSAENETRESET, WSAECONNABORTED, WSAECONNRESET, WSAENOTCONN,
   * WSAESHUTDOWN, WSAEDISCON), ERROR_BROKEN_PIPE.
   */
  broken,

  /// This machine has no local port or no memory left for another connection, or the program or
  /// the machine may open no more sockets.
  /**
   * Remedy: close connections, wait for those in TIME_WAIT, let the system share ports
   * (SO_REUSE_UNICASTPORT), open fewer at once, raise the limit of open files. Source:
   * LPFN_CONNECTEX (WSAEADDRINUSE, WSAENOBUFS), socket (WSAEMFILE; ENFILE and ENOMEM on Linux).
   */
  local_exhaustion,

  /// This program cancelled the operation or closed the socket.
  /**
   * Remedy: none needed. A connection that the network broke is not among these.
   * Source: ERROR_OPERATION_ABORTED, from CancelIoEx and closesocket.
   */
  aborted,

  /// The call itself was wrong: bad address, wrong socket, socket already in use, no WSAStartup.
  /**
   * Remedy: correct the program; another try fails the same way. One exception: Linux calls it
   * address_not_available also when every local port is taken; async_connect_ex tells the two
   * apart. Source: LPFN_CONNECTEX.
   */
  misuse
};

/// The name of a condition, such as "retryable".
/**
 * @param value The condition.
 *
 * @returns The name; empty if @p value is no enumerator. It lives until the program ends.
 *
 * @par Thread Safety
 * May be called at any time from any thread.
 *
 * @par Source
 * The library's own; no vendor page.
 */
constexpr std::string_view to_string(condition value) noexcept
{
  switch (value)
  {
  case condition::retryable:
    return "retryable";
  case condition::refused_or_unreachable:
    return "refused_or_unreachable";
  case condition::timed_out:
    return "timed_out";
  case condition::broken:
    return "broken";
  case condition::local_exhaustion:
    return "local_exhaustion";
  case condition::aborted:
    return "aborted";
  case condition::misuse:
    return "misuse";
  }
  return {};
}

/// The category of `condition`.
/**
 * @returns A category named "connectex.condition". It lives until the program ends.
 *
 * @par Thread Safety
 * May be called at any time from any thread.
 *
 * @par Source
 * LPFN_CONNECTEX, WSAConnect and LPWSPConnect: the error codes that the conditions group.
 */
CONNECTEX_DECL const boost::system::error_category& condition_category() noexcept;

/// Makes `ec == connectex::condition::retryable` work.
/**
 * @param value The condition.
 *
 * @returns The same in `condition_category()`.
 *
 * @par Thread Safety
 * May be called at any time from any thread.
 *
 * @par Source
 * None of the vendor's: Boost.System finds this function for the type of `value`.
 */
inline boost::system::error_condition make_error_condition(condition value) noexcept
{
  return {static_cast<int>(value), condition_category()};
}

} // namespace connectex

namespace boost::system
{

template <>
struct is_error_condition_enum<connectex::condition>
{
  static const bool value = true;
};

} // namespace boost::system

#endif // CONNECTEX_ERROR_HPP
