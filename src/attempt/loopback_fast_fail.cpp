// SPDX-License-Identifier: BSL-1.0

#include <connectex/detail/platform.hpp>

#if CONNECTEX_DETAIL_WINDOWS

#include <connectex/detail/attempt/loopback_fast_fail.hpp>
#include <connectex/detail/system/option_numbers.hpp>
#include <connectex/detail/system/socket_address.hpp>
#include <connectex/detail/system/winsock.hpp>

namespace connectex::detail
{

namespace
{

/// Asked once per process: it cannot change, and a connect should not pay for the question.
std::uint32_t windows_build() noexcept
{
  static const std::uint32_t build = []
  {
    std::uint32_t value = 0;
    return os::get_windows_build(value) == 0 ? value : 0;
  }();
  return build;
}

} // namespace

std::uint8_t fewest_syn_retransmissions(std::uint32_t build) noexcept
{
  // None at all since Windows 10 1709; the constant would be an absurd count to an older system.
  return build >= 16299 ? os::no_syn_retransmissions : 1;
}

void fail_fast_on_loopback(native_socket socket, const void* peer, std::size_t peer_size) noexcept
{
  if (read_socket_address(peer, peer_size).is_loopback)
    os::set_initial_rto(socket, os::unspecified_rtt, fewest_syn_retransmissions(windows_build()));
}

} // namespace connectex::detail

#endif // CONNECTEX_DETAIL_WINDOWS
