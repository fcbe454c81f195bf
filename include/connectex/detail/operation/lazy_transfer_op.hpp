// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_DETAIL_OPERATION_LAZY_TRANSFER_OP_HPP
#define CONNECTEX_DETAIL_OPERATION_LAZY_TRANSFER_OP_HPP

#include <connectex/detail/decide/buffer_range.hpp>
#include <connectex/detail/decide/first_flight.hpp>
#include <connectex/detail/operation/erased_handler.hpp>
#include <connectex/detail/operation/immediate_completion.hpp>
#include <connectex/detail/operation/lazy_connect_core.hpp>
#include <connectex/detail/operation/lazy_connect_handler.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/compose.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/system/error_code.hpp>

#include <cstddef>
#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

namespace connectex::detail
{

// The two kinds of transfer.

struct write_transfer
{
  static constexpr bool is_write = true;
  using buffer_type = boost::asio::const_buffer;

  template <typename Stream, typename ConstBufferSequence, typename Handler>
  static void start(Stream& stream, const ConstBufferSequence& buffers, Handler&& handler)
  {
    stream.async_write_some(buffers, std::forward<Handler>(handler));
  }
};

struct read_transfer
{
  static constexpr bool is_write = false;
  using buffer_type = boost::asio::mutable_buffer;

  template <typename Stream, typename MutableBufferSequence, typename Handler>
  static void start(Stream& stream, const MutableBufferSequence& buffers, Handler&& handler)
  {
    stream.async_read_some(buffers, std::forward<Handler>(handler));
  }
};

/// Calls a handler with what came of its transfer.
struct transfer_result
{
  template <typename Handler>
  void operator()(Handler&& handler) const
  {
    std::forward<Handler>(handler)(error, std::size_t(bytes_transferred));
  }

  boost::system::error_code error;
  std::size_t bytes_transferred;
};

// Where the handler is called if the connect is over within the initiating function.

struct on_its_executor
{
  static constexpr bool on_immediate_executor = false;
};

#if CONNECTEX_DETAIL_HAS_IMMEDIATE_EXECUTOR

template <bool HandlerHasExecutor>
struct on_its_immediate_executor
{
  static constexpr bool on_immediate_executor = true;

  template <typename Self, typename Executor, typename Completion>
  static void complete(Self&& self, const Executor& executor, const Completion& completion)
  {
    complete_on_immediate_executor<HandlerHasExecutor>(std::move(self), executor, completion);
  }
};

template <typename Handler>
using at_once_t = std::conditional_t<has_associated_immediate_executor<Handler>,
    on_its_immediate_executor<has_associated_executor<Handler>>, on_its_executor>;

#else

template <typename Handler>
using at_once_t = on_its_executor;

#endif

/// The buffers of a transfer.
template <typename Transfer>
struct transfer_buffers
{
  template <typename BufferSequence>
  explicit transfer_buffers(const BufferSequence& sequence)
  {
    if constexpr (std::is_trivially_destructible_v<BufferSequence>)
    {
      buffers = list_buffers<buffer_type>(sequence);
    }
    else
    {
      auto copy = std::make_shared<const BufferSequence>(sequence);
      buffers = list_buffers<buffer_type>(*copy);
      owner = std::move(copy);
    }
  }

  using buffer_type = typename Transfer::buffer_type;
  std::vector<buffer_type> buffers;

  /// A copy of the sequence, which the bytes may belong to.
  std::shared_ptr<const void> owner;
};

/// A read or write of a stream that is armed or connecting: a composed operation of Asio.
/**
 * It has no type of the caller's in it but that of the stream: libraries write by sequences of
 * buffers of many types.
 *
 * @tparam AtOnce on_its_executor or on_its_immediate_executor.
 */
template <typename Core, typename Transfer, typename AtOnce>
class lazy_transfer_op
{
  using error_code = boost::system::error_code;
  using plan_type = typename Core::plan_type;
  using plan_state = typename plan_type::state;

public:
  lazy_transfer_op(Core& core, transfer_buffers<Transfer>&& buffers)
    : core_(core), plan_(core.plan), buffers_(std::move(buffers))
  {
  }

