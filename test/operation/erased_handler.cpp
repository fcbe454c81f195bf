// SPDX-License-Identifier: BSL-1.0

#include <connectex/detail/operation/erased_handler.hpp>

#include "support/asio_names.hpp"
#include "support/catch.hpp"
#include "support/counting_allocator.hpp"
#include "support/owner_of_memory.hpp"

#include <boost/asio/bind_allocator.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address_v4.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <utility>

namespace
{

using namespace test;
using connectex::detail::erased_allocator;
using connectex::detail::erased_handler;

struct empty_handler
{
  void operator()(const error_code&, std::size_t) {}
};

/// Its copies throw, and it has no moves.
struct uncopyable_handler
{
  uncopyable_handler() = default;
  uncopyable_handler(const uncopyable_handler&) { throw std::runtime_error("copied"); }
  uncopyable_handler& operator=(const uncopyable_handler&) = delete;
  ~uncopyable_handler() = default;

  void operator()(const error_code&, std::size_t) {}

  using allocator_type = counting_allocator<void>;
  allocator_type get_allocator() const noexcept { return allocator_type(*count); }

  allocation_count* count = nullptr;
};

struct alignas(256) large_alignment
{
  unsigned char bytes[256];
};

} // namespace

TEST_CASE("an erased handler outlives what was allocated by it")
{
  asio::io_context context;
  int left = 0;
  owner_of_memory owner(left);
  const std::weak_ptr<void> memory = owner.memory;
  std::optional<erased_handler> handler(std::in_place, std::move(owner), context.get_executor());
  erased_allocator<int> allocator(handler->get_allocator());
  int* const block = allocator.allocate(100);
  handler.reset();
  CHECK_FALSE(memory.expired());
  allocator.deallocate(block, 100);
  CHECK(memory.expired());
  CHECK(left == 0);
}

TEST_CASE("an erased handler has given all memory back before it is called")
{
  asio::io_context context;
  allocation_count count;
  int live = -1;
  erased_handler handler(asio::bind_allocator(counting_allocator<void>(count),
                             [&](const error_code&, std::size_t) { live = count.live(); }),
      context.get_executor());
  CHECK(count.live() == 1);
  handler(error_code(), 0);
  CHECK(live == 0);
}

TEST_CASE("an erased handler may take its results as rvalues")
{
  asio::io_context context;
  std::size_t bytes = 0;
  erased_handler handler(
      [&](error_code, std::size_t&& transferred) { bytes = transferred; }, context.get_executor());
  handler(error_code(), 3);
  CHECK(bytes == 3);
}

TEST_CASE("an erased handler of a race is told the endpoint as an rvalue, too")
{
  using erased_race_handler =
      connectex::detail::basic_erased_handler<asio::ip::tcp::endpoint, std::size_t>;

  asio::io_context context;
  const asio::ip::tcp::endpoint peer(asio::ip::address_v4::loopback(), 7);
  asio::ip::tcp::endpoint told;
  erased_race_handler handler([&](error_code, asio::ip::tcp::endpoint&& endpoint, std::size_t)
      { told = endpoint; },
      context.get_executor());
  handler(error_code(), peer, 0);
  CHECK(told == peer);
}

TEST_CASE("an erased handler that cannot be moved to its memory gives that back")
{
  asio::io_context context;
  allocation_count count;
  uncopyable_handler handler;
  handler.count = &count;
  CHECK_THROWS_AS(erased_handler(std::move(handler), context.get_executor()), std::runtime_error);
  CHECK(count.allocated == 1);
  CHECK(count.live() == 0);
}

TEST_CASE("a handler that is erased twice allocates as if it was erased once")
{
  asio::io_context context;
  erased_handler plain(empty_handler(), context.get_executor());
  const erased_handler plain_twice(std::move(plain), context.get_executor());
  CHECK(plain_twice.get_allocator() == erased_allocator<void>(nullptr));

  allocation_count count;
  erased_handler counted(asio::bind_allocator(counting_allocator<void>(count), empty_handler()),
      context.get_executor());
  const auto allocator = counted.get_allocator();
  const erased_handler counted_twice(std::move(counted), context.get_executor());
  CHECK(counted_twice.get_allocator() == allocator);
}

TEST_CASE("an erased handler allocates for every alignment")
{
  asio::io_context context;
  allocation_count count;
  const erased_handler handler(
      asio::bind_allocator(counting_allocator<void>(count), empty_handler()),
      context.get_executor());
  erased_allocator<large_alignment> allocator(handler.get_allocator());
  large_alignment* const block = allocator.allocate(1);
  CHECK(reinterpret_cast<std::uintptr_t>(block) % alignof(large_alignment) == 0);
  allocator.deallocate(block, 1);
}
