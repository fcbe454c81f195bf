// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_DETAIL_OPERATION_LAZY_CONNECT_HANDLER_HPP
#define CONNECTEX_DETAIL_OPERATION_LAZY_CONNECT_HANDLER_HPP

#include <connectex/detail/operation/erased_handler.hpp>

#include <boost/system/error_code.hpp>

#include <cstddef>
#include <utility>

namespace connectex::detail
{

/// The handler of a stream's connect: the read or write that has begun it, without its type.
class lazy_connect_handler : public erased_handler
{
public:
  /// @param executor Of the stream.
  /// @param in_place Becomes true if the connect is over within its initiating function, and the
  /// operation is told there; null: it is told as if by post.
  template <typename Operation, typename Executor>
  lazy_connect_handler(Operation&& operation, const Executor& executor, bool* in_place)
    : erased_handler(std::forward<Operation>(operation), executor),
      in_place_(has_io_executor<Operation> ? in_place : nullptr)
  {
  }

  using erased_handler::operator();

  template <typename Endpoint>
  void operator()(
      const boost::system::error_code& error, const Endpoint&, std::size_t bytes_transferred)
  {
    (*this)(error, bytes_transferred);
  }

  friend bool accept_in_place(lazy_connect_handler& handler) noexcept
  {
    if (handler.in_place_)
      *handler.in_place_ = true;
    return handler.in_place_ != nullptr;
  }

private:
  bool* in_place_;
};

} // namespace connectex::detail

#endif // CONNECTEX_DETAIL_OPERATION_LAZY_CONNECT_HANDLER_HPP
