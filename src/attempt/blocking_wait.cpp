// SPDX-License-Identifier: BSL-1.0

#include "../error/winsock_codes.hpp"
#include "connect_ex_call.hpp"
#include "remaining_time.hpp"

#include <connectex/detail/attempt/blocking_wait.hpp>
#include <connectex/detail/attempt/native_error.hpp>
#include <connectex/detail/attempt/stale_error.hpp>
#include <connectex/detail/system/common.hpp>
#include <connectex/detail/system/winsock.hpp>

#include <algorithm>
#include <array>
#include <cstddef>

namespace connectex::detail
{

void blocking_wait::for_time(time_point end) noexcept
{
  source_ = source::time;
  until_ = end;
}

void blocking_wait::for_writable(native_socket socket) noexcept
{
  source_ = source::socket;
  socket_ = socket;
}

void blocking_wait::for_connect(
    native_socket socket, const void* peer, std::size_t peer_size) noexcept
{
  const native_error error = past_stale_error([&] { return os::connect(socket, peer, peer_size); });
  const boost::system::error_code answer = to_portable(error);
  if (answer == wsa::in_progress || answer == wsa::would_block || answer == wsa::interrupted)
    for_writable(socket);
  else
    end(answer);
}

void blocking_wait::end(const boost::system::error_code& error) noexcept
{
  source_ = source::nothing;
  error_ = error;
}

void blocking_wait::on_closed() noexcept
{
  if (source_ == source::socket)
    end(wsa::to_portable(wsa::operation_aborted));
#if CONNECTEX_DETAIL_WINDOWS
  if (source_ == source::call)
    call_->on_closed();
#endif
}

void blocking_wait::on_limit() noexcept
{
  is_timed_out_ = source_ != source::time;
  cancel();
}

#if CONNECTEX_DETAIL_WINDOWS

void blocking_wait::for_connect_ex(connect_ex_function function, native_socket socket,
    const void* peer, std::size_t peer_size, const void* data, std::size_t data_size)
{
  call_.reset(new connect_ex_call(socket));
  connect_ex_.error = call_->start(function, peer, peer_size, data, data_size);
  connect_ex_.is_immediate = connect_ex_.error != 0;
  if (!connect_ex_.is_immediate)
    source_ = source::call;
}

void blocking_wait::cancel() noexcept
{
  if (source_ != source::call)
    return end(wsa::to_portable(wsa::operation_aborted));

  // The system writes to the OVERLAPPED until the call is over, so there is no way but to wait.
  until_.reset();
  call_->cancel();
}

void blocking_wait::on_ready() noexcept
{
  if (source_ == source::call)
  {
    if (!call_->take_result(connect_ex_))
      return;
    is_timed_out_ = is_timed_out_ && connect_ex_.error != 0;
  }
  end({});
}

void blocking_wait::on_failed(const boost::system::error_code& error) noexcept
{
  if (source_ != source::call)
    return end(error);
  call_->end();
  call_->take_result(connect_ex_);
  end({});

  // Of a call that our own cancellation has ended, the failure of the wait is the reason.
  if (connect_ex_.error == static_cast<native_error>(wsa::operation_aborted))
    connect_ex_.error = to_native(error);
}

#else

void blocking_wait::cancel() noexcept { end(wsa::to_portable(wsa::operation_aborted)); }
void blocking_wait::on_ready() noexcept { end({}); }
void blocking_wait::on_failed(const boost::system::error_code& error) noexcept { end(error); }

#endif

/// Waits that the system takes in one call.
class wait_group
{
  using source = blocking_wait::source;

public:
  wait_group(blocking_wait* const* waits, std::size_t count) noexcept : waits_(waits), count_(count)
  {
  }

  /// The earliest limit.
  wait_limit until() const noexcept
  {
    wait_limit earliest;
    for (std::size_t i = 0; i != count_; ++i)
      earliest = earlier(earliest, waits_[i]->until_);
    return earliest;
  }

  /// Ends the waits whose limit is reached.
  void end_by_limit() const noexcept
  {
    for (std::size_t i = 0; i != count_; ++i)
    {
      if (!waits_[i]->is_over() && is_reached(waits_[i]->until_))
        waits_[i]->on_limit();
    }
  }

