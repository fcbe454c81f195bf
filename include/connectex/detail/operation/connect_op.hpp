// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_DETAIL_CONNECT_OP_HPP
#define CONNECTEX_DETAIL_CONNECT_OP_HPP

#include <connectex/connect_options.hpp>
#include <connectex/detail/asio_platform.hpp>
#include <connectex/detail/attempt/connect_ex_attempt.hpp>
#include <connectex/detail/attempt/generic_attempt.hpp>
#include <connectex/detail/attempt/linux_attempt.hpp>
#include <connectex/detail/attempt/preconditions.hpp>
#include <connectex/detail/attempt/to_portable.hpp>
#include <connectex/detail/decide/connect_machine.hpp>
#include <connectex/detail/decide/first_flight.hpp>
#include <connectex/detail/operation/connect_state.hpp>
#include <connectex/detail/operation/immediate_completion.hpp>
#include <connectex/detail/operation/self_owned_ptr.hpp>
#include <connectex/detail/operation/stoppable_step.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/append.hpp>
#include <boost/asio/associated_allocator.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/associator.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/recycling_allocator.hpp>
#include <boost/asio/socket_base.hpp>
#include <boost/system/error_code.hpp>

#if CONNECTEX_DETAIL_HAS_IMMEDIATE_EXECUTOR
#include <boost/asio/associated_immediate_executor.hpp>
#endif

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <type_traits>
#include <utility>

namespace connectex::detail
{

template <typename Allocator>
struct recycled
{
  using type = Allocator;
};

template <typename T>
struct recycled<std::allocator<T>>
{
  using type = boost::asio::recycling_allocator<void>;
};

/// Where the memory of an operation comes from: like Asio's own it recycles, unless the handler's allocator
/// is one of its own.
template <typename Handler>
using operation_allocator_t = typename recycled<boost::asio::associated_allocator_t<Handler>>::type;

/// Runs one async_connect_ex operation: does what the machine decides, and tells it what came of it.
/**
 * It is itself the handler of each of its steps, so it moves from one to the next. All other memory that
 * the operation has, it owns.
 */
template <typename Socket, typename ConstBufferSequence, typename Handler>
class connect_op
{
  using error_code = boost::system::error_code;
  using endpoint_type = typename Socket::endpoint_type;
  using context_type = connect_context<Socket>;
  using action = connect_machine::action;
  using relay_type = executor_bound_relay<
      boost::asio::associated_executor_t<Handler, typename Socket::executor_type>>;

  using allocator_type = operation_allocator_t<Handler>;

public:
  /// @param options Null: the defaults, which cost nothing.
  connect_op(Socket& socket, const endpoint_type& peer, const ConstBufferSequence& buffers,
      const connect_options* options, Handler&& handler)
    : handler_(std::move(handler)),
      socket_(socket),
      peer_(peer),
      flight_(buffers, get_allocator(handler_))
  {
    if (options || !runs_on_socket_executor())
    {
      context_ = thin_ptr<context_type>(std::allocate_shared<context_type>(
          get_allocator(handler_), options ? *options : connect_options()));
    }
  }

  /// The initiating function's part. Nothing completes before it returns.
  void start()
  {
    if (const error_code error = prepare())
      return complete_immediately(error);
    perform({action::attempt});
  }

  /// A step has ended.
  void operator()(const error_code& error, std::size_t bytes_transferred = 0)
  {
    in_initiation_ = false;
    const stop_reason stop = finish_step();
    switch (step_)
    {
    case step::bind:
      return on_bind_failed(error, stop);
#if CONNECTEX_DETAIL_HAS_CONNECT_EX
    case step::connect_ex:
      return on_connect_ex(error, bytes_transferred, stop);
#endif
#if CONNECTEX_DETAIL_LINUX
    case step::handshake:
      return on_handshake(error, stop);
#endif
    case step::connect:
      return on_connect(error, stop);
    case step::wait:
      return on_wait(stop);
    case step::write:
      return on_write(error, bytes_transferred, stop);
    }
  }

  const Handler& handler() const noexcept { return handler_; }

  boost::asio::cancellation_slot get_cancellation_slot() const noexcept
  {
    return relay_ ? relay_->slot() : boost::asio::cancellation_slot();
  }

private:
  enum class step : unsigned char
  {
    bind,
#if CONNECTEX_DETAIL_HAS_CONNECT_EX
    connect_ex,
#endif
#if CONNECTEX_DETAIL_LINUX
    handshake,
#endif
    connect,
    wait,
    write
  };

