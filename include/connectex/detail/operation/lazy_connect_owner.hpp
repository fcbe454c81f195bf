// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_DETAIL_OPERATION_LAZY_CONNECT_OWNER_HPP
#define CONNECTEX_DETAIL_OPERATION_LAZY_CONNECT_OWNER_HPP

#include <connectex/detail/asio_platform.hpp>
#include <connectex/detail/operation/operation_base.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/recycling_allocator.hpp>
#include <boost/system/error_code.hpp>

#if CONNECTEX_DETAIL_HAS_IMMEDIATE_EXECUTOR
#include <boost/asio/any_completion_executor.hpp>
#include <boost/asio/associated_immediate_executor.hpp>
#endif

#include <cstddef>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>

namespace connectex::detail
{

/// An allocator without its type.
class lazy_connect_memory
{
public:
  lazy_connect_memory() = default;
  lazy_connect_memory(const lazy_connect_memory&) = delete;
  lazy_connect_memory& operator=(const lazy_connect_memory&) = delete;
  virtual ~lazy_connect_memory() = default;

  virtual void* allocate(std::size_t size) = 0;
  virtual void deallocate(void* memory, std::size_t size) noexcept = 0;
};

template <typename Allocator>
class lazy_connect_memory_of final : public lazy_connect_memory
{
  using block = std::max_align_t;
  using traits = typename std::allocator_traits<Allocator>::template rebind_traits<block>;

public:
  explicit lazy_connect_memory_of(const Allocator& allocator) : allocator_(allocator) {}

  void* allocate(std::size_t size) override { return traits::allocate(allocator_, blocks(size)); }

  void deallocate(void* memory, std::size_t size) noexcept override
  {
    traits::deallocate(allocator_, static_cast<block*>(memory), blocks(size));
  }

private:
  static std::size_t blocks(std::size_t size) noexcept
  {
    return (size + sizeof(block) - 1) / sizeof(block);
  }

  typename traits::allocator_type allocator_;
};

/// Allocates from the allocator of another handler; if that is the default one, from Asio's
/// recycled memory.
template <typename T>
class lazy_connect_allocator
{
public:
  using value_type = T;

  explicit lazy_connect_allocator(std::shared_ptr<lazy_connect_memory> memory) noexcept
    : memory_(std::move(memory))
  {
  }

  template <typename U>
  lazy_connect_allocator(const lazy_connect_allocator<U>& other) noexcept : memory_(other.memory())
  {
  }

  T* allocate(std::size_t count)
  {
    static_assert(alignof(T) <= alignof(std::max_align_t));
    if (!memory_)
      return boost::asio::recycling_allocator<T>().allocate(count);
    return static_cast<T*>(memory_->allocate(count * sizeof(T)));
  }

  void deallocate(T* block, std::size_t count) noexcept
  {
    if (!memory_)
      return boost::asio::recycling_allocator<T>().deallocate(block, count);
    memory_->deallocate(block, count * sizeof(T));
  }

  const std::shared_ptr<lazy_connect_memory>& memory() const noexcept { return memory_; }

  template <typename U>
  bool operator==(const lazy_connect_allocator<U>& other) const noexcept
  {
    return memory_ == other.memory();
  }

  template <typename U>
  bool operator!=(const lazy_connect_allocator<U>& other) const noexcept
  {
    return !(*this == other);
  }

private:
  std::shared_ptr<lazy_connect_memory> memory_;
};

/// The read or write that has begun a stream's connect, without its type.
class lazy_connect_owner
{
public:
  lazy_connect_owner() = default;
  lazy_connect_owner(const lazy_connect_owner&) = delete;
  lazy_connect_owner& operator=(const lazy_connect_owner&) = delete;

  /// Frees the owner and tells the operation the result of the connect.
  virtual void complete(const boost::system::error_code& error, std::size_t bytes_transferred) = 0;

