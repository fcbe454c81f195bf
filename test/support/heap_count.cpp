// SPDX-License-Identifier: BSL-1.0

#include "heap_count.hpp"

#include <cstdlib>
#include <new>

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define CONNECTEX_TEST_THREAD_SANITIZER
#endif
#endif
#if defined(CONNECTEX_TEST_THREAD_SANITIZER)
#include <sanitizer/allocator_interface.h>
#endif

namespace
{

thread_local long count = 0;

#if defined(CONNECTEX_TEST_THREAD_SANITIZER)

// Clang's ThreadSanitizer has operators of its own, which cannot be replaced, and calls hooks with
// each allocation.
const int hooks = __sanitizer_install_malloc_and_free_hooks(
    [](const volatile void*, std::size_t) { ++count; }, [](const volatile void*) {});

#else

void* counted(std::size_t size, std::size_t alignment = 0)
{
  ++count;
  size += size == 0;
#if defined(_WIN32)
  void* const memory = alignment ? ::_aligned_malloc(size, alignment) : std::malloc(size);
#else
  // aligned_alloc wants a multiple of the alignment.
  void* const memory = alignment
      ? std::aligned_alloc(alignment, (size + alignment - 1) / alignment * alignment)
      : std::malloc(size);
#endif
  if (!memory)
    throw std::bad_alloc();
  return memory;
}

void release_aligned(void* memory) noexcept
{
#if defined(_WIN32)
  ::_aligned_free(memory);
#else
  std::free(memory);
#endif
}

#endif

} // namespace

namespace test
{

long heap_count() noexcept { return count; }

} // namespace test

#if !defined(CONNECTEX_TEST_THREAD_SANITIZER)

// By the standard's defaults the array and nothrow forms would come here, but AddressSanitizer has
// its own, whose memory must not be released by ours.
void* operator new(std::size_t size) { return counted(size); }

void* operator new(std::size_t size, std::align_val_t alignment)
{
  return counted(size, static_cast<std::size_t>(alignment));
}

void* operator new[](std::size_t size) { return counted(size); }

void* operator new(std::size_t size, const std::nothrow_t&) noexcept
{
  try
  {
    return counted(size);
  }
  catch (const std::bad_alloc&)
  {
    return nullptr;
  }
}

void* operator new[](std::size_t size, const std::nothrow_t& tag) noexcept
{
  return operator new(size, tag);
}

void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { release_aligned(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept
{
  release_aligned(memory);
}

#endif
