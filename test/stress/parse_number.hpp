// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_TEST_STRESS_PARSE_NUMBER_HPP
#define CONNECTEX_TEST_STRESS_PARSE_NUMBER_HPP

#include <cstdlib>
#include <stdexcept>
#include <string>

namespace test::stress
{

/// An argument of a program.
inline unsigned parse_number(const std::string& text, unsigned most)
{
  char* end = nullptr;
  const unsigned long value = std::strtoul(text.c_str(), &end, 10);
  if (text.empty() || *end != '\0' || value > most)
    throw std::invalid_argument("not a number that fits: " + text);
  return static_cast<unsigned>(value);
}

} // namespace test::stress

#endif // CONNECTEX_TEST_STRESS_PARSE_NUMBER_HPP
