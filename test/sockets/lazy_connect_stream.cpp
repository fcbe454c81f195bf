// SPDX-License-Identifier: BSL-1.0

#include <connectex/lazy_connect_stream.hpp>

#include "support/expected.hpp"
#include "support/lazy_stream.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/read.hpp>

#include <memory>
#include <optional>

namespace
{

using namespace test;

/// Streams of every state of the table, for what they have in common.
enum class state
{
  armed,
  connecting,
  failed
};

/// A stream in one of these states.
struct stream_in : lazy_stream
{
  explicit stream_in(state wanted)
  {
    if (wanted == state::failed)
      arm(nobody.endpoint());
    else
      arm(silent.endpoint());
    if (wanted != state::armed)
      write(first);
    if (wanted == state::failed)
      first.result.await(context);
    else
      context.poll();
    REQUIRE(first.result.calls == (wanted == state::failed ? 1 : 0));
  }

  refusing_port nobody{context};
  full_listener silent{context};
  transfer first;
};

} // namespace

TEST_CASE_METHOD(lazy_stream, "arming alone does nothing")
{
  tcp::acceptor peer(context, loopback_v4());
  arm(peer.local_endpoint());
  CHECK(context.poll() == 0);
  CHECK_FALSE(socket().is_open());
  CHECK(is_unvisited(peer));
}

TEST_CASE_METHOD(lazy_stream, "the first write connects, and its bytes travel in the connect")
{
  sink server(context);
  arm(server.endpoint());
  transfer first;
  write(first);
  CHECK(first.result.calls == 0);
  first.result.await(context);
  CHECK(first.result.is_success(greeting.size()));
  CHECK(socket().remote_endpoint() == server.endpoint());

  REQUIRE(report.attempts.size() == 1);
  CHECK(report.first_flight == path_of(greeting.size()));
  CHECK(report.bytes_in_connect == bytes_in_connect_of(greeting.size()));
  close();
  CHECK(server.received() == greeting);
}

TEST_CASE_METHOD(lazy_stream, "once connected, the stream passes through what the socket says")
{
  sink server(context);
  arm(server.endpoint());
  CHECK(await_write().is_success(greeting.size()));
  report = {};

  CHECK(await_write(" again").is_success(6));
  send_banner(context, server);
  transfer answer;
  read(answer);
  answer.result.await(context);
  CHECK(answer.bytes() == banner);

  server.socket().shutdown(tcp::socket::shutdown_send);
  transfer end;
  read(end);
  end.result.await(context);
  CHECK(end.result.is(asio::error::eof, 0));
  CHECK(report.attempts.empty());
  close();
  CHECK(server.received() == greeting + " again");
}

TEST_CASE_METHOD(lazy_stream, "a read connects without data, for a server that speaks first")
{
  sink server(context);
  arm(server.endpoint());
  transfer first;
  read(first);
  CHECK_FALSE(socket().is_open());
  run_until(context, [&] { return server.accepted(); });
  context.poll();
  CHECK(first.result.calls == 0);
  CHECK(report.first_flight == connectex::first_flight_path::none);
  send_banner(context, server);
  first.result.await(context);
  CHECK(first.result.is_success(banner.size()));
  CHECK(first.bytes() == banner);
  CHECK(report.attempts.size() == 1);

  CHECK(await_write().is_success(greeting.size()));
  close();
  CHECK(server.received() == greeting);
}

TEST_CASE_METHOD(
    lazy_stream, "a write travels in the connect also if a read was started before it in its turn")
{
  sink server(context);
  arm(server.endpoint());
  transfer answer;
  transfer first;
  const bool reads_first = GENERATE(true, false);
  CAPTURE(reads_first);
  if (reads_first)
    read(answer);
  write(first);
  if (!reads_first)
    read(answer);
  first.result.await(context);
  CHECK(first.result.is_success(greeting.size()));
  CHECK(report.attempts.size() == 1);
  CHECK(report.first_flight == path_of(greeting.size()));
  CHECK(report.bytes_in_connect == bytes_in_connect_of(greeting.size()));

  run_until(context, [&] { return server.accepted(); });
  CHECK(answer.result.calls == 0);
  asio::write(server.socket(), asio::buffer(banner));
  answer.result.await(context);
  CHECK(answer.bytes() == banner);
  close();
  CHECK(server.received() == greeting);
}

