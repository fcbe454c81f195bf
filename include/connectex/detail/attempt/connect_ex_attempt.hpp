// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_DETAIL_ATTEMPT_CONNECT_EX_ATTEMPT_HPP
#define CONNECTEX_DETAIL_ATTEMPT_CONNECT_EX_ATTEMPT_HPP

#include <connectex/detail/asio_platform.hpp>

#if CONNECTEX_DETAIL_HAS_CONNECT_EX

#include <connectex/connect_options.hpp>
#include <connectex/connect_report.hpp>
#include <connectex/detail/attempt/connect_end_wait.hpp>
#include <connectex/detail/attempt/generic_attempt.hpp>
#include <connectex/detail/attempt/implicit_bind.hpp>
#include <connectex/detail/attempt/native_error.hpp>
#include <connectex/detail/attempt/overlapped_connect.hpp>
#include <connectex/detail/attempt/preconditions.hpp>
#include <connectex/detail/attempt/protocol.hpp>
#include <connectex/detail/attempt/stale_error.hpp>
#include <connectex/detail/attempt/system_connect_ex.hpp>
#include <connectex/detail/attempt/windows_options.hpp>
#include <connectex/detail/decide/attempt_result.hpp>
#include <connectex/detail/decide/stopping.hpp>
#include <connectex/detail/system/types.hpp>
#include <connectex/detail/system/winsock.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/system/error_code.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <type_traits>

namespace connectex::detail
{

/// Connects by ConnectEx, on the completion port that Asio has bound the socket to, and sends the
/// head of the first flight in the same call. attempt.hpp describes the shape.
/**
 * Only the system's own function is given the head: layered providers miscount the bytes, and one
 * that is a proxy hands them to the proxy. Where a layer has no ConnectEx, the attempt connects by
 * Winsock's ordinary call. Asio's connect does not serve there: it has one function for all sockets
 * of an execution context, which may be another provider's, or fail in the same way.
 */
class connect_ex_attempt
{
public:
  /// The function of the socket's own provider; null if it has none.
  struct function_of_socket
  {
    explicit operator bool() const noexcept { return is_internet; }

    bool is_internet = false;
    connect_ex_function function = nullptr;
  };

  using immediate_wait = packet_without_call;

  /// Windows has no such call.
  static constexpr bool can_disconnect = false;

  template <typename Protocol>
  static constexpr bool connects_all = std::is_same_v<Protocol, boost::asio::ip::tcp>;

  void set_in_use(bool in_use) noexcept { in_use_ = in_use; }
  bool is_in_use() const noexcept { return in_use_; }

  template <typename Op>
  static function_of_socket find(Op& op) noexcept
  {
    // ConnectEx on other families is not dependable: AF_UNIX peers come back with junk addresses.
    function_of_socket found;
    found.is_internet = is_internet(op.peer().protocol());
    if (found.is_internet && os::get_connect_ex(op.handle(), found.function) != 0)
      found.function = nullptr;
    return found;
  }

  template <typename Op>
  void prepare(Op& op, bool known_unbound)
  {
    known_unbound_ = known_unbound;
    set_windows_options(op);
  }

  template <typename Op>
  std::optional<attempt_result> start(Op& op, const function_of_socket& found)
  {
    offered_ = 0;
    if (!found.function)
      return connect_ordinarily(op);

    const int family = op.peer().protocol().family();
    const native_error error =
        implicit_bind(op.handle(), family, known_unbound_, op.options().reuse_unicast_port);
    if (error != 0)
      return failed_attempt(error);
    known_unbound_ = false;

    boost::asio::const_buffer head;
    const bool is_layered = !is_system_connect_ex(found.function, family);
    if (!is_layered)
      head = op.flight().head();
    offered_ = static_cast<std::uint16_t>(head.size());
    call_ = is_layered ? connect_call::layered_connect_ex : connect_call::connect_ex;
    op.await(overlapped_connect(found.function, op.peer(), head));
    return std::nullopt;
  }

  template <typename Op>
  std::optional<attempt_result> resume(
      Op& op, const boost::system::error_code& error, std::size_t bytes)
  {
    op.flight().release_head();
    if (call_ == connect_call::connect)
      return error ? on_failure(op, error) : on_connect_ended(op);
    if (!error)
      return on_success(op, bytes);
    if (is_missing_below(error) && !op.is_closed())
      return connect_ordinarily(op);
    return on_failure(op, error);
  }

  template <typename Op>
  static bool disconnect(Op&, const boost::system::error_code&) noexcept
  {
    return false;
  }

