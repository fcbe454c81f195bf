// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_DETAIL_CONNECT_OP_HPP
#define CONNECTEX_DETAIL_CONNECT_OP_HPP

#include <connectex/connect_options.hpp>
#include <connectex/detail/cancellation_relay.hpp>
#include <connectex/detail/connect_ex_attempt.hpp>
#include <connectex/detail/first_flight.hpp>
#include <connectex/detail/generic_attempt.hpp>
#include <connectex/detail/preconditions.hpp>

#include <boost/asio/append.hpp>
#include <boost/asio/associated_allocator.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associator.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/recycling_allocator.hpp>
#include <boost/asio/version.hpp>
#include <boost/system/error_code.hpp>

#if BOOST_ASIO_VERSION >= 102700
#include <boost/asio/associated_immediate_executor.hpp>
#endif

#include <algorithm>
#include <cstddef>
#include <memory>
#include <utility>

namespace connectex::detail
{

/// Runs one async_connect_ex operation: an attempt, then writes until the first flight is out.
/**
 * It is itself the handler of each of its steps, so it moves from one to the next and is, at any
 * time, the only memory that the operation has.
 */
template <typename Socket, typename ConstBufferSequence, typename Handler>
class connect_op
{
  using error_code = boost::system::error_code;
  using endpoint_type = typename Socket::endpoint_type;

  // What several buffers are gathered into is served like the rest of the operation's memory.
  using allocator_type =
      boost::asio::associated_allocator_t<Handler, boost::asio::recycling_allocator<void>>;

public:
  connect_op(Socket& socket, const endpoint_type& peer, const ConstBufferSequence& buffers,
      const connect_options& options, Handler&& handler)
    : socket_(socket),
      peer_(peer),
      flight_(buffers,
          boost::asio::get_associated_allocator(handler, boost::asio::recycling_allocator<void>())),
      report_(options.report),
      handler_(std::move(handler))
  {
    if (report_)
      *report_ = connect_report();
  }

  /// The initiating function's part. Nothing completes before it returns.
  void start()
  {
    if (const error_code error = prepare_socket())
      return complete_immediately(error);
    connect_cancellation_slot();
    start_attempt();
  }

  /// A step has ended.
  void operator()(const error_code& error, std::size_t bytes_transferred = 0)
  {
    [[maybe_unused]] const bool cancelled = relay_ && relay_->finish_step();
    switch (step_)
    {
#if defined(CONNECTEX_DETAIL_HAS_CONNECT_EX)
    case step::connect_ex:
      return on_connect_ex(error, bytes_transferred, cancelled);
#endif
    case step::connect:
      return on_connect(error);
    case step::write:
      return on_write(error, bytes_transferred);
    }
  }

  const Handler& handler() const noexcept { return handler_; }

  boost::asio::cancellation_slot get_cancellation_slot() const noexcept
  {
    return relay_ ? relay_->slot() : boost::asio::cancellation_slot();
  }

private:
  enum class step
  {
#if defined(CONNECTEX_DETAIL_HAS_CONNECT_EX)
    connect_ex,
#endif
    connect,
    write
  };

  error_code prepare_socket()
  {
    error_code error;
    if (socket_.is_open())
      error = check_socket(socket_.native_handle(), peer_.protocol().family());
    else
      socket_.open(peer_.protocol(), error);
    return error ? error : check_peer(peer_.data(), peer_.size());
  }

  void connect_cancellation_slot()
  {
    auto slot = boost::asio::get_associated_cancellation_slot(handler_);
    if (!slot.is_connected())
      return;

    // Shared with the caller's slot, which may be emitted or destroyed long after the operation, so
    // the handler's allocator, which promises less, does not serve it.
    relay_ = std::allocate_shared<cancellation_relay>(
        boost::asio::recycling_allocator<cancellation_relay>());
    slot.assign([relay = relay_](boost::asio::cancellation_type type) { relay->request(type); });
  }

