// SPDX-License-Identifier: BSL-1.0

#include "support/catch.hpp"

#include <connectex/detail/decide/race_order.hpp>

#include <cstddef>
#include <string>
#include <vector>

using connectex::detail::race_order;

namespace
{

/// Candidates are numbered in the order in which they are added; each letter is a family.
class numbered_order
{
public:
  explicit numbered_order(unsigned first_family_count) : order_(first_family_count) {}

  numbered_order& add(const std::string& families)
  {
    for (const char family : families)
      order_.add(added_++, family);
    return *this;
  }

  /// Their numbers.
  std::string take(std::size_t count)
  {
    std::string taken;
    for (std::size_t n = 0; n != count; ++n)
      taken += std::to_string(order_.take());
    return taken;
  }

  std::string take_all() { return take(order_.size()); }

private:
  race_order order_;
  std::size_t added_ = 0;
};

} // namespace

TEST_CASE("the families take turns, after as many of the first as first_family_count says")
{
  struct row
  {
    unsigned first_family_count;
    std::string families;
    std::string expected;
  };
  const row rows[] = {
      {1, "6", "0"},
      {1, "4", "0"},
      {1, "666", "012"},

      // The sorted list's first decides which family is the first.
      {1, "64", "01"},
      {1, "46", "01"},
      {1, "6644", "0213"},
      {1, "4466", "0213"},
      {1, "466", "012"},
      {1, "446", "021"},
      {1, "6464", "0123"},
      {1, "6446", "0132"},

      // What is left of the longer family comes last, in its order.
      {1, "666644", "041523"},
      {1, "664444", "021345"},

      {2, "6644", "0123"},
      {2, "666644", "014253"},
      {2, "6446", "0312"},
      {2, "644", "012"},
      {3, "666644", "012435"},
      {4, "664", "012"},
      {4294967295u, "46464", "02413"},

      // More than two families: each in turn.
      {1, "664411", "024135"},
      {1, "641641", "012345"},
      {1, "666411", "034152"},
      {2, "666411", "013425"},

      // 0: as they are given.
      {0, "6644", "0123"},
      {0, "4644", "0123"},
      {0, "4466", "0123"},
  };
  for (const row& r : rows)
  {
    INFO(r.families << ", " << r.first_family_count << " of the first family");
    CHECK(numbered_order(r.first_family_count).add(r.families).take_all() == r.expected);
  }
}

TEST_CASE("candidates that come late take their place among those that are left")
{
  struct row
  {
    unsigned first_family_count;
    std::string first;
    std::size_t taken;
    std::string late;
    std::string expected;
  };
  const row rows[] = {
      // The other family's turn has come, and it is there now.
      {1, "666", 1, "44", "03142"},
      {1, "666", 2, "44", "01324"},

      // It was the other family's turn last.
      {1, "64", 2, "46", "0132"},
      {1, "64", 2, "44", "0123"},

      // A late one does not go before an earlier one of its family.
      {1, "6644", 1, "64", "021345"},

      // A third family.
      {1, "6644", 2, "11", "024135"},

      // The head start of the first family is not over as long as no other was tried.
      {2, "64", 1, "6", "021"},
      {2, "6", 1, "464", "0213"},
      {3, "6", 1, "46664", "023145"},

      {0, "64", 1, "46", "0123"},
      {1, "", 0, "446", "021"},
  };
  for (const row& r : rows)
  {
    INFO(r.first << ", after " << r.taken << " " << r.late);
    numbered_order s(r.first_family_count);
    s.add(r.first);
    const std::string early = s.take(r.taken);
    s.add(r.late);
    CHECK(early + s.take_all() == r.expected);
  }
}

TEST_CASE("the head start of the first family is over when another family has been tried")
{
  numbered_order s(3);
  s.add("64");
  CHECK(s.take(2) == "01");
  s.add("66644");
  CHECK(s.take_all() == "25364");
}

TEST_CASE("an order counts the candidates that are left")
{
  race_order order(1);
  CHECK(order.size() == 0);
  order.add(7, 6);
  order.add(8, 4);
  CHECK(order.size() == 2);
  CHECK(order.take() == 7);
  CHECK(order.size() == 1);
  order.add(9, 6);
  CHECK(order.size() == 2);
  CHECK(order.take() == 8);
  CHECK(order.take() == 9);
  CHECK(order.size() == 0);
}
