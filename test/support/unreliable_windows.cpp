// SPDX-License-Identifier: BSL-1.0

#include "unreliable_system.hpp"

#include "windows_numbers.hpp"

namespace test::scripted
{

script unreliable_system(unsigned seed)
{
  return
      [random = random_source(seed)](call which, std::size_t) mutable -> std::optional<native_error>
  {
    if (which == call::connect_ex && random.one_in(3))
    {
      return random.one_of<native_error>(
          {winsock::connection_refused, winsock::connection_refused, winsock::connection_refused,
              winsock::network_unreachable, winsock::timed_out, winsock::connection_aborted,
              winsock::host_unreachable, winsock::address_in_use, winsock::invalid_argument,
              winsock::already_started, winsock::network_down, winsock::already_connected});
    }
    if (which == call::connect_ex || which == call::cancel_overlapped || !random.one_in(25))
      return std::nullopt;
    return random.one_of<native_error>({winsock::address_in_use, winsock::no_buffer_space,
        winsock::invalid_argument, winsock::network_down});
  };
}

} // namespace test::scripted
