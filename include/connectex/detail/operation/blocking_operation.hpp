// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_DETAIL_OPERATION_BLOCKING_OPERATION_HPP
#define CONNECTEX_DETAIL_OPERATION_BLOCKING_OPERATION_HPP

#include <connectex/detail/attempt/blocking_wait.hpp>
#include <connectex/detail/decide/attempt_result.hpp>
#include <connectex/detail/decide/deadlines.hpp>
#include <connectex/detail/decide/stopping.hpp>

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
 * A step is over when it has been started. So the operation never moves, and returns from each step
 * before it is resumed: retries do not nest. Only its time limits stop it.
 */
template <typename Executor, typename State>
class blocking_operation
{
public:
  /// Resumes the operation until it is over.
  /**
   * @param op The operation whose base this is, started.
   */
  template <typename Op>
  void run(Op& op)
  {
    while (!is_over_)
    {
      if (const auto result = std::exchange(posted_, std::nullopt))
        op.resume(*result);
      else
        op.resume(waited_.error, waited_.bytes_transferred);
    }
  }

  const boost::system::error_code& error() const noexcept { return error_; }
  std::size_t bytes_transferred() const noexcept { return bytes_transferred_; }

protected:
  using allocator_type = boost::asio::recycling_allocator<void>;

  static constexpr bool blocks = true;

  explicit blocking_operation(no_handler&&) {}

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
  bool is_cancelled(boost::asio::cancellation_type) const noexcept { return false; }

  template <typename Op, typename Wait>
  bool start_step(Op& op, const Executor&, boost::asio::cancellation_type,
      const std::optional<deadlines::limit>& limit, const Wait& wait)
  {
    wait_limit until;
    if (limit)
      until = limit->at;
    waited_ = wait.run(op.socket(), until);
    stop_ = waited_.is_timed_out ? limit->reason : stop_reason::none;
    return true;
  }

  template <typename Op>
  void post(Op&, const Executor&, const attempt_result& result)
  {
    posted_ = result;
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
  wait_result waited_;
  std::optional<attempt_result> posted_;
  stop_reason stop_ = stop_reason::none;
  bool is_over_ = false;
  boost::system::error_code error_;
  std::size_t bytes_transferred_ = 0;
};

} // namespace connectex::detail

#endif // CONNECTEX_DETAIL_OPERATION_BLOCKING_OPERATION_HPP
