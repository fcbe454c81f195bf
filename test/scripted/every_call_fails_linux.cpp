// SPDX-License-Identifier: BSL-1.0

#include "every_call_fails.hpp"

#include <connectex/error.hpp>

#include <cerrno>

namespace test::scripted::every_call_fails_linux_tests
{

namespace
{

using connectex::condition;

} // namespace

TEST_CASE("each system call fails in turn, and each time the operation ends well")
{
  const calls all = calls_of_success();
  for (std::size_t failing = 0; failing != all.size(); ++failing)
  {
    CAPTURE(failing, all[failing]);
    const ending seen = connect_under(fail_at(failing, ENOBUFS));
    if (all[failing] == call::get_tcp_state)
    {
      // A socket of another protocol cannot be asked, so it is asked in other ways.
      CHECK(seen.result.is_success(flight_of_two_buffers.size()));
      continue;
    }
    CHECK(seen.result.is(asio::error::no_buffer_space, seen.received.size()));
    CHECK(seen.report.bytes_in_connect == 0);

    // When the first send has failed, the kernel still has a connect to forget.
    const bool is_first_send = all[failing] == call::send && all[failing - 1] == call::connect;
    CHECK(seen.received.empty() == (is_first_send || all[failing] != call::send));
    CHECK(seen.count(call::disconnect) == (is_first_send ? 1 : 0));
    CHECK(without(seen.made, call::disconnect).size() == failing + 1);
  }
}

TEST_CASE("each call fails in turn that a socket of another protocol is asked by")
{
  const call failing = GENERATE(call::get_socket_kind, call::get_connected, call::get_listening);
  CAPTURE(failing);
  const ending seen =
      connect_under(either(fail(call::get_tcp_state, ENOPROTOOPT), fail(failing, ENOBUFS)));
  CHECK(seen.result.is(asio::error::no_buffer_space, 0));
  CHECK(seen.count(call::connect) == 0);
}

TEST_CASE("a socket of another protocol that listens is found before an attempt, too")
{
  scripted_connect op({.socket = socket_state::bound,
      .options = retrying_everything(3),
      .answers = fail(call::get_tcp_state, ENOPROTOOPT)});
  REQUIRE(::listen(op.socket.native_handle(), 1) == 0);
  op.run();
  CHECK(op.result.is(asio::error::invalid_argument, 0));
  CHECK(op.report.attempts.empty());
  CHECK(op.session.count(call::disconnect) == 0);
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

} // namespace test::scripted::every_call_fails_linux_tests
