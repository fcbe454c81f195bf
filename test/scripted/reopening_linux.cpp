// SPDX-License-Identifier: BSL-1.0

#include "support/scripted.hpp"

#include <cerrno>

namespace test::scripted::reopening_linux_tests
{

namespace
{

/// A connect that hangs until its limit, on a system that cannot disconnect it.
situation hanging(unsigned max_attempts)
{
  connect_options options = retrying(max_attempts);
  options.attempt_timeout = 10ms;
  options.reopen = reopen_policy::always;
  return {.peer = peer_kind::full,
      .socket = socket_state::bound,
      .options = options,
      .answers = fail(call::disconnect, EOPNOTSUPP)};
}

} // namespace

TEST_CASE(
    "if disconnecting fails after attempt_timeout, the socket is reopened or the operation ends")
{
  const auto [policy, attempts, preparations] = GENERATE(table<reopen_policy, std::size_t, int>(
      {{reopen_policy::never, 1, 0}, {reopen_policy::always, 2, 1}}));
  scripted_connect op(hanging(2));
  op.options.reopen = policy;
  int prepared = 0;
  prepare_by(op.options, [&](error_code&) { ++prepared; });
  op.run();
  CHECK(op.result.is(asio::error::timed_out, 0));
  CHECK(op.report.attempts.size() == attempts);
  CHECK(prepared == preparations);
  CHECK(op.socket.is_open());
}

TEST_CASE("a socket that is opened anew has lost its local address")
{
  const bool prepare = GENERATE(false, true);
  const unsigned attempts = GENERATE(2u, 3u);
  CAPTURE(prepare, attempts);
  scripted_connect op(hanging(attempts));
  const tcp::endpoint local = op.socket.local_endpoint();
  if (prepare)
    prepare_by(op.options, [](error_code&) {});
  op.run();
  CHECK(op.result.is(asio::error::timed_out, 0));
  CHECK(op.report.attempts.size() == attempts);
  CHECK(op.socket.local_endpoint() != local);
}

TEST_CASE("a socket that prepare has bound anew keeps its new address from attempt to attempt")
{
  scripted_connect op(hanging(4));
  std::optional<tcp::endpoint> local;
  prepare_by(op.options,
      [&](error_code& error)
      {
        op.socket.bind(loopback_v4(), error);
        local = op.socket.local_endpoint();
      });
  op.run();
  CHECK(op.result.is(asio::error::timed_out, 0));
  CHECK(op.session.count(call::disconnect) == 4);
  REQUIRE(local);
  CHECK(op.socket.local_endpoint() == *local);
}

} // namespace test::scripted::reopening_linux_tests
