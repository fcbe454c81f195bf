// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_TEST_SUPPORT_SIGNAL_STORM_HPP
#define CONNECTEX_TEST_SUPPORT_SIGNAL_STORM_HPP

#include "run.hpp"

#include <atomic>
#include <chrono>
#include <csignal>
#include <thread>

#include <pthread.h>

namespace test
{

/// Interrupts the system calls of the thread that has made it all the time, but no longer than a
/// test may last.
class signal_storm
{
public:
  signal_storm()
  {
    struct sigaction handled = {};
    handled.sa_handler = [](int) {};
    ::sigaction(SIGUSR1, &handled, &before_);
    storm_ = std::thread(
        [this, target = ::pthread_self()]
        {
          const auto end = std::chrono::steady_clock::now() + limit;
          while (!is_over_ && std::chrono::steady_clock::now() < end)
          {
            ::pthread_kill(target, SIGUSR1);
            ++signals_;
            std::this_thread::yield();
          }
        });
  }

  ~signal_storm()
  {
    is_over_ = true;
    storm_.join();
    ::sigaction(SIGUSR1, &before_, nullptr);
  }

  signal_storm(const signal_storm&) = delete;
  signal_storm& operator=(const signal_storm&) = delete;

  int signals() const { return signals_; }

private:
  struct sigaction before_ = {};
  std::atomic<bool> is_over_{false};
  std::atomic<int> signals_{0};
  std::thread storm_;
};

} // namespace test

#endif // CONNECTEX_TEST_SUPPORT_SIGNAL_STORM_HPP