  /// Called by the initiating function, and when the operation has posted itself.
  template <typename Self>
  void operator()(Self& self)
  {
    if (step_ == step::post)
      return go_on(self);

    self.reset_cancellation_state(boost::asio::enable_total_cancellation());
    if (Transfer::is_write || plan_->get_state() != plan_state::armed)
      return go_on(self);

    // A write that is started in the same turn is to have the connect, which carries its bytes.
    step_ = step::post;
    boost::asio::post(core_.next_layer.get_executor(), std::move(self));
  }

  /// Called when the connect of another operation is over, or this one is cancelled, or those that
  /// waited for the connect have begun.
  template <typename Self>
  void operator()(Self& self, const error_code&)
  {
    waiting_.reset();
    if (step_ == step::finish)
      return finish(self, error_, bytes_transferred_);
    go_on(self);
  }

  /// Called when the connect that this operation has begun is over, or the transfer.
  template <typename Self>
  void operator()(Self& self, const error_code& error, std::size_t bytes_transferred)
  {
    if (step_ == step::connect)
      end_connect(self, error, bytes_transferred);
    else if (step_ == step::complete)
      self.complete(error, bytes_transferred);
    else
      finish(self, error, bytes_transferred);
  }

private:
  enum class step : unsigned char
  {
    start,
    post,
    wait,
    connect,
    transfer,
    finish,
    complete
  };

  /// The connect while this operation is responsible for it. An operation that dies without being
  /// called, because an execution context or memory is gone, must not leave others waiting for it.
  struct leave_owner
  {
    void operator()(plan_type* plan) const noexcept { plan->leave_owner(); }
  };

  /// That this operation waits, which others must not wait for in vain if it dies.
  struct leave
  {
    void operator()(plan_type* plan) const noexcept { plan->leave(); }
  };

  template <typename Self>
  void go_on(Self& self)
  {
    if (self.cancelled() != boost::asio::cancellation_type::none)
      return finish(self, boost::asio::error::operation_aborted, 0);
    switch (plan_->get_state())
    {
    case plan_state::armed:
      return connect(self);
    case plan_state::connecting:
      return wait(self);
    case plan_state::connected:
      return transfer(self);
    case plan_state::failed:
      return finish(self, plan_->error(), 0);
    }
  }

  template <typename Self>
  void connect(Self& self)
  {
    // Afterwards the initiating function has returned, and a handler is not to be called as if
    // within it.
    const bool within_initiation = step_ == step::start;
    step_ = step::connect;
    owned_.reset(plan_.get());

    // All that is needed afterwards is copied first: *this moves into the handler.
    const auto plan = plan_;
    auto& socket = core_.socket();
    const auto flight = connect_data();
    bool* const in_place =
        AtOnce::on_immediate_executor && within_initiation ? &plan->is_over_in_place() : nullptr;
    plan->connect(socket, flight,
        lazy_connect_handler(std::move(self), core_.next_layer.get_executor(), in_place));
  }

  template <typename Self>
  void end_connect(Self& self, const error_code& error, std::size_t bytes_transferred)
  {
    core_.end(plan_, error);
    if constexpr (AtOnce::on_immediate_executor)
    {
      if (plan_->is_over_in_place() && plan_->may_complete(true))
        return finish_at_once(self, error, bytes_transferred);
    }
    if (error || Transfer::is_write)
      return finish(self, error, bytes_transferred);
    go_on(self);
  }

  /// Calls the handler, when that may be.
  template <typename Self>
  void finish(Self& self, const error_code& error, std::size_t bytes_transferred)
  {
    if (plan_->may_complete(owned_ != nullptr))
    {
      owned_.reset();
      return self.complete(error, bytes_transferred);
    }
    step_ = step::finish;
    error_ = error;
    bytes_transferred_ = bytes_transferred;
    const auto plan = plan_;
    plan->async_wait(core_.socket().get_executor(), std::move(self));
  }

  /// Calls the handler on its immediate executor. That may have threads of its own, so nothing is
  /// left to do to the stream there.
  template <typename Self>
  void finish_at_once(Self& self, const error_code& error, std::size_t bytes_transferred)
  {
    owned_.reset();
    step_ = step::complete;
    const auto executor = core_.next_layer.get_executor();

    // The composed operation counts as work until it is complete. Work that ends while there is no
    // other stops an execution context, which may not even run yet.
    boost::asio::post(executor, [] {});
    AtOnce::complete(std::move(self), executor, transfer_result{error, bytes_transferred});
  }

