// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_DETAIL_COMPLETED_CONNECT_HPP
#define CONNECTEX_DETAIL_COMPLETED_CONNECT_HPP

#include <connectex/detail/system/types.hpp>

#include <boost/asio/associator.hpp>
#include <boost/asio/error.hpp>
#include <boost/system/error_code.hpp>

#include <cstddef>
#include <utility>

namespace connectex::detail
{

/// The handler of an operation that was over before the initiating function returned, with what it has to
/// be told. It is moved several times on its way to the executor, so it carries nothing else.
template <typename Socket, typename Handler>
class completed_connect
{
public:
  completed_connect(Handler&& handler, Socket& socket, native_socket handle,
      const boost::system::error_code& error, std::size_t bytes_transferred)
    : handler_(std::move(handler)),
      socket_(&socket),
      handle_(handle),
      error_(error),
      bytes_transferred_(bytes_transferred)
  {
  }

  void operator()()
  {
    const bool closed_meanwhile = !socket_->is_open() || socket_->native_handle() != handle_;
    const boost::system::error_code error =
        !error_ && closed_meanwhile ? boost::asio::error::operation_aborted : error_;
    const std::size_t bytes_transferred = bytes_transferred_;
    std::move(handler_)(error, bytes_transferred);
  }

  const Handler& handler() const noexcept { return handler_; }

private:
  Handler handler_;
  Socket* socket_;
  native_socket handle_;
  boost::system::error_code error_;
  std::size_t bytes_transferred_;
};

} // namespace connectex::detail

namespace boost::asio
{

template <template <typename, typename> class Associator, typename Socket, typename Handler,
    typename DefaultCandidate>
struct associator<Associator, connectex::detail::completed_connect<Socket, Handler>,
    DefaultCandidate> : Associator<Handler, DefaultCandidate>
{
  using completed_type = connectex::detail::completed_connect<Socket, Handler>;

  static decltype(auto) get(const completed_type& completed) noexcept
  {
    return Associator<Handler, DefaultCandidate>::get(completed.handler());
  }

  static decltype(auto) get(
      const completed_type& completed, const DefaultCandidate& candidate) noexcept
  {
    return Associator<Handler, DefaultCandidate>::get(completed.handler(), candidate);
  }
};

} // namespace boost::asio

#endif // CONNECTEX_DETAIL_COMPLETED_CONNECT_HPP
