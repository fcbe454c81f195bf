// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_DETAIL_ATTEMPT_NATIVE_ERROR_HPP
#define CONNECTEX_DETAIL_ATTEMPT_NATIVE_ERROR_HPP

#include <connectex/detail/decide/attempt_result.hpp>
#include <connectex/detail/platform.hpp>
#include <connectex/detail/system/types.hpp>
#include <connectex/error.hpp>

#include <boost/system/error_code.hpp>
#include <boost/system/system_category.hpp>

#include <type_traits>

namespace connectex::detail
{

/// The number of @p error, which has come from the system through Asio.
inline native_error to_native(const boost::system::error_code& error) noexcept
{
  return static_cast<native_error>(error.value());
}

/// The code that users compare with.
inline boost::system::error_code to_portable(native_error error) noexcept
{
#if CONNECTEX_DETAIL_WINDOWS
  return portable_error_from_win32(error);
#else
  return {static_cast<int>(error), boost::system::system_category()};
#endif
}

/// The same for an error that came through Asio, which translates some numbers and not others.
inline boost::system::error_code to_portable(const boost::system::error_code& error) noexcept
{
  if (error && error.category() == boost::system::system_category())
    return to_portable(to_native(error));
  return error;
}

/// The result of an attempt that failed with @p error, a number of the system's or a code of
/// Asio's.
template <typename Error>
attempt_result failed_attempt(const Error& error) noexcept
{
  attempt_result result;
  result.error = to_portable(error);
  if constexpr (std::is_same_v<Error, boost::system::error_code>)
    result.native = to_native(error);
  else
    result.native = error;
  return result;
}

} // namespace connectex::detail

#endif // CONNECTEX_DETAIL_ATTEMPT_NATIVE_ERROR_HPP
