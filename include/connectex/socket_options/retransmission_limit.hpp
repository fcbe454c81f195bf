// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_SOCKET_OPTIONS_RETRANSMISSION_LIMIT_HPP
#define CONNECTEX_SOCKET_OPTIONS_RETRANSMISSION_LIMIT_HPP

#include <connectex/detail/platform.hpp>

#if CONNECTEX_DETAIL_WINDOWS || CONNECTEX_DETAIL_LINUX

#include <connectex/detail/number_socket_option.hpp>
#include <connectex/detail/system/option_numbers.hpp>

#include <chrono>
#include <cstdint>

namespace connectex
{

/// Socket option of Windows and Linux: how long a connection lasts whose peer acknowledges nothing.
/**
 * When data that was sent has been without an acknowledgement for so long, the system drops the
 * connection, and reads and writes fail with `timed_out`. Without it that takes Linux a quarter of
 * an hour. A connection on which nothing was sent is not dropped.
 *
 * Set before a connect it limits that, too: the SYN is not sent again when the time is up. Linux
 * looks only when it would send again, so a limit of half a second ends a connect after one second.
 * connect_options::attempt_timeout is exact.
 *
 * @par Errors
 * `no_protocol_option` before Windows 10 1607, and under Wine 8.0.
 *
 * @par Thread Safety
 * @e Distinct @e objects: Safe.@n
 * @e Shared @e objects: Unsafe.
 *
 * @par Example
 * @code
 * socket.set_option(connectex::retransmission_limit(std::chrono::seconds(30))); @endcode
 *
 * @par Source
 * TCP_MAXRTMS among Microsoft's IPPROTO_TCP options; TCP_USER_TIMEOUT in the manual page tcp(7);
 * RFC 5482. Not run on Windows itself.
 */
class retransmission_limit : public detail::number_socket_option<detail::os::ipproto_tcp,
                                 detail::os::tcp_retransmission_limit>
{
public:
  /// The largest limit, about 25 days.
  static constexpr std::chrono::milliseconds longest() noexcept
  {
    return std::chrono::milliseconds(0x7FFFFFFF);
  }

  /// For a value to be read; Linux takes it for the system's own limit when it is set.
  retransmission_limit() = default;

  /// @param limit In milliseconds, from 1 to longest(). What lies beyond is taken for the nearer
  /// end, so that what is left of a deadline never becomes the system's own limit.
  explicit retransmission_limit(std::chrono::milliseconds limit) noexcept
    : number_socket_option(clamp(limit))
  {
  }

  /// The limit in milliseconds. 0 on a Linux socket that has the system's own.
  std::chrono::milliseconds value() const noexcept { return std::chrono::milliseconds(number()); }

private:
  static std::uint32_t clamp(std::chrono::milliseconds limit) noexcept
  {
    if (limit < std::chrono::milliseconds(1))
      return 1;
    return static_cast<std::uint32_t>((limit < longest() ? limit : longest()).count());
  }
};

} // namespace connectex

#endif // CONNECTEX_DETAIL_WINDOWS || CONNECTEX_DETAIL_LINUX

#endif // CONNECTEX_SOCKET_OPTIONS_RETRANSMISSION_LIMIT_HPP
