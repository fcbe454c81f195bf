// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_TEST_SUPPORT_PRINTED_HPP
#define CONNECTEX_TEST_SUPPORT_PRINTED_HPP

#include <sstream>
#include <string>

namespace test
{

/// What an inserter writes.
template <typename T>
std::string printed(const T& value)
{
  std::ostringstream out;
  out << value;
  return out.str();
}

} // namespace test

#endif // CONNECTEX_TEST_SUPPORT_PRINTED_HPP
