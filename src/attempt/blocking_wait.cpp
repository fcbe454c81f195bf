// SPDX-License-Identifier: BSL-1.0

#include "../error/winsock_codes.hpp"
#include "remaining_time.hpp"

#include <connectex/detail/attempt/blocking_wait.hpp>
#include <connectex/detail/attempt/native_error.hpp>
#include <connectex/detail/attempt/stale_error.hpp>
#include <connectex/detail/system/common.hpp>

#include <algorithm>
#include <chrono>
#include <thread>

namespace connectex::detail
{

namespace
{

wait_result failed(const boost::system::error_code& error) noexcept
{
  wait_result result;
  result.error = error;
  return result;
}

wait_result timed_out() noexcept
{
  wait_result result = failed(wsa::to_portable(wsa::operation_aborted));
  result.is_timed_out = true;
  return result;
}

} // namespace

wait_result wait_until_writable(native_socket socket, const wait_limit& until) noexcept
{
  for (;;)
  {
    bool ready = false;
    const native_error error = os::wait_writable(socket, remaining_milliseconds(until), ready);
    if (ready)
      return {};
    const boost::system::error_code portable = to_portable(error);
    if (portable && portable != wsa::interrupted)
      return failed(portable);
    if (is_reached(until))
      return timed_out();
  }
}

wait_result connect_and_wait(
    native_socket socket, const void* peer, std::size_t peer_size, const wait_limit& until) noexcept
{
  const native_error error = past_stale_error([&] { return os::connect(socket, peer, peer_size); });
  if (error == 0)
    return {};
  const boost::system::error_code answer = to_portable(error);
  if (answer != wsa::in_progress && answer != wsa::would_block && answer != wsa::interrupted)
    return failed(answer);

  const wait_result waited = wait_until_writable(socket, until);
  if (waited.error)
    return waited;
  native_error result = 0;
  const native_error unknown = os::get_socket_error(socket, result);
  return failed(to_portable(unknown != 0 ? unknown : result));
}

void sleep_until(std::chrono::steady_clock::time_point end) noexcept
{
  // In pieces, because the end may be further away than the system can count.
  constexpr std::chrono::steady_clock::duration piece = std::chrono::hours(1);
  for (;;)
  {
    const auto now = std::chrono::steady_clock::now();
    if (now >= end)
      return;
    std::this_thread::sleep_for((std::min)(end - now, piece));
  }
}

} // namespace connectex::detail
