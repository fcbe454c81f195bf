// SPDX-License-Identifier: BSL-1.0
#include <connectex/connectex.hpp>

#include <boost/asio/error.hpp>

#include <cstdlib>

int main()
{
  const auto error = connectex::portable_error_from_win32(1225);
  return error == boost::asio::error::connection_refused ? EXIT_SUCCESS : EXIT_FAILURE;
}