  static allocator_type get_allocator(const Handler& handler) noexcept
  {
    if constexpr (std::is_same_v<allocator_type, boost::asio::recycling_allocator<void>>)
      return {};
    else
      return boost::asio::get_associated_allocator(handler);
  }

  error_code prepare()
  {
    if (context_ && !context_->options().validate().empty())
      return boost::asio::error::invalid_argument;
    const bool opened_here = !socket_.is_open();
    if (const error_code error =
            opened_here ? open() : check_socket(socket_.native_handle(), peer_.protocol().family()))
      return error;
    if (const error_code error = check_peer(peer_.data(), peer_.size()))
      return error;

    handle_ = socket_.native_handle();
    apply_options();
    if (context_)
      context_->set_machine(opened_here, generic_attempt::can_dissolve);
    keep_local_endpoint();
    connect_relay();
    return {};
  }

  error_code open()
  {
    error_code error;
    socket_.open(peer_.protocol(), error);
    known_unbound_ = true;
    if (!error && context_ && context_->options().prepare)
    {
      known_unbound_ = false;
      context_->options().prepare(error);
    }
    return error;
  }

  void apply_options()
  {
    if (context_)
      context_->apply_options(handle_, peer_, flight_.size() != 0);
  }

  void keep_local_endpoint()
  {
    if (generic_attempt::can_dissolve && context_)
      context_->keep_local_endpoint(socket_, !known_unbound_ && may_retry());
  }

  void connect_relay()
  {
    auto slot = boost::asio::get_associated_cancellation_slot(handler_);
    if (!slot.is_connected() && !(context_ && context_->has_time_limit()))
      return;

    // Shared with the caller's slot and with timers, which may act or be destroyed long after the
    // operation, so the handler's allocator, which promises less, does not serve it.
    const auto relay = std::allocate_shared<relay_type>(
        boost::asio::recycling_allocator<relay_type>(), get_handler_executor());
    relay_ = thin_ptr<relay_type>(relay);

    // The slot may outlive the execution context, which an executor must not.
    if (slot.is_connected())
    {
      slot.assign(
          [target = std::weak_ptr<relay_type>(relay)](boost::asio::cancellation_type type)
          {
            if (const auto live = target.lock())
              relay_type::cancel(live, type);
          });
    }
  }

  /// Does what the machine decides, until a step is pending or the operation is over.
  void perform(connect_machine::decision decision)
  {
    for (;;)
    {
      // By a predicate. The handle may be another socket's by now, and Asio would open this one again.
      if (context_ && decision.next != action::finish && closed())
        decision = connect_machine::on_stopped(stop_reason::cancelled);

      switch (decision.next)
      {
      case action::attempt:
        return start_attempt();
      case action::dissolve:
        context_->confirm_local_endpoint(socket_);
        decision = context_->machine().on_dissolved(generic_attempt::dissolve(handle_));
        break;
      case action::reopen:
        decision = context_->machine().on_reopened(reopen());
        break;
      case action::wait:
        return start_wait(decision.delay);
      case action::write:
        return start_write();
      case action::finish:
        return in_initiation_ ? complete_immediately(decision.error) : complete(decision.error);
      }
    }
  }

  void start_attempt()
  {
    // Here and not only when a step starts, because an attempt may end before it comes to one.
    if (relay_ && relay_->is_requested(stop_relay::before_first_byte))
      return perform(connect_machine::on_stopped(stop_reason::cancelled));
    if (context_)
    {
      if (context_->is_time_up())
        return perform(connect_machine::on_stopped(stop_reason::total_timeout));
      context_->start_attempt();
      if (const error_code error = context_->restore_local_endpoint(socket_))
        return fail_at_once(step::bind, error);
    }
#if CONNECTEX_DETAIL_HAS_CONNECT_EX
    connect_ex_function function = nullptr;
    if (connect_ex_attempt::serves(peer_.protocol().family())
        && os::get_connect_ex(handle_, function) == 0 && function)
    {
      if (const error_code error = bind())
        return fail_at_once(step::bind, error);
      return start_connect_ex(connect_ex_attempt(function));
    }
#endif
#if CONNECTEX_DETAIL_LINUX
    if (linux_attempt::serves(peer_.protocol()))
      return start_linux_connect();
#endif
    start_connect();
  }

  /// Reports an attempt that has ended to the machine, and does what it says.
  void end_attempt(connect_machine::attempt_result result, native_error native)
  {
    // The system may be as glad as it likes of a socket that the caller has closed.
    if (!result.error && closed())
      result.error = boost::asio::error::operation_aborted;
    if (result.error && native == 0)
      native = native_error_of(result.error);
    result.unsent = !result.error && is_any_unsent();
    perform(context_ ? context_->end_attempt(result, peer_, native)
                     : connect_machine::on_only_attempt(result));
  }

