// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_TEST_SUPPORT_THROWN_HPP
#define CONNECTEX_TEST_SUPPORT_THROWN_HPP

#include <boost/system/error_code.hpp>
#include <boost/system/system_error.hpp>

namespace test
{

/// The error code that a call throws; none if it returns.
template <typename Call>
boost::system::error_code thrown_by(Call call)
{
  try
  {
    call();
    return {};
  }
  catch (const boost::system::system_error& thrown)
  {
    return thrown.code();
  }
}

} // namespace test

#endif // CONNECTEX_TEST_SUPPORT_THROWN_HPP
