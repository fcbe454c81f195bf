// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_TEST_SUPPORT_SCRIPTED_SEAM_HPP
#define CONNECTEX_TEST_SUPPORT_SCRIPTED_SEAM_HPP

#include "real_system.hpp"
#include "scripted_system.hpp"

#include <functional>
#include <optional>

/// What the functions of the scripted seam are made of.
namespace test::scripted
{

/// @param exchange Called first: stores what the call was given, and reads what it is to tell.
std::optional<native_error> ask_script(
    call which, const std::function<void(session&)>& exchange = {});

/// Makes the call if the script has no answer.
template <typename Call>
native_error answer_or(call which, Call make)
{
  const std::optional<native_error> reply = ask_script(which);
  return reply ? *reply : make();
}

template <typename Call>
native_error answer_or(call which, const std::function<void(session&)>& exchange, Call make)
{
  const std::optional<native_error> reply = ask_script(which, exchange);
  return reply ? *reply : make();
}

/// The same for a call that tells a value, which the script may tell in its place.
template <typename Value, typename Call>
native_error tell_or(call which, std::optional<Value> session::*told, Value& value, Call make)
{
  std::optional<Value> instead;
  const std::optional<native_error> reply =
      ask_script(which, [&](session& current) { instead = current.*told; });
  if (reply)
    return *reply;
  if (!instead)
    return make();
  value = *instead;
  return 0;
}

} // namespace test::scripted

#endif // CONNECTEX_TEST_SUPPORT_SCRIPTED_SEAM_HPP
