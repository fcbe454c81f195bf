// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_DETAIL_ATTEMPT_CONNECT_END_WAIT_HPP
#define CONNECTEX_DETAIL_ATTEMPT_CONNECT_END_WAIT_HPP

#include <connectex/detail/attempt/blocking_wait.hpp>

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/recycling_allocator.hpp>
#include <boost/asio/socket_base.hpp>
#include <boost/system/error_code.hpp>

#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <type_traits>
#include <utility>

namespace connectex::detail
{

/// Two waits on one socket, of which the first that ends cancels the other.
/**
 * They end when both have. No other operation of the socket can be in flight, so the socket itself
 * is told to cancel: on Windows Asio cannot cancel a wait for an exceptional condition alone.
 */
template <typename Socket, typename Handler>
class twin_waits
{
public:
  using error_code = boost::system::error_code;

  twin_waits(Socket& socket, Handler&& handler)
    : socket_(socket), handle_(socket.native_handle()), handler_(std::move(handler))
  {
  }

  void cancel()
  {
    // Held over the call: once both waits have ended, the socket may be destroyed.
    const std::lock_guard<std::mutex> lock(mutex_);
    cancel_both();
  }

  /// One wait has ended. Returns the result of both if it was the last: a success if either had
  /// one.
  std::optional<error_code> end(const error_code& error)
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (first_)
      return *first_ ? error : *first_;
    first_ = error;
    cancel_both();
    return std::nullopt;
  }

  Handler release() { return std::move(handler_); }

private:
  void cancel_both()
  {
    // The user may have closed the socket, and opened it for something else.
    error_code ignored;
    if (socket_.is_open() && socket_.native_handle() == handle_)
      socket_.cancel(ignored);
  }

  std::mutex mutex_;
  Socket& socket_;
  typename Socket::native_handle_type handle_;
  std::optional<error_code> first_;
  Handler handler_;
};

/// Waits until a connect that Winsock's ordinary call has begun is over. A wait in the sense of
/// await.hpp.
/**
 * A socket that has connected becomes writable. One that has failed to does not: it has an
 * exceptional condition.
 */
struct connect_end_wait
{
  template <typename Socket, typename Handler>
  void start(Socket& socket, Handler&& handler) const
  {
    using waits_type = twin_waits<Socket, std::decay_t<Handler>>;
    auto slot = boost::asio::get_associated_cancellation_slot(handler);
    const auto executor = boost::asio::get_associated_executor(handler, socket.get_executor());
    const auto waits = std::allocate_shared<waits_type>(
        boost::asio::recycling_allocator<waits_type>(), socket, std::forward<Handler>(handler));
    if (slot.is_connected())
    {
      slot.assign(
          [target = std::weak_ptr<waits_type>(waits)](boost::asio::cancellation_type)
          {
            if (const auto live = target.lock())
              live->cancel();
          });
    }

    auto on_end = boost::asio::bind_executor(executor,
        [waits](const boost::system::error_code& error) mutable
        { complete(std::move(waits), error); });
    socket.async_wait(boost::asio::socket_base::wait_write, on_end);
    socket.async_wait(boost::asio::socket_base::wait_error, on_end);
  }

  template <typename Socket>
  void begin(Socket& socket, blocking_wait& wait) const
  {
    wait.for_writable(socket.native_handle());
  }

  template <typename Socket>
  std::optional<wait_result> finish(Socket&, blocking_wait& wait) const
  {
    return wait_result{wait.error()};
  }

private:
  template <typename Waits>
  static void complete(std::shared_ptr<Waits> waits, const boost::system::error_code& error)
  {
    const auto result = waits->end(error);
    if (!result)
      return;
    auto handler = waits->release();
    waits.reset();
    std::move(handler)(*result, std::size_t(0));
  }
};

} // namespace connectex::detail

#endif // CONNECTEX_DETAIL_ATTEMPT_CONNECT_END_WAIT_HPP
