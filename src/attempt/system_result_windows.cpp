// SPDX-License-Identifier: BSL-1.0

#include <connectex/detail/platform.hpp>

#if CONNECTEX_DETAIL_WINDOWS

#include <connectex/detail/attempt/native_error.hpp>
#include <connectex/detail/attempt/preconditions.hpp>
#include <connectex/detail/attempt/system_result.hpp>

namespace connectex::detail
{

attempt_result result_of_success(native_socket) noexcept { return {}; }

attempt_result result_of_failure(
    native_socket socket, int peer_family, const boost::system::error_code& error) noexcept
{
  attempt_result result = failed_attempt(error);
  if (error.category() == boost::system::system_category())
    result.error = to_portable(explain_failure(socket, peer_family, result.native));
  return result;
}

bool disconnect_socket(native_socket, const boost::system::error_code&) noexcept { return false; }

} // namespace connectex::detail

#endif // CONNECTEX_DETAIL_WINDOWS
