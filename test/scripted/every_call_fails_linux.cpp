// SPDX-License-Identifier: BSL-1.0

#include "every_call_fails.hpp"

#include <connectex/error.hpp>

#include <cerrno>

namespace
{

using namespace test;
using namespace test::scripted;
using connectex::condition;

} // namespace

TEST_CASE("each system call fails in turn, and each time the operation ends well")
{
  const calls all = calls_of_success();
  for (std::size_t failing = 0; failing != all.size(); ++failing)
  {
    CAPTURE(failing, all[failing]);
    const ending seen = connect_under(fail_at(failing, ENOBUFS));
    CHECK(seen.result.is(asio::error::no_buffer_space, 0));
    CHECK(seen.report.bytes_in_connect == 0);
    CHECK(seen.made.size() == failing + 1);
  }
}

TEST_CASE("a connected socket that cannot be asked whether it listens is still called connected")
{
  scripted_connect op(
      {.answers = either(succeed(call::get_connected), fail(call::get_listening, ENOBUFS))});
  op.socket.connect(op.peer);
  op.run();
  CHECK(op.result.is(asio::error::already_connected, 0));
  CHECK(op.session.count(call::get_listening) == 1);
}

TEST_CASE("no free local port reads as local exhaustion, which is not retried")
{
  scripted_connect op({.peer = peer_kind::refusing,
      .options = retrying(3),
      .answers = fail(call::connect, EADDRNOTAVAIL)});
  op.run();
  CHECK(op.result.is(asio::error::address_in_use, 0));
  CHECK(op.result.error == condition::local_exhaustion);
  CHECK_FALSE(op.result.error == condition::misuse);
  REQUIRE(op.report.attempts.size() == 1);
  CHECK(op.report.attempts[0].error == asio::error::address_in_use);
  CHECK(op.report.attempts[0].native_error == EADDRNOTAVAIL);
}
