// SPDX-License-Identifier: BSL-1.0

#include <connectex/detail/platform.hpp>

#if CONNECTEX_DETAIL_WINDOWS

#include <connectex/detail/attempt/native_error.hpp>
#include <connectex/detail/attempt/system_result.hpp>

namespace connectex::detail
{

attempt_result result_of_success(native_socket) noexcept { return {}; }

attempt_result result_of_failure(const boost::system::error_code& error) noexcept
{
  return failed_attempt(error);
}

bool disconnect_socket(native_socket, const boost::system::error_code&) noexcept { return false; }

} // namespace connectex::detail

#endif // CONNECTEX_DETAIL_WINDOWS
