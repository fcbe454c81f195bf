// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_EXAMPLE_CRAWL_SUMMARY_HPP
#define CONNECTEX_EXAMPLE_CRAWL_SUMMARY_HPP

#include <connectex/connectex.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <map>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

namespace example
{

/// A name to count by: messages and numbers differ from system to system.
inline std::string name_of(const boost::system::error_code& error)
{
  const std::string_view name = connectex::error_name(error);
  return name.empty() ? error.to_string() : std::string(name);
}

/// Counts what came of many connects and what followed them.
class crawl_summary
{
public:
  using counts = std::map<std::string, std::size_t>;

  void add(const std::string& result, const connectex::connect_report& report)
  {
    ++results_[result];
    attempts_ += report.attempts.size();
    if (report.first_flight == connectex::first_flight_path::none)
      return;
    ++paths_[std::string(connectex::to_string(report.first_flight))];
    times_.push_back(report.elapsed);
  }

  const counts& results() const { return results_; }

  std::size_t attempts() const { return attempts_; }

  void print(std::ostream& out) const
  {
    print(out, "results", results_);
    print(out, "first flights", paths_);
    out << "attempts to connect: " << attempts_ << '\n';
    if (times_.empty())
      return;
    std::vector<duration> times = times_;
    std::sort(times.begin(), times.end());
    const auto at = [&](std::size_t percent)
    {
      const duration time = times[(times.size() - 1) * percent / 100];
      return std::chrono::duration<double, std::milli>(time).count();
    };
    out << "connects took: median " << at(50) << " ms, 99 % " << at(99) << " ms, maximum "
        << at(100) << " ms\n";
  }

private:
  using duration = std::chrono::steady_clock::duration;

  static void print(std::ostream& out, const char* title, const counts& counted)
  {
    out << title << ":\n";
    for (const auto& [name, count] : counted)
      out << "  " << count << " x " << name << '\n';
  }

  counts results_;
  counts paths_;
  std::size_t attempts_ = 0;
  std::vector<duration> times_;
};

} // namespace example

#endif // CONNECTEX_EXAMPLE_CRAWL_SUMMARY_HPP
