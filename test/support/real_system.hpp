// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_TEST_SUPPORT_REAL_SYSTEM_HPP
#define CONNECTEX_TEST_SUPPORT_REAL_SYSTEM_HPP

#include <connectex/detail/system/types.hpp>

#include <cstddef>
#include <cstdint>

// The library's own seam under a second name, for a scripted one to pass calls on to.
#define os real_os
#include <connectex/detail/system/linux.hpp>
#include <connectex/detail/system/winsock.hpp>
#undef os
#undef CONNECTEX_DETAIL_SYSTEM_COMMON_HPP
#undef CONNECTEX_DETAIL_SYSTEM_LINUX_HPP
#undef CONNECTEX_DETAIL_SYSTEM_POSIX_HPP
#undef CONNECTEX_DETAIL_SYSTEM_WINSOCK_HPP

#endif // CONNECTEX_TEST_SUPPORT_REAL_SYSTEM_HPP