  template <typename Op>
  static std::optional<wait_result> write(Op& op)
  {
    return generic_attempt::write(op);
  }

private:
  attempt_result made_by_call(attempt_result result) const noexcept
  {
    result.call = call_;
    return result;
  }

  /// Whether a layer says that the provider below it has no ConnectEx. Microsoft's own sample of a
  /// layer says so by WSAEFAULT; the system's own function means the caller's mistake by it.
  bool is_missing_below(const boost::system::error_code& error) const noexcept
  {
    constexpr int fault = 10014; // WSAEFAULT
    constexpr int operation_not_supported = 10045; // WSAEOPNOTSUPP
    return call_ == connect_call::layered_connect_ex && error.category() == immediate_category()
        && (error.value() == fault || error.value() == operation_not_supported);
  }

  /// Begins a connect without ConnectEx; the whole first flight follows it.
  template <typename Op>
  std::optional<attempt_result> connect_ordinarily(Op& op)
  {
    boost::system::error_code mode_error;
    op.socket().native_non_blocking(true, mode_error);
    if (mode_error)
      return failed_attempt(mode_error);

    call_ = connect_call::connect;
    const native_error answer = past_stale_error(
        [&] { return os::connect(op.handle(), op.peer().data(), op.peer().size()); });
    const native_error error = explain_failure(op.handle(), op.peer().protocol().family(), answer);
    constexpr native_error would_block = 10035; // WSAEWOULDBLOCK
    if (error != 0 && error != would_block)
    {
      attempt_result result = made_by_call(failed_attempt(error));
      result.immediate = true;
      return result;
    }
    op.await(connect_end_wait());
    return std::nullopt;
  }

  template <typename Op>
  attempt_result on_connect_ended(Op& op) const
  {
    if (op.is_closed())
      return made_by_call({});
    native_error result = 0;
    if (const native_error error = os::get_socket_error(op.handle(), result))
      return made_by_call(failed_attempt(error));
    return made_by_call(result != 0 ? failed_attempt(result) : attempt_result());
  }

  /// A packet says success. The socket is like any other only when the system has been told to
  /// update it.
  template <typename Op>
  attempt_result on_success(Op& op, std::size_t bytes) const
  {
    attempt_result result;
    if (!op.is_closed())
    {
      if (const native_error error = os::update_connect_context(op.handle()))
        result = failed_attempt(error);
    }
    result.call = call_;
    result.may_have_connected = true;

    // A count beyond what was offered has been seen from broken layered providers.
    result.sent = result.sent_in_connect = (std::min)(bytes, std::size_t(offered_));
    op.flight().consume(result.sent);
    result.path = result.sent != 0 ? first_flight_path::in_connect : first_flight_path::none;
    return result;
  }

  template <typename Op>
  attempt_result on_failure(Op& op, const boost::system::error_code& error) const
  {
    attempt_result result = made_by_call(failed_attempt(error));
    if (error.category() == immediate_category())
    {
      // This category is not the system's, so the number has not been translated yet.
      result.error = to_portable(to_native(error));
      result.immediate = true;
    }
    else if (op.is_closed()) // It cannot be asked any more.
      result.may_have_connected = offered_ != 0 && is_ambiguous_when_stopped(result.error);
    else if (must_know_if_connected(op, result.error))
      result.may_have_connected = may_have_connected(op.handle());
    return result;
  }

  /// Whether a retry has to know if the connection stood: one of this operation, or one of the
  /// caller's own, which must not send bytes again that were delivered. Of the errors after which a
  /// caller may connect again, only a time-out can come once the connection stands; a time limit
  /// that stops the call brings an error that is read as one. A report has to tell it of the other
  /// errors, too, that can come once the connection stands.
  template <typename Op>
  bool must_know_if_connected(const Op& op, const boost::system::error_code& error) const
  {
    const bool matters = error == boost::asio::error::timed_out
        || ((op.has_time_limit() || op.has_report()) && is_ambiguous_when_stopped(error));
    return op.may_retry() || (offered_ != 0 && matters);
  }

  /// Whether the peer may have seen a failed attempt succeed, and with it the first flight.
  static bool may_have_connected(native_socket socket) noexcept
  {
    std::uint32_t seconds = os::not_connected;
    return os::get_connect_time(socket, seconds) != 0 || seconds != os::not_connected;
  }

  std::uint16_t offered_ = 0;
  connect_call call_ = connect_call::none;

  // Opened by the operation, and nothing has had an opportunity to bind it.
  bool known_unbound_ = false;

  bool in_use_ = false;
};

} // namespace connectex::detail

#endif // CONNECTEX_DETAIL_HAS_CONNECT_EX

#endif // CONNECTEX_DETAIL_ATTEMPT_CONNECT_EX_ATTEMPT_HPP
