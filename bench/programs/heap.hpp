// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_BENCH_HEAP_HPP
#define CONNECTEX_BENCH_HEAP_HPP

namespace bench
{

/// What the program has taken from the heap so far.
struct heap_use
{
  long allocations = 0;
  long bytes = 0;
};

heap_use heap() noexcept;

} // namespace bench

#endif // CONNECTEX_BENCH_HEAP_HPP
