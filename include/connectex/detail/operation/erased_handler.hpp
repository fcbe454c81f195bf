// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_DETAIL_OPERATION_ERASED_HANDLER_HPP
#define CONNECTEX_DETAIL_OPERATION_ERASED_HANDLER_HPP

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

#include <atomic>
#include <cstddef>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>

namespace connectex::detail
{

/// The allocator of an erased handler.
class erased_memory
{
public:
  erased_memory() = default;
  erased_memory(const erased_memory&) = delete;
  erased_memory& operator=(const erased_memory&) = delete;

  virtual void* allocate(std::size_t size) = 0;
  virtual void deallocate(void* memory, std::size_t size) noexcept = 0;

protected:
  ~erased_memory() = default;
};

/// A handler in memory of its own allocator.
/**
 * @tparam Results What it is told after the error.
 */
template <typename... Results>
class erased_handler_base : public erased_memory
{
public:
  /// Frees this object and calls the handler. All memory is back by then.
  virtual void complete(const boost::system::error_code& error, const Results&... results) = 0;

  /// Gives up the handler, which is not called. It and this object are freed when all memory is
  /// back.
  virtual void destroy() noexcept = 0;

protected:
  ~erased_handler_base() = default;
};

struct erased_handler_deleter
{
  template <typename... Results>
  void operator()(erased_handler_base<Results...>* handler) const noexcept
  {
    handler->destroy();
  }
};

template <typename... Results>
using erased_handler_ptr = std::unique_ptr<erased_handler_base<Results...>, erased_handler_deleter>;

/// Allocates from the allocator of an erased handler, or from Asio's recycled memory.
/**
 * A copy of it may outlive the handler, and must not be used then: it owns nothing of the handler,
 * whose allocator may go with it.
 */
template <typename T>
class erased_allocator
{
public:
  using value_type = T;

  explicit erased_allocator(erased_memory* memory) noexcept : memory_(memory) {}

  template <typename U>
  erased_allocator(const erased_allocator<U>& other) noexcept : memory_(other.memory())
  {
  }

  T* allocate(std::size_t count)
  {
    if (is_recycled())
      return boost::asio::recycling_allocator<T>().allocate(count);
    return static_cast<T*>(memory_->allocate(count * sizeof(T)));
  }

  void deallocate(T* block, std::size_t count) noexcept
  {
    if (is_recycled())
      return boost::asio::recycling_allocator<T>().deallocate(block, count);
    memory_->deallocate(block, count * sizeof(T));
  }

  erased_memory* memory() const noexcept { return memory_; }

  template <typename U>
  bool operator==(const erased_allocator<U>& other) const noexcept
  {
    return memory_ == other.memory();
  }

  template <typename U>
  bool operator!=(const erased_allocator<U>& other) const noexcept
  {
    return !(*this == other);
  }

private:
  /// Types that are over-aligned are, too: blocks have the alignment of max_align_t.
  bool is_recycled() const noexcept { return !memory_ || alignof(T) > alignof(std::max_align_t); }

  /// Null: all memory is recycled.
  erased_memory* memory_;
};

/// Whether operations can run on the executor of @p Handler. That of an any_completion_handler does
/// not even tell its execution context.
template <typename Handler>
inline constexpr bool has_io_executor =
    std::is_convertible_v<boost::asio::associated_executor_t<Handler>,
        boost::asio::any_io_executor>;

/// Keeps the execution context of @p Handler busy, if its operation runs on another one.
template <typename Handler, bool = has_io_executor<Handler>>
struct erased_handler_work
{
  explicit erased_handler_work(const Handler&) {}
};

template <typename Handler>
struct erased_handler_work<Handler, false>
{
  explicit erased_handler_work(const Handler& handler)
    : guard(boost::asio::get_associated_executor(handler))
  {
  }

  boost::asio::executor_work_guard<boost::asio::associated_executor_t<Handler>> guard;
};

template <typename Handler, typename... Results>
class erased_handler_of final : public erased_handler_base<Results...>
{
  template <typename T>
  using traits_of =
      typename std::allocator_traits<operation_allocator_t<Handler>>::template rebind_traits<T>;
  using traits = traits_of<erased_handler_of>;
  using allocator_type = typename traits::allocator_type;

  using block = std::max_align_t;
  using block_traits = traits_of<block>;
  using block_allocator_type = typename block_traits::allocator_type;

public:
  static erased_handler_ptr<Results...> make(Handler&& handler)
  {
    allocator_type allocator(get_operation_allocator(handler));
    const auto memory = traits::allocate(allocator, 1);
    try
    {
      return erased_handler_ptr<Results...>(::new (static_cast<void*>(std::addressof(*memory)))
              erased_handler_of(std::move(handler)));
    }
    catch (...)
    {
      traits::deallocate(allocator, memory, 1);
      throw;
    }
  }

  void complete(const boost::system::error_code& error, const Results&... results) override
  {
    [[maybe_unused]] const work_type work = std::move(work_);
    Handler handler = release();
    if constexpr (has_io_executor<Handler>)
      std::move(handler)(error, Results(results)...); // It may take rvalues only.
    else
      boost::asio::dispatch(boost::asio::append(std::move(handler), error, results...));
  }

  void destroy() noexcept override { drop(); }

