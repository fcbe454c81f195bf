// SPDX-License-Identifier: BSL-1.0

// Running an execution context for a bounded time.

#ifndef CONNECTEX_TEST_SUPPORT_RUN_HPP
#define CONNECTEX_TEST_SUPPORT_RUN_HPP

#include "asio_names.hpp"
#include "catch.hpp"

#include <boost/asio/io_context.hpp>

#include <chrono>

namespace test
{

// Generous, because a refused connect on Windows itself takes about two seconds, and one that
// nobody answers 36 in Wine 10.
inline constexpr std::chrono::seconds limit{90};

/// Runs until no work is left; what hangs fails.
inline void run(asio::io_context& context)
{
  context.restart();
  context.run_for(limit);
  REQUIRE(context.stopped());
}

/// Runs until @p done, with work left; what hangs fails.
template <typename Predicate>
void run_until(asio::io_context& context, Predicate done)
{
  const auto deadline = std::chrono::steady_clock::now() + limit;
  context.restart();
  while (!done())
  {
    const auto left = deadline - std::chrono::steady_clock::now();
    REQUIRE(context.run_one_for(left) == 1);
  }
}

template <typename Call>
std::chrono::steady_clock::duration time_of(Call call)
{
  const auto started = std::chrono::steady_clock::now();
  call();
  return std::chrono::steady_clock::now() - started;
}

/// Polls several contexts by turns until @p done; what hangs fails.
/**
 * No context is restarted, so that @p done can also ask whether one has run out of work.
 */
template <typename Predicate, typename... Contexts>
void poll_until(Predicate done, Contexts&... contexts)
{
  const auto deadline = std::chrono::steady_clock::now() + limit;
  while (!done() && std::chrono::steady_clock::now() < deadline)
    (static_cast<void>(done() || contexts.poll_one()), ...);
  REQUIRE(done());
}

} // namespace test

#endif // CONNECTEX_TEST_SUPPORT_RUN_HPP
