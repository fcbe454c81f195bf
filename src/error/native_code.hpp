// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_SRC_NATIVE_CODE_HPP
#define CONNECTEX_SRC_NATIVE_CODE_HPP

#include <connectex/detail/platform.hpp>

#if CONNECTEX_DETAIL_WINDOWS
// Boost.System may include <windows.h>, before which <winsock2.h> must come.
#if !defined(WIN32_LEAN_AND_MEAN)
#define WIN32_LEAN_AND_MEAN
#endif
#if !defined(NOMINMAX)
#define NOMINMAX
#endif
#include <winsock2.h>
#else
#include <cerrno>
#endif

#include <connectex/detail/system/types.hpp>

#include <boost/system/error_code.hpp>
#include <boost/system/system_category.hpp>

namespace connectex::detail
{

/// The numbers behind asio::error, for sources that do not see Asio.
enum class native_code : native_error
{
#if CONNECTEX_DETAIL_WINDOWS
  address_not_available = WSAEADDRNOTAVAIL,
  already_connected = WSAEISCONN,
  already_started = WSAEALREADY,
  connection_aborted = WSAECONNABORTED,
  connection_reset = WSAECONNRESET,
  family_not_supported = WSAEAFNOSUPPORT,
  invalid_argument = WSAEINVAL,
  network_down = WSAENETDOWN,
  operation_aborted = ERROR_OPERATION_ABORTED,
  timed_out = WSAETIMEDOUT
#else
  address_not_available = EADDRNOTAVAIL,
  already_connected = EISCONN,
  already_started = EALREADY,
  connection_aborted = ECONNABORTED,
  connection_reset = ECONNRESET,
  family_not_supported = EAFNOSUPPORT,
  invalid_argument = EINVAL,
  network_down = ENETDOWN,
  operation_aborted = ECANCELED,
  timed_out = ETIMEDOUT
#endif
};

inline boost::system::error_code error_code_of(native_code code) noexcept
{
  return {static_cast<int>(code), boost::system::system_category()};
}

inline bool operator==(const boost::system::error_code& error, native_code code) noexcept
{
  return error == error_code_of(code);
}

} // namespace connectex::detail

#endif // CONNECTEX_SRC_NATIVE_CODE_HPP
