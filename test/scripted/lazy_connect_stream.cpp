// SPDX-License-Identifier: BSL-1.0

#include <connectex/lazy_connect_stream.hpp>

#include "support/expected.hpp"
#include "support/lazy_stream.hpp"
#include "support/scripted.hpp"

#include <boost/asio/read.hpp>

#include <optional>
#include <string>
#include <vector>

namespace test::scripted::lazy_connect_stream_tests
{

namespace
{

using connectex::lazy_connect_stream;

// A code that no precondition of a connect gives.
#if CONNECTEX_DETAIL_WINDOWS
constexpr native_error no_buffer_space = 10055;
#else
constexpr native_error no_buffer_space = ENOBUFS;
#endif

/// What has come of a write that connects, and of a read that waits for it, under a script.
struct ending
{
  outcome written;
  outcome read;
  calls made;
  std::string received;
};

ending connect_under(script answers, bool reads_first)
{
  ending seen;
  lazy_stream given;
  sink server(given.context);
  transfer first;
  transfer answer;
  given.arm(server.endpoint());
  std::optional<session> scripted(std::move(answers));
  if (reads_first)
    given.read(answer);
  given.write(first);
  if (!reads_first)
    given.read(answer);
  first.result.await(given.context);
  if (!first.result.error)
    send_banner(given.context, server);
  if (answer.result.calls == 0)
    answer.result.await(given.context);
  seen.made = scripted->calls();
  scripted.reset();

  seen.written = first.result;
  seen.read = answer.result;
  if (first.result.error)
  {
    CHECK_FALSE(given.socket().is_open());
    CHECK(given.await_write().is(asio::error::not_connected, 0));

    // The stream is as good as new.
    given.arm(server.endpoint());
    if (!server.accepted())
      CHECK(given.await_write().is_success(greeting.size()));
  }
  given.close();
  seen.received = server.received();
  return seen;
}

script fail_at(std::size_t index, native_error number)
{
  return [=](call, std::size_t now) { return now == index ? number : let_it_happen; };
}

} // namespace

TEST_CASE("each system call fails in turn, and what waits for the connect is told of it too")
{
  const bool reads_first = GENERATE(false, true);
  const ending success = connect_under({}, reads_first);
  CHECK(success.written.is_success(greeting.size()));
  CHECK(success.read.is_success(banner.size()));
  CHECK(success.received == greeting);
  REQUIRE_FALSE(success.made.empty());
  int failures = 0;
  for (std::size_t failing = 0; failing != success.made.size(); ++failing)
  {
    CAPTURE(failing, success.made[failing]);
    const ending seen = connect_under(fail_at(failing, no_buffer_space), reads_first);
    CHECK(seen.written.calls == 1);
    CHECK(seen.read.calls == 1);
    if (!seen.written.error)
    {
      CHECK(seen.written.is_success(greeting.size()));
      CHECK(seen.read.is_success(banner.size()));
      CHECK(seen.received == greeting);
      continue;
    }
    ++failures;
    CHECK(seen.written.error == asio::error::no_buffer_space);
    CHECK(seen.read.is(asio::error::no_buffer_space, 0));
  }
  CHECK(failures > 0);
}

TEST_CASE("the first write alone makes system calls")
{
  lazy_stream given;
  sink server(given.context);
  const session scripted;
  given.arm(server.endpoint());
  transfer no_read;
  transfer no_write;
  given.read_nothing(no_read);
  given.write_nothing(no_write);
  no_read.result.await(given.context);
  no_write.result.await(given.context);
  error_code error;
  CHECK(given.stream.write_some(asio::const_buffer(), error) == 0);
  CHECK(scripted.calls().empty());

  transfer first;
  given.write(first);
  first.result.await(given.context);
  const calls made = scripted.calls();
  CHECK_FALSE(made.empty());

  // What comes after the connect is the socket's own.
  transfer second;
  given.write(second);
  second.result.await(given.context);
  CHECK(scripted.calls() == made);
  given.close();
}

TEST_CASE("after a connect that has failed no transfer makes a system call")
{
  lazy_stream given;
  const refusing_port nobody(given.context);
  given.arm(nobody.endpoint());
  transfer first;
  given.write(first);
  run(given.context);
  const session scripted;
  transfer write;
  transfer read;
  transfer no_read;
  given.write(write);
  given.read(read);
  given.read_nothing(no_read);
  run(given.context);
  CHECK(write.result.is(asio::error::not_connected, 0));
  CHECK(read.result.is(asio::error::not_connected, 0));
  CHECK(no_read.result.is_success(0));
  CHECK(scripted.calls().empty());
}

TEST_CASE("the bytes of the first write are handed over once, and by the connect where that can")
{
  const bool reads_first = GENERATE(false, true);
  lazy_stream given;
  sink server(given.context);
  given.arm(server.endpoint());
  transfer first;
  transfer answer;
  const session scripted;
  if (reads_first)
    given.read(answer);
  given.write(first);
  first.result.await(given.context);
  CHECK(scripted.flights == std::vector<std::string>{greeting});
#if CONNECTEX_DETAIL_WINDOWS
  CHECK(scripted.count(call::connect_ex) == 1);
#else
  CHECK(scripted.count(call::connect) == 1);
  CHECK(scripted.count(call::send) == 1);
#endif
  given.close();
}

TEST_CASE("many small buffers are handed over in one system call")
{
  const std::size_t pieces = GENERATE(std::size_t(9), std::size_t(64));
  lazy_stream given;
  sink server(given.context);
  given.arm(server.endpoint());
  const std::string bytes = pattern(8 * pieces);
  outcome first;
  const session scripted;
  given.stream.async_write_some(split(bytes, pieces), first.handler());
  first.await(given.context);
  CHECK(first.is_success(bytes.size()));
  CHECK(scripted.flights == std::vector<std::string>{bytes});
#if CONNECTEX_DETAIL_LINUX
  CHECK(scripted.buffer_sizes == std::vector<std::size_t>(pieces, 8));
#endif
  given.close();
  CHECK(server.received() == bytes);
}

#if CONNECTEX_DETAIL_LINUX

TEST_CASE("what a single send takes is all that the write that connects waits for")
{
  lazy_stream given;
  sink server(given.context);
  given.arm(server.endpoint());
  outcome first;
  session scripted(succeed(call::send));
  scripted.sent = 3;
  given.stream.async_write_some(asio::buffer(greeting), first.handler());
  first.await(given.context);
  CHECK(first.is_success(3));
  CHECK(scripted.count(call::send) == 1);
  given.close();
}

#endif

} // namespace test::scripted::lazy_connect_stream_tests