  bool is_any_over() const noexcept
  {
    return std::any_of(
        waits_, waits_ + count_, [](const blocking_wait* wait) { return wait->is_over(); });
  }

  bool has_sockets() const noexcept { return has(source::socket); }
  bool has_calls() const noexcept { return has(source::call); }

  void wait_for_sockets(int milliseconds) const noexcept
  {
    std::array<socket_wait, capacity> sockets{};
    std::array<blocking_wait*, capacity> waits{};
    const std::size_t found = find(source::socket, waits);
    for (std::size_t i = 0; i != found; ++i)
      sockets[i].socket = waits[i]->socket_;

    const native_error error = os::wait_writable(sockets.data(), found, milliseconds);
    const boost::system::error_code failure = to_portable(error);
    for (std::size_t i = 0; i != found; ++i)
    {
      if (failure && failure != wsa::interrupted)
        waits[i]->on_failed(failure);
      else if (!failure && sockets[i].is_ready)
        waits[i]->on_ready();
    }
  }

#if CONNECTEX_DETAIL_WINDOWS
  void wait_for_calls(int milliseconds) const noexcept
  {
    std::array<void*, capacity> events{};
    std::array<blocking_wait*, capacity> waits{};
    const std::size_t found = find(source::call, waits);
    for (std::size_t i = 0; i != found; ++i)
      events[i] = waits[i]->call_->event();

    std::size_t signalled = found;
    const native_error error = os::wait_for_event(events.data(), found, milliseconds, signalled);
    if (error != 0)
      waits[0]->on_failed(to_portable(error));
    else if (signalled != found)
      waits[signalled]->on_ready();
  }
#else
  static void wait_for_calls(int) noexcept {}
#endif

  /// As many as a call of every system takes.
  static constexpr std::size_t capacity = 64;

  static wait_limit earlier(const wait_limit& left, const wait_limit& right) noexcept
  {
    return left && right ? (std::min)(left, right) : left ? left : right;
  }

private:
  bool has(source wanted) const noexcept
  {
    return std::any_of(waits_, waits_ + count_,
        [wanted](const blocking_wait* wait) { return wait->source_ == wanted; });
  }

  std::size_t find(source wanted, std::array<blocking_wait*, capacity>& found) const noexcept
  {
    const auto end = std::copy_if(waits_, waits_ + count_, found.begin(),
        [wanted](const blocking_wait* wait) { return wait->source_ == wanted; });
    return static_cast<std::size_t>(end - found.begin());
  }

  blocking_wait* const* waits_;
  std::size_t count_;
};

void wait_for_any(blocking_wait* const* waits, std::size_t count, const wait_limit& until) noexcept
{
  // No call waits for everything if there are sockets and events, or more than it takes: then they
  // take turns.
  constexpr int turn = 5;

  for (;;)
  {
    wait_limit end = until;
    int calls = 0;
    bool is_any_over = false;
    for (std::size_t first = 0; first < count; first += wait_group::capacity)
    {
      const wait_group group(waits + first, (std::min)(count - first, wait_group::capacity));
      end = wait_group::earlier(end, group.until());
      calls += group.has_sockets() + group.has_calls();
      is_any_over = is_any_over || group.is_any_over();
    }
    if (is_any_over)
      return;

    const int all = remaining_milliseconds(end);
    const int milliseconds = calls > 1 && (all < 0 || all > turn) ? turn : all;
    if (calls == 0)
      os::sleep(milliseconds);
    for (std::size_t first = 0; first < count; first += wait_group::capacity)
    {
      const wait_group group(waits + first, (std::min)(count - first, wait_group::capacity));
      if (group.has_sockets())
        group.wait_for_sockets(milliseconds);
      if (group.has_calls())
        group.wait_for_calls(milliseconds);

      // Only now: what was over in time has won, however late the thread has come to ask.
      group.end_by_limit();
    }
    if (is_reached(until))
      return;
  }
}

boost::system::error_code get_connect_error(native_socket socket) noexcept
{
  native_error result = 0;
  const native_error unknown = os::get_socket_error(socket, result);
  return to_portable(unknown != 0 ? unknown : result);
}

} // namespace connectex::detail
