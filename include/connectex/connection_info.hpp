// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_CONNECTION_INFO_HPP
#define CONNECTEX_CONNECTION_INFO_HPP

#include <connectex/detail/platform.hpp>
#include <connectex/detail/system/types.hpp>

#include <boost/system/error_code.hpp>

#include <chrono>
#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>

namespace connectex
{

/// What the system has counted and measured of a TCP connection.
/**
 * get_connection_statistics() in connectex/connection_statistics.hpp asks for it at any time;
 * connect_options::statistics has it asked for when an attempt has connected. A field is empty
 * where the system does not know it.
 *
 * @par Thread Safety
 * @e Distinct @e objects: Safe.@n
 * @e Shared @e objects: Unsafe.
 *
 * @par Source
 * SIO_TCP_INFO and TCP_INFO_v0 in Microsoft's pages on Winsock; TCP_INFO in the manual page tcp(7).
 * Not run on Windows itself.
 */
struct connection_statistics
{
  /// The round trip time as the system estimates it now. Empty: not yet measured, as may be after a
  /// handshake in which a SYN was lost.
  std::optional<std::chrono::microseconds> round_trip_time;

  /// The shortest round trip of late; Windows does not say how late, Linux has a window of five
  /// minutes. Empty: not yet measured, or a Linux before 4.6.
  std::optional<std::chrono::microseconds> minimum_round_trip_time;

  /// How often a SYN was sent again; of a connection that was accepted, its answer. On Linux empty
  /// once data or the end of the stream may have been sent again, which is counted with it, and if
  /// there was anything to count before 4.19.
  std::optional<std::uint32_t> syn_retransmissions;

  /// Bytes of data that were sent again. Empty before Linux 4.19.
  std::optional<std::uint64_t> bytes_retransmitted;

  /// Bytes of data that were sent; on Linux each time that they were. Empty before Linux 4.19.
  std::optional<std::uint64_t> bytes_sent;

  /// Bytes of data that were received, whether the program has read them or not. Linux counts the
  /// end of the stream as one. Empty before Linux 4.1.
  std::optional<std::uint64_t> bytes_received;
};

namespace detail
{

/// Asks the system about a socket.
CONNECTEX_DECL connection_statistics get_connection_statistics(
    native_socket socket, boost::system::error_code& ec) noexcept;

CONNECTEX_DECL std::string text_of(const connection_statistics& statistics);
CONNECTEX_DECL std::ostream& write(std::ostream& out, const connection_statistics& statistics);

} // namespace detail

/// The statistics in one line.
/**
 * It is like this one, which does not fit here:
 *
 * @verbatim
round trip 31.2 ms, minimum 30.9 ms, SYN retransmissions 0, bytes retransmitted 0,
bytes sent 5, bytes received 0
@endverbatim
 *
 * @param statistics The statistics.
 *
 * @returns The line, without its end. What is empty is left out; "nothing known" if all is. Times
 * below a millisecond are in us, below a second in ms, all others in s.
 *
 * @par Thread Safety
 * May be called at any time from any thread, unless another changes @p statistics.
 *
 * @par Source
 * The library's own; no vendor page.
 */
inline std::string to_string(const connection_statistics& statistics)
{
  return detail::text_of(statistics);
}

/// Writes the statistics as one line.
/**
 * @param out The stream. Width and fill hold as for a string.
 *
 * @param statistics The statistics.
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
inline std::ostream& operator<<(std::ostream& out, const connection_statistics& statistics)
{
  return detail::write(out, statistics);
}

} // namespace connectex

#endif // CONNECTEX_CONNECTION_INFO_HPP
