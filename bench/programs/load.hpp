// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_BENCH_LOAD_HPP
#define CONNECTEX_BENCH_LOAD_HPP

#include "support.hpp"

#include <atomic>
#include <cstddef>

namespace bench
{

/// What is to be done in one run.
struct load_settings
{
  unsigned short port;

  /// The number of loopback's address that the first connection goes to.
  int first_peer;

  int in_flight;
  int threads;
  int connects;

  /// Whether a connection waits for the answer to its first flight. It is reset then, which leaves
  /// no port in TIME_WAIT.
  bool answered;
};

/// And how many connections are left.
class load : public load_settings
{
public:
  explicit load(const load_settings& settings) : load_settings(settings), left_(connects) {}

  tcp::endpoint peer(int index) const
  {
    return loopback_endpoint(static_cast<std::size_t>(first_peer + index), port);
  }

  bool take() { return left_.fetch_sub(1, std::memory_order_relaxed) > 0; }

private:
  std::atomic<int> left_;
};

} // namespace bench

#endif // CONNECTEX_BENCH_LOAD_HPP
