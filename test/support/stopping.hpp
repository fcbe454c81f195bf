// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_TEST_SUPPORT_STOPPING_HPP
#define CONNECTEX_TEST_SUPPORT_STOPPING_HPP

#include "catch.hpp"

#include <connectex/detail/decide/stopping.hpp>

#include <boost/asio/error.hpp>
#include <boost/system/error_code.hpp>

#include <ostream>
#include <vector>

namespace connectex::detail
{

/// For the messages of the tests.
inline std::ostream& operator<<(std::ostream& out, stop_reason stop)
{
  switch (stop)
  {
  case stop_reason::none:
    return out << "nothing";
  case stop_reason::cancelled:
    return out << "a cancellation";
  case stop_reason::attempt_timeout:
    return out << "attempt_timeout";
  case stop_reason::total_timeout:
    return out << "total_timeout";
  }
  return out << "?";
}

} // namespace connectex::detail

namespace test
{

namespace error = boost::asio::error;
using boost::system::error_code;
using connectex::detail::stop_reason;

inline std::vector<stop_reason> all_stop_reasons()
{
  return {stop_reason::none, stop_reason::cancelled, stop_reason::attempt_timeout,
      stop_reason::total_timeout};
}

/// Those that end an operation with retries, too.
inline std::vector<stop_reason> final_stop_reasons()
{
  return {stop_reason::cancelled, stop_reason::total_timeout};
}

} // namespace test

#endif // CONNECTEX_TEST_SUPPORT_STOPPING_HPP