  void start_attempt()
  {
    handle_ = socket_.native_handle();
#if defined(CONNECTEX_DETAIL_HAS_CONNECT_EX)
    const int family = peer_.protocol().family();
    connect_ex_function function = nullptr;
    if (connect_ex_attempt::serves(family) && os::get_connect_ex(handle_, function) == 0
        && function)
    {
      if (const error_code error = implicit_bind(handle_, family))
        return complete_immediately(error);
      return start_connect_ex(connect_ex_attempt(function));
    }
#endif
    start_connect();
  }

#if defined(CONNECTEX_DETAIL_HAS_CONNECT_EX)

  void start_connect_ex(const connect_ex_attempt& attempt)
  {
    step_ = step::connect_ex;
    const boost::asio::const_buffer head = flight_.head();
    bytes_offered_ = head.size();
    const bool started = start_step(cancellation_relay::before_first_byte,
        [&](connect_op& self) {
          attempt.start(
              self.socket_, self.peer_, head, self.get_cancellation_slot(), std::move(self));
        });
    if (!started)
    {
      flight_.release_head();
      complete_immediately(boost::asio::error::operation_aborted);
    }
  }

  void on_connect_ex(error_code error, std::size_t bytes_transferred, bool cancelled)
  {
    flight_.release_head();
    if (error)
      return complete(translate_packet(error, cancelled));

    // A count beyond what was offered has been seen from broken layered providers.
    record_connect((std::min)(bytes_transferred, bytes_offered_));
    if (closed())
      return complete(boost::asio::error::operation_aborted);
    if ((error = connect_ex_attempt::finish(handle_)))
      return complete(error);
    write_unsent();
  }

  /// A packet of a cancelled or closed call may carry any of these three, and the same three come
  /// from the network: what we know ourselves goes first.
  error_code translate_packet(const error_code& error, bool cancelled) const
  {
    const error_code portable = portable_error(error);
    const bool ambiguous = portable == boost::asio::error::connection_reset
        || portable == boost::asio::error::connection_aborted;
    if (ambiguous && (cancelled || closed()))
      return boost::asio::error::operation_aborted;
    return portable;
  }

#endif

  void start_connect()
  {
    step_ = step::connect;
    const bool started = start_step(cancellation_relay::before_first_byte,
        [](connect_op& self)
        { generic_attempt::start(self.socket_, endpoint_type(self.peer_), std::move(self)); });
    if (!started)
      complete_immediately(boost::asio::error::operation_aborted);
  }

  void on_connect(const error_code& error)
  {
    if (const error_code finished = finish_connect(error))
      return complete(finished);
    write_unsent();
  }

  error_code finish_connect(const error_code& error) const
  {
    const int family = peer_.protocol().family();
    const bool is_inet = family == boost::asio::ip::tcp::v4().family()
        || family == boost::asio::ip::tcp::v6().family();
    return !error && (is_inet || closed()) ? error : generic_attempt::finish(handle_, error);
  }

  /// The connection stands.
  void write_unsent()
  {
    if (closed())
      return complete(boost::asio::error::operation_aborted);
    const auto unsent = flight_.unsent(bytes_transferred_);
    if (boost::asio::buffer_size(unsent) == 0)
      return complete(error_code());

    step_ = step::write;
    const bool started = start_step(bytes_transferred_ == 0 ? cancellation_relay::before_first_byte
                                                            : cancellation_relay::after_first_byte,
        [&](connect_op& self) { self.socket_.async_write_some(unsent, std::move(self)); });
    if (!started)
      complete(boost::asio::error::operation_aborted);
  }

  void on_write(const error_code& error, std::size_t bytes_transferred)
  {
    record_write(bytes_transferred);
    if (error)
      return complete(portable_error(error));
    write_unsent();
  }

  /// Whether the step was started; not if a cancellation came before it.
  template <typename Start>
  bool start_step(boost::asio::cancellation_type heeded, Start start)
  {
    // A copy: this object moves away inside start().
    if (const auto relay = relay_)
      return relay->start_step(heeded, [&] { start(*this); });
    start(*this);
    return true;
  }

