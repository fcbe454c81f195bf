// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_DETAIL_INITIATE_CONNECT_EX_HPP
#define CONNECTEX_DETAIL_INITIATE_CONNECT_EX_HPP

#include <connectex/connect_options.hpp>
#include <connectex/detail/operation/connect_op.hpp>

#include <boost/asio/basic_stream_socket.hpp>
#include <boost/system/error_code.hpp>

#include <cstddef>
#include <type_traits>
#include <utility>

namespace connectex::detail
{

/// Has an executor of its own because adapters such as time limits run on the initiation's.
template <typename Protocol, typename Executor>
class initiate_connect_ex
{
  using socket_type = boost::asio::basic_stream_socket<Protocol, Executor>;

public:
  using executor_type = Executor;

  explicit initiate_connect_ex(socket_type& socket) noexcept : socket_(&socket) {}

  executor_type get_executor() const noexcept { return socket_->get_executor(); }

  template <typename Handler, typename ConstBufferSequence>
  void operator()(Handler&& handler, const typename Protocol::endpoint& peer,
      const ConstBufferSequence& buffers) const
  {
    start(std::forward<Handler>(handler), peer, buffers, nullptr);
  }

  template <typename Handler, typename ConstBufferSequence>
  void operator()(Handler&& handler, const typename Protocol::endpoint& peer,
      const ConstBufferSequence& buffers, const connect_options& options) const
  {
    start(std::forward<Handler>(handler), peer, buffers, &options);
  }

private:
  template <typename Handler, typename ConstBufferSequence>
  void start(Handler&& handler, const typename Protocol::endpoint& peer,
      const ConstBufferSequence& buffers, const connect_options* options) const
  {
    using handler_type = std::decay_t<Handler>;
    static_assert(std::is_invocable_v<handler_type&&, boost::system::error_code, std::size_t>,
        "async_connect_ex calls its handler as handler(boost::system::error_code, std::size_t)");

    handler_type owned(std::forward<Handler>(handler));
    connect_op<socket_type, ConstBufferSequence, handler_type>(
        *socket_, peer, buffers, options, std::move(owned))
        .start();
  }

  socket_type* socket_;
};

} // namespace connectex::detail

#endif // CONNECTEX_DETAIL_INITIATE_CONNECT_EX_HPP
