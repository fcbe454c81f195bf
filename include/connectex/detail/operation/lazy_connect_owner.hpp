// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_DETAIL_OPERATION_LAZY_CONNECT_OWNER_HPP
#define CONNECTEX_DETAIL_OPERATION_LAZY_CONNECT_OWNER_HPP

#include <connectex/detail/asio_platform.hpp>
#include <connectex/detail/operation/operation_base.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/append.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/recycling_allocator.hpp>
#include <boost/system/error_code.hpp>

#include <cstddef>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>

namespace connectex::detail
{

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

  // The operation's allocator.
  virtual void* allocate(std::size_t size) = 0;
  virtual void deallocate(void* memory, std::size_t size) noexcept = 0;

protected:
  ~lazy_connect_owner() = default;
};

struct lazy_connect_owner_deleter
{
  void operator()(lazy_connect_owner* owner) const noexcept { owner->destroy(); }
};

using lazy_connect_owner_ptr = std::unique_ptr<lazy_connect_owner, lazy_connect_owner_deleter>;

/// Allocates from the allocator of a connect's owner; if that is the default one, from Asio's
/// recycled memory.
/**
 * Some of what was given an allocator keeps it longer than what it has allocated. Nothing may be
 * left of the owner's memory then, whose allocator may go with its handler.
 */
template <typename T>
class lazy_connect_allocator
{
public:
  using value_type = T;

  explicit lazy_connect_allocator(lazy_connect_owner* owner) noexcept : owner_(owner) {}

  template <typename U>
  lazy_connect_allocator(const lazy_connect_allocator<U>& other) noexcept : owner_(other.owner())
  {
  }

  T* allocate(std::size_t count)
  {
    static_assert(alignof(T) <= alignof(std::max_align_t));
    if (!owner_)
      return boost::asio::recycling_allocator<T>().allocate(count);
    return static_cast<T*>(owner_->allocate(count * sizeof(T)));
  }

  void deallocate(T* block, std::size_t count) noexcept
  {
    if (!owner_)
      return boost::asio::recycling_allocator<T>().deallocate(block, count);
    owner_->deallocate(block, count * sizeof(T));
  }

  lazy_connect_owner* owner() const noexcept { return owner_; }

  template <typename U>
  bool operator==(const lazy_connect_allocator<U>& other) const noexcept
  {
    return owner_ == other.owner();
  }

  template <typename U>
  bool operator!=(const lazy_connect_allocator<U>& other) const noexcept
  {
    return !(*this == other);
  }

private:
  /// Null: the default.
  lazy_connect_owner* owner_;
};

/// Whether a connect can run on the executor of @p Operation. That of an any_completion_handler
/// does not even tell its execution context.
template <typename Operation>
inline constexpr bool is_connect_executor =
    std::is_convertible_v<boost::asio::associated_executor_t<Operation>,
        boost::asio::any_io_executor>;

/// Keeps the execution context of @p Operation busy, if the connect runs on another one.
template <typename Operation, bool = is_connect_executor<Operation>>
struct lazy_connect_work
{
  explicit lazy_connect_work(const Operation&) {}
};

template <typename Operation>
struct lazy_connect_work<Operation, false>
{
  explicit lazy_connect_work(const Operation& operation)
    : guard(boost::asio::get_associated_executor(operation))
  {
  }

  boost::asio::executor_work_guard<boost::asio::associated_executor_t<Operation>> guard;
};

/// @tparam Operation A composed operation of Asio.
template <typename Operation>
class lazy_connect_owner_of final : public lazy_connect_owner
{
  template <typename T>
  using traits_of =
      typename std::allocator_traits<operation_allocator_t<Operation>>::template rebind_traits<T>;
  using traits = traits_of<lazy_connect_owner_of>;
  using allocator_type = typename traits::allocator_type;