  bool closed() const { return !socket_.is_open() || socket_.native_handle() != handle_; }

  void record_connect(std::size_t bytes_transferred)
  {
    bytes_transferred_ = bytes_transferred;
    if (report_ && bytes_transferred != 0)
      *report_ = {first_flight_path::in_connect, bytes_transferred};
  }

  void record_write(std::size_t bytes_transferred)
  {
    bytes_transferred_ += bytes_transferred;
    if (report_ && bytes_transferred != 0 && report_->bytes_in_connect == 0)
      report_->first_flight = first_flight_path::after_connect;
  }

  /// Called by a step's completion, on the handler's executor and with the step's memory freed.
  void complete(const error_code& error)
  {
    relay_.reset();
    const std::size_t bytes_transferred = bytes_transferred_;
    std::move(handler_)(error, bytes_transferred);
  }

  /// Called within the initiating function.
  void complete_immediately(const error_code& error)
  {
    auto executor = socket_.get_executor();
#if BOOST_ASIO_VERSION >= 102700
    auto immediate = boost::asio::get_associated_immediate_executor(handler_, executor);
    boost::asio::dispatch(
        immediate, boost::asio::append(std::move(handler_), error, std::size_t(0)));
#else
    boost::asio::post(executor, boost::asio::append(std::move(handler_), error, std::size_t(0)));
#endif
  }

  Socket& socket_;
  endpoint_type peer_;
  first_flight<ConstBufferSequence, allocator_type> flight_;
  connect_report* report_;
  std::shared_ptr<cancellation_relay> relay_;
  std::size_t bytes_offered_ = 0;
  std::size_t bytes_transferred_ = 0;
  native_socket handle_ = {};
  step step_ = step::connect;
  Handler handler_;
};

} // namespace connectex::detail

namespace boost::asio
{

/// The operation runs where, and from which memory, its handler wants to.
template <template <typename, typename> class Associator, typename Socket, typename Buffers,
    typename Handler, typename DefaultCandidate>
struct associator<Associator, connectex::detail::connect_op<Socket, Buffers, Handler>,
    DefaultCandidate> : Associator<Handler, DefaultCandidate>
{
  using op_type = connectex::detail::connect_op<Socket, Buffers, Handler>;

  static decltype(auto) get(const op_type& op) noexcept
  {
    return Associator<Handler, DefaultCandidate>::get(op.handler());
  }

  static decltype(auto) get(const op_type& op, const DefaultCandidate& candidate) noexcept
  {
    return Associator<Handler, DefaultCandidate>::get(op.handler(), candidate);
  }
};

/// Its steps are cancelled through the relay, never by the handler's slot directly.
template <typename Socket, typename Buffers, typename Handler, typename CancellationSlot>
struct associated_cancellation_slot<connectex::detail::connect_op<Socket, Buffers, Handler>,
    CancellationSlot>
{
  using type = cancellation_slot;

  static type get(const connectex::detail::connect_op<Socket, Buffers, Handler>& op,
      const CancellationSlot& = CancellationSlot()) noexcept
  {
    return op.get_cancellation_slot();
  }
};

#if BOOST_ASIO_VERSION >= 102700

/// A step that is done at once must not come back from within the call that started it: that call
/// holds the relay's lock. Only the operation as a whole completes on the immediate executor.
template <typename Socket, typename Buffers, typename Handler, typename Executor>
struct associated_immediate_executor<connectex::detail::connect_op<Socket, Buffers, Handler>,
    Executor> : associated_immediate_executor<void (*)(), Executor>
{
  static auto get(const connectex::detail::connect_op<Socket, Buffers, Handler>&,
      const Executor& executor) noexcept
  {
    return associated_immediate_executor<void (*)(), Executor>::get(nullptr, executor);
  }
};

#endif

} // namespace boost::asio

#endif // CONNECTEX_DETAIL_CONNECT_OP_HPP
