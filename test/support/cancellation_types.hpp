// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_TEST_SUPPORT_CANCELLATION_TYPES_HPP
#define CONNECTEX_TEST_SUPPORT_CANCELLATION_TYPES_HPP

#include "asio_names.hpp"

#include <boost/asio/cancellation_type.hpp>

#include <vector>

namespace test
{

/// Each type that an operation can be cancelled with.
inline const std::vector<asio::cancellation_type> every_type = {asio::cancellation_type::terminal,
    asio::cancellation_type::partial, asio::cancellation_type::total};

} // namespace test

#endif // CONNECTEX_TEST_SUPPORT_CANCELLATION_TYPES_HPP
