// SPDX-License-Identifier: BSL-1.0

#include <connectex/lazy_connect_stream.hpp>

#include "support/cancellation_types.hpp"
#include "support/lazy_stream.hpp"
#include "support/race_outcome.hpp"

#include <vector>

namespace
{

using namespace test;
using asio::cancellation_type;
using endpoints = std::vector<tcp::endpoint>;

/// A stream whose connect stays pending.
struct pending_stream : lazy_stream
{
  explicit pending_stream(bool to_several = false)
  {
    options.race.attempt_delay = shortest_delay;
    if (to_several)
      arm(endpoints{silent.endpoint(), other.endpoint()});
    else
      arm(silent.endpoint());
  }

  /// Lets everything happen that is ready.
  void poll()
  {
    context.restart();
    context.poll();
  }

  full_listener silent{context};
  full_listener other{context};
  transfer first;
  transfer second;
  transfer answer;
};

} // namespace

TEST_CASE("each type of cancellation ends a transfer that waits, and nothing else")
{
  const cancellation_type type = GENERATE(from_range(every_type));
  pending_stream given;
  given.write(given.first);
  given.write(given.second);
  given.read(given.answer);
  given.poll();
  given.second.signal.emit(type);
  CHECK(given.second.result.calls == 0);
  given.poll();
  CHECK(given.second.result.is(asio::error::operation_aborted, 0));
  CHECK(given.first.result.calls == 0);
  CHECK(given.answer.result.calls == 0);
  CHECK(given.socket().is_open());

  given.answer.signal.emit(type);
  given.poll();
  CHECK(given.answer.result.is(asio::error::operation_aborted, 0));
  CHECK(given.first.result.calls == 0);

  given.socket().close();
  run(given.context);
  CHECK(given.first.result.is(asio::error::operation_aborted, 0));
}

TEST_CASE("each type of cancellation of the write that connects ends all that wait for it")
{
  const cancellation_type type = GENERATE(from_range(every_type));
  const bool to_several = GENERATE(false, true);
  pending_stream given(to_several);
  given.write(given.first);
  given.write(given.second);
  given.read(given.answer);
  given.poll();
  given.first.signal.emit(type);
  CHECK(given.first.result.calls == 0);
  run(given.context);
  CHECK(given.first.result.is(asio::error::operation_aborted, 0));
  CHECK(given.second.result.is(asio::error::operation_aborted, 0));
  CHECK(given.answer.result.is(asio::error::operation_aborted, 0));
  CHECK_FALSE(given.socket().is_open());

  CHECK(given.await_write().is(asio::error::not_connected, 0));
  run(given.context);
}

TEST_CASE("each type of cancellation of the read that connects ends all that wait for it")
{
  const cancellation_type type = GENERATE(from_range(every_type));
  const bool to_several = GENERATE(false, true);
  pending_stream given(to_several);
  given.read(given.answer);
  given.poll();
  given.write(given.first);
  given.poll();
  given.answer.signal.emit(type);
  run(given.context);
  CHECK(given.answer.result.is(asio::error::operation_aborted, 0));
  CHECK(given.first.result.is(asio::error::operation_aborted, 0));
}

TEST_CASE_METHOD(
    lazy_stream, "a read that is cancelled before it has begun to connect connects nothing")
{
  const cancellation_type type = GENERATE(from_range(every_type));
  sink server(context);
  arm(server.endpoint());
  transfer answer;
  read(answer);
  answer.signal.emit(type);
  answer.result.await(context);
  CHECK(answer.result.is(asio::error::operation_aborted, 0));
  CHECK_FALSE(socket().is_open());
  CHECK(report.attempts.empty());

  // The stream is armed as before.
  CHECK(await_write().is_success(greeting.size()));
  close();
  CHECK(server.received() == greeting);
}

