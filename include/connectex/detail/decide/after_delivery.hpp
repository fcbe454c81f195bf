// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_DETAIL_DECIDE_AFTER_DELIVERY_HPP
#define CONNECTEX_DETAIL_DECIDE_AFTER_DELIVERY_HPP

#include <connectex/detail/platform.hpp>

#include <boost/system/error_code.hpp>

namespace connectex::detail
{

/// The error of an operation that may have delivered a part of the first flight.
/**
 * @returns For an error that equals condition::retryable, its portable number in
 * `after_delivery_category()`, so that it no longer does. Any other error, and success, unchanged.
 */
CONNECTEX_DECL boost::system::error_code after_delivery(
    const boost::system::error_code& portable) noexcept;

} // namespace connectex::detail

#endif // CONNECTEX_DETAIL_DECIDE_AFTER_DELIVERY_HPP
