// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_TEST_SUPPORT_BOOLEAN_OPTION_HPP
#define CONNECTEX_TEST_SUPPORT_BOOLEAN_OPTION_HPP

#include "support/catch.hpp"
#include "support/loopback.hpp"

#include <stdexcept>

namespace test
{

/// That the option is what Asio asks for, with this level and this name, and is off until it is
/// told otherwise.
template <typename Option>
void check_boolean_option(int level, int name)
{
  const tcp protocol = tcp::v4();
  const Option off;
  CHECK_FALSE(off.value());
  CHECK_FALSE(static_cast<bool>(off));
  CHECK(!off);
  CHECK(*off.data(protocol) == 0);

  Option on(true);
  CHECK(on.value());
  CHECK(static_cast<bool>(on));
  CHECK_FALSE(!on);
  CHECK(on.level(protocol) == level);
  CHECK(on.name(protocol) == name);
  CHECK(on.size(protocol) == 4);
  CHECK(*on.data(protocol) == 1);

  on.resize(protocol, 4);
  CHECK(on.value());
  CHECK_THROWS_AS(on.resize(protocol, 2), std::length_error);
}

} // namespace test

#endif // CONNECTEX_TEST_SUPPORT_BOOLEAN_OPTION_HPP
