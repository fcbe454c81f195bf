// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_DETAIL_OPERATION_LAZY_CONNECT_PLAN_HPP
#define CONNECTEX_DETAIL_OPERATION_LAZY_CONNECT_PLAN_HPP

#include <connectex/connect_options.hpp>
#include <connectex/detail/decide/buffer_range.hpp>
#include <connectex/detail/decide/first_flight.hpp>
#include <connectex/detail/decide/partial_flight.hpp>
#include <connectex/detail/operation/connect_completion.hpp>
#include <connectex/detail/operation/endpoint_sequence.hpp>
#include <connectex/detail/operation/initiate_connect_ex.hpp>
#include <connectex/detail/operation/initiate_race.hpp>
#include <connectex/detail/operation/lazy_connect_handler.hpp>
#include <connectex/detail/operation/race_and_wait.hpp>
#include <connectex/detail/operation/race_arguments.hpp>
#include <connectex/detail/operation/race_candidates.hpp>
#include <connectex/detail/system/types.hpp>

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/wait_traits.hpp>
#include <boost/system/error_code.hpp>

#include <chrono>
#include <cstddef>
#include <optional>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace connectex::detail
{

enum class lazy_connect_state : unsigned char
{
  armed,
  connecting,
  connected,
  failed
};

/// One connect of a stream, from when the stream is armed until the connect is over and all that
/// waited for it know.
template <typename Socket>
class lazy_connect_plan
{
  using protocol_type = typename Socket::protocol_type;
  using executor_type = typename Socket::executor_type;
  using endpoint_type = typename Socket::endpoint_type;
  using clock = std::chrono::steady_clock;
  using timer_type =
      boost::asio::basic_waitable_timer<clock, boost::asio::wait_traits<clock>, executor_type>;

public:
  using target_type = std::variant<endpoint_type, endpoint_list<endpoint_type>, host_and_service>;

  using state = lazy_connect_state;

  /// Whether there can be a name to connect to.
  static constexpr bool takes_names = std::is_same_v<protocol_type, boost::asio::ip::tcp>;

  template <typename Target>
  lazy_connect_plan(Target target, const connect_options& options)
    : target_(std::move(target)), options_(options), start_(&lazy_connect_plan::start<Target>)
  {
  }

  /// Another target and other options in the place of these, before the connect has begun.
  template <typename Target>
  void replace(Target target, const connect_options& options)
  {
    connect_options copy(options);
    target_ = std::move(target);
    options_ = std::move(copy);
    start_ = &lazy_connect_plan::start<Target>;
  }

  /// Takes over how far a plan for another type of socket has come. Its connect is not under way.
  template <typename OtherPlan>
  void take_state(const OtherPlan& other)
  {
    state_ = other.get_state();
    error_ = other.error();
  }

  state get_state() const noexcept { return state_; }
  const boost::system::error_code& error() const noexcept { return error_; }
  const target_type& target() const noexcept { return target_; }
  const connect_options& options() const noexcept { return options_; }

  /// Begins the connect.
  /**
   * @param buffers Those of a write, or no_first_flight.
   */
  template <typename ConstBufferSequence>
  void connect(Socket& socket, const ConstBufferSequence& buffers, lazy_connect_handler&& handler)
  {
    flight_ = to_flight(buffers);
    cut_flight();
    state_ = state::connecting;
    has_owner_ = true;
    was_open_ = socket.is_open();
    try
    {
      (this->*start_)(socket, std::move(handler));
    }
    catch (...)
    {
      // Else the connect was over, and what its handler did has thrown. The state does not say so:
      // an operation that was destroyed on the way here has told it already.
      if (!is_over_in_place_)
        restore(socket);
      throw;
    }
  }

  /// Whether the connect was over within connect(), and its handler called there.
  bool& is_over_in_place() noexcept { return is_over_in_place_; }

  /// Connects on the calling thread.
  /**
   * @returns How many bytes of @p buffers were handed over.
   */
  template <typename ConstBufferSequence>
  std::size_t connect_and_wait(
      Socket& socket, const ConstBufferSequence& buffers, boost::system::error_code& error)
  {
    flight_ = to_flight(buffers);
    cut_flight();
    state_ = state::connecting;
    was_open_ = socket.is_open();
    try
    {
      const std::size_t sent = std::visit(
          [&](const auto& target) { return connect_and_wait_for(socket, target, error); }, target_);
      end(socket, error);
      return sent;
    }
    catch (...)
    {
      end(socket, boost::asio::error::operation_aborted);
      throw;
    }
  }

  /// The operation that has begun the connect is told how it has ended, or is gone. If it still
  /// goes on, nobody will tell how it ends, and the socket may be gone, too.
  void leave_owner() noexcept
  {
    has_owner_ = false;
    if (state_ == state::connecting)
    {
      state_ = state::failed;
      error_ = boost::asio::error::operation_aborted;
    }
    timer_.reset();
  }

  /// The connect is over. Wakes the operations that wait for it.
  void end(Socket& socket, const boost::system::error_code& error)
  {
    state_ = error ? state::failed : state::connected;
    error_ = error;
    timer_.reset();
    if (error)
      restore(socket);
    else
      handle_ = socket.native_handle();

    // The options may keep the stream's owner alive.
    target_ = {};
    options_ = {};
  }

  /// Whether the connection that was made has been closed since.
  bool is_closed(Socket& socket) const { return detail::is_closed(socket, handle_); }

  /// An operation waits for the end of the connect, until leave().
  void enter() noexcept { ++waiting_; }

  void leave() noexcept
  {
    if (--waiting_ == 0 && state_ != state::connecting)
      timer_.reset();
  }

  /// Whether the handler of an operation that is over may be called.
  /**
   * Not before all that waited for the connection have begun: the handler may close the socket and
   * connect it by hand, and the socket may then have the same native handle. The operation that has
   * begun the connect is told first.
   */
  bool may_complete(bool is_owner) const noexcept
  {
    return state_ != state::connected || (waiting_ == 0 && (is_owner || !has_owner_));
  }

  /// Calls @p handler with an error code that says nothing: while the stream connects, when that is
  /// over; afterwards, when may_complete() may have another answer.
  template <typename Handler>
  void async_wait(const executor_type& executor, Handler&& handler)
  {
    if (!timer_)
      timer_.emplace(executor, (clock::time_point::max)());
    timer_->async_wait(std::forward<Handler>(handler));
  }

private:
  /// Closes a socket that the connect has opened: nobody but the options had a part in it, and they
  /// have it again with the next one.
  void restore(Socket& socket) const
  {
    boost::system::error_code ignored;
    if (!was_open_)
      socket.close(ignored);
  }

  template <typename Target>
  std::size_t connect_and_wait_for(
      Socket& socket, const Target& target, boost::system::error_code& error)
  {
    if constexpr (takes_names || !std::is_same_v<Target, host_and_service>)
      return detail::connect_and_wait(socket, target, flight(), &options_, error);
    else
      return 0; // Such a stream cannot be armed with a name.
  }

  using flight_type = partial_flight<buffer_range>;

  /// Leaves of the flight what one connect carries on every system.
  void cut_flight()
  {
    std::size_t room = max_connect_data;
    for (boost::asio::const_buffer& buffer : flight_)
    {
      buffer = boost::asio::buffer(buffer, room);
      room -= buffer.size();
    }
  }

  template <typename Target>
  void start(Socket& socket, lazy_connect_handler&& handler)
  {
    start_connect(socket, std::move(handler), std::get<Target>(target_));
  }

  void start_connect(Socket& socket, lazy_connect_handler&& handler, const endpoint_type& peer)
  {
    initiate_connect_ex<protocol_type, executor_type> connect(socket);
    connect(std::move(handler), peer, flight(), options_);
  }

  void start_connect(
      Socket& socket, lazy_connect_handler&& handler, const endpoint_list<endpoint_type>& peers)
  {
    initiate_endpoint_race<protocol_type, executor_type> connect(socket);
    connect(std::move(handler), peers, flight(), options_);
  }

  void start_connect(Socket& socket, lazy_connect_handler&& handler, const host_and_service& name)
  {
    initiate_name_race<protocol_type, executor_type> connect(socket);
    connect(std::move(handler), name.host, name.service, flight(), options_);
  }

  flight_type flight() const noexcept { return flight_type(buffer_range(flight_)); }

  target_type target_;
  connect_options options_;

  // Only the forms that a program arms its streams with are compiled.
  void (lazy_connect_plan::*start_)(Socket&, lazy_connect_handler&&);

  state state_ = state::armed;
  bool was_open_ = false;
  bool has_owner_ = false;
  bool is_over_in_place_ = false;
  boost::system::error_code error_;

  /// Of the socket that was connected.
  native_socket handle_ = {};

  /// What the connect takes of the first write.
  std::vector<boost::asio::const_buffer> flight_;

  /// Never expires: what waits for the plan waits for its cancellation.
  std::optional<timer_type> timer_;

  std::size_t waiting_ = 0;
};

} // namespace connectex::detail

#endif // CONNECTEX_DETAIL_OPERATION_LAZY_CONNECT_PLAN_HPP
