// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_FUZZ_FUZZ_HPP
#define CONNECTEX_FUZZ_FUZZ_HPP

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

/// Aborts, which every driver notices, unless @p condition holds; in release builds too.
#define FUZZ_REQUIRE(condition)                                                                    \
  ((condition) ? static_cast<void>(0) : ::fuzz::fail(#condition, __FILE__, __LINE__))

namespace fuzz
{

[[noreturn]] inline void fail(const char* condition, const char* file, int line)
{
  std::fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, condition);
  std::abort();
}

/// Makes choices out of an input's bytes. When they are used up, each further one is 0.
class byte_source
{
public:
  byte_source(const std::uint8_t* data, std::size_t size) noexcept : next_(data), left_(size) {}

  bool empty() const noexcept { return left_ == 0; }

  unsigned next() noexcept
  {
    if (left_ == 0)
      return 0;
    --left_;
    return *next_++;
  }

  /// Of @p count bytes.
  unsigned number(int count) noexcept
  {
    unsigned result = 0;
    for (int n = 0; n != count; ++n)
      result = result << 8 | next();
    return result;
  }

  /// From 0 to @p bound - 1; not all of them if @p bound is more than 256.
  unsigned below(unsigned bound) noexcept { return next() % bound; }

  bool coin() noexcept { return below(2) != 0; }

  /// Whether the one case in @p cases has come up.
  bool one_in(unsigned cases) noexcept { return below(cases) == cases - 1; }

  template <typename T, std::size_t Size>
  const T& pick(const T (&choices)[Size]) noexcept
  {
    return choices[below(static_cast<unsigned>(Size))];
  }

private:
  const std::uint8_t* next_;
  std::size_t left_;
};

} // namespace fuzz

#endif // CONNECTEX_FUZZ_FUZZ_HPP
