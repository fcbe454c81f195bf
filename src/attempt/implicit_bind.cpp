// SPDX-License-Identifier: BSL-1.0

#include <connectex/detail/platform.hpp>

#if CONNECTEX_DETAIL_WINDOWS

#include <connectex/detail/attempt/implicit_bind.hpp>
#include <connectex/detail/attempt/preconditions.hpp>
#include <connectex/detail/system/winsock.hpp>

namespace connectex::detail
{

namespace
{

constexpr native_error address_family_not_supported = 10047; // WSAEAFNOSUPPORT

} // namespace

native_error implicit_bind(
    native_socket socket, int family, bool known_unbound, bool reuse_unicast_port) noexcept
{
  // Asked beforehand, because WSAEINVAL from bind has more reasons than "already bound".
  int bound_family = family;
  std::uint16_t port = 0;
  if (!known_unbound && os::get_local_address(socket, bound_family, port) == 0 && port != 0)
    return bound_family == family ? 0 : address_family_not_supported;

  // A system that does not know the option connects as well without it.
  if (reuse_unicast_port)
    os::set_reuse_unicast_port(socket);
  return explain_failure(socket, family, os::bind_to_wildcard(socket, family));
}

} // namespace connectex::detail

#endif // CONNECTEX_DETAIL_WINDOWS
