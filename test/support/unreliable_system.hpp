// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_TEST_SUPPORT_UNRELIABLE_SYSTEM_HPP
#define CONNECTEX_TEST_SUPPORT_UNRELIABLE_SYSTEM_HPP

#include "random_source.hpp"
#include "scripted_system.hpp"

namespace test::scripted
{

/// Lets some calls fail that can fail.
script unreliable_system(unsigned seed);

} // namespace test::scripted

#endif // CONNECTEX_TEST_SUPPORT_UNRELIABLE_SYSTEM_HPP
