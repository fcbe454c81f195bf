// SPDX-License-Identifier: BSL-1.0

#include <connectex/detail/decide/race_order.hpp>

namespace connectex::detail
{

void race_order::add(std::size_t candidate, int family)
{
  queue_of(keeps_order_ ? 0 : family).candidates.push_back(candidate);
  ++size_;
}

std::size_t race_order::take()
{
  last_queue_ = next_queue();
  head_start_ = last_queue_ == 0 && head_start_ != 0 ? head_start_ - 1 : 0;
  --size_;
  std::deque<std::size_t>& candidates = queues_[last_queue_].candidates;
  const std::size_t candidate = candidates.front();
  candidates.pop_front();
  return candidate;
}

race_order::queue& race_order::queue_of(int family)
{
  for (queue& known : queues_)
  {
    if (known.family == family)
      return known;
  }
  queues_.push_back({family, {}});
  return queues_.back();
}

std::size_t race_order::next_queue() const noexcept
{
  if (head_start_ != 0 && !queues_[0].candidates.empty())
    return 0;
  std::size_t next = last_queue_;
  do
    next = (next + 1) % queues_.size();
  while (queues_[next].candidates.empty());
  return next;
}

} // namespace connectex::detail
