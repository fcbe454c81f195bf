// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_DETAIL_ATTEMPT_BLOCKING_WAIT_HPP
#define CONNECTEX_DETAIL_ATTEMPT_BLOCKING_WAIT_HPP

#include <connectex/detail/platform.hpp>
#include <connectex/detail/system/types.hpp>

#include <boost/system/error_code.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>

namespace connectex::detail
{

/// When a wait of the calling thread ends at the latest; never if there is none.
using wait_limit = std::optional<std::chrono::steady_clock::time_point>;

/// How such a wait has ended.
struct wait_result
{
  boost::system::error_code error;
  std::size_t bytes_transferred = 0;
};

#if CONNECTEX_DETAIL_WINDOWS

/// A call of ConnectEx whose packet does not come to the completion port of the socket.
class connect_ex_call;

struct connect_ex_call_deleter
{
  CONNECTEX_DECL void operator()(connect_ex_call* call) const noexcept;
};

/// How such a call has ended.
struct connect_ex_result
{
  native_error error = 0;
  std::size_t bytes_transferred = 0;

  /// The call itself has failed.
  bool is_immediate = false;
};

#endif

/// One thing that the calling thread waits for, alone or among others: a time, a socket, or a call
/// of ConnectEx.
class blocking_wait
{
public:
  using clock = std::chrono::steady_clock;
  using time_point = clock::time_point;

  blocking_wait() = default;

  /// @param may_block Whether a system call may keep the thread, which waits for nothing else then,
  /// and without a limit.
  blocking_wait(const wait_limit& until, bool may_block) noexcept
    : until_(until), may_block_(may_block)
  {
  }

  bool may_block() const noexcept { return may_block_; }

  // One of these begins it. It is over already if none is called.

  CONNECTEX_DECL void for_time(time_point end) noexcept;

  /// Until the socket is writable, or a connect that it has begun has failed.
  CONNECTEX_DECL void for_writable(native_socket socket) noexcept;

  /// The same, after the system's ordinary connect.
  /**
   * @param socket A socket in non-blocking mode.
   */
  CONNECTEX_DECL void for_connect(
      native_socket socket, const void* peer, std::size_t peer_size) noexcept;

#if CONNECTEX_DETAIL_WINDOWS
  /// No asynchronous procedure call of the thread is run meanwhile.
  CONNECTEX_DECL void for_connect_ex(connect_ex_function function, native_socket socket,
      const void* peer, std::size_t peer_size, const void* data, std::size_t data_size);
#endif

  /// It is over.
  CONNECTEX_DECL void end(const boost::system::error_code& error) noexcept;

  /// It ends as soon as the system lets it, with operation_aborted if nothing else has ended it.
  CONNECTEX_DECL void cancel() noexcept;

  /// The same, because the socket has been closed.
  CONNECTEX_DECL void on_closed() noexcept;

  bool is_over() const noexcept { return source_ == source::nothing; }

  // Once it is over.

  const boost::system::error_code& error() const noexcept { return error_; }

  /// Whether its limit has ended it.
  bool is_timed_out() const noexcept { return is_timed_out_; }

#if CONNECTEX_DETAIL_WINDOWS
  const connect_ex_result& connect_ex() const noexcept { return connect_ex_; }
#endif

private:
  friend class wait_group;

  enum class source : unsigned char
  {
    nothing,
    time,
    socket,
    call
  };

  void on_limit() noexcept;
  void on_ready() noexcept;
  void on_failed(const boost::system::error_code& error) noexcept;

  wait_limit until_;
  bool may_block_ = false;
  bool is_timed_out_ = false;
  source source_ = source::nothing;
  native_socket socket_ = {};
  boost::system::error_code error_;

#if CONNECTEX_DETAIL_WINDOWS
  connect_ex_result connect_ex_;
  std::unique_ptr<connect_ex_call, connect_ex_call_deleter> call_;
#endif
};

/// Waits until one of the waits is over, or until a time.
CONNECTEX_DECL void wait_for_any(
    blocking_wait* const* waits, std::size_t count, const wait_limit& until) noexcept;

/// How a connect has ended that went on after the call, and whose wait is over.
CONNECTEX_DECL boost::system::error_code get_connect_error(native_socket socket) noexcept;

} // namespace connectex::detail

#endif // CONNECTEX_DETAIL_ATTEMPT_BLOCKING_WAIT_HPP
