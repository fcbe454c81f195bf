// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_DETAIL_OPERATION_IMMEDIATE_COMPLETION_HPP
#define CONNECTEX_DETAIL_OPERATION_IMMEDIATE_COMPLETION_HPP

#include <connectex/detail/asio_platform.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/associator.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/system_executor.hpp>

#if CONNECTEX_DETAIL_HAS_IMMEDIATE_EXECUTOR
#include <boost/asio/associated_immediate_executor.hpp>
#endif

#include <type_traits>
#include <utility>

namespace connectex::detail
{

/// The handler of an operation that is over before the initiating function returns, on its way to
/// its executor.
/**
 * It is moved several times, so it carries nothing but @p Completion: a function that calls the
 * handler with what it is to be told.
 */
template <typename Handler, typename Completion>
class immediate_completion
{
public:
  immediate_completion(Handler&& handler, const Completion& complete)
    : handler_(std::move(handler)), complete_(complete)
  {
  }

  void operator()() { complete_(std::move(handler_)); }

  const Handler& handler() const noexcept { return handler_; }

private:
  Handler handler_;
  Completion complete_;
};

} // namespace connectex::detail

namespace boost::asio
{

template <template <typename, typename> class Associator, typename Handler, typename Completion,
    typename DefaultCandidate>
struct associator<Associator, connectex::detail::immediate_completion<Handler, Completion>,
    DefaultCandidate> : Associator<Handler, DefaultCandidate>
{
  using completion_type = connectex::detail::immediate_completion<Handler, Completion>;

  static decltype(auto) get(const completion_type& completion) noexcept
  {
    return Associator<Handler, DefaultCandidate>::get(completion.handler());
  }

  static decltype(auto) get(
      const completion_type& completion, const DefaultCandidate& candidate) noexcept
  {
    return Associator<Handler, DefaultCandidate>::get(completion.handler(), candidate);
  }
};

} // namespace boost::asio

namespace connectex::detail
{

/// Whether @p Handler has an associated executor of its own, which no candidate takes the place of.
template <typename Handler>
inline constexpr bool has_associated_executor = !std::conjunction_v<
    std::is_same<boost::asio::associated_executor_t<Handler, boost::asio::any_io_executor>,
        boost::asio::any_io_executor>,
    std::is_same<boost::asio::associated_executor_t<Handler, boost::asio::system_executor>,
        boost::asio::system_executor>>;

/// Calls the handler of an operation that is over within its initiating function, with an error or
/// with none, and with nothing else to tell.
template <typename... Rest>
struct immediate_result
{
  template <typename Handler>
  void operator()(Handler&& handler) const
  {
    std::forward<Handler>(handler)(error, Rest()...);
  }

  boost::system::error_code error;
};

/// Calls @p handler as if by post, or on its immediate executor. To be called within the initiating
/// function.
/**
 * @param complete Called with the handler; calls it with the results.
 */
template <typename Handler, typename Executor, typename Completion>
void complete_immediately(Handler&& handler, const Executor& executor, const Completion& complete)
{
  immediate_completion<std::decay_t<Handler>, Completion> completion(
      std::forward<Handler>(handler), complete);
#if CONNECTEX_DETAIL_HAS_IMMEDIATE_EXECUTOR
  auto immediate = boost::asio::get_associated_immediate_executor(completion.handler(), executor);
  boost::asio::dispatch(immediate, std::move(completion));
#else
  // Through the erased type it would take three hundred instructions more.
  if constexpr (std::is_same_v<Executor, boost::asio::any_io_executor>)
  {
    using io_context_executor = boost::asio::io_context::executor_type;
    if (const auto* known = executor.template target<io_context_executor>())
      return boost::asio::post(*known, std::move(completion));
  }
  boost::asio::post(executor, std::move(completion));
#endif
}

} // namespace connectex::detail

#endif // CONNECTEX_DETAIL_OPERATION_IMMEDIATE_COMPLETION_HPP
