// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_DETAIL_OPERATION_RACE_STEP_HANDLER_HPP
#define CONNECTEX_DETAIL_OPERATION_RACE_STEP_HANDLER_HPP

#include <boost/asio/associated_allocator.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/system/error_code.hpp>

#include <cstddef>
#include <memory>
#include <utility>

namespace connectex::detail
{

/// The handler of an attempt of a race, or of the write that follows it.
/**
 * It runs on the strand of the race and takes its memory where the race's handler wants it from.
 * Its slot is that of the step.
 *
 * @tparam Event Called with the race and the results.
 */
template <typename Race, typename Event>
class race_step_handler
{
  using handle_type = typename Race::handle_type;

public:
  using executor_type = typename Race::strand_type;
  using allocator_type = boost::asio::associated_allocator_t<typename Race::handler_type>;
  using cancellation_slot_type = boost::asio::cancellation_slot;

  race_step_handler(const std::shared_ptr<handle_type>& handle,
      const boost::asio::cancellation_slot& slot, const Event& event)
    : handle_(handle), executor_(handle->strand()), slot_(slot), event_(event)
  {
  }

  executor_type get_executor() const noexcept { return executor_; }
  cancellation_slot_type get_cancellation_slot() const noexcept { return slot_; }

  allocator_type get_allocator() const noexcept
  {
    return boost::asio::get_associated_allocator(handle_->race().handler());
  }

  void operator()(const boost::system::error_code& error, std::size_t bytes_transferred)
  {
    // Kept until the event is over, which may end the race.
    const auto handle = std::move(handle_);
    event_(handle->race(), error, bytes_transferred);
  }

private:
  std::shared_ptr<handle_type> handle_;
  executor_type executor_;
  boost::asio::cancellation_slot slot_;
  Event event_;
};

} // namespace connectex::detail

#endif // CONNECTEX_DETAIL_OPERATION_RACE_STEP_HANDLER_HPP
