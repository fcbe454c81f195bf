// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_DETAIL_OPERATION_LAZY_CONNECT_CORE_HPP
#define CONNECTEX_DETAIL_OPERATION_LAZY_CONNECT_CORE_HPP

#include <connectex/connect_options.hpp>
#include <connectex/detail/operation/lazy_connect_plan.hpp>
#include <connectex/detail/operation/wrong_arguments.hpp>

#include <boost/asio/error.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/system/error_code.hpp>

#include <memory>
#include <type_traits>
#include <utility>
#include <variant>

namespace connectex::detail
{

/// The socket that a stream is, or has.
template <typename NextLayer>
auto& socket_of(NextLayer& next_layer) noexcept
{
  if constexpr (is_stream_socket<NextLayer>)
  {
    return next_layer;
  }
  else if constexpr (has_socket<NextLayer>)
  {
    return next_layer.socket();
  }
  else
  {
    static_assert(has_socket<NextLayer>,
        "lazy_connect_stream stands on a boost::asio::basic_stream_socket, on a reference to one, "
        "or on a stream with a member socket(), such as boost::beast::tcp_stream. Streams such as "
        "boost::asio::ssl::stream stand on it");
    // Of some type, so that the compiler has no more to say.
    return static_cast<boost::asio::ip::tcp::socket& (*)()>(nullptr)();
  }
}

/// What a lazy_connect_stream consists of, for its operations.
template <typename NextLayer>
class lazy_connect_core
{
public:
  using next_layer_type = std::remove_reference_t<NextLayer>;
  using socket_type =
      std::remove_reference_t<decltype(socket_of(std::declval<next_layer_type&>()))>;
  using plan_type = lazy_connect_plan<socket_type>;
  using plan_state = typename plan_type::state;

  template <typename... Args>
  explicit lazy_connect_core(std::in_place_t, Args&&... args)
    : next_layer(std::forward<Args>(args)...)
  {
  }

  // Not copied, not even over a reference: two streams would share a plan.
  lazy_connect_core(lazy_connect_core&&) noexcept(
      std::is_nothrow_move_constructible_v<NextLayer>) = default;
  lazy_connect_core& operator=(lazy_connect_core&&) noexcept(
      std::is_nothrow_move_assignable_v<NextLayer>) = default;

  socket_type& socket() noexcept { return socket_of(next_layer); }
  const socket_type& socket() const noexcept { return socket_of(std::as_const(next_layer)); }

  template <typename Target>
  void arm(Target target, const connect_options& options)
  {
    if (plan && plan->get_state() == plan_state::armed)
      plan->replace(std::move(target), options);
    else
      plan = std::make_shared<plan_type>(std::move(target), options);
  }

  /// Arms this stream as @p other is armed, which passes everything through afterwards.
  template <typename OtherNextLayer>
  void take_plan(lazy_connect_core<OtherNextLayer>& other)
  {
    if (!other.plan)
      return;
    static_assert(takes_names == lazy_connect_core<OtherNextLayer>::takes_names);
    std::visit([&](const auto& target) { arm_if_possible(target, other.plan->options()); },
        other.plan->target());
    plan->take_state(*other.plan);
    other.plan.reset();
  }

  bool is_connecting() const noexcept
  {
    return plan && plan->get_state() == plan_state::connecting;
  }

  /// The connect of @p ended is over.
  void end(const std::shared_ptr<plan_type>& ended, const boost::system::error_code& error)
  {
    ended->end(socket(), error);
    if (!error && plan == ended)
      plan.reset();
  }

  /// Connects on the calling thread, if this stream is armed.
  /**
   * @returns How many bytes of @p buffers were handed over.
   */
  template <typename ConstBufferSequence>
  std::size_t connect_and_wait(const ConstBufferSequence& buffers, boost::system::error_code& error)
  {
    if (plan->get_state() != plan_state::armed)
    {
      error = is_connecting() ? boost::asio::error::in_progress : boost::asio::error::not_connected;
      return 0;
    }
    const auto connecting = plan;
    const std::size_t sent = connecting->connect_and_wait(socket(), buffers, error);
    if (!error && plan == connecting)
      plan.reset();
    return sent;
  }

  /// Whether the stream can be armed with a name.
  static constexpr bool takes_names = plan_type::takes_names;

  NextLayer next_layer;

  /// Null: the stream passes everything through.
  std::shared_ptr<plan_type> plan;

private:
  template <typename Target>
  void arm_if_possible(const Target& target, const connect_options& options)
  {
    if constexpr (takes_names || !std::is_same_v<Target, host_and_service>)
      arm(target, options);
  }
};

} // namespace connectex::detail

#endif // CONNECTEX_DETAIL_OPERATION_LAZY_CONNECT_CORE_HPP
