// SPDX-License-Identifier: BSL-1.0

#include "unreliable_system.hpp"

#include <cerrno>

namespace test::scripted
{

script unreliable_system(unsigned seed)
{
  return
      [random = random_source(seed)](call which, std::size_t) mutable -> std::optional<native_error>
  {
    if (which == call::send && random.one_in(4))
      return EAGAIN;
    if ((which == call::connect || which == call::send) && random.one_in(3))
    {
      return random.one_of<native_error>({ECONNREFUSED, ECONNREFUSED, ENETUNREACH, ETIMEDOUT,
          ECONNABORTED, EHOSTUNREACH, EADDRNOTAVAIL, EINVAL, ECONNRESET, EPIPE});
    }
    if (!random.one_in(which == call::disconnect ? 3 : 25))
      return std::nullopt;
    return random.one_of<native_error>({ENOBUFS, EINVAL, EOPNOTSUPP, ENETDOWN});
  };
}

} // namespace test::scripted
