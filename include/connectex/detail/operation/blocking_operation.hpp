// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_DETAIL_OPERATION_BLOCKING_OPERATION_HPP
#define CONNECTEX_DETAIL_OPERATION_BLOCKING_OPERATION_HPP

#include <connectex/detail/attempt/blocking_wait.hpp>
#include <connectex/detail/decide/deadlines.hpp>
#include <connectex/detail/decide/stopping.hpp>
#include <connectex/detail/operation/blocking_step.hpp>

#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/recycling_allocator.hpp>
#include <boost/system/error_code.hpp>

#include <cstddef>
#include <optional>
#include <utility>

namespace connectex::detail
{

/// In the place of the handler of an operation that nobody is told of.
struct no_handler
{
};

/// The base of an operation that the calling thread waits for: what operation_base is to one with a
/// handler.
/**
 * The operation never moves, and each step returns before it is resumed: retries do not nest.
 *
 * @tparam IsAlone Whether the thread waits for this operation alone, so that a system call may keep
 * it.
 */
template <typename Executor, typename State, bool IsAlone>
class blocking_operation
{
public:
  blocking_operation(const blocking_operation&) = delete;
  blocking_operation& operator=(const blocking_operation&) = delete;

  bool is_over() const noexcept { return is_over_; }

  /// What it waits for until the next call of resume_if_ready().
  /**
   * @returns Null: nothing.
   */
  blocking_wait* wait() noexcept { return step_.is_pending() ? &step_.wait() : nullptr; }

  /// Resumes the operation, unless what it waits for has not come yet.
  /**
   * @param op The operation whose base this is, started and not over.
   */
  template <typename Op>
  void resume_if_ready(Op& op)
  {
    const auto result = step_.finish();
    if (!result)
      return;
    if (step_.wait().is_timed_out())
      stop_ = limit_;
    op.resume(result->error, result->bytes_transferred);
  }

  /// Ends it as soon as the system lets it.
  void cancel() noexcept
  {
    is_cancelled_ = true;
    stop_ = stop_reason::cancelled;
    if (step_.is_pending())
      step_.wait().cancel();
  }

  // Once it is over.

  const boost::system::error_code& error() const noexcept { return error_; }
  std::size_t bytes_transferred() const noexcept { return bytes_transferred_; }

protected:
  using allocator_type = boost::asio::recycling_allocator<void>;

  static constexpr bool blocks = IsAlone;

  explicit blocking_operation(no_handler&&) {}
  ~blocking_operation() = default;

  allocator_type get_allocator() const noexcept { return {}; }
  bool runs_on(const Executor&) const noexcept { return true; }

  template <typename... Args>
  void make_state(const Args&... args)
  {
    state_.emplace(args...);
  }

  State* state() noexcept { return state_ ? &*state_ : nullptr; }
  const State* state() const noexcept { return state_ ? &*state_ : nullptr; }

  void make_stoppable(const Executor&, bool) noexcept {}
  bool is_cancelled(boost::asio::cancellation_type) const noexcept { return is_cancelled_; }

  template <typename Op, typename Wait>
  bool start_step(Op& op, const Executor&, boost::asio::cancellation_type allowed,
      const std::optional<deadlines::limit>& limit, const Wait& wait)
  {
    if (is_cancelled_ && allowed != boost::asio::cancellation_type::none)
      return false;
    limit_ = limit ? limit->reason : stop_reason::none;
    step_.start(op.socket(), wait, limit ? wait_limit(limit->at) : std::nullopt, blocks && !limit);
    return true;
  }

  stop_reason end_step() noexcept { return std::exchange(stop_, stop_reason::none); }

  void complete(const boost::system::error_code& error, std::size_t bytes_transferred)
  {
    error_ = error;
    bytes_transferred_ = bytes_transferred;
    is_over_ = true;
  }

  template <typename Completion>
  void complete_immediately(const Executor&, const Completion& complete_with)
  {
    complete_with([this](const boost::system::error_code& error, std::size_t bytes_transferred)
        { complete(error, bytes_transferred); });
  }

private:
  std::optional<State> state_;
  blocking_step step_;
  stop_reason limit_ = stop_reason::none;
  stop_reason stop_ = stop_reason::none;
  bool is_cancelled_ = false;
  bool is_over_ = false;
  boost::system::error_code error_;
  std::size_t bytes_transferred_ = 0;
};

} // namespace connectex::detail

#endif // CONNECTEX_DETAIL_OPERATION_BLOCKING_OPERATION_HPP
