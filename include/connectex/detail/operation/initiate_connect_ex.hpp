// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_DETAIL_OPERATION_INITIATE_CONNECT_EX_HPP
#define CONNECTEX_DETAIL_OPERATION_INITIATE_CONNECT_EX_HPP

#include <connectex/connect_options.hpp>
#include <connectex/detail/decide/first_flight.hpp>
#include <connectex/detail/operation/connect_op.hpp>
#include <connectex/detail/operation/wrong_arguments.hpp>

#include <boost/asio/basic_stream_socket.hpp>
#include <boost/system/error_code.hpp>

#include <cstddef>
#include <type_traits>
#include <utility>

namespace connectex::detail
{

/// Starts an async_connect_ex operation. Offers get_executor(), because adapters such as
/// cancel_after use the executor of the initiation.
template <typename Protocol, typename Executor>
class initiate_connect_ex
{
  using socket_type = boost::asio::basic_stream_socket<Protocol, Executor>;

public:
  using executor_type = Executor;

  explicit initiate_connect_ex(socket_type& socket) noexcept : socket_(&socket) {}

  executor_type get_executor() const noexcept { return socket_->get_executor(); }

  /// @param options A connect_options, or nothing.
  template <typename Handler, typename ConstBufferSequence, typename... Options>
  void operator()(Handler&& handler, const typename Protocol::endpoint& peer,
      const ConstBufferSequence& buffers, const Options&... options) const
  {
    using handler_type = std::decay_t<Handler>;
    constexpr bool is_handler =
        std::is_invocable_v<handler_type&&, boost::system::error_code, std::size_t>;
    // A refused handler must not bury the explanation below the errors of the operation.
    if constexpr (!is_handler)
    {
      wrong_call<find_handler_mistake<handler_type, false>(), std::enable_if<true>, socket_type,
          ConstBufferSequence, Options..., handler_type>::explain();
    }
    else
    {
      handler_type owned(std::forward<Handler>(handler));
      connect_op<socket_type, kept_buffers_t<ConstBufferSequence>, handler_type>(
          *socket_, peer, buffers, address_of(options...), std::move(owned))
          .start();
    }
  }

private:
  static const connect_options* address_of() noexcept { return nullptr; }

  static const connect_options* address_of(const connect_options& options) noexcept
  {
    return &options;
  }

  socket_type* socket_;
};

} // namespace connectex::detail

#endif // CONNECTEX_DETAIL_OPERATION_INITIATE_CONNECT_EX_HPP