  /// An attempt has failed before it came to a step that is pending.
  void fail_at_once(step failed, const error_code& error)
  {
    if (in_initiation_ && !may_retry())
    {
      return failed == step::bind ? on_bind_failed(error, stop_reason::none)
                                  : on_connect(error, stop_reason::none);
    }

    // Not from here: retries that fail as quickly would never let go of the thread.
    step_ = failed;
    hold_work();
    const auto executor = socket_.get_executor();
    boost::asio::post(executor, boost::asio::append(std::move(*this), error, std::size_t(0)));
  }

  void on_bind_failed(const error_code& error, stop_reason stop)
  {
    connect_machine::attempt_result result;
    result.error = portable_error(error);
    result.stop = stop;
    end_attempt(result, native_error_of(error));
  }

#if CONNECTEX_DETAIL_HAS_CONNECT_EX

  error_code bind()
  {
    const native_error error = implicit_bind(handle_, peer_.protocol().family(), known_unbound_,
        !context_ || context_->options().reuse_unicast_port);
    if (error == 0)
      known_unbound_ = false;
    return native_error_code(error);
  }

  void start_connect_ex(const connect_ex_attempt& attempt)
  {
    step_ = step::connect_ex;
    const boost::asio::const_buffer head = flight_.head();
    bytes_offered_ = static_cast<std::uint32_t>(head.size());
    limit_attempt();
    const bool started = start_step(stop_relay::before_first_byte,
        [&](connect_op& self) {
          attempt.start(
              self.socket_, self.peer_, head, self.get_cancellation_slot(), std::move(self));
        });
    if (!started)
    {
      flight_.release_head();
      perform(connect_machine::on_stopped(stop_reason::cancelled));
    }
  }

  void on_connect_ex(const error_code& error, std::size_t bytes_transferred, stop_reason stop)
  {
    flight_.release_head();
    connect_machine::attempt_result result;
    result.error = portable_error(error);
    result.stop = stop;
    result.immediate = connect_ex_attempt::failed_at_once(error);
    if (!error)
    {
      result.may_have_connected = true;

      // A count beyond what was offered has been seen from broken layered providers.
      record_connect((std::min)(bytes_transferred, std::size_t(bytes_offered_)));
      if (!closed())
        result.error = connect_ex_attempt::finish(handle_);
    }
    else if (may_retry() && !result.immediate && !closed())
      result.may_have_connected = connect_ex_attempt::may_have_connected(handle_);
    end_attempt(result, native_error_of(error));
  }

#endif

#if CONNECTEX_DETAIL_LINUX

  void start_linux_connect()
  {
    if (const error_code error = forbid_blocking())
      return fail_at_once(step::connect, error);

    const io_vectors flight(flight_.unsent(0));
    const linux_attempt attempt(handle_, peer_.data(), peer_.size(), flight);
    const auto progress =
        context_ ? context_->start(attempt, peer_, !flight.empty()) : attempt.start();
    if (progress.pending)
      return wait_for_handshake(progress.sent_with_syn);
    if (progress.error != 0)
      return fail_at_once(step::connect, native_error_code(progress.error));
    end_linux_connect(progress, stop_reason::none);
  }

  error_code forbid_blocking()
  {
    error_code error;
    if (!socket_.native_non_blocking())
    {
      socket_.native_non_blocking(true, error);
#if CONNECTEX_DETAIL_HAS_IO_URING
      has_forbidden_blocking_ = true;
#endif
    }
    return error;
  }

  /// Asio's own operations need the mode too, except through io_uring, which serves a socket that blocks
  /// with fewer system calls.
  void allow_blocking()
  {
#if CONNECTEX_DETAIL_HAS_IO_URING
    error_code ignored;
    if (has_forbidden_blocking_)
      socket_.native_non_blocking(false, ignored);
#endif
  }

  /// Whether the kernel has sent the flight with the SYN because the caller had told it so by a socket
  /// option, which does not say that the flight may be sent twice.
  bool is_flight_lost_unasked() const noexcept
  {
    return bytes_offered_ != 0
        && !(context_ && context_->options().fast_open == fast_open_mode::idempotent_data);
  }

  void wait_for_handshake(std::size_t sent_with_syn)
  {
    step_ = step::handshake;
    bytes_offered_ = static_cast<std::uint32_t>(sent_with_syn);
    limit_attempt();
    const bool started = start_step(stop_relay::before_first_byte,
        [](connect_op& self)
        { self.socket_.async_wait(boost::asio::socket_base::wait_write, std::move(self)); });
    if (!started)
      perform(connect_machine::on_stopped(stop_reason::cancelled));
  }

