// SPDX-License-Identifier: BSL-1.0

#include "scripted_seam.hpp"

#include <connectex/detail/system/posix.hpp>

namespace connectex::detail::os
{

using test::scripted::answer_or;
using test::scripted::call;

native_error get_connected(native_socket socket, bool& connected) noexcept
{
  return answer_or(call::get_connected, [&] { return real_os::get_connected(socket, connected); });
}

native_error get_listening(native_socket socket, bool& listening) noexcept
{
  return answer_or(call::get_listening, [&] { return real_os::get_listening(socket, listening); });
}

native_error disconnect(native_socket socket) noexcept
{
  return answer_or(call::disconnect, [&] { return real_os::disconnect(socket); });
}

native_error discard_datagram(native_socket socket) noexcept
{
  return answer_or(call::discard_datagram, [&] { return real_os::discard_datagram(socket); });
}

} // namespace connectex::detail::os
