// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_TEST_SUPPORT_COUNTING_ALLOCATOR_HPP
#define CONNECTEX_TEST_SUPPORT_COUNTING_ALLOCATOR_HPP

#include <atomic>
#include <cstddef>
#include <memory>

namespace test
{

struct allocation_count
{
  std::atomic<int> allocated{0};
  std::atomic<int> freed{0};

  int live() const { return allocated - freed; }
};

/// Counts what an operation takes from its handler's allocator.
template <typename T>
class counting_allocator
{
public:
  using value_type = T;

  explicit counting_allocator(allocation_count& count) noexcept : count_(&count) {}

  template <typename U>
  counting_allocator(const counting_allocator<U>& other) noexcept : count_(other.count())
  {
  }

  T* allocate(std::size_t size)
  {
    T* const memory = std::allocator<T>().allocate(size);
    ++count_->allocated;
    return memory;
  }

  void deallocate(T* memory, std::size_t size)
  {
    ++count_->freed;
    std::allocator<T>().deallocate(memory, size);
  }

  allocation_count* count() const noexcept { return count_; }

  friend bool operator==(const counting_allocator& a, const counting_allocator& b) noexcept
  {
    return a.count_ == b.count_;
  }

  friend bool operator!=(const counting_allocator& a, const counting_allocator& b) noexcept
  {
    return a.count_ != b.count_;
  }

private:
  allocation_count* count_;
};

} // namespace test

#endif // CONNECTEX_TEST_SUPPORT_COUNTING_ALLOCATOR_HPP
