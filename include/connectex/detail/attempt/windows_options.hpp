// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_DETAIL_ATTEMPT_WINDOWS_OPTIONS_HPP
#define CONNECTEX_DETAIL_ATTEMPT_WINDOWS_OPTIONS_HPP

#include <connectex/connect_options.hpp>
#include <connectex/detail/attempt/loopback_fast_fail.hpp>
#include <connectex/detail/attempt/native_error.hpp>
#include <connectex/detail/platform.hpp>
#include <connectex/detail/system/winsock.hpp>

namespace connectex::detail
{

/// Sets on the operation's socket what Windows has to be told before a connect.
template <typename Op>
void set_windows_options([[maybe_unused]] Op& op)
{
#if CONNECTEX_DETAIL_WINDOWS
  if (op.options().loopback_fast_fail)
    fail_fast_on_loopback(op.handle(), op.peer().data(), op.peer().size());
  if (op.options().fast_open != fast_open_mode::off && op.flight().size() != 0)
    op.record_fast_open(to_portable(os::set_fast_open(op.handle())));
#endif
}

} // namespace connectex::detail

#endif // CONNECTEX_DETAIL_ATTEMPT_WINDOWS_OPTIONS_HPP
