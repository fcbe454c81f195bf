// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_DETAIL_CONNECT_EX_ATTEMPT_HPP
#define CONNECTEX_DETAIL_CONNECT_EX_ATTEMPT_HPP

#include <connectex/detail/asio_platform.hpp>
#include <connectex/detail/attempt/implicit_bind.hpp>
#include <connectex/detail/attempt/to_portable.hpp>
#include <connectex/detail/system/types.hpp>
#include <connectex/detail/system/winsock.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/windows/overlapped_ptr.hpp>

#include <cstddef>
#include <cstdint>
#include <utility>

#if CONNECTEX_DETAIL_HAS_CONNECT_EX

namespace connectex::detail
{

/// Cancels one pending call and no other of the same socket.
class overlapped_cancellation
{
public:
  overlapped_cancellation(native_socket socket, _OVERLAPPED* overlapped) noexcept
    : socket_(socket), overlapped_(overlapped)
  {
  }

  void operator()(boost::asio::cancellation_type) const noexcept
  {
    // The one expected failure, ERROR_NOT_FOUND, says that the packet is already on its way.
    os::cancel_overlapped(socket_, overlapped_);
  }

private:
  native_socket socket_;
  _OVERLAPPED* overlapped_;
};

/// One attempt on one endpoint by ConnectEx, on the completion port that Asio has bound the socket to.
class connect_ex_attempt
{
public:
  explicit connect_ex_attempt(connect_ex_function function) noexcept : function_(function) {}

  /// ConnectEx on other families is not dependable: AF_UNIX peers come back with junk addresses.
  static bool serves(int family) noexcept
  {
    return family == boost::asio::ip::tcp::v4().family()
        || family == boost::asio::ip::tcp::v6().family();
  }

  /// Starts the call. @p op is completed with the number that the system gave, never from here.
  template <typename Socket, typename Op>
  void start(Socket& socket, typename Socket::endpoint_type peer, boost::asio::const_buffer head,
      boost::asio::cancellation_slot slot, Op&& op) const
  {
    const native_socket handle = socket.native_handle();
    boost::asio::windows::overlapped_ptr overlapped(socket.get_executor(), std::forward<Op>(op));

    // Before the call, while a failed allocation can still unwind.
    if (slot.is_connected())
      slot.template emplace<overlapped_cancellation>(handle, overlapped.get());

    const native_error error = os::connect_ex(
        function_, handle, peer.data(), peer.size(), head.data(), head.size(), overlapped.get());
    if (error == 0 || error == io_pending)
      overlapped.release();
    else
      overlapped.complete(native_error_code(error), 0);
  }

  /// Whether @p error comes from the call itself. Calls give Winsock numbers and packets Win32 numbers.
  static bool failed_at_once(const boost::system::error_code& error) noexcept
  {
    return error.value() >= first_winsock_number;
  }

  /// Whether the peer may have seen a failed attempt succeed, and with it the first flight.
  static bool may_have_connected(native_socket handle) noexcept
  {
    std::uint32_t seconds = os::not_connected;
    return os::get_connect_time(handle, seconds) != 0 || seconds != os::not_connected;
  }

  /// What has to happen between a packet that says success and a socket that is like any other.
  static boost::system::error_code finish(native_socket handle) noexcept
  {
    return portable_error(os::update_connect_context(handle));
  }

private:
  static constexpr native_error io_pending = 997;
  static constexpr int first_winsock_number = 10000;

  connect_ex_function function_;
};

} // namespace connectex::detail

#endif // CONNECTEX_DETAIL_HAS_CONNECT_EX

#endif // CONNECTEX_DETAIL_CONNECT_EX_ATTEMPT_HPP
