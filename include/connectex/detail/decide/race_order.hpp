// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_DETAIL_DECIDE_RACE_ORDER_HPP
#define CONNECTEX_DETAIL_DECIDE_RACE_ORDER_HPP

#include <connectex/detail/platform.hpp>

#include <cstddef>
#include <deque>
#include <vector>

namespace connectex::detail
{

/// The candidates of a race that are not tried yet, in the order of RFC 8305, section 4: some of
/// the first one's address family, then one of each family in turn.
/**
 * Candidates that come late take their place among those that are left, as section 3 wants it.
 */
class race_order
{
public:
  /// @param first_family_count How many of the first family come first; 0: all in the order in
  /// which they were added.
  explicit race_order(unsigned first_family_count) noexcept
    : keeps_order_(first_family_count == 0), head_start_(first_family_count)
  {
  }

  CONNECTEX_DECL void add(std::size_t candidate, int family);

  /// Takes the next one out. There must be one.
  CONNECTEX_DECL std::size_t take();

  std::size_t size() const noexcept { return size_; }

private:
  struct queue
  {
    int family;
    std::deque<std::size_t> candidates;
  };

  queue& queue_of(int family);
  std::size_t next_queue() const noexcept;

  bool keeps_order_;

  /// How many more of the first family come before the families take turns.
  unsigned head_start_;

  std::vector<queue> queues_;
  std::size_t size_ = 0;

  /// Which one the last candidate came from.
  std::size_t last_queue_ = 0;
};

} // namespace connectex::detail

#endif // CONNECTEX_DETAIL_DECIDE_RACE_ORDER_HPP