  auto connect_data()
  {
    if constexpr (Transfer::is_write)
      return std::move(buffers_.buffers); // The connect is all that becomes of this write.
    else
      return no_first_flight();
  }

  template <typename Self>
  void wait(Self& self)
  {
    step_ = step::wait;
    const auto plan = plan_;
    plan->enter();
    waiting_.reset(plan.get());
    plan->async_wait(core_.socket().get_executor(), std::move(self));
  }

  template <typename Self>
  void transfer(Self& self)
  {
    // The caller has closed the socket since, or armed the stream again.
    if (core_.plan || plan_->is_closed(core_.socket()))
      return finish(self, boost::asio::error::operation_aborted, 0);
    step_ = step::transfer;
    owned_.reset();
    auto& next_layer = core_.next_layer;
    const auto buffers = std::move(buffers_.buffers);
    Transfer::start(next_layer, buffers, std::move(self));
  }

  Core& core_;
  std::shared_ptr<plan_type> plan_;
  transfer_buffers<Transfer> buffers_;

  // Destroyed before the plan is let go.
  std::unique_ptr<plan_type, leave_owner> owned_;
  std::unique_ptr<plan_type, leave> waiting_;

  error_code error_;
  std::size_t bytes_transferred_ = 0;
  step step_ = step::start;
};

/// Starts an async_read_some or async_write_some of a lazy_connect_stream.
template <typename Core, typename Transfer>
class initiate_lazy_transfer
{
public:
  using executor_type = typename Core::next_layer_type::executor_type;

  explicit initiate_lazy_transfer(Core& core) noexcept : core_(&core) {}

  executor_type get_executor() const noexcept { return core_->next_layer.get_executor(); }

  template <typename Handler, typename BufferSequence>
  void operator()(Handler&& handler, const BufferSequence& buffers) const
  {
    constexpr bool is_handler =
        std::is_invocable_v<std::decay_t<Handler>&&, boost::system::error_code, std::size_t>;
    static_assert(is_handler,
        "lazy_connect_stream reads and writes with a completion token, or calls its handler as "
        "handler(boost::system::error_code, std::size_t)");
    if constexpr (is_handler)
    {
      if (!core_->plan)
        Transfer::start(core_->next_layer, buffers, std::forward<Handler>(handler));
      else
        start_without_connection(buffers_type(buffers), std::forward<Handler>(handler));
    }
  }

private:
  using plan_state = typename Core::plan_type::state;
  using signature = void(boost::system::error_code, std::size_t);
  using buffers_type = transfer_buffers<Transfer>;

  /// @param buffers Copied before the handler moves, which may have them.
  template <typename Handler>
  void start_without_connection(buffers_type buffers, Handler&& given) const
  {
    using handler_type = std::decay_t<Handler>;
    using at_once = at_once_t<handler_type>;
    handler_type handler(std::forward<Handler>(given));
    if constexpr (can_be_erased<handler_type, executor_type> && !at_once::on_immediate_executor)
      start<at_once>(erased_handler(std::move(handler), get_executor()), std::move(buffers));
    else
      start<at_once>(std::move(handler), std::move(buffers));
  }

  template <typename AtOnce, typename Handler>
  void start(Handler handler, buffers_type buffers) const
  {
    // Callers post by empty transfers, asio::ssl::stream among them, also before they mean to
    // connect.
    if (buffers.buffers.empty())
      return complete(handler, boost::system::error_code());
    if (core_->plan->get_state() == plan_state::failed)
      return complete(handler, boost::asio::error::not_connected);
    using op_type = lazy_transfer_op<Core, Transfer, AtOnce>;
    boost::asio::async_compose<Handler, signature>(
        op_type(*core_, std::move(buffers)), handler, get_executor());
  }

  template <typename Handler>
  void complete(Handler& handler, const boost::system::error_code& error) const
  {
    complete_immediately(std::move(handler), get_executor(), immediate_result<std::size_t>{error});
  }

  Core* core_;
};

} // namespace connectex::detail

#endif // CONNECTEX_DETAIL_OPERATION_LAZY_TRANSFER_OP_HPP
