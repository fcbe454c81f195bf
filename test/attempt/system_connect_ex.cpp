// SPDX-License-Identifier: BSL-1.0

#include <connectex/detail/attempt/system_connect_ex.hpp>
#include <connectex/detail/system/winsock.hpp>

#include "support/loopback.hpp"

#include <thread>

namespace
{

using namespace test;
using connectex::detail::connect_ex_function;
using connectex::detail::is_system_connect_ex;

connect_ex_function connect_ex_of(tcp::socket& socket)
{
  connect_ex_function function = nullptr;
  REQUIRE(connectex::detail::os::get_connect_ex(socket.native_handle(), function) == 0);
  REQUIRE(function);
  return function;
}

void not_connect_ex() {}

} // namespace

TEST_CASE("the function of a socket without layers is the system's own")
{
  const tcp protocol = GENERATE(tcp::v4(), tcp::v6());
  asio::io_context context;
  tcp::socket socket(context, protocol);
  const connect_ex_function function = connect_ex_of(socket);
  CHECK(is_system_connect_ex(function, protocol.family()));
  CHECK(is_system_connect_ex(function, protocol.family()));
}

TEST_CASE("another function, none, and the function of another family are not the system's own")
{
  asio::io_context context;
  tcp::socket socket(context, tcp::v4());
  const int unix_family = 1;
  CHECK_FALSE(is_system_connect_ex(&not_connect_ex, tcp::v4().family()));
  CHECK_FALSE(is_system_connect_ex(nullptr, tcp::v4().family()));
  CHECK_FALSE(is_system_connect_ex(connect_ex_of(socket), unix_family));
  CHECK_FALSE(is_system_connect_ex(nullptr, unix_family));
}

TEST_CASE("threads that ask at the same time get the same answer")
{
  asio::io_context context;
  tcp::socket socket(context, tcp::v6());
  const connect_ex_function function = connect_ex_of(socket);
  bool answers[4] = {};
  std::vector<std::thread> threads;
  for (bool& answer : answers)
  {
    threads.emplace_back(
        [&answer, function] { answer = is_system_connect_ex(function, tcp::v6().family()); });
  }
  for (std::thread& thread : threads)
    thread.join();
  for (const bool answer : answers)
    CHECK(answer);
}
