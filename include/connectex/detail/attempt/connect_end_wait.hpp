// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_DETAIL_ATTEMPT_CONNECT_END_WAIT_HPP
#define CONNECTEX_DETAIL_ATTEMPT_CONNECT_END_WAIT_HPP

#include <connectex/detail/attempt/blocking_wait.hpp>

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/cancellation_type.hpp>
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
 *
 * The handler's type is not known here, so that the waits are not compiled for each handler.
 */
template <typename Socket>
class twin_waits
{
public:
  using error_code = boost::system::error_code;
  using pointer = std::shared_ptr<twin_waits>;

  explicit twin_waits(Socket& socket) : socket_(socket), handle_(socket.native_handle()) {}

  twin_waits(const twin_waits&) = delete;
  twin_waits& operator=(const twin_waits&) = delete;

  /// @param executor Where the handler is called.
  template <typename Executor>
  static void start(const pointer& waits, const Executor& executor)
  {
    for (const auto type :
        {boost::asio::socket_base::wait_write, boost::asio::socket_base::wait_error})
      waits->socket_.async_wait(type, boost::asio::bind_executor(executor, on_one_ended{waits}));
  }

  void cancel()
  {
    // Held over the call: once both waits have ended, the socket may be destroyed.
    const std::lock_guard<std::mutex> lock(mutex_);
    cancel_both();
  }

protected:
  ~twin_waits() = default;

  /// Calls the handler when the memory of @p waits, which is this object, is free.
  virtual void complete(pointer waits, const error_code& result) = 0;

private:
  struct on_one_ended
  {
    void operator()(const error_code& error)
    {
      if (const auto result = waits->end(error))
      {
        twin_waits& ended = *waits;
        ended.complete(std::move(waits), *result);
      }
    }

    pointer waits;
  };

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
};

/// The same with their handler.
template <typename Socket, typename Handler>
class twin_waits_with_handler final : public twin_waits<Socket>
{
public:
  twin_waits_with_handler(Socket& socket, Handler&& handler)
    : twin_waits<Socket>(socket), handler_(std::move(handler))
  {
  }

private:
  void complete(
      std::shared_ptr<twin_waits<Socket>> waits, const boost::system::error_code& result) override
  {
    Handler handler(std::move(handler_));
    waits.reset();
    std::move(handler)(result, std::size_t(0));
  }

  Handler handler_;
};

/// Stops the waits of a connect that may be over.
template <typename Socket>
struct twin_waits_cancellation
{
  void operator()(boost::asio::cancellation_type) const
  {
    if (const auto live = waits.lock())
      live->cancel();
  }

  std::weak_ptr<twin_waits<Socket>> waits;
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
    using waits_type = twin_waits_with_handler<Socket, std::decay_t<Handler>>;
    auto slot = boost::asio::get_associated_cancellation_slot(handler);
    const auto executor = boost::asio::get_associated_executor(handler, socket.get_executor());
    const std::shared_ptr<twin_waits<Socket>> waits(
        new waits_type(socket, std::forward<Handler>(handler)));
    if (slot.is_connected())
      slot.template emplace<twin_waits_cancellation<Socket>>(
          twin_waits_cancellation<Socket>{waits});
    twin_waits<Socket>::start(waits, executor);
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
};

} // namespace connectex::detail

#endif // CONNECTEX_DETAIL_ATTEMPT_CONNECT_END_WAIT_HPP
