// SPDX-License-Identifier: BSL-1.0

#include "support/scripted.hpp"

#include <cerrno>
#include <chrono>

namespace test::scripted::retries_linux_tests
{

namespace
{

const script cannot_disconnect = fail(call::disconnect, EOPNOTSUPP);

/// Lets a server listen only when an attempt has failed for the third time.
struct late_server
{
  late_server()
  {
    acceptor.open(tcp::v4());
    acceptor.bind(loopback_v4());
  }

  connect_options options()
  {
    return retrying_if(
        [this](const error_code& error)
        {
          if (++refusals == 3)
            acceptor.listen();
          return error == asio::error::connection_refused;
        });
  }

  asio::io_context context;
  tcp::acceptor acceptor{context};
  int refusals = 0;
};

} // namespace

TEST_CASE("a failed attempt's socket is disconnected once")
{
  SECTION("before the next attempt, which succeeds in the end")
  {
    late_server server;
    scripted_connect op({.elsewhere = server.acceptor.local_endpoint(),
        .socket = socket_state::open,
        .options = server.options()});
    op.run();
    CHECK(op.result.is_success(5));
    CHECK(op.report.attempts.size() == 4);
    CHECK(op.session.count(call::disconnect) == 3);
  }
  SECTION("after the last, too")
  {
    scripted_connect op({.peer = peer_kind::refusing, .options = retrying(2)});
    op.run();
    CHECK(op.result.is(asio::error::connection_refused, 0));
    CHECK(op.session.count(call::disconnect) == 2);
  }
  SECTION("by the kernel when its connect reports the failure")
  {
    scripted_connect op({.peer = peer_kind::refusing, .size = 0, .options = retrying(2)});
    op.run();
    CHECK(op.result.is(asio::error::connection_refused, 0));
    CHECK(op.session.count(call::disconnect) == 0);
    CHECK(op.session.count(call::connect) == 2 * 2);
  }
  SECTION("but not if the kernel has not begun to connect")
  {
    scripted_connect op({.options = retrying(3),
        .answers = answer_in_turn(call::connect, {ENETUNREACH, ENETUNREACH})});
    op.run();
    CHECK(op.result.is_success(5));
    CHECK(op.report.attempts.size() == 3);
    CHECK(op.session.count(call::disconnect) == 0);
  }
  SECTION("when it is cancelled")
  {
    scripted_connect op({.peer = peer_kind::full});
    op.start();
    op.signal.emit(cancellation_type::total);
    op.await();
    CHECK(op.result.is(asio::error::operation_aborted, 0));
    CHECK(op.session.count(call::disconnect) == 1);
  }
  SECTION("when it is cancelled before it waits")
  {
    asio::cancellation_signal* signal = nullptr;
    scripted_connect op({.peer = peer_kind::full,
        .answers = [&](call which, std::size_t)
        {
          if (which == call::send)
            signal->emit(cancellation_type::terminal);
          return let_it_happen;
        }});
    signal = &op.signal;
    op.run();
    CHECK(op.result.is(asio::error::operation_aborted, 0));
    CHECK(op.session.count(call::disconnect) == 1);
  }
  SECTION("before the wait")
  {
    scripted_connect op({.peer = peer_kind::refusing, .options = retrying(2)});
    op.options.retry.backoff = {1h, 1.0, 1h, 0.0};
    op.start();
    run_until(op.context, [&] { return !op.report.attempts.empty(); });
    const calls one_attempt{call::connect, call::send, call::disconnect};
    CHECK(op.session.calls() == one_attempt);
    op.signal.emit(cancellation_type::terminal);
    op.await();
    CHECK(op.result.is(asio::error::operation_aborted, 0));
    CHECK(op.session.calls() == one_attempt);
  }
}

TEST_CASE("if disconnecting fails, the second report of a refusal is not counted as an attempt")
{
  SECTION("of a peer that listens in the end")
  {
    late_server server;
    scripted_connect op({.elsewhere = server.acceptor.local_endpoint(),
        .socket = socket_state::open,
        .options = server.options(),
        .answers = cannot_disconnect});
    op.run();
    CHECK(op.result.is_success(5));
    CHECK(op.has_kept_its_handle());
    REQUIRE(op.report.attempts.size() == 4);
    for (std::size_t i = 0; i != 3; ++i)
      CHECK(op.report.attempts[i].native_error == ECONNREFUSED);
  }
  SECTION("of a peer that refuses all attempts")
  {
    scripted_connect op(
        {.peer = peer_kind::refusing, .options = retrying(5), .answers = cannot_disconnect});
    op.run();
    CHECK(op.result.is(asio::error::connection_refused, 0));
    CHECK(op.session.count(call::disconnect) == 5);

    // Each further attempt spends one connect on what the last has left behind.
    CHECK(op.session.count(call::connect) == 1 + 4 * 2);
    CHECK(op.session.count(call::send) == 5);
    REQUIRE(op.report.attempts.size() == 5);
    for (const connectex::connect_attempt& attempt : op.report.attempts)
      CHECK(attempt.error == asio::error::connection_refused);
  }
}

TEST_CASE("each send of an operation is handed the same bytes")
{
  const std::size_t pieces = GENERATE(1u, 3u);
  scripted_connect op({.pieces = pieces,
      .options = retrying(3),
      .answers = either(fail(call::connect, EINPROGRESS),
          answer_in_turn(call::send, {ECONNREFUSED, ECONNREFUSED, 0}))});
  op.run();
  CHECK(op.result.is_success(5));
  CHECK(op.session.flights == std::vector<std::string>(3, op.flight));
  CHECK(op.session.buffer_sizes.size() == pieces);
}

TEST_CASE("a connection that stood is not made again, whatever the predicate says")
{
  const native_error number = GENERATE(ECONNRESET, EPIPE);
  scripted_connect op(
      {.options = retrying_everything(5), .answers = answer_in_turn(call::send, {number})});
  op.run();
  CHECK(op.result.is(to_error_code(number), 0));
  CHECK(op.report.attempts.size() == 1);
  CHECK(op.report.maybe_delivered);
  CHECK(op.session.count(call::connect) == 1);
}

TEST_CASE(
    "a port that the system chose for an earlier operation is not bound when no attempt begins")
{
  // Without a network a connect fails before the kernel chooses a port.
  bool no_network = false;
  scripted_connect op({.peer = peer_kind::refusing,
      .socket = socket_state::open,
      .options = retrying(4),
      .answers = [&](call which, std::size_t) -> std::optional<native_error>
      {
        if (no_network && which == call::connect)
          return ENETUNREACH;
        return let_it_happen;
      }});

  // The system shows the port still, but somebody else has it by now: the squatter, unless another
  // program was quicker. At an address of its own, because thousands of connections that were
  // closed lately may have all ports of the usual one.
  tcp::socket squatter(op.context, tcp::v4());
  const auto elsewhere = asio::ip::make_address("127.77.7.7");
  error_code bind_error = asio::error::address_in_use;
  for (int tries = 0; tries != 20 && bind_error; ++tries)
  {
    outcome earlier;
    async_connect_ex(op.socket, op.peer, earlier.handler());
    earlier.await(op.context);
    REQUIRE(earlier.is(asio::error::connection_refused, 0));
    squatter.bind({elsewhere, op.socket.local_endpoint().port()}, bind_error);
  }
  REQUIRE(!bind_error);
  no_network = true;
  op.run();
  CHECK(op.result.is(asio::error::network_unreachable, 0));
  REQUIRE(op.report.attempts.size() == 4);
  for (const connectex::connect_attempt& attempt : op.report.attempts)
    CHECK(attempt.error == asio::error::network_unreachable);
}

TEST_CASE("retries that fail as soon as they begin can be ended by a cancellation")
{
  scripted_connect op({.peer = peer_kind::refusing, .socket = socket_state::bound});
  const tcp::endpoint local = op.socket.local_endpoint();

  // Linux lets go of the port while the first attempt fails, and here somebody takes it.
  tcp::socket squatter(op.context, tcp::v4());
  op.options.retry = retrying_if(
      [&](const error_code&)
      {
        error_code ignored;
        squatter.bind(local, ignored);
        return true;
      }).retry;
  op.start();
  run_until(op.context, [&] { return op.report.attempts.size() >= 3; });
  CHECK(op.report.attempts.back().error == asio::error::address_in_use);
  op.signal.emit(cancellation_type::terminal);
  op.await();
  CHECK(op.result.is(asio::error::operation_aborted, 0));
}

TEST_CASE("an aborted handshake of a later attempt is an attempt of its own, not a stale report")
{
  // The real socket is not connected, so a wait for it to be writable ends at once.
  scripted_connect op({.peer = peer_kind::refusing,
      .options = retrying_everything(2),
      .answers = either(cannot_disconnect,
          either(answer_in_turn(call::connect, {ECONNREFUSED, EINPROGRESS}),
              answer_in_turn(call::send, {EAGAIN, ECONNABORTED})))});
  op.run();
  CHECK(op.result.is(asio::error::connection_aborted, 0));
  CHECK(op.report.attempts.size() == 2);
}

} // namespace test::scripted::retries_linux_tests
