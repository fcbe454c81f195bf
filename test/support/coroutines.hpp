// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_TEST_SUPPORT_COROUTINES_HPP
#define CONNECTEX_TEST_SUPPORT_COROUTINES_HPP

#include "asio_names.hpp"
#include "run.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <exception>
#include <type_traits>
#include <utility>

namespace test
{

/// A completion token: the coroutine goes on whatever the result is.
inline auto into(error_code& error) { return asio::redirect_error(asio::use_awaitable, error); }

/// Runs coroutines side by side until all are over; what one of them throws fails the test.
template <typename... Coroutines>
void run_together(asio::io_context& context, Coroutines... coroutines)
{
  static_assert((std::is_same_v<Coroutines, asio::awaitable<void>> && ...));
  std::size_t over = 0;
  std::exception_ptr failure;
  const auto handler = [&](std::exception_ptr thrown)
  {
    ++over;
    if (thrown && !failure)
      failure = thrown;
  };
  (asio::co_spawn(context, std::move(coroutines), handler), ...);
  run_until(context, [&] { return failure || over == sizeof...(coroutines); });
  if (failure)
    std::rethrow_exception(failure);
}

} // namespace test

#endif // CONNECTEX_TEST_SUPPORT_COROUTINES_HPP