  void on_handshake(const error_code& error, stop_reason stop)
  {
    if (error || closed())
      return on_connect(error ? error : boost::asio::error::operation_aborted, stop);

    // A connection that stands has won, whatever asked to stop it.
    const io_vectors flight(flight_.unsent(0));
    const auto progress =
        linux_attempt(handle_, peer_.data(), peer_.size(), flight).resume(bytes_offered_);
    if (progress.error != 0)
      return on_connect(native_error_code(progress.error), stop);
    if (!progress.pending)
      return end_linux_connect(progress, stop);

    // What had asked to stop it keeps the next wait from beginning, or ends it.
    wait_for_handshake(progress.sent_with_syn);
  }

  void end_linux_connect(const linux_attempt::progress& progress, stop_reason stop)
  {
    if (context_ && progress.sent_with_syn != 0)
      context_->record_syn(handle_, progress.sent_with_syn);
    record_write(progress.sent);
    allow_blocking();
    connect_machine::attempt_result result;
    result.stop = stop;
    end_attempt(result, 0);
  }

#endif

  void start_connect()
  {
    step_ = step::connect;
    limit_attempt();
    const bool started = start_step(stop_relay::before_first_byte,
        [](connect_op& self)
        { generic_attempt::start(self.socket_, endpoint_type(self.peer_), std::move(self)); });
    if (!started)
      perform(connect_machine::on_stopped(stop_reason::cancelled));
  }

  void on_connect(const error_code& error, stop_reason stop)
  {
    connect_machine::attempt_result result;
    result.error = finish_connect(error);
    result.stop = stop;

    // Asio does not tell what failed at once. Of the codes that the machine looks at, only this one
    // also comes from the network.
    result.immediate = result.error != boost::asio::error::network_down;
#if CONNECTEX_DETAIL_LINUX
    result.may_have_connected =
        linux_attempt::may_have_connected(native_error_of(error)) || is_flight_lost_unasked();
#endif
    end_attempt(result, native_error_of(error));
  }

  error_code finish_connect(const error_code& error) const
  {
#if CONNECTEX_DETAIL_LINUX
    if (linux_attempt::is_out_of_ports(native_error_of(error)))
      return boost::asio::error::address_in_use;
#endif
    const int family = peer_.protocol().family();
    const bool is_inet = family == boost::asio::ip::tcp::v4().family()
        || family == boost::asio::ip::tcp::v6().family();
    return !error && (is_inet || closed()) ? error : generic_attempt::finish(handle_, error);
  }

  error_code reopen()
  {
    error_code error;
    socket_.close(error);
    if ((error = open()))
      return error;
    handle_ = socket_.native_handle();
    apply_options();
    keep_local_endpoint();
    return {};
  }

  void start_wait(connect_machine::duration delay)
  {
    step_ = step::wait;
    auto& timer = context_->timer_for_wait(socket_.get_executor(), delay);
    const bool started = start_step(stop_relay::before_first_byte,
        [&](connect_op& self) { timer.async_wait(std::move(self)); });
    if (!started)
      perform(connect_machine::on_stopped(stop_reason::cancelled));
  }

  void on_wait(stop_reason stop)
  {
    if (stop == stop_reason::none && context_->is_time_up())
      stop = stop_reason::total_timeout;
    perform(connect_machine::on_waited(stop));
  }

  void start_write()
  {
    step_ = step::write;
    const auto heeded =
        bytes_transferred_ == 0 ? stop_relay::before_first_byte : stop_relay::after_first_byte;

    // Here and not only in the timer, which is behind the times as long as writes end at once.
    if (context_ && context_->is_time_up() && !relay_->is_requested(heeded))
      return perform(connect_machine::on_stopped(stop_reason::total_timeout));
    limit_write();
    const auto unsent = flight_.unsent(bytes_transferred_);
    const bool started = start_step(
        heeded, [&](connect_op& self) { self.socket_.async_write_some(unsent, std::move(self)); });
    if (!started)
      perform(connect_machine::on_stopped(stop_reason::cancelled));
  }

  void on_write(error_code error, std::size_t bytes_transferred, stop_reason stop)
  {
    record_write(bytes_transferred);
    if (!error && closed())
      error = boost::asio::error::operation_aborted;
    perform(connect_machine::on_write(portable_error(error), stop, !error && is_any_unsent()));
  }

