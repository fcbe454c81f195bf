// SPDX-License-Identifier: BSL-1.0

#include "../../src/error/winsock_codes.hpp"

#include "support/catch.hpp"

#include <connectex/error.hpp>

#include <boost/asio/error.hpp>

namespace asio = boost::asio;
namespace wsa = connectex::detail::wsa;

using boost::system::error_code;

TEST_CASE("a Winsock code is its namesake in asio::error")
{
  struct pair
  {
    wsa::code number;
    asio::error::basic_errors portable;
  };

  const pair pairs[] = {
      {wsa::broken_pipe, asio::error::broken_pipe},
      {wsa::operation_aborted, asio::error::operation_aborted},
      {wsa::invalid_argument, asio::error::invalid_argument},
      {wsa::already_started, asio::error::already_started},
      {wsa::address_family_not_supported, asio::error::address_family_not_supported},
      {wsa::network_down, asio::error::network_down},
      {wsa::connection_aborted, asio::error::connection_aborted},
      {wsa::connection_reset, asio::error::connection_reset},
      {wsa::already_connected, asio::error::already_connected},
      {wsa::timed_out, asio::error::timed_out},
  };

  for (const pair& each : pairs)
  {
    const error_code portable = to_portable(each.number);
    CAPTURE(portable);
    CHECK(portable == each.portable);
    CHECK(portable == each.number);
    CHECK_FALSE(portable != each.number);
  }
}

TEST_CASE("a Winsock code is not another error, nor its bare number of another category")
{
  CHECK(error_code(asio::error::timed_out) != wsa::connection_refused);
  CHECK(error_code(wsa::timed_out, asio::error::get_misc_category()) != wsa::timed_out);
  CHECK_FALSE(error_code() == wsa::timed_out);
}

TEST_CASE("a Winsock code without a twin in errno keeps its number")
{
  CHECK(to_portable(wsa::not_initialised) == error_code(10093, connectex::win32_category()));
  CHECK(to_portable(wsa::graceful_disconnect) == error_code(10101, connectex::win32_category()));
}
