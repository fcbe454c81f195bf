// SPDX-License-Identifier: BSL-1.0

#include "connect_ex_call.hpp"

#if CONNECTEX_DETAIL_WINDOWS

#include <connectex/detail/attempt/cancel_connect_ex.hpp>
#include <connectex/detail/attempt/stale_error.hpp>
#include <connectex/detail/system/winsock.hpp>

#include <cstdint>
#include <utility>

namespace connectex::detail
{

namespace
{

/// An event that the thread's next call can have, so that a thread that connects often creates one.
class spare_event
{
public:
  spare_event() = default;
  spare_event(const spare_event&) = delete;
  spare_event& operator=(const spare_event&) = delete;

  ~spare_event()
  {
    if (event_ != nullptr)
      os::close_event(std::exchange(event_, nullptr));
  }

  native_error take(void*& event) noexcept
  {
    event = std::exchange(event_, nullptr);
    return event != nullptr ? 0u : os::create_event(event);
  }

  void give_back(void* event) noexcept
  {
    if (event_ == nullptr)
      event_ = event;
    else
      os::close_event(event);
  }

private:
  void* event_ = nullptr;
};

thread_local spare_event spare;

/// For an OVERLAPPED. The low bit keeps the packet from the completion port of the socket.
void* without_packet(void* event) noexcept
{
  return reinterpret_cast<void*>(reinterpret_cast<std::uintptr_t>(event) | 1);
}

} // namespace

connect_ex_call::~connect_ex_call()
{
  end();
  if (event_ != nullptr)
    spare.give_back(event_);
}

native_error connect_ex_call::start(connect_ex_function function, const void* peer,
    std::size_t peer_size, const void* data, std::size_t data_size) noexcept
{
  constexpr native_error io_pending = 997; // WSA_IO_PENDING

  if (const native_error error = spare.take(event_))
    return error;
  overlapped_.hEvent = without_packet(event_);
  const native_error error = past_stale_error(
      [&] {
        return os::connect_ex(function, socket_, peer, peer_size, data, data_size, &overlapped_);
      });
  is_pending_ = error == 0 || error == io_pending;
  return is_pending_ ? 0u : error;
}

void connect_ex_call::cancel() noexcept
{
  if (!is_closed_)
    cancel_connect_ex(socket_, &overlapped_);
}

void connect_ex_call::end() noexcept
{
  constexpr int turn = 10;

  if (!is_pending_)
    return;
  cancel();
  connect_ex_result ignored;
  while (!get_result(ignored))
  {
    std::size_t signalled = 0;
    os::wait_for_event(&event_, 1, turn, signalled);
  }
}

bool connect_ex_call::take_result(connect_ex_result& result) noexcept
{
  // The call may have ended between the question and the reset, so it is asked again.
  if (!get_result(result))
  {
    os::reset_event(event_);
    if (!get_result(result))
      return false;
  }
  is_pending_ = false;
  return true;
}

bool connect_ex_call::get_result(connect_ex_result& result) noexcept
{
  constexpr native_error io_incomplete = 996; // WSA_IO_INCOMPLETE
  result.error = os::get_overlapped_result(socket_, &overlapped_, result.bytes_transferred);
  return result.error != io_incomplete;
}

void connect_ex_call_deleter::operator()(connect_ex_call* call) const noexcept { delete call; }

} // namespace connectex::detail

#endif // CONNECTEX_DETAIL_WINDOWS
