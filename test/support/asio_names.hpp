// SPDX-License-Identifier: BSL-1.0

// The names of Asio that nearly every test uses.

#ifndef CONNECTEX_TEST_SUPPORT_ASIO_NAMES_HPP
#define CONNECTEX_TEST_SUPPORT_ASIO_NAMES_HPP

#include <boost/asio/ip/tcp.hpp>
#include <boost/system/error_code.hpp>

namespace test
{

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

} // namespace test

#endif // CONNECTEX_TEST_SUPPORT_ASIO_NAMES_HPP
