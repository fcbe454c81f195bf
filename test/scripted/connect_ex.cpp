// SPDX-License-Identifier: BSL-1.0

// The waits of the blocking call that every system has.

#include <connectex/connect_ex.hpp>
#include <connectex/error.hpp>

#include "support/late_answer.hpp"
#include "support/scripted.hpp"

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#if CONNECTEX_DETAIL_POSIX
#include <cerrno>
#endif

namespace test::scripted::connect_ex_tests
{

namespace
{

using connectex::condition;

#if CONNECTEX_DETAIL_WINDOWS
constexpr native_error no_buffer_space = 10055;
constexpr native_error interrupted = 10004;
#else
constexpr native_error no_buffer_space = ENOBUFS;
constexpr native_error interrupted = EINTR;
#endif

/// Makes the connect one that has to be waited for by its socket.
script pending()
{
#if CONNECTEX_DETAIL_WINDOWS
  return fail(call::get_connect_ex, no_buffer_space);
#else
  return answer_in_turn(call::send, {EAGAIN});
#endif
}

/// Lets the connect take a part of the flight.
script partly_sent()
{
#if CONNECTEX_DETAIL_WINDOWS
  return {};
#else
  // Then there is no room for the rest, once.
  return answer_in_turn(call::send, {0, EAGAIN});
#endif
}

#if CONNECTEX_DETAIL_WINDOWS
constexpr std::size_t head = 65535;
#else
constexpr std::size_t head = 3;
#endif
constexpr std::size_t rest = 4;

/// A connect that is waited for.
scripted_connect connect_waiting(script waits, connect_options options = {})
{
  return scripted_connect(
      {.options = std::move(options), .answers = either(pending(), std::move(waits))});
}

/// Within which a connect and its first write are over, on a busy machine too.
constexpr auto write_limit = 3s;

/// A connect after which there is something left to write, for which there is a limit.
class rest_to_write : public scripted_connect
{
public:
  explicit rest_to_write(script waits, std::chrono::milliseconds total_timeout = limit)
    : scripted_connect({.size = head + rest, .answers = either(partly_sent(), std::move(waits))})
  {
    session.sent = head;
    options.total_timeout = total_timeout;
  }
};

void check_next_connect(scripted_connect& op)
{
  // Windows has no way to make a socket forget a connect.
  if (CONNECTEX_DETAIL_WINDOWS)
    op.socket.close();
  tcp::acceptor acceptor(op.context, loopback_v4());
  error_code error;
  connectex::connect_ex(
      op.socket, acceptor.local_endpoint(), asio::buffer(op.flight), op.options, error);
  REQUIRE_FALSE(error);
  op.socket.close();
  std::string received;
  tcp::socket accepted = acceptor.accept();
  asio::read(accepted, asio::dynamic_buffer(received), error);
  CHECK((received == op.flight));
}

} // namespace

#if CONNECTEX_DETAIL_LINUX

TEST_CASE("retries of the blocking call decide as those of the asynchronous one")
{
  const script answers = GENERATE(answer_in_turn(call::connect, {ENETUNREACH, ECONNREFUSED}),
      answer_in_turn(call::connect, {ECONNREFUSED, EINVAL, ECONNREFUSED}));
  const socket_state state = GENERATE(socket_state::closed, socket_state::bound);
  situation given{.peer = peer_kind::refusing, .socket = state, .answers = answers};
  given.options.retry.max_attempts = 4;
  given.options.retry.backoff.initial = std::chrono::milliseconds(0);

  std::vector<error_code> errors[2];
  tcp::endpoint bound[2][2];
  for (const bool blocks : {false, true})
  {
    scripted_connect op(given);
    const auto name = [&]
    {
      error_code ignored;
      return op.socket.is_open() ? op.socket.local_endpoint(ignored) : tcp::endpoint();
    };
    bound[blocks][0] = name();
    op.connect(blocks);
    bound[blocks][1] = name();
    for (const connectex::connect_attempt& attempt : op.report.attempts)
      errors[blocks].push_back(attempt.error);
  }
  CHECK(errors[true] == errors[false]);
  if (state == socket_state::bound)
    CHECK((bound[true][0] == bound[true][1]) == (bound[false][0] == bound[false][1]));
}

#endif

TEST_CASE("each system call of the blocking call fails in turn, and each time it ends well")
{
  const bool has_limit = GENERATE(false, true);
  const script given = GENERATE(as<script>(), script(), pending());
  const connect_options options = has_limit ? limited_to(limit) : connect_options();
  const situation from = {
      .socket = socket_state::open, .size = 70000, .pieces = 2, .options = options};
  const auto begin = [&](script answers)
  {
    situation now = from;
    now.answers = std::move(answers);
    return now;
  };
  calls all;
  {
    scripted_connect op(begin(given));
    op.block();
    CHECK(op.result.is_success(70000));
    all = op.session.calls();
    CHECK((op.received() == op.flight));
  }
  for (std::size_t failing = 0; failing != all.size(); ++failing)
  {
    CAPTURE(has_limit, failing, all[failing]);
    scripted_connect op(begin(either([=](call, std::size_t now)
        { return now == failing ? no_buffer_space : let_it_happen; },
        given)));
    op.block();
    CAPTURE(op.result);
    CHECK(op.socket.is_open());
    if (op.result.error)
    {
      CHECK(op.result.error == asio::error::no_buffer_space);
      CHECK(op.result.bytes_transferred <= op.flight.size());
    }
    else
      CHECK(op.result.is_success(70000));
  }
}

TEST_CASE("a wait for the connect that fails is the blocking call's error")
{
  const connect_options options =
      GENERATE(as<connect_options>(), connect_options(), limited_to(limit), retrying(3));
  auto op = connect_waiting(fail(call::wait_writable, no_buffer_space), options);
  op.block();
  CHECK(op.result.is(asio::error::no_buffer_space, 0));
  CHECK(op.report.attempts.size() == 1);
  CHECK(op.session.count(call::wait_writable) == 1);
  CHECK(op.socket.is_open());
}

#if CONNECTEX_DETAIL_LINUX

TEST_CASE("after a wait that failed the socket connects again")
{
  auto op = connect_waiting(answer_in_turn(call::wait_writable, {no_buffer_space}));
  op.block();
  CHECK(op.result.is(asio::error::no_buffer_space, 0));
  CHECK(op.session.count(call::disconnect) == 1);
  check_next_connect(op);
}

#endif

TEST_CASE("a signal does not end the blocking call's wait for the connect, nor prolong its limit")
{
  SECTION("it goes on waiting")
  {
    const auto options = GENERATE(as<connect_options>(), connect_options(), limited_to(limit));
    auto op = connect_waiting(
        answer_in_turn(call::wait_writable, {interrupted, interrupted, interrupted}), options);
    op.block();
    CHECK(op.result.is_success(5));
    CHECK(op.session.count(call::wait_writable) == 4);
  }
  SECTION("until the limit is reached")
  {
    auto op = connect_waiting(fail(call::wait_writable, interrupted), limited_to(20ms));
    op.block();
    CHECK(op.result.is(asio::error::timed_out, 0));
  }
}

TEST_CASE("a wait for the connect that ends early is made again")
{
  const auto options = GENERATE(as<connect_options>(), connect_options(), limited_to(limit));
  auto op = connect_waiting(answer_in_turn(call::wait_writable, {0, 0}), options);
  op.block();
  CHECK(op.result.is_success(5));
  CHECK(op.session.count(call::wait_writable) == 3);
  CHECK((op.received() == op.flight));
}

TEST_CASE("a connect that is over when its limit is reached has succeeded if the wait has seen it")
{
  auto op =
      connect_waiting(answer_late(call::wait_writable, 20ms, let_it_happen), limited_to(20ms));
  op.block();
  CHECK(op.result.is_success(5));
  CHECK((op.received() == op.flight));
}

TEST_CASE("a connect that is over when its limit is reached is given up if no wait has seen it")
{
  auto op = connect_waiting(answer_late(call::wait_writable, 20ms, 0), limited_to(20ms));
  op.block();
  CHECK(op.result.is(asio::error::timed_out, 0));
  CHECK(op.session.count(call::wait_writable) == 1);
  CHECK_FALSE(op.report.maybe_delivered);
  CHECK(op.socket.is_open());
  check_next_connect(op);
}

TEST_CASE("a wait to write the rest that fails is the blocking call's error")
{
  rest_to_write op(fail(call::wait_writable, no_buffer_space));
  op.block();
  CHECK(op.result.is(asio::error::no_buffer_space, head));
  CHECK(op.report.maybe_delivered);
  CHECK(op.session.count(call::wait_writable) == 1);
  CHECK(op.socket.is_open());
}

TEST_CASE("a signal does not end the blocking call's wait to write, and nor does an early end")
{
  rest_to_write op(answer_in_turn(call::wait_writable, {interrupted, 0, interrupted, 0}));
  op.block();
  CHECK(op.result.is_success(head + rest));
  CHECK(op.session.count(call::wait_writable) == 5);
}

TEST_CASE("a write that is possible when the limit is reached is made if the wait has seen it")
{
  rest_to_write op(answer_late(call::wait_writable, write_limit, let_it_happen), write_limit);
  op.block();
  CHECK(op.result.is_success(head + rest));
}

TEST_CASE("a write that is possible when the limit is reached is not made if no wait has seen it")
{
  rest_to_write op(answer_late(call::wait_writable, write_limit, 0), write_limit);
  op.block();
  CHECK(op.result.error == condition::timed_out);
  CHECK(op.result.error != condition::retryable);
  CHECK(op.result.bytes_transferred == head);
  CHECK(op.report.maybe_delivered);
  CHECK(op.session.count(call::wait_writable) == 1);
}

} // namespace test::scripted::connect_ex_tests
