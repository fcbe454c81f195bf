// SPDX-License-Identifier: BSL-1.0

// Reading a report.

#ifndef CONNECTEX_TEST_SUPPORT_REPORT_HPP
#define CONNECTEX_TEST_SUPPORT_REPORT_HPP

#include <connectex/connect_report.hpp>

#include <vector>

namespace test
{

inline std::vector<connectex::attempt_outcome> outcomes(const connectex::connect_report& report)
{
  std::vector<connectex::attempt_outcome> result;
  for (const connectex::connect_attempt& attempt : report.attempts)
    result.push_back(attempt.outcome);
  return result;
}

} // namespace test

#endif // CONNECTEX_TEST_SUPPORT_REPORT_HPP
