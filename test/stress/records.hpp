// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_TEST_STRESS_RECORDS_HPP
#define CONNECTEX_TEST_STRESS_RECORDS_HPP

#include "plan.hpp"

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdlib>
#include <iostream>
#include <map>
#include <mutex>
#include <string>

namespace test::stress
{

inline constexpr std::size_t most_pending = 64;
inline constexpr std::chrono::seconds patience{30};

/// The operations that are not over, and what was found out about all of them.
class records
{
public:
  /// Waits until there is room.
  void add(unsigned number, const plan& what)
  {
    std::unique_lock<std::mutex> lock(mutex_);
    changed_.wait(lock, [this] { return pending_.size() < most_pending; });
    pending_.emplace(number, pending_operation{&what, {}});
  }

  /// Its handler has been called with this; it may still wait for the peer's answer.
  void complete(unsigned number, const std::string& ending)
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    pending_.at(number).ending = ending;
    ++endings_[ending];
  }

  void remove(unsigned number)
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    pending_.erase(number);
    ++removed_;
    changed_.notify_all();
  }

  void count(const std::string& ending)
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    ++endings_[ending];
  }

  void complain(const std::string& reason)
  {
    complain(reason, [](std::ostream&) {});
  }

  void complain(const std::string& reason, unsigned number, const plan& what)
  {
    complain(reason, [&](std::ostream& out) { out << ": operation " << number << ", " << what; });
  }

  /// Aborts the program when nothing goes on any more, and says what hangs.
  void watch()
  {
    std::unique_lock<std::mutex> lock(mutex_);
    unsigned long seen;
    do
      seen = removed_;
    while (!changed_.wait_for(lock, patience, [this] { return is_over_; }) && seen != removed_);
    if (is_over_)
    {
      is_over_ = false;
      return;
    }
    std::cerr << "Nothing has ended for " << patience.count() << " s. Pending:\n";
    for (const auto& [number, operation] : pending_)
      std::cerr << "  operation " << number << ", " << *operation.what << "; "
                << (operation.ending.empty() ? "not completed" : "completed: " + operation.ending)
                << std::endl;
    std::abort();
  }

  void stop_watching()
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    is_over_ = true;
    changed_.notify_all();
  }

  const std::map<std::string, int>& endings() const { return endings_; }
  int complaints() const { return complaints_; }

private:
  struct pending_operation
  {
    const plan* what;
    std::string ending;
  };

  template <typename Print>
  void complain(const std::string& reason, Print print)
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (++complaints_ > 20)
      return;
    std::cerr << reason;
    print(std::cerr);
    std::cerr << std::endl;
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<unsigned, pending_operation> pending_;
  std::map<std::string, int> endings_;
  unsigned long removed_ = 0;
  int complaints_ = 0;
  bool is_over_ = false;
};

} // namespace test::stress

#endif // CONNECTEX_TEST_STRESS_RECORDS_HPP