TEST_CASE_METHOD(lazy_stream, "a write that waits for a read's connect is written after it")
{
  sink server(context);
  arm(server.endpoint());
  transfer answer;
  transfer second;
  read(answer);

  // The read, which has posted itself, comes first.
  asio::post(context, [&] { write(second); });
  second.result.await(context);
  CHECK(second.result.is_success(greeting.size()));
  CHECK(report.attempts.size() == 1);
  CHECK(report.first_flight == connectex::first_flight_path::none);
  send_banner(context, server);
  answer.result.await(context);
  CHECK(answer.bytes() == banner);
  close();
  CHECK(server.received() == greeting);
}

TEST_CASE("empty transfers succeed at once and change nothing, unless the stream is connected")
{
  const state where = GENERATE(state::armed, state::connecting, state::failed);
  CAPTURE(static_cast<int>(where));
  stream_in given(where);
  const bool was_open = given.socket().is_open();
  transfer no_read;
  transfer no_write;
  given.read_nothing(no_read);
  given.write_nothing(no_write);
  CHECK(no_read.result.calls == 0);
  CHECK(no_write.result.calls == 0);
  given.context.restart();
  given.context.poll();
  CHECK(no_read.result.is_success(0));
  CHECK(no_write.result.is_success(0));
  CHECK(given.socket().is_open() == was_open);
  CHECK(given.first.result.calls == (where == state::failed ? 1 : 0));

  error_code error = asio::error::fault;
  CHECK(given.stream.write_some(asio::const_buffer(), error) == 0);
  CHECK_FALSE(error);
  CHECK(given.stream.read_some(asio::mutable_buffer()) == 0);

  given.socket().close();
  run(given.context);
}

TEST_CASE_METHOD(lazy_stream, "an empty sequence of buffers is an empty transfer")
{
  sink server(context);
  arm(server.endpoint());
  outcome result;
  const std::vector<asio::const_buffer> nothing;
  stream.async_write_some(nothing, result.handler());
  result.await(context);
  CHECK(result.is_success(0));

  // Neither is a sequence of empty buffers something.
  outcome again;
  stream.async_write_some(std::vector<asio::const_buffer>(3), again.handler());
  again.await(context);
  CHECK(again.is_success(0));
  CHECK_FALSE(socket().is_open());
  CHECK_FALSE(server.accepted());
  server.visit();
  run(context);
}

TEST_CASE_METHOD(lazy_stream, "empty transfers of a connected stream are the socket's")
{
  sink server(context);
  arm(server.endpoint());
  CHECK(await_write().is_success(greeting.size()));
  transfer no_read;
  transfer no_write;
  read_nothing(no_read);
  write_nothing(no_write);
  no_read.result.await(context);
  no_write.result.await(context);
  CHECK(no_read.result.is_success(0));
  CHECK(no_write.result.is_success(0));
  close();

  // A closed socket's answer shows that the question has come to it.
  CHECK(await_write().is(asio::error::bad_descriptor, 0));
}

TEST_CASE_METHOD(lazy_stream, "a refusal ends the write that connects and all that wait for it")
{
  refusing_port nobody(context);
  arm(nobody.endpoint());
  transfer first;
  transfer second;
  transfer answer;
  read(answer);
  write(first);
  write(second);
  run(context);
  CHECK(first.result.is(asio::error::connection_refused, 0));
  CHECK(second.result.is(asio::error::connection_refused, 0));
  CHECK(answer.result.is(asio::error::connection_refused, 0));
  CHECK(report.attempts.size() == 1);
}

TEST_CASE_METHOD(lazy_stream, "a refusal ends the read that connects and all that wait for it")
{
  refusing_port nobody(context);
  arm(nobody.endpoint());
  transfer first;
  transfer second;
  read(first);
  asio::post(context, [&] { write(second); });
  run(context);
  CHECK(first.result.is(asio::error::connection_refused, 0));
  CHECK(second.result.is(asio::error::connection_refused, 0));
  CHECK(report.attempts.size() == 1);
}

