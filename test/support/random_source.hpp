// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_TEST_SUPPORT_RANDOM_SOURCE_HPP
#define CONNECTEX_TEST_SUPPORT_RANDOM_SOURCE_HPP

#include <cstddef>
#include <random>

namespace test
{

class random_source
{
public:
  explicit random_source(unsigned seed) : engine_(seed) {}

  /// From 0 to @p bound - 1.
  unsigned below(unsigned bound)
  {
    return std::uniform_int_distribution<unsigned>(0, bound - 1)(engine_);
  }

  bool one_in(unsigned bound) { return below(bound) == 0; }

  template <typename T, std::size_t Size>
  T one_of(const T (&values)[Size])
  {
    return values[below(Size)];
  }

private:
  std::mt19937 engine_;
};

} // namespace test

#endif // CONNECTEX_TEST_SUPPORT_RANDOM_SOURCE_HPP
