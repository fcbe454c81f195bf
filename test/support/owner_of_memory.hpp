// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_TEST_SUPPORT_OWNER_OF_MEMORY_HPP
#define CONNECTEX_TEST_SUPPORT_OWNER_OF_MEMORY_HPP

#include "asio_names.hpp"
#include "counting_allocator.hpp"

#include <cstddef>
#include <memory>

namespace test
{

/// Owns the memory that is allocated for it, as a handler without its type does.
struct owner_of_memory
{
  explicit owner_of_memory(int& left) : memory(new pool(left)) {}

  struct pool
  {
    explicit pool(int& unfreed) : left(unfreed) {}
    ~pool() { left += count.live(); }

    int& left;
    allocation_count count;
  };

  using allocator_type = counting_allocator<void>;
  allocator_type get_allocator() const noexcept { return allocator_type(memory->count); }

  void operator()(const error_code&, std::size_t) {}

  std::shared_ptr<pool> memory;
};

} // namespace test

#endif // CONNECTEX_TEST_SUPPORT_OWNER_OF_MEMORY_HPP
