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

#if CONNECTEX_DETAIL_HAS_IMMEDIATE_EXECUTOR
#include <boost/asio/associated_allocator.hpp>
#include <boost/asio/associated_immediate_executor.hpp>
#include <boost/asio/system_executor.hpp>
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

/// Tells a handler that it is about to be called within the initiating function.
/**
 * @returns False, except of handlers of the library's own, which have an overload: call it as any
 * other.
 */
template <typename Handler>
constexpr bool accept_in_place(Handler&) noexcept
{
  return false;
}

/// Calls @p handler as if by post, or on its immediate executor. To be called within the initiating
/// function.
/**
 * @param complete Called with the handler; calls it with the results.
 */
template <typename Handler, typename Executor, typename Completion>
void complete_immediately(Handler&& handler, const Executor& executor, const Completion& complete)
{
  if (accept_in_place(handler))
    return complete(std::forward<Handler>(handler));

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

#if CONNECTEX_DETAIL_HAS_IMMEDIATE_EXECUTOR

/// Whether @p Handler has an associated executor of its own, in place of any candidate.
template <typename Handler>
inline constexpr bool has_associated_executor = !std::conjunction_v<
    std::is_same<boost::asio::associated_executor_t<Handler, boost::asio::any_io_executor>,
        boost::asio::any_io_executor>,
    std::is_same<boost::asio::associated_executor_t<Handler, boost::asio::system_executor>,
        boost::asio::system_executor>>;

/// A handler with which nothing is associated.
struct plain_handler
{
};

template <typename Handler, typename Executor>
using is_immediate_executor_default =
    std::is_same<boost::asio::associated_immediate_executor_t<Handler, Executor>,
        boost::asio::associated_immediate_executor_t<plain_handler, Executor>>;

/// Whether @p Handler has an associated immediate executor of its own, in place of that of any
/// executor.
template <typename Handler>
inline constexpr bool has_associated_immediate_executor =
    !std::conjunction_v<is_immediate_executor_default<Handler, boost::asio::any_io_executor>,
        is_immediate_executor_default<Handler, boost::asio::system_executor>>;

/// The completion of a composed operation on the immediate executor of its handler, if the handler
/// has no executor.
/**
 * The composed operation has one, and Asio would go on to it from the immediate executor.
 */
template <typename Operation, typename Completion>
class completion_without_executor
{
public:
  completion_without_executor(Operation&& operation, const Completion& complete)
    : operation_(std::move(operation)), complete_(complete)
  {
  }

  using allocator_type = boost::asio::associated_allocator_t<Operation>;
  allocator_type get_allocator() const noexcept
  {
    return boost::asio::get_associated_allocator(operation_);
  }

  void operator()() { complete_(std::move(operation_)); }

private:
  Operation operation_;
  Completion complete_;
};

/// Calls @p operation, a composed operation, on its immediate executor.
template <bool HandlerHasExecutor, typename Operation, typename Executor, typename Completion>
void complete_on_immediate_executor(
    Operation&& operation, const Executor& executor, const Completion& complete)
{
  const auto immediate = boost::asio::get_associated_immediate_executor(operation, executor);
  using completion_type =
      std::conditional_t<HandlerHasExecutor, immediate_completion<Operation, Completion>,
          completion_without_executor<Operation, Completion>>;
  boost::asio::dispatch(immediate, completion_type(std::move(operation), complete));
}

#endif

} // namespace connectex::detail

#endif // CONNECTEX_DETAIL_OPERATION_IMMEDIATE_COMPLETION_HPP
