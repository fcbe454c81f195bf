// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_DETAIL_ATTEMPT_BLOCKING_WAIT_HPP
#define CONNECTEX_DETAIL_ATTEMPT_BLOCKING_WAIT_HPP

#include <connectex/detail/platform.hpp>
#include <connectex/detail/system/types.hpp>

#include <boost/system/error_code.hpp>

#include <chrono>
#include <cstddef>
#include <optional>

namespace connectex::detail
{

/// When a wait of the calling thread ends at the latest; never if there is none.
using wait_limit = std::optional<std::chrono::steady_clock::time_point>;

/// How such a wait has ended.
struct wait_result
{
  /// operation_aborted if the limit was reached.
  boost::system::error_code error;

  std::size_t bytes_transferred = 0;
  bool is_timed_out = false;
};

/// Waits until @p socket is writable, or until a connect that it has begun has failed.
CONNECTEX_DECL wait_result wait_until_writable(
    native_socket socket, const wait_limit& until) noexcept;

/// Connects by the system's ordinary call, and waits until that is over.
/**
 * @param socket A socket in non-blocking mode.
 */
CONNECTEX_DECL wait_result connect_and_wait(native_socket socket, const void* peer,
    std::size_t peer_size, const wait_limit& until) noexcept;

CONNECTEX_DECL void sleep_until(std::chrono::steady_clock::time_point end) noexcept;

#if CONNECTEX_DETAIL_WINDOWS

/// How a ConnectEx has ended that was waited for.
struct connect_ex_result
{
  native_error error = 0;
  std::size_t bytes_transferred = 0;

  /// The call itself has failed.
  bool is_immediate = false;

  bool is_timed_out = false;
};

/// Calls ConnectEx, and waits until it is over.
/**
 * Its packet does not come to the completion port that the socket is bound to, and no asynchronous
 * procedure call of the thread is run meanwhile.
 */
CONNECTEX_DECL connect_ex_result connect_ex_and_wait(connect_ex_function function,
    native_socket socket, const void* peer, std::size_t peer_size, const void* data,
    std::size_t data_size, const wait_limit& until) noexcept;

#endif

} // namespace connectex::detail

#endif // CONNECTEX_DETAIL_ATTEMPT_BLOCKING_WAIT_HPP
