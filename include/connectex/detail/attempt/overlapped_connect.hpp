// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_DETAIL_ATTEMPT_OVERLAPPED_CONNECT_HPP
#define CONNECTEX_DETAIL_ATTEMPT_OVERLAPPED_CONNECT_HPP

#include <connectex/detail/asio_platform.hpp>

#if CONNECTEX_DETAIL_HAS_CONNECT_EX

#include <connectex/detail/attempt/await.hpp>
#include <connectex/detail/attempt/blocking_wait.hpp>
#include <connectex/detail/attempt/cancel_connect_ex.hpp>
#include <connectex/detail/attempt/stale_error.hpp>
#include <connectex/detail/system/types.hpp>
#include <connectex/detail/system/winsock.hpp>

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/windows/overlapped_ptr.hpp>
#include <boost/system/error_category.hpp>
#include <boost/system/error_code.hpp>
#include <boost/system/system_category.hpp>

#include <optional>
#include <string>
#include <utility>

namespace connectex::detail
{

/// Marks an error that ConnectEx returned, as opposed to one that its packet brought.
/**
 * Both come back through Asio as the error of the packet. The category carries the knowledge that
 * the call failed at once to the place where the result is made. Users never see it.
 */
class immediate_error_category final : public boost::system::error_category
{
public:
  constexpr immediate_error_category() noexcept : boost::system::error_category(0x4be1d8a55c0f7e23)
  {
  }

  const char* name() const noexcept override { return "connectex.immediate"; }

  std::string message(int value) const override
  {
    return boost::system::system_category().message(value);
  }
};

inline const boost::system::error_category& immediate_category() noexcept
{
  static const immediate_error_category instance;
  return instance;
}

/// Cancels one pending call and no other, of the same socket or of another.
template <typename Socket>
class overlapped_cancellation
{
public:
  overlapped_cancellation(Socket& socket, _OVERLAPPED* overlapped)
    : socket_(socket), handle_(socket.native_handle()), overlapped_(overlapped)
  {
  }

  void operator()(boost::asio::cancellation_type) const
  {
    // Once the user has closed the socket, both the handle and the address may be those of another
    // operation: the packet of this one may have been taken from the port already.
    if (socket_.is_open() && socket_.native_handle() == handle_)
      cancel_connect_ex(handle_, overlapped_);
  }

private:
  Socket& socket_;
  native_socket handle_;
  _OVERLAPPED* overlapped_;
};

/// What closed_socket_wait is elsewhere, by a packet as that of a ConnectEx.
struct packet_without_call : wait_for_nothing
{
  template <typename Socket, typename Handler>
  void start(Socket& socket, Handler&& handler) const
  {
    boost::asio::windows::overlapped_ptr packet(
        socket.get_executor(), std::forward<Handler>(handler));
    packet.complete({}, 0);
  }
};

/// Calls ConnectEx, and waits for its packet. A wait in the sense of await.hpp.
template <typename Endpoint>
class overlapped_connect
{
public:
  overlapped_connect(connect_ex_function function, const Endpoint& peer,
      const boost::asio::const_buffer& data) noexcept
    : function_(function), peer_(peer), data_(data)
  {
  }

  template <typename Socket, typename Handler>
  void start(Socket& socket, Handler&& handler) const
  {
    const native_socket handle = socket.native_handle();
    auto slot = boost::asio::get_associated_cancellation_slot(handler);
    boost::asio::windows::overlapped_ptr overlapped(
        socket.get_executor(), std::forward<Handler>(handler));

    // Before the call, while a failed allocation can still unwind.
    if (slot.is_connected())
      slot.template emplace<overlapped_cancellation<Socket>>(socket, overlapped.get());

    const native_error error = past_stale_error(
        [&]
        {
          return os::connect_ex(function_, handle, peer_.data(), peer_.size(), data_.data(),
              data_.size(), overlapped.get());
        });
    if (error == 0 || error == io_pending)
      overlapped.release();
    else
      overlapped.complete({static_cast<int>(error), immediate_category()}, 0);
  }

  template <typename Socket>
  void begin(Socket& socket, blocking_wait& wait) const
  {
    wait.for_connect_ex(
        function_, socket.native_handle(), peer_.data(), peer_.size(), data_.data(), data_.size());
  }

  template <typename Socket>
  std::optional<wait_result> finish(Socket&, blocking_wait& wait) const
  {
    const connect_ex_result& end = wait.connect_ex();
    wait_result result{{}, end.bytes_transferred};
    if (end.error != 0)
      result.error.assign(static_cast<int>(end.error),
          end.is_immediate ? immediate_category() : boost::system::system_category());
    return result;
  }

private:
  static constexpr native_error io_pending = 997; // WSA_IO_PENDING

  connect_ex_function function_;
  Endpoint peer_;
  boost::asio::const_buffer data_;
};

} // namespace connectex::detail

#endif // CONNECTEX_DETAIL_HAS_CONNECT_EX

#endif // CONNECTEX_DETAIL_ATTEMPT_OVERLAPPED_CONNECT_HPP
