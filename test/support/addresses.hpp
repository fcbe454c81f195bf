// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_TEST_SUPPORT_ADDRESSES_HPP
#define CONNECTEX_TEST_SUPPORT_ADDRESSES_HPP

#include "asio_names.hpp"

#include <boost/asio/io_context.hpp>

#include <string>

namespace test
{

/// To bind to: the system chooses the port.
inline tcp::endpoint loopback_v4() { return {asio::ip::address_v4::loopback(), 0}; }
inline tcp::endpoint loopback_v6() { return {asio::ip::address_v6::loopback(), 0}; }

/// Another address of this machine.
inline const tcp::endpoint second_loopback(asio::ip::make_address("127.0.0.2"), 0);

/// A name of this machine or, where its hosts file has none, the address.
inline std::string loopback_name()
{
  asio::io_context context;
  error_code error;
  tcp::resolver(context).resolve("localhost", "", error);
  return error ? "127.0.0.1" : "localhost";
}

inline std::string port_of(const tcp::endpoint& endpoint)
{
  return std::to_string(endpoint.port());
}

} // namespace test

#endif // CONNECTEX_TEST_SUPPORT_ADDRESSES_HPP
