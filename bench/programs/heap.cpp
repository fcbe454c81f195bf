// SPDX-License-Identifier: BSL-1.0

#include "heap.hpp"

#include <cstddef>

// The linker turns each call of malloc into one of __wrap_malloc, and so on. To replace operator
// new would not do: Asio takes its memory from aligned_alloc.

namespace
{

bench::heap_use use;

void count(std::size_t size) noexcept
{
  ++use.allocations;
  use.bytes += static_cast<long>(size);
}

} // namespace

namespace bench
{

heap_use heap() noexcept { return use; }

} // namespace bench

extern "C"
{
  void* __real_malloc(std::size_t size);
  void* __real_calloc(std::size_t count, std::size_t size);
  void* __real_realloc(void* memory, std::size_t size);

  void* __wrap_malloc(std::size_t size)
  {
    count(size);
    return __real_malloc(size);
  }

  void* __wrap_calloc(std::size_t number, std::size_t size)
  {
    count(number * size);
    return __real_calloc(number, size);
  }

  void* __wrap_realloc(void* memory, std::size_t size)
  {
    count(size);
    return __real_realloc(memory, size);
  }

#if defined(_WIN32)
  void* __real__aligned_malloc(std::size_t size, std::size_t alignment);

  void* __wrap__aligned_malloc(std::size_t size, std::size_t alignment)
  {
    count(size);
    return __real__aligned_malloc(size, alignment);
  }
#else
  void* __real_aligned_alloc(std::size_t alignment, std::size_t size);

  void* __wrap_aligned_alloc(std::size_t alignment, std::size_t size)
  {
    count(size);
    return __real_aligned_alloc(alignment, size);
  }
#endif
}
