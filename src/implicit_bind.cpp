// SPDX-License-Identifier: BSL-1.0

#if defined(_WIN32)

// Boost.System may include <windows.h>, before which <winsock2.h> must come.
#if !defined(WIN32_LEAN_AND_MEAN)
#define WIN32_LEAN_AND_MEAN
#endif
#include <winsock2.h>

#include <connectex/detail/implicit_bind.hpp>
#include <connectex/detail/portable_error.hpp>
#include <connectex/detail/system.hpp>

namespace connectex::detail
{

boost::system::error_code implicit_bind(native_socket socket, int family) noexcept
{
  const native_error error = os::bind_to_wildcard(socket, family);
  if (error != WSAEINVAL)
    return portable_error(error);

  // "Already bound" is only one reason for WSAEINVAL; a local port is the proof of it.
  std::uint16_t port = 0;
  if (os::get_local_port(socket, port) == 0 && port != 0)
    return {};
  return portable_error(error);
}

} // namespace connectex::detail

#endif // defined(_WIN32)