  void* allocate(std::size_t size) override
  {
    block_allocator_type allocator(get_operation_allocator(handler_));
    void* const memory = std::addressof(*block_traits::allocate(allocator, blocks(size)));
    ++users_;
    return memory;
  }

  void deallocate(void* memory, std::size_t size) noexcept override
  {
    block_allocator_type allocator(get_operation_allocator(handler_));
    block_traits::deallocate(allocator, static_cast<block*>(memory), blocks(size));
    drop();
  }

private:
  using work_type = erased_handler_work<Handler>;

  explicit erased_handler_of(Handler&& handler) : work_(handler), handler_(std::move(handler)) {}

  static std::size_t blocks(std::size_t size) noexcept
  {
    return (size + sizeof(block) - 1) / sizeof(block);
  }

  void drop() noexcept
  {
    if (--users_ == 0)
      release();
  }

  Handler release() noexcept
  {
    Handler handler(std::move(handler_));
    allocator_type allocator(get_operation_allocator(handler));
    this->~erased_handler_of();
    traits::deallocate(allocator, this, 1);
    return handler;
  }

  work_type work_;
  Handler handler_;

  /// How many keep this object: its owner, and each block. Where the constructor of an operation
  /// throws, the handler goes before the memory of the operation does.
  std::atomic<std::size_t> users_{1};
};

/// Whether operations on an I/O object with @p Executor run where @p Handler wants them to, and can
/// be stopped by it, while it has no type.
template <typename Handler, typename Executor>
inline constexpr bool can_be_erased =
    std::conjunction_v<std::is_convertible<boost::asio::associated_executor_t<Handler, Executor>,
                           boost::asio::any_io_executor>,
        std::is_same<boost::asio::associated_cancellation_slot_t<Handler>,
            boost::asio::cancellation_slot>>;

/// The executor of @p Handler, if operations can run on it, or else that of the I/O object.
template <typename Handler, typename Executor>
using erased_executor_t = std::conditional_t<has_io_executor<Handler>,
    boost::asio::associated_executor_t<Handler, Executor>, Executor>;

/// Whether operations can be stopped by @p Handler while it has no type, and run where it wants
/// them to or, if they cannot, where the I/O object does.
template <typename Handler, typename Executor>
inline constexpr bool can_be_erased_or_moved = std::conjunction_v<
    std::is_convertible<erased_executor_t<Handler, Executor>, boost::asio::any_io_executor>,
    std::is_same<boost::asio::associated_cancellation_slot_t<Handler>,
        boost::asio::cancellation_slot>>;

/// A handler without its type, but with all that is associated with it.
/**
 * For operations that are too much code to be compiled for each handler of a program: those of a
 * stream before it is connected, and races.
 *
 * @tparam Results What it is told after the error.
 */
template <typename... Results>
class basic_erased_handler
{
public:
  /// @param executor Of the I/O object.
  template <typename Handler, typename Executor>
  basic_erased_handler(Handler&& handler, const Executor& executor)
    : executor_(choose_executor(handler, executor)),
      slot_(boost::asio::get_associated_cancellation_slot(handler)),
      memory_(memory_of(handler)),
      handler_(erased_handler_of<Handler, Results...>::make(std::forward<Handler>(handler)))
  {
    static_assert(!std::is_reference_v<Handler>);
    if constexpr (!has_erased_allocator<Handler> && !has_default_allocator<Handler>)
      memory_ = handler_.get();
  }

  using executor_type = boost::asio::any_io_executor;
  executor_type get_executor() const noexcept { return executor_; }

  using cancellation_slot_type = boost::asio::cancellation_slot;
  cancellation_slot_type get_cancellation_slot() const noexcept { return slot_; }

  using allocator_type = erased_allocator<void>;
  allocator_type get_allocator() const noexcept { return allocator_type(memory_); }

  void operator()(const boost::system::error_code& error, const Results&... results)
  {
    handler_.release()->complete(error, results...);
  }

private:
  template <typename Handler, typename Executor>
  static executor_type choose_executor(
      [[maybe_unused]] const Handler& handler, const Executor& executor)
  {
    if constexpr (has_io_executor<Handler>)
      return boost::asio::get_associated_executor(handler, executor);
    else
      return executor;
  }

  template <typename Handler>
  static constexpr bool has_erased_allocator =
      std::is_same_v<operation_allocator_t<Handler>, allocator_type>;

  template <typename Handler>
  static constexpr bool has_default_allocator =
      std::is_same_v<operation_allocator_t<Handler>, boost::asio::recycling_allocator<void>>;

  /// What an erased handler within @p handler allocates from, or null.
  template <typename Handler>
  static erased_memory* memory_of([[maybe_unused]] const Handler& handler) noexcept
  {
    if constexpr (has_erased_allocator<Handler>)
      return get_operation_allocator(handler).memory();
    else
      return nullptr;
  }

  executor_type executor_;
  cancellation_slot_type slot_;

  /// What operations allocate from; null: the default allocator.
  erased_memory* memory_;
  erased_handler_ptr<Results...> handler_;
};

/// The handler of a read, of a write or of a connect to one peer.
using erased_handler = basic_erased_handler<std::size_t>;

} // namespace connectex::detail

#endif // CONNECTEX_DETAIL_OPERATION_ERASED_HANDLER_HPP