TEST_CASE("after a connect that has failed, transfers end with not_connected, and not with eof")
{
  stream_in given(state::failed);
  CHECK(given.first.result.is(asio::error::connection_refused, 0));
  CHECK_FALSE(given.socket().is_open());
  transfer next_write;
  transfer next_read;
  given.write(next_write);
  given.read(next_read);
  CHECK(next_write.result.calls == 0);
  CHECK(next_read.result.calls == 0);
  run(given.context);
  CHECK(next_write.result.is(asio::error::not_connected, 0));
  CHECK(next_read.result.is(asio::error::not_connected, 0));
  CHECK_FALSE(given.socket().is_open());
  CHECK(given.report.attempts.size() == 1);
}

TEST_CASE_METHOD(lazy_stream, "a failed connect leaves a socket open that the caller had opened")
{
  refusing_port nobody(context);
  socket().open(tcp::v4());
  arm(nobody.endpoint());
  transfer first;
  write(first);
  run(context);
  CHECK(first.result.is(asio::error::connection_refused, 0));
  CHECK(socket().is_open());

  // It says broken_pipe and eof of itself.
  transfer next_write;
  transfer next_read;
  write(next_write);
  read(next_read);
  run(context);
  CHECK(next_write.result.is(asio::error::not_connected, 0));
  CHECK(next_read.result.is(asio::error::not_connected, 0));
}

TEST_CASE("synchronous transfers of a stream that connects, or has failed, change nothing")
{
  const auto [where, expected] =
      GENERATE(table<state, error_code>({{state::connecting, asio::error::in_progress},
          {state::failed, asio::error::not_connected}}));
  CAPTURE(static_cast<int>(where));
  stream_in given(where);
  const bool was_open = given.socket().is_open();
  error_code error;
  char byte = 0;
  CHECK(given.stream.write_some(asio::buffer(greeting), error) == 0);
  CHECK(error == expected);
  error.clear();
  CHECK(given.stream.read_some(asio::buffer(&byte, 1), error) == 0);
  CHECK(error == expected);
  CHECK_THROWS_AS(given.stream.write_some(asio::buffer(greeting)), boost::system::system_error);
  CHECK_THROWS_AS(given.stream.read_some(asio::buffer(&byte, 1)), boost::system::system_error);
  CHECK(given.socket().is_open() == was_open);

  given.socket().close();
  run(given.context);
}

TEST_CASE_METHOD(lazy_stream, "synchronous transfers of a connected stream are the socket's")
{
  sink server(context);
  arm(server.endpoint());
  CHECK(await_write().is_success(greeting.size()));
  error_code error = asio::error::fault;
  CHECK(stream.write_some(asio::buffer(greeting), error) == greeting.size());
  CHECK_FALSE(error);
  CHECK(stream.write_some(asio::buffer(greeting)) == greeting.size());

  send_banner(context, server);
  char byte = 0;
  CHECK(stream.read_some(asio::buffer(&byte, 1)) == 1);
  CHECK(byte == banner[0]);
  error = asio::error::fault;
  CHECK(stream.read_some(asio::buffer(&byte, 1), error) == 1);
  CHECK(byte == banner[1]);
  CHECK_FALSE(error);

  // With something unread the close would be a reset, which may overtake what was written.
  std::string rest(banner.size() - 2, '\0');
  asio::read(stream, asio::buffer(rest));
  CHECK(banner.substr(2) == rest);
  close();
  CHECK(server.received() == greeting + greeting + greeting);
}

TEST_CASE_METHOD(lazy_stream, "a stream that is not armed passes everything through")
{
  CHECK(await_write().is(asio::error::bad_descriptor, 0));

  sink server(context);
  bool connected = false;
  SECTION("its next layer can be connected by hand")
  {
    socket().connect(server.endpoint());
    connected = true;
  }
  SECTION("so can its lowest layer")
  {
    stream.lowest_layer().async_connect(
        server.endpoint(), [&](const error_code& error) { connected = !error; });
  }
  run_until(context, [&] { return connected; });
  CHECK(await_write().is_success(greeting.size()));
  CHECK(report.attempts.empty());
  close();
  CHECK(server.received() == greeting);
}
