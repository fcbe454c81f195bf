// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_TEST_SUPPORT_HEAP_COUNT_HPP
#define CONNECTEX_TEST_SUPPORT_HEAP_COUNT_HPP

namespace test
{

/// How many times this thread has called operator new.
long heap_count() noexcept;

} // namespace test

#endif // CONNECTEX_TEST_SUPPORT_HEAP_COUNT_HPP