  /// Frees the owner and the operation, which is told nothing.
  virtual void destroy() noexcept = 0;

protected:
  ~lazy_connect_owner() = default;
};

struct lazy_connect_owner_deleter
{
  void operator()(lazy_connect_owner* owner) const noexcept { owner->destroy(); }
};

using lazy_connect_owner_ptr = std::unique_ptr<lazy_connect_owner, lazy_connect_owner_deleter>;

/// @tparam Operation A composed operation of Asio.
template <typename Operation>
class lazy_connect_owner_of final : public lazy_connect_owner
{
  using traits = typename std::allocator_traits<
      operation_allocator_t<Operation>>::template rebind_traits<lazy_connect_owner_of>;
  using allocator_type = typename traits::allocator_type;

public:
  static lazy_connect_owner_ptr make(Operation&& operation)
  {
    allocator_type allocator(get_operation_allocator(operation));
    lazy_connect_owner_of* const memory = std::addressof(*traits::allocate(allocator, 1));
    return lazy_connect_owner_ptr(
        ::new (static_cast<void*>(memory)) lazy_connect_owner_of(std::move(operation)));
  }

  void complete(const boost::system::error_code& error, std::size_t bytes_transferred) override
  {
    Operation operation = release();
    std::move(operation)(error, bytes_transferred);
  }

  void destroy() noexcept override { release(); }

private:
  explicit lazy_connect_owner_of(Operation&& operation) : operation_(std::move(operation)) {}

  Operation release() noexcept
  {
    Operation operation(std::move(operation_));
    allocator_type allocator(get_operation_allocator(operation));
    this->~lazy_connect_owner_of();
    traits::deallocate(allocator, this, 1);
    return operation;
  }

  Operation operation_;
};

/// The handler of a stream's connect: that of its owner, by all that is associated with it.
/**
 * It has no type of the owner's in it: a program reads and writes through a stream with many
 * handlers and buffers, and a connect is too much code to be compiled for each of them.
 */
class lazy_connect_handler
{
public:
  template <typename Operation, typename Executor>
  lazy_connect_handler(Operation&& operation, const Executor& executor)
    : executor_(boost::asio::get_associated_executor(operation, executor)),
#if CONNECTEX_DETAIL_HAS_IMMEDIATE_EXECUTOR
      immediate_executor_(boost::asio::get_associated_immediate_executor(operation, executor)),
#endif
      slot_(boost::asio::get_associated_cancellation_slot(operation)),
      memory_(make_memory(operation)),
      owner_(lazy_connect_owner_of<Operation>::make(std::move(operation)))
  {
  }

  using executor_type = boost::asio::any_io_executor;
  executor_type get_executor() const noexcept { return executor_; }

#if CONNECTEX_DETAIL_HAS_IMMEDIATE_EXECUTOR
  using immediate_executor_type = boost::asio::any_completion_executor;
  immediate_executor_type get_immediate_executor() const noexcept { return immediate_executor_; }
#endif

  using cancellation_slot_type = boost::asio::cancellation_slot;
  cancellation_slot_type get_cancellation_slot() const noexcept { return slot_; }

  using allocator_type = lazy_connect_allocator<void>;
  allocator_type get_allocator() const noexcept { return allocator_type(memory_); }

  void operator()(const boost::system::error_code& error, std::size_t bytes_transferred)
  {
    memory_.reset();
    owner_.release()->complete(error, bytes_transferred);
  }

  template <typename Endpoint>
  void operator()(
      const boost::system::error_code& error, const Endpoint&, std::size_t bytes_transferred)
  {
    (*this)(error, bytes_transferred);
  }

private:
  template <typename Operation>
  static std::shared_ptr<lazy_connect_memory> make_memory(const Operation& operation)
  {
    using allocator_type = operation_allocator_t<Operation>;
    if constexpr (std::is_same_v<allocator_type, boost::asio::recycling_allocator<void>>)
      return nullptr;
    else
    {
      const allocator_type allocator = get_operation_allocator(operation);
      return std::allocate_shared<lazy_connect_memory_of<allocator_type>>(allocator, allocator);
    }
  }

  executor_type executor_;
#if CONNECTEX_DETAIL_HAS_IMMEDIATE_EXECUTOR
  immediate_executor_type immediate_executor_;
#endif
  cancellation_slot_type slot_;
  std::shared_ptr<lazy_connect_memory> memory_;
  lazy_connect_owner_ptr owner_;
};

} // namespace connectex::detail

#endif // CONNECTEX_DETAIL_OPERATION_LAZY_CONNECT_OWNER_HPP
