// SPDX-License-Identifier: BSL-1.0

#include "../error/winsock_codes.hpp"

#include <connectex/detail/decide/stopping.hpp>

namespace connectex::detail
{

using boost::system::error_code;

bool is_ambiguous_when_stopped(const error_code& error) noexcept
{
  return error == wsa::operation_aborted || error == wsa::connection_reset
      || error == wsa::connection_aborted;
}

error_code result_of_stopped(const error_code& error, stop_reason stop) noexcept
{
  if (!is_ambiguous_when_stopped(error))
    return error;
  return to_portable(stop == stop_reason::cancelled ? wsa::operation_aborted : wsa::timed_out);
}

} // namespace connectex::detail
