// SPDX-License-Identifier: BSL-1.0

#include <connectex/async_connect_ex.hpp>

#include "support/loopback.hpp"

#include <boost/asio/spawn.hpp>

TEST_CASE("token: yield_context")
{
  using namespace test;

  asio::io_context context;
  sink server(context);
  const refusing_port nobody(context);
  error_code error;
  std::size_t bytes = 0;
  asio::spawn(
      context,
      [&](asio::yield_context yield)
      {
        tcp::socket socket(context);
        bytes =
            connectex::async_connect_ex(socket, server.endpoint(), asio::buffer("hello", 5), yield);
        tcp::socket other(context);
        connectex::async_connect_ex(other, nobody.endpoint(), yield[error]);
      },
      [](std::exception_ptr failure)
      {
        if (failure)
          std::rethrow_exception(failure);
      });
  run(context);
  CHECK(bytes == 5);
  CHECK(server.received() == "hello");
  CHECK(error == asio::error::connection_refused);
}
