// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_DETAIL_OPERATION_ONE_ENDPOINT_HANDLER_HPP
#define CONNECTEX_DETAIL_OPERATION_ONE_ENDPOINT_HANDLER_HPP

#include <connectex/detail/operation/immediate_completion.hpp>

#include <boost/asio/associator.hpp>
#include <boost/system/error_code.hpp>

#include <cstddef>
#include <utility>

namespace connectex::detail
{

/// The handler of a connect to one peer that the caller has asked for as one to several: it tells
/// the endpoint too, and closes the socket on failure.
template <typename Socket, typename Handler>
class one_endpoint_handler
{
  using endpoint_type = typename Socket::endpoint_type;

public:
  one_endpoint_handler(Socket& socket, const endpoint_type& peer, Handler&& handler)
    : handler_(std::move(handler)), socket_(socket), peer_(peer)
  {
  }

  void operator()(const boost::system::error_code& error, std::size_t bytes_transferred)
  {
    if (error)
    {
      boost::system::error_code ignored;
      socket_.close(ignored);
    }
    std::move(handler_)(error, error ? endpoint_type() : endpoint_type(peer_), bytes_transferred);
  }

  const Handler& handler() const noexcept { return handler_; }

  friend bool accept_in_place(one_endpoint_handler& handler) noexcept
  {
    return accept_in_place(handler.handler_);
  }

private:
  Handler handler_;
  Socket& socket_;
  endpoint_type peer_;
};

} // namespace connectex::detail

namespace boost::asio
{

template <template <typename, typename> class Associator, typename Socket, typename Handler,
    typename DefaultCandidate>
struct associator<Associator, connectex::detail::one_endpoint_handler<Socket, Handler>,
    DefaultCandidate> : Associator<Handler, DefaultCandidate>
{
  using adapter_type = connectex::detail::one_endpoint_handler<Socket, Handler>;

  static decltype(auto) get(const adapter_type& adapter) noexcept
  {
    return Associator<Handler, DefaultCandidate>::get(adapter.handler());
  }

  static decltype(auto) get(const adapter_type& adapter, const DefaultCandidate& candidate) noexcept
  {
    return Associator<Handler, DefaultCandidate>::get(adapter.handler(), candidate);
  }
};

} // namespace boost::asio

#endif // CONNECTEX_DETAIL_OPERATION_ONE_ENDPOINT_HANDLER_HPP
