// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_TEST_SUPPORT_ADDRESSES_HPP
#define CONNECTEX_TEST_SUPPORT_ADDRESSES_HPP

#include "asio_names.hpp"

namespace test
{

/// To bind to: the system chooses the port.
inline tcp::endpoint loopback_v4() { return {asio::ip::address_v4::loopback(), 0}; }
inline tcp::endpoint loopback_v6() { return {asio::ip::address_v6::loopback(), 0}; }

} // namespace test

#endif // CONNECTEX_TEST_SUPPORT_ADDRESSES_HPP
