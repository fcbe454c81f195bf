// SPDX-License-Identifier: BSL-1.0

#include <connectex/detail/attempt/loopback_fast_fail.hpp>

#include "support/catch.hpp"

TEST_CASE("no SYN is retransmitted where the system can do without, and one elsewhere")
{
  using connectex::detail::fewest_syn_retransmissions;
  CHECK(fewest_syn_retransmissions(0) == 1);
  CHECK(fewest_syn_retransmissions(15063) == 1);
  CHECK(fewest_syn_retransmissions(16298) == 1);
  CHECK(fewest_syn_retransmissions(16299) == 0xFE);
  CHECK(fewest_syn_retransmissions(26100) == 0xFE);
}