  using block = std::max_align_t;
  using block_traits = traits_of<block>;
  using block_allocator_type = typename block_traits::allocator_type;

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
    [[maybe_unused]] const work_type work = std::move(work_);
    Operation operation = release();
    if constexpr (is_connect_executor<Operation>)
      std::move(operation)(error, bytes_transferred);
    else
      boost::asio::dispatch(boost::asio::append(std::move(operation), error, bytes_transferred));
  }

  void destroy() noexcept override { release(); }

  void* allocate(std::size_t size) override
  {
    block_allocator_type allocator(get_operation_allocator(operation_));
    return std::addressof(*block_traits::allocate(allocator, blocks(size)));
  }

  void deallocate(void* memory, std::size_t size) noexcept override
  {
    block_allocator_type allocator(get_operation_allocator(operation_));
    block_traits::deallocate(allocator, static_cast<block*>(memory), blocks(size));
  }

private:
  using work_type = lazy_connect_work<Operation>;

  explicit lazy_connect_owner_of(Operation&& operation)
    : work_(operation), operation_(std::move(operation))
  {
  }

  static std::size_t blocks(std::size_t size) noexcept
  {
    return (size + sizeof(block) - 1) / sizeof(block);
  }

  Operation release() noexcept
  {
    Operation operation(std::move(operation_));
    allocator_type allocator(get_operation_allocator(operation));
    this->~lazy_connect_owner_of();
    traits::deallocate(allocator, this, 1);
    return operation;
  }

  work_type work_;
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
  /// @param executor Of the stream.
  /// @param in_place Becomes true if the connect is over within its initiating function, and the
  /// operation is told there; null: it is told as if by post.
  template <typename Operation, typename Executor>
  lazy_connect_handler(Operation&& operation, const Executor& executor, bool* in_place)
    : executor_(choose_executor(operation, executor)),
      in_place_(is_connect_executor<Operation> ? in_place : nullptr),
      slot_(boost::asio::get_associated_cancellation_slot(operation)),
      owner_(lazy_connect_owner_of<Operation>::make(std::forward<Operation>(operation))),
      memory_(has_default_allocator<Operation> ? nullptr : owner_.get())
  {
  }

  using executor_type = boost::asio::any_io_executor;
  executor_type get_executor() const noexcept { return executor_; }

  using cancellation_slot_type = boost::asio::cancellation_slot;
  cancellation_slot_type get_cancellation_slot() const noexcept { return slot_; }

  using allocator_type = lazy_connect_allocator<void>;
  allocator_type get_allocator() const noexcept { return allocator_type(memory_); }

  void operator()(const boost::system::error_code& error, std::size_t bytes_transferred)
  {
    owner_.release()->complete(error, bytes_transferred);
  }

  template <typename Endpoint>
  void operator()(
      const boost::system::error_code& error, const Endpoint&, std::size_t bytes_transferred)
  {
    (*this)(error, bytes_transferred);
  }

  friend bool accept_in_place(lazy_connect_handler& handler) noexcept
  {
    if (handler.in_place_)
      *handler.in_place_ = true;
    return handler.in_place_ != nullptr;
  }

private:
  template <typename Operation, typename Executor>
  static executor_type choose_executor(const Operation& operation, const Executor& executor)
  {
    if constexpr (is_connect_executor<Operation>)
      return boost::asio::get_associated_executor(operation, executor);
    else
      return executor;
  }

  template <typename Operation>
  static constexpr bool has_default_allocator =
      std::is_same_v<operation_allocator_t<Operation>, boost::asio::recycling_allocator<void>>;

  executor_type executor_;
  bool* in_place_;
  cancellation_slot_type slot_;
  lazy_connect_owner_ptr owner_;

  /// What the connect allocates from; null: the default allocator.
  lazy_connect_owner* memory_;
};

} // namespace connectex::detail

#endif // CONNECTEX_DETAIL_OPERATION_LAZY_CONNECT_OWNER_HPP