TEST_CASE_METHOD(
    lazy_stream, "a waiting read that is cancelled leaves the write its connect and its bytes")
{
  const cancellation_type type = GENERATE(from_range(every_type));
  sink server(context);
  arm(server.endpoint());
  transfer answer;
  transfer first;
  read(answer);
  write(first);
  answer.signal.emit(type);
  first.result.await(context);
  CHECK(first.result.is_success(greeting.size()));
  if (answer.result.calls == 0)
    answer.result.await(context);
  CHECK(answer.result.is(asio::error::operation_aborted, 0));
  close();
  CHECK(server.received() == greeting);
}

TEST_CASE("cancel() and close() of a layer end the connect and all that wait for it")
{
  const bool reads = GENERATE(false, true);
  const int way = GENERATE(0, 1, 2);
  CAPTURE(reads, way);
  pending_stream given;
  if (reads)
    given.read(given.answer);
  else
    given.write(given.first);
  given.poll();
  given.write(given.second);
  given.poll();
  if (way == 0)
    given.stream.next_layer().cancel();
  else if (way == 1)
    given.stream.lowest_layer().cancel();
  else
    given.stream.lowest_layer().close();
  run(given.context);
  CHECK((reads ? given.answer : given.first).result.is(asio::error::operation_aborted, 0));
  CHECK(given.second.result.is(asio::error::operation_aborted, 0));
  CHECK_FALSE(given.socket().is_open());
}

TEST_CASE_METHOD(lazy_stream, "cancel() before the first transfer ends nothing")
{
  sink server(context);
  arm(server.endpoint());
  error_code error;
  socket().cancel(error);
  socket().close(error);
  CHECK(await_write().is_success(greeting.size()));
  close();
  CHECK(server.received() == greeting);
}

TEST_CASE_METHOD(
    lazy_stream, "a close that comes before the connect is told of ends all that wait for it")
{
  sink server(context);
  arm(server.endpoint());
  transfer first;
  transfer answer;
  write(first);
  read(answer);

  // Over by now, where a connect on this machine is over at once.
  socket().close();
  run_until(context, [&] { return first.result.calls != 0 && answer.result.calls != 0; });
  CHECK(first.result.error == asio::error::operation_aborted);
  CHECK(answer.result.is(asio::error::operation_aborted, 0));
  CHECK(await_write().is(asio::error::not_connected, 0));
  server.visit();
  run(context);
}

TEST_CASE_METHOD(lazy_stream, "a transfer of a connected stream is cancelled as the socket's own")
{
  const cancellation_type type = GENERATE(from_range(every_type));
  const bool waited = GENERATE(false, true);
  sink server(context);
  arm(server.endpoint());
  transfer first;
  transfer answer;
  write(first);
  if (waited)
    read(answer);
  first.result.await(context);
  if (!waited)
    read(answer);
  run_until(context, [&] { return server.accepted(); });
  context.poll();
  CHECK(answer.result.calls == 0);
  answer.signal.emit(type);
  answer.result.await(context);
  CHECK(answer.result.is(asio::error::operation_aborted, 0));

  // The connection stands.
  CHECK(await_write().is_success(greeting.size()));
  close();
  CHECK(server.received() == greeting + greeting);
}

TEST_CASE_METHOD(
    lazy_stream, "a cancellation that comes when the connect has succeeded leaves the connection")
{
  const cancellation_type type = GENERATE(from_range(every_type));
  sink server(context);
  arm(server.endpoint());
  transfer first;
  transfer answer;
  stream.async_write_some(asio::buffer(greeting),
      [&](const error_code& error, std::size_t bytes)
      {
        // The read is on its way: what it waited for has happened.
        first.result.handler()(error, bytes);
        answer.signal.emit(type);
      });
  read(answer);
  answer.result.await(context);
  CHECK(first.result.is_success(greeting.size()));
  CHECK(answer.result.is(asio::error::operation_aborted, 0));
  CHECK(await_write().is_success(greeting.size()));
  close();
  CHECK(server.received() == greeting + greeting);
}
