// SPDX-License-Identifier: BSL-1.0

#include "support/scripted.hpp"

#include <cstddef>
#include <map>

namespace test::scripted::call_order_linux_tests
{

namespace
{

const std::map<socket_state, calls> calls_of_success{
    {socket_state::closed, {call::connect, call::send}},
    {socket_state::open, {call::get_tcp_state, call::connect, call::send}},
};

} // namespace

TEST_CASE("the calls of a successful operation without options, in order")
{
  const auto socket = GENERATE(socket_state::closed, socket_state::open);
  const std::size_t size = GENERATE(5u, 100000u);
  scripted_connect op({.socket = socket, .size = size, .pieces = 2});
  op.start_without_options();
  op.await();
  CHECK(op.result.is_success(size));
  calls made = op.session.calls();
  const calls& expected = calls_of_success.at(socket);
  REQUIRE(made.size() >= expected.size());
  const calls rest(made.begin() + static_cast<std::ptrdiff_t>(expected.size()), made.end());
  made.resize(expected.size());
  CHECK(made == expected);

  // The kernel takes the rest in as many parts as it has room for.
  CHECK(rest.empty() == (size == 5));
  CHECK(rest == calls(rest.size(), call::send));
}

TEST_CASE("options that ask for nothing, or for what another system has, add no call")
{
  const auto socket = GENERATE(socket_state::closed, socket_state::open);
  const unsigned max_attempts = GENERATE(1u, 4u);
  const bool fast_fail = GENERATE(false, true);
  scripted_connect op({.socket = socket, .options = retrying(max_attempts)});
  op.options.loopback_fast_fail = fast_fail;
  op.run();
  CHECK(op.result.is_success(5));
  CHECK(op.session.calls() == calls_of_success.at(socket));
}

} // namespace test::scripted::call_order_linux_tests
