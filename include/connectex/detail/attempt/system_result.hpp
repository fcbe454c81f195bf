// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_DETAIL_ATTEMPT_SYSTEM_RESULT_HPP
#define CONNECTEX_DETAIL_ATTEMPT_SYSTEM_RESULT_HPP

#include <connectex/detail/decide/attempt_result.hpp>
#include <connectex/detail/platform.hpp>
#include <connectex/detail/system/types.hpp>

#include <boost/system/error_code.hpp>

namespace connectex::detail
{

// The result of a connect by the system's or Asio's ordinary call, corrected where the system
// answers otherwise than the contract says. For linux_attempt and generic_attempt: ConnectEx makes
// its own result in connect_ex_attempt.hpp. Each system has a source of its own.

/// The call has succeeded on a socket of a family that may be told so wrongly.
CONNECTEX_DECL attempt_result result_of_success(native_socket socket) noexcept;

/// The call has failed. @p error has the system's number, or comes from Asio.
CONNECTEX_DECL attempt_result result_of_failure(
    native_socket socket, int peer_family, const boost::system::error_code& error) noexcept;

/// Makes the system forget a connect that has failed with @p error, where it can, but not one that
/// was on the socket before.
/**
 * @returns Whether it has.
 */
CONNECTEX_DECL bool disconnect_socket(
    native_socket socket, const boost::system::error_code& error) noexcept;

} // namespace connectex::detail

#endif // CONNECTEX_DETAIL_ATTEMPT_SYSTEM_RESULT_HPP
