// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_DETAIL_ATTEMPT_TO_PORTABLE_HPP
#define CONNECTEX_DETAIL_ATTEMPT_TO_PORTABLE_HPP

#include <connectex/detail/system/types.hpp>
#include <connectex/error.hpp>

#include <boost/system/error_code.hpp>
#include <boost/system/system_category.hpp>

namespace connectex::detail
{

inline boost::system::error_code native_error_code(native_error error) noexcept
{
  return {static_cast<int>(error), boost::system::system_category()};
}

inline native_error native_error_of(const boost::system::error_code& error) noexcept
{
  return static_cast<native_error>(error.value());
}

inline boost::system::error_code portable_error(native_error error) noexcept
{
#if CONNECTEX_DETAIL_WINDOWS
  return portable_error_from_win32(error);
#else
  return native_error_code(error);
#endif
}

/// The same for an error that came through Asio, which translates some numbers and not others.
inline boost::system::error_code portable_error(const boost::system::error_code& error) noexcept
{
  if (error && error.category() == boost::system::system_category())
    return portable_error(native_error_of(error));
  return error;
}

} // namespace connectex::detail

#endif // CONNECTEX_DETAIL_ATTEMPT_TO_PORTABLE_HPP
