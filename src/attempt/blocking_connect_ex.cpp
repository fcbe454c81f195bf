// SPDX-License-Identifier: BSL-1.0

#include <connectex/detail/platform.hpp>

#if CONNECTEX_DETAIL_WINDOWS

#if !defined(WIN32_LEAN_AND_MEAN)
#define WIN32_LEAN_AND_MEAN
#endif
#if !defined(NOMINMAX)
#define NOMINMAX
#endif

#include "remaining_time.hpp"

#include <connectex/detail/attempt/blocking_wait.hpp>
#include <connectex/detail/attempt/cancel_connect_ex.hpp>
#include <connectex/detail/attempt/stale_error.hpp>
#include <connectex/detail/system/winsock.hpp>

#include <cstdint>

#include <winsock2.h>

namespace connectex::detail
{

namespace
{

/// The event of a thread, which makes one call at a time.
class thread_event
{
public:
  thread_event() noexcept : error_(os::create_event(event_)) {}
  thread_event(const thread_event&) = delete;
  thread_event& operator=(const thread_event&) = delete;

  ~thread_event()
  {
    if (error_ == 0)
      os::close_event(event_);
  }

  native_error error() const noexcept { return error_; }
  void* get() const noexcept { return event_; }

  /// For an OVERLAPPED. The low bit keeps the packet from the completion port of the socket.
  void* without_packet() const noexcept
  {
    return reinterpret_cast<void*>(reinterpret_cast<std::uintptr_t>(event_) | 1);
  }

private:
  void* event_ = nullptr;
  native_error error_;
};

/// Waits until the event is signalled. False when the limit is reached before.
bool wait(const thread_event& event, const wait_limit& until, native_error& error) noexcept
{
  for (;;)
  {
    bool signalled = false;
    error = os::wait_for_event(event.get(), remaining_milliseconds(until), signalled);
    if (signalled || error != 0)
      return signalled;
    if (is_reached(until))
      return false;
  }
}

} // namespace

connect_ex_result connect_ex_and_wait(connect_ex_function function, native_socket socket,
    const void* peer, std::size_t peer_size, const void* data, std::size_t data_size,
    const wait_limit& until) noexcept
{
  constexpr native_error io_pending = 997; // WSA_IO_PENDING

  static thread_local const thread_event event;
  connect_ex_result result;
  if ((result.error = event.error()) != 0)
  {
    result.is_immediate = true;
    return result;
  }

  OVERLAPPED overlapped{};
  overlapped.hEvent = event.without_packet();
  result.error = past_stale_error([&]
      { return os::connect_ex(function, socket, peer, peer_size, data, data_size, &overlapped); });
  if (result.error != 0 && result.error != io_pending)
  {
    result.is_immediate = true;
    return result;
  }

  native_error wait_error = 0;
  if (!wait(event, until, wait_error))
  {
    // The system writes to the OVERLAPPED until the call is over, so there is no way but to wait.
    result.is_timed_out = wait_error == 0;
    cancel_connect_ex(socket, &overlapped);
    wait(event, std::nullopt, wait_error);
  }
  result.error = os::get_overlapped_result(socket, &overlapped, result.bytes_transferred);
  result.is_timed_out = result.is_timed_out && result.error != 0;
  return result;
}

} // namespace connectex::detail

#endif // CONNECTEX_DETAIL_WINDOWS
