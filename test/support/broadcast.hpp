// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_TEST_SUPPORT_BROADCAST_HPP
#define CONNECTEX_TEST_SUPPORT_BROADCAST_HPP

#include "asio_names.hpp"
#include "wine.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/udp.hpp>

namespace test
{

/// Whether a datagram socket needs an option to have a broadcast address for its peer. Wine 10 does
/// without.
inline bool is_broadcast_refused()
{
  asio::io_context context;
  asio::ip::udp::socket socket(context, asio::ip::udp::v4());
  error_code error;
  socket.connect(asio::ip::udp::endpoint(asio::ip::address_v4::broadcast(), 7), error);
  return error == asio::error::access_denied || !under_wine();
}

} // namespace test

#endif // CONNECTEX_TEST_SUPPORT_BROADCAST_HPP