  bool may_retry() const noexcept { return context_ && context_->machine().may_retry(); }

  bool is_any_unsent() { return boost::asio::buffer_size(flight_.unsent(bytes_transferred_)) != 0; }

  void limit_attempt()
  {
    if (context_ && context_->has_time_limit())
      context_->limit_attempt(socket_.get_executor(), relay_.share());
  }

  void limit_write()
  {
    if (context_ && context_->has_time_limit())
      context_->limit_write(socket_.get_executor(), relay_.share());
  }

  auto get_handler_executor() const noexcept
  {
    return boost::asio::get_associated_executor(handler_, socket_.get_executor());
  }

  /// Whether the handler does, and with it every step.
  bool runs_on_socket_executor() const noexcept
  {
    const auto& own = socket_.get_executor();
    const auto& handlers = boost::asio::get_associated_executor(handler_, own);
    if constexpr (std::is_same_v<decltype(handlers), decltype(own)>)
      return &handlers == &own || handlers == own;
    else
      return false;
  }

  /// Whether the step was started; not if a cancellation came before it.
  template <typename Start>
  bool start_step(boost::asio::cancellation_type heeded, Start start)
  {
    // A copy: this object moves away inside start().
    if (const auto relay = relay_.share())
    {
      return relay->start_step(heeded,
          [&]
          {
            hold_work();
            start(*this);
          });
    }
    hold_work();
    start(*this);
    return true;
  }

  /// Not before a step begins: work that ends while there is no other stops an execution context, and an
  /// operation may be over without a step.
  void hold_work()
  {
    if (context_)
      context_->hold_work(socket_.get_executor());
    if (relay_)
      relay_->hold_work();
  }

  /// Called by a step's completion before anything else. Returns what had asked the step to stop.
  stop_reason finish_step()
  {
    const stop_reason stop = relay_ ? relay_->finish_step() : stop_reason::none;
    return closed() ? stop_reason::cancelled : stop;
  }

  bool closed() const { return !socket_.is_open() || socket_.native_handle() != handle_; }

  void record_connect(std::size_t bytes_transferred)
  {
    bytes_transferred_ = bytes_transferred;
    if (context_)
      context_->record_connect(bytes_transferred);
  }

  void record_write(std::size_t bytes_transferred)
  {
    bytes_transferred_ += bytes_transferred;
    if (context_)
      context_->record_write(bytes_transferred);
  }

  /// Called by a step's completion, on the handler's executor and with the step's memory freed.
  void complete(const error_code& error)
  {
    release();
    const std::size_t bytes_transferred = bytes_transferred_;
    std::move(handler_)(error, bytes_transferred);
  }

  /// Called within the initiating function.
  void complete_immediately(const error_code& error)
  {
    release();
    auto executor = socket_.get_executor();
    completed_connect<Socket, Handler> completed(
        std::move(handler_), socket_, handle_, error, bytes_transferred_);
#if CONNECTEX_DETAIL_HAS_IMMEDIATE_EXECUTOR
    auto immediate = boost::asio::get_associated_immediate_executor(completed.handler(), executor);
    boost::asio::dispatch(immediate, std::move(completed));
#else
    // Through the erased type it would take three hundred instructions more.
    using io_context_executor = boost::asio::io_context::executor_type;
    if constexpr (std::is_same_v<decltype(executor), boost::asio::any_io_executor>)
    {
      if (const auto* known = executor.template target<io_context_executor>())
        return boost::asio::post(*known, std::move(completed));
    }
    boost::asio::post(executor, std::move(completed));
#endif
  }

  void release()
  {
    if (context_)
      context_->record_end();
    context_.reset();
    relay_.reset();
  }

  // First, so that it goes last: its allocator may own the memory of what follows.
  Handler handler_;

  // Ordered by alignment: this is what each pending operation takes, beside what Asio needs.
  Socket& socket_;
  thin_ptr<context_type> context_;
  thin_ptr<relay_type> relay_;
  std::size_t bytes_transferred_ = 0;
  native_socket handle_ = {};
  endpoint_type peer_;

  // In one block or one call, so never more than max_write.
  std::uint32_t bytes_offered_ = 0;

  step step_ = step::connect;
  bool in_initiation_ = true;

  // Opened by this operation, and nobody has had an opportunity to bind it.
  bool known_unbound_ = false;

#if CONNECTEX_DETAIL_HAS_IO_URING
  bool has_forbidden_blocking_ = false;
#endif
  first_flight<ConstBufferSequence, allocator_type> flight_;
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

#if CONNECTEX_DETAIL_HAS_IMMEDIATE_EXECUTOR

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
