// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_DETAIL_OPERATION_IMMEDIATE_COMPLETION_HPP
#define CONNECTEX_DETAIL_OPERATION_IMMEDIATE_COMPLETION_HPP

#include <boost/asio/associator.hpp>

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

#endif // CONNECTEX_DETAIL_OPERATION_IMMEDIATE_COMPLETION_HPP
