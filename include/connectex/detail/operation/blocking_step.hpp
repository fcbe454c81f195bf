// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_DETAIL_OPERATION_BLOCKING_STEP_HPP
#define CONNECTEX_DETAIL_OPERATION_BLOCKING_STEP_HPP

#include <connectex/detail/attempt/blocking_wait.hpp>

#include <functional>
#include <optional>

namespace connectex::detail
{

/// A step of an operation that the calling thread waits for.
/**
 * Not movable once it is started: the system may write to it.
 */
class blocking_step
{
public:
  /// @param socket Must stay where it is until the step is over.
  ///
  /// @param may_block Whether a system call may keep the thread.
  template <typename Socket, typename Wait>
  void start(Socket& socket, const Wait& wait, const wait_limit& until, bool may_block)
  {
    wait_ = blocking_wait(until, may_block);
    finish_ = [&socket, wait](blocking_wait& over) { return wait.finish(socket, over); };
    wait.begin(socket, wait_);
  }

  bool is_pending() const noexcept { return static_cast<bool>(finish_); }

  blocking_wait& wait() noexcept { return wait_; }

  /// The result; none if the step goes on.
  std::optional<wait_result> finish()
  {
    if (!wait_.is_over())
      return std::nullopt;
    auto result = finish_(wait_);
    if (result)
      finish_ = nullptr;
    return result;
  }

private:
  blocking_wait wait_;
  std::function<std::optional<wait_result>(blocking_wait&)> finish_;
};

} // namespace connectex::detail

#endif // CONNECTEX_DETAIL_OPERATION_BLOCKING_STEP_HPP
