// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_DETAIL_ATTEMPT_LINUX_ATTEMPT_HPP
#define CONNECTEX_DETAIL_ATTEMPT_LINUX_ATTEMPT_HPP

#include <connectex/detail/asio_platform.hpp>

#if CONNECTEX_DETAIL_LINUX

#include <connectex/connect_options.hpp>
#include <connectex/connect_report.hpp>
#include <connectex/detail/attempt/await.hpp>
#include <connectex/detail/attempt/linux_connect.hpp>
#include <connectex/detail/attempt/native_error.hpp>
#include <connectex/detail/attempt/protocol.hpp>
#include <connectex/detail/attempt/system_result.hpp>
#include <connectex/detail/decide/attempt_result.hpp>
#include <connectex/detail/decide/first_flight.hpp>
#include <connectex/detail/system/types.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/system/error_code.hpp>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <sys/socket.h>
#include <sys/uio.h>
#include <type_traits>
#include <utility>

namespace connectex::detail
{

/// The next buffers of a first flight, in the form that the kernel takes.
class iovec_array
{
public:
  // As many as asio::async_write hands over at a time.
  static constexpr std::size_t capacity = 64;

  template <typename Flight>
  explicit iovec_array(const Flight& flight)
  {
    flight.visit_next(
        [&](const boost::asio::const_buffer& buffer)
        {
          blocks_[count_++] = {const_cast<void*>(buffer.data()), buffer.size()};
          return count_ != capacity;
        });
  }

  iovec_view view() const noexcept { return {blocks_.data(), count_}; }

private:
  std::array<iovec, capacity> blocks_;
  std::size_t count_ = 0;
};

/// Connects by Linux's own calls and sends at once. attempt.hpp describes the shape.
class linux_attempt
{
public:
  using immediate_wait = closed_socket_wait;

  static constexpr bool can_disconnect = true;

  linux_attempt() noexcept
    : sent_with_syn_(0), left_(0), restore_blocking_(false), in_use_(false), is_new_(false)
  {
  }

  void set_in_use(bool in_use) noexcept { in_use_ = in_use; }
  bool is_in_use() const noexcept { return in_use_; }

  template <typename Protocol>
  static constexpr bool connects_all = std::is_same_v<Protocol, boost::asio::ip::tcp>;

  /// On other protocols a send that succeeds does not say that the connection stands.
  template <typename Op>
  static bool find(Op& op) noexcept
  {
    return is_tcp(op.peer().protocol()) || op.peer().protocol().family() == AF_UNIX;
  }

  template <typename Op>
  void prepare(Op& op, bool known_unbound)
  {
    is_new_ = known_unbound;
    if (is_fast_open_wanted(op) && !is_tcp(op.peer().protocol()))
      op.record_fast_open(boost::asio::error::operation_not_supported);
  }

  template <typename Op>
  std::optional<attempt_result> start(Op& op, bool)
  {
    sent_with_syn_ = 0;
    remember(remains::nothing);
    if (!op.may_block() || !is_tcp(op.peer().protocol()))
    {
      if (const boost::system::error_code error = set_non_blocking(op.socket()))
        return failure(op, error, true);
    }

    const iovec_array flight(op.flight());
    const linux_connect connect(op.handle(), op.peer().data(), op.peer().size(), flight.view());
    native_error refusal = 0;
    const bool is_plain = !is_fast_open_wanted(op) || !is_tcp(op.peer().protocol());
    linux_connect::progress progress =
        is_plain ? connect.start(is_new_) : connect.start_fast_open(is_new_, refusal);
    if (!is_plain)
      op.record_fast_open(to_portable(refusal));

    // A call that may block fails also when the peer has answered.
    if (op.may_block() && progress.error != 0 && progress.left == remains::nothing)
      progress.left = remains::a_disconnected_socket;
    return proceed(op, progress);
  }

  template <typename Op>
  std::optional<attempt_result> resume(Op& op, const boost::system::error_code& error, std::size_t)
  {
    // Asio's io_uring back end has other words for this.
    if (op.is_closed())
      return failure(op, boost::asio::error::operation_aborted, false);
    if (error)
      return failure(op, error, false);

    // A connection that stands has won, whatever asked to stop it.
    const iovec_array flight(op.flight());
    const linux_connect connect(op.handle(), op.peer().data(), op.peer().size(), flight.view());
    return proceed(op, connect.resume(sent_with_syn_));
  }

  template <typename Op>
  bool disconnect(Op& op, const boost::system::error_code&) noexcept
  {
    const remains left = static_cast<remains>(left_);
    remember(remains::nothing);
    return linux_connect::disconnect(op.handle(), left);
  }

