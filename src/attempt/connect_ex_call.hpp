// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_SRC_ATTEMPT_CONNECT_EX_CALL_HPP
#define CONNECTEX_SRC_ATTEMPT_CONNECT_EX_CALL_HPP

#include <connectex/detail/platform.hpp>

#if CONNECTEX_DETAIL_WINDOWS

#if !defined(WIN32_LEAN_AND_MEAN)
#define WIN32_LEAN_AND_MEAN
#endif
#if !defined(NOMINMAX)
#define NOMINMAX
#endif

#include <connectex/detail/attempt/blocking_wait.hpp>
#include <connectex/detail/system/types.hpp>

#include <cstddef>

#include <winsock2.h>

namespace connectex::detail
{

class connect_ex_call
{
public:
  explicit connect_ex_call(native_socket socket) noexcept : socket_(socket) {}

  connect_ex_call(const connect_ex_call&) = delete;
  connect_ex_call& operator=(const connect_ex_call&) = delete;

  /// Cancels the call if it is not over, and waits for its end: until then the system writes here.
  ~connect_ex_call();

  /// @returns Why the call has failed at once.
  native_error start(connect_ex_function function, const void* peer, std::size_t peer_size,
      const void* data, std::size_t data_size) noexcept;

  /// Signalled when the call is over.
  void* event() const noexcept { return event_; }

  /// The handle may be another socket's from now on, and is not used any more.
  void on_closed() noexcept { is_closed_ = true; }

  void cancel() noexcept;

  /// The same, and waits until it is over, by whatever means are left when the wait for the event
  /// has failed.
  void end() noexcept;

  /// How it has ended. To be called when the event is signalled.
  /**
   * @returns False if it has not: a provider may have left the event as an earlier call did.
   */
  bool take_result(connect_ex_result& result) noexcept;

private:
  bool get_result(connect_ex_result& result) noexcept;

  native_socket socket_;
  void* event_ = nullptr;
  bool is_pending_ = false;
  bool is_closed_ = false;
  OVERLAPPED overlapped_ = {};
};

} // namespace connectex::detail

#endif // CONNECTEX_DETAIL_WINDOWS

#endif // CONNECTEX_SRC_ATTEMPT_CONNECT_EX_CALL_HPP
