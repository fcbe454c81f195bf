// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_DETAIL_OPERATION_CONNECT_COMPLETION_HPP
#define CONNECTEX_DETAIL_OPERATION_CONNECT_COMPLETION_HPP

#include <connectex/connect_report.hpp>
#include <connectex/detail/system/types.hpp>

#include <boost/asio/error.hpp>
#include <boost/system/error_code.hpp>

#include <cstddef>
#include <utility>

namespace connectex::detail
{

/// Whether the user has closed @p socket since it had this handle.
template <typename Socket>
bool is_closed(Socket& socket, native_socket handle)
{
  return !socket.is_open() || socket.native_handle() != handle;
}

/// Calls the handler of a connect that was over before the initiating function returned.
template <typename Socket>
struct connect_completion
{
  template <typename Handler>
  void operator()(Handler&& handler) const
  {
    // The user may have closed the socket while the completion was on its way.
    const bool counts = error || !is_closed(*socket, handle);
    if (!counts && report)
      report->maybe_delivered = bytes_transferred != 0;
    const boost::system::error_code result =
        counts ? error : boost::system::error_code(boost::asio::error::operation_aborted);
    std::forward<Handler>(handler)(result, std::size_t(bytes_transferred));
  }

  Socket* socket;
  native_socket handle;
  boost::system::error_code error;
  std::size_t bytes_transferred;

  /// May be null.
  connect_report* report;
};

} // namespace connectex::detail

#endif // CONNECTEX_DETAIL_OPERATION_CONNECT_COMPLETION_HPP
