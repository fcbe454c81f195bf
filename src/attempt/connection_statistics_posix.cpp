// SPDX-License-Identifier: BSL-1.0

#include <connectex/detail/platform.hpp>

#if CONNECTEX_DETAIL_POSIX && !CONNECTEX_DETAIL_LINUX

#include "../error/winsock_codes.hpp"

#include <connectex/connection_info.hpp>

namespace connectex::detail
{

connection_statistics get_connection_statistics(
    native_socket, boost::system::error_code& ec) noexcept
{
  ec = wsa::to_portable(wsa::operation_not_supported);
  return {};
}

} // namespace connectex::detail

#endif // CONNECTEX_DETAIL_POSIX && !CONNECTEX_DETAIL_LINUX