  /// A write by Asio would be compiled for each handler once more.
  template <typename Op>
  static std::optional<wait_result> write(Op& op)
  {
    const iovec_array next(op.flight());
    std::size_t sent = 0;
    const native_error error = linux_connect::write(op.handle(), next.view(), sent);
    if (error != EAGAIN)
      return wait_result{to_portable(error), sent};

    // Not before the write: a socket with some room, but not much, is not called writable.
    op.await(writable_wait());
    return std::nullopt;
  }

private:
  using remains = linux_connect::remains;

  // No templates: in those GCC 14 warns of each assignment to a part of a word.
  void remember(remains left) noexcept { left_ = static_cast<std::uint32_t>(left) & 3; }

  void remember_sent_with_syn(std::size_t bytes) noexcept
  {
    sent_with_syn_ = static_cast<std::uint32_t>(bytes) & max_sent_with_syn;
  }

  template <typename Op>
  static bool is_fast_open_wanted(Op& op)
  {
    return op.options().fast_open != fast_open_mode::off && op.flight().size() != 0;
  }

  template <typename Op>
  std::optional<attempt_result> proceed(Op& op, const linux_connect::progress& progress)
  {
    remember(progress.left);
    if (sent_with_syn_ == 0 && progress.sent_with_syn != 0)
    {
      remember_sent_with_syn(progress.sent_with_syn);
      op.flight().consume(progress.sent_with_syn);
    }
    if (progress.pending)
    {
      // If the operation was asked to stop, this wait does not begin, or ends at once.
      op.await(writable_wait());
      return std::nullopt;
    }
    if (progress.error != 0)
      return failure(op, to_portable(progress.error), progress.left == remains::nothing);
    return success(op, progress);
  }

  template <typename Op>
  std::optional<attempt_result> success(Op& op, const linux_connect::progress& progress)
  {
    restore_blocking(op.socket());
    std::optional<attempt_result> result(std::in_place);
    result->call = connect_call::connect;
    result->sent = progress.sent;
    if (progress.sent != 0)
      result->path = first_flight_path::after_connect;
    if (progress.sent_with_syn == 0)
      op.flight().consume(progress.sent);
    if (progress.sent_with_syn != 0 && op.has_report()
        && linux_connect::is_syn_data_acknowledged(op.handle()))
    {
      result->sent_in_connect = progress.sent_with_syn;
      result->path = first_flight_path::in_syn;
    }
    return result;
  }

  template <typename Op>
  attempt_result failure(Op& op, const boost::system::error_code& error, bool immediate) const
  {
    attempt_result result = result_of_failure(op.handle(), op.peer().protocol().family(), error);
    result.call = connect_call::connect;
    result.immediate = immediate;
    result.may_have_connected =
        linux_connect::may_have_connected(result.native) || is_sent_in_syn_without_consent(op);
    result.sent = result.sent_in_connect = sent_with_syn_;
    result.path = sent_with_syn_ != 0 ? first_flight_path::in_syn : first_flight_path::none;
    return result;
  }

  /// Whether the kernel has sent bytes with the SYN because the caller had told it so by a socket
  /// option, which does not say that they may be sent twice.
  template <typename Op>
  bool is_sent_in_syn_without_consent(Op& op) const
  {
    return sent_with_syn_ != 0 && op.options().fast_open != fast_open_mode::idempotent_data;
  }

  template <typename Socket>
  boost::system::error_code set_non_blocking(Socket& socket)
  {
    boost::system::error_code error;
    if (!socket.native_non_blocking())
    {
      socket.native_non_blocking(true, error);
      restore_blocking_ = CONNECTEX_DETAIL_HAS_IO_URING;
    }
    return error;
  }

  /// Asio's own operations need the non-blocking mode too, except through io_uring, which serves a
  /// socket that blocks with fewer system calls.
  template <typename Socket>
  void restore_blocking(Socket& socket) const
  {
    boost::system::error_code ignored;
    if (restore_blocking_)
      socket.native_non_blocking(false, ignored);
  }

  static constexpr std::uint32_t max_sent_with_syn = (1u << 27) - 1;

  // Packed into four bytes, because each pending operation keeps them. max_write needs 17 bits.
  std::uint32_t sent_with_syn_ : 27;
  std::uint32_t left_ : 2;
  bool restore_blocking_ : 1;
  bool in_use_ : 1;

  // Opened by the operation, and nothing has had an opportunity to set an option of it.
  bool is_new_ : 1;
};

} // namespace connectex::detail

#endif // CONNECTEX_DETAIL_LINUX

#endif // CONNECTEX_DETAIL_ATTEMPT_LINUX_ATTEMPT_HPP
