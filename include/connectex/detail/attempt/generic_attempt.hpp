// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_DETAIL_ATTEMPT_GENERIC_ATTEMPT_HPP
#define CONNECTEX_DETAIL_ATTEMPT_GENERIC_ATTEMPT_HPP

#include <connectex/connect_options.hpp>
#include <connectex/connect_report.hpp>
#include <connectex/detail/attempt/await.hpp>
#include <connectex/detail/attempt/protocol.hpp>
#include <connectex/detail/attempt/system_result.hpp>
#include <connectex/detail/attempt/windows_options.hpp>
#include <connectex/detail/decide/attempt_result.hpp>
#include <connectex/detail/platform.hpp>

#include <boost/asio/error.hpp>
#include <boost/system/error_code.hpp>

#include <cstddef>
#include <optional>
#include <type_traits>

namespace connectex::detail
{

/// Connects by Asio's own call; the whole first flight follows it. attempt.hpp describes the shape.
class generic_attempt
{
public:
  using immediate_wait = closed_socket_wait;

  static constexpr bool can_disconnect = CONNECTEX_DETAIL_POSIX;

  template <typename>
  static constexpr bool connects_all = true;

  template <typename Op>
  static bool find(Op&) noexcept
  {
    return true;
  }

  template <typename Op>
  static void prepare(Op& op, bool)
  {
    if constexpr (CONNECTEX_DETAIL_WINDOWS)
      set_windows_options(op);
    else if (op.options().fast_open != fast_open_mode::off && op.flight().size() != 0)
      op.record_fast_open(boost::asio::error::operation_not_supported);
  }

  template <typename Op>
  static std::optional<attempt_result> start(Op& op, bool)
  {
    // A copy of the endpoint: the operation moves away when the wait starts.
    op.await(connected_wait<std::decay_t<decltype(op.peer())>>{op.peer()});
    return std::nullopt;
  }

  template <typename Op>
  static std::optional<attempt_result> resume(
      Op& op, const boost::system::error_code& error, std::size_t)
  {
    attempt_result result;
    if (error)
    {
      // Asio hides whether its call failed at once. Of the errors for which this matters,
      // network_down alone also comes from the network.
      result = result_of_failure(op.handle(), op.peer().protocol().family(), error);
      result.immediate = result.error != boost::asio::error::network_down;
    }
    else if (!is_internet(op.peer().protocol()) && !op.is_closed())
      result = result_of_success(op.handle());
    result.call = connect_call::connect;
    return result;
  }

  template <typename Op>
  static bool disconnect(Op& op, const boost::system::error_code& error)
  {
    return disconnect_socket(op.handle(), error);
  }

  template <typename Op>
  static std::optional<wait_result> write(Op& op)
  {
    op.await(write_wait<decltype(op.flight().next())>{op.flight().next()});
    return std::nullopt;
  }
};

} // namespace connectex::detail

#endif // CONNECTEX_DETAIL_ATTEMPT_GENERIC_ATTEMPT_HPP
