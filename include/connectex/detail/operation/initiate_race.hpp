// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_DETAIL_OPERATION_INITIATE_RACE_HPP
#define CONNECTEX_DETAIL_OPERATION_INITIATE_RACE_HPP

#include <connectex/connect_options.hpp>
#include <connectex/detail/decide/first_flight.hpp>
#include <connectex/detail/operation/connect_op.hpp>
#include <connectex/detail/operation/connect_state.hpp>
#include <connectex/detail/operation/endpoint_sequence.hpp>
#include <connectex/detail/operation/erased_handler.hpp>
#include <connectex/detail/operation/immediate_completion.hpp>
#include <connectex/detail/operation/one_endpoint_handler.hpp>
#include <connectex/detail/operation/operation_base.hpp>
#include <connectex/detail/operation/race_arguments.hpp>
#include <connectex/detail/operation/race_candidates.hpp>
#include <connectex/detail/operation/race_op.hpp>
#include <connectex/detail/operation/wrong_arguments.hpp>

#include <boost/asio/associated_allocator.hpp>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/system/error_code.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>

namespace connectex::detail
{

/// The part that the starts of all races share.
template <typename Protocol, typename Executor>
class initiate_race
{
public:
  using executor_type = Executor;

  executor_type get_executor() const noexcept { return socket_->get_executor(); }

protected:
  using socket_type = boost::asio::basic_stream_socket<Protocol, Executor>;
  using endpoint_type = typename Protocol::endpoint;

  explicit initiate_race(socket_type& socket) noexcept : socket_(&socket) {}

  socket_type& socket() const noexcept { return *socket_; }

  static const connect_options* address_of() noexcept { return nullptr; }

  static const connect_options* address_of(const connect_options& options) noexcept
  {
    return &options;
  }

  template <typename Handler>
  static constexpr bool is_handler = std::is_invocable_v<std::decay_t<Handler>&&,
      boost::system::error_code, endpoint_type, std::size_t>;

  /// Says what is wrong with a handler that is none, of a call with such arguments.
  template <typename Handler, typename... Call>
  static void explain_handler()
  {
    wrong_call<find_handler_mistake<std::decay_t<Handler>, true>(), std::enable_if<true>,
        socket_type, Call..., std::decay_t<Handler>>::explain();
  }

  template <typename Handler>
  void refuse(Handler& handler, const connect_options& options,
      const boost::system::error_code& error) const
  {
    if (options.report)
      *options.report = connect_report();
    complete_immediately(std::move(handler), socket_->get_executor(),
        immediate_result<endpoint_type, std::size_t>{error});
  }

  template <typename Candidates, typename ConstBufferSequence, typename Handler>
  void launch(Candidates candidates, const ConstBufferSequence& buffers,
      const connect_options& options, Handler& handler) const
  {
    // A race is too much code to be compiled for each handler, and needs an executor that a strand
    // can be over, which that of an any_completion_handler is not. That of a stream is erased.
    constexpr bool is_erased = std::is_base_of_v<erased_handler, Handler>;
    if constexpr (!is_erased && can_be_erased_or_moved<Handler, Executor>)
    {
      basic_erased_handler<endpoint_type, std::size_t> erased(
          std::move(handler), socket_->get_executor());
      launch_race(std::move(candidates), buffers, options, erased);
    }
    else
      launch_race(std::move(candidates), buffers, options, handler);
  }

private:
  template <typename Candidates, typename ConstBufferSequence, typename Handler>
  void launch_race(Candidates candidates, const ConstBufferSequence& buffers,
      const connect_options& options, Handler& handler) const
  {
    using flight_type = typename race_flight<ConstBufferSequence>::type;
    using race_type = race_op<socket_type, Candidates, flight_type, Handler>;
    using allocator_type = operation_allocator_t<Handler>;
    allocator_type allocator = get_operation_allocator(handler);
    race_type::launch(std::allocate_shared<race_type>(allocator, *socket_, std::move(candidates),
        to_flight(buffers), options, std::move(handler)));
  }

  socket_type* socket_;
};

/// Starts an async_connect_ex with several endpoints.
template <typename Protocol, typename Executor>
class initiate_endpoint_race : public initiate_race<Protocol, Executor>
{
  using base = initiate_race<Protocol, Executor>;
  using typename base::endpoint_type;
  using typename base::socket_type;

public:
  explicit initiate_endpoint_race(socket_type& socket) noexcept : base(socket) {}

  /// @param options A connect_options, or nothing.
  template <typename Handler, typename ConstBufferSequence, typename... Options>
  void operator()(Handler&& handler, const endpoint_list<endpoint_type>& endpoints,
      const ConstBufferSequence& buffers, const Options&... options) const
  {
    if constexpr (!base::template is_handler<Handler>)
    {
      base::template explain_handler<Handler, endpoint_list<endpoint_type>, ConstBufferSequence,
          Options...>();
    }
    else
    {
      using handler_type = std::decay_t<Handler>;
      handler_type owned(std::forward<Handler>(handler));
      const connect_options* const given = base::address_of(options...);
      const connect_options& effective = given ? *given : default_options;
      if (const auto refusal = find_refusal(base::socket(), effective))
        return base::refuse(owned, effective, refusal);
      if (endpoints.is_one())
        return connect_to_one(*endpoints.first, buffers, given, owned);
      base::launch(given_endpoints<endpoint_type>(endpoints), buffers, effective, owned);
    }
  }

private:
  template <typename ConstBufferSequence, typename Handler>
  void connect_to_one(const endpoint_type& peer, const ConstBufferSequence& buffers,
      const connect_options* options, Handler& handler) const
  {
    using adapter_type = one_endpoint_handler<socket_type, Handler>;
    connect_op<socket_type, kept_buffers_t<ConstBufferSequence>, adapter_type>(base::socket(), peer,
        buffers, options, adapter_type(base::socket(), peer, std::move(handler)))
        .start();
  }
};

/// Starts an async_connect_ex with a name.
template <typename Protocol, typename Executor>
class initiate_name_race : public initiate_race<Protocol, Executor>
{
  using base = initiate_race<Protocol, Executor>;
  using typename base::socket_type;

public:
  explicit initiate_name_race(socket_type& socket) noexcept : base(socket) {}

  /// @param options A connect_options, or nothing.
  template <typename Handler, typename ConstBufferSequence, typename... Options>
  void operator()(Handler&& handler, const std::string& host, const std::string& service,
      const ConstBufferSequence& buffers, const Options&... options) const
  {
    if constexpr (!base::template is_handler<Handler>)
    {
      base::template explain_handler<Handler, host_and_service, ConstBufferSequence, Options...>();
    }
    else
    {
      using handler_type = std::decay_t<Handler>;
      handler_type owned(std::forward<Handler>(handler));
      const connect_options* const given = base::address_of(options...);
      const connect_options& effective = given ? *given : default_options;
      if (const auto refusal = find_refusal(base::socket(), effective))
        return base::refuse(owned, effective, refusal);
      base::launch(looked_up_endpoints<Executor>(host_and_service{host, service}), buffers,
          effective, owned);
    }
  }
};

} // namespace connectex::detail

#endif // CONNECTEX_DETAIL_OPERATION_INITIATE_RACE_HPP
