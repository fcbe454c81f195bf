// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_DETAIL_DECIDE_UNIQUE_LIST_HPP
#define CONNECTEX_DETAIL_DECIDE_UNIQUE_LIST_HPP

#include <algorithm>
#include <cstddef>
#include <vector>

namespace connectex::detail
{

/// Values in the order in which they came, each of them once.
template <typename T>
class unique_list
{
public:
  /// Returns whether @p value was new.
  bool add(const T& value)
  {
    const auto place = std::lower_bound(sorted_.begin(), sorted_.end(), value,
        [this](std::size_t index, const T& sought) { return values_[index] < sought; });
    if (place != sorted_.end() && values_[*place] == value)
      return false;
    sorted_.insert(place, values_.size());
    values_.push_back(value);
    return true;
  }

  const T& operator[](std::size_t index) const noexcept { return values_[index]; }

private:
  std::vector<T> values_;
  std::vector<std::size_t> sorted_;
};

} // namespace connectex::detail

#endif // CONNECTEX_DETAIL_DECIDE_UNIQUE_LIST_HPP
