// SPDX-License-Identifier: BSL-1.0

#include <connectex/detail/decide/after_delivery.hpp>
#include <connectex/error.hpp>

namespace connectex::detail
{

using boost::system::error_code;

error_code after_delivery(const error_code& portable) noexcept
{
  return portable == condition::retryable ? error_code(portable.value(), after_delivery_category())
                                          : portable;
}

} // namespace connectex::detail
