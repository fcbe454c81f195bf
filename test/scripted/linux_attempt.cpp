// SPDX-License-Identifier: BSL-1.0

#include <connectex/async_connect_ex.hpp>
#include <connectex/detail/attempt/linux_attempt.hpp>
#include <connectex/error.hpp>

#include "support/loopback.hpp"
#include "support/scripted_system.hpp"

#include <boost/asio/local/stream_protocol.hpp>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <unistd.h>

namespace
{

using namespace test;
using namespace std::chrono_literals;
using connectex::async_connect_ex;
using connectex::condition;
using connectex::connect_options;
using connectex::connect_report;
using connectex::fast_open_mode;
using connectex::first_flight_path;
using connectex::detail::io_vectors;
using connectex::detail::linux_attempt;
using scripted::call;
using scripted::native_error;

using calls = std::vector<call>;
using step = std::pair<call, native_error>;

constexpr std::optional<native_error> let_it_happen;
constexpr native_error not_asked = 0xFFFFFFFF;

enum class entry
{
  start,
  start_fast_open,
  resume
};

struct row
{
  entry from;
  std::size_t flight;
  std::vector<step> script;
  bool pending;
  native_error error;
  std::size_t sent;
  std::size_t sent_with_syn;
  std::size_t resume_with = 0;
  native_error refusal = not_asked;
};

const row rows[] = {
    // A connect that is under way, and a send that tells how it has ended.
    {entry::start, 5, {{call::connect, EINPROGRESS}, {call::send, 0}}, false, 0, 5, 0},
    {entry::start, 5, {{call::connect, EINPROGRESS}, {call::send, EAGAIN}}, true, 0, 0, 0},
    {entry::start, 5, {{call::connect, EINPROGRESS}, {call::send, ECONNREFUSED}}, false,
        ECONNREFUSED, 0, 0},
    {entry::start, 0, {{call::connect, EINPROGRESS}, {call::connect, 0}}, false, 0, 0, 0},
    {entry::start, 0, {{call::connect, EINPROGRESS}, {call::connect, EALREADY}}, true, 0, 0, 0},
    {entry::start, 0, {{call::connect, EINPROGRESS}, {call::connect, ETIMEDOUT}}, false, ETIMEDOUT,
        0, 0},

    // A connect that fails at once; "already" is not ours, so it is a failure too.
    {entry::start, 5, {{call::connect, ENETUNREACH}}, false, ENETUNREACH, 0, 0},
    {entry::start, 5, {{call::connect, EALREADY}}, false, EALREADY, 0, 0},
    {entry::start, 0, {{call::connect, EISCONN}}, false, EISCONN, 0, 0},
    {entry::start, 0, {{call::connect, EALREADY}}, false, EALREADY, 0, 0},

    // A connect that is over at once, or was put off.
    {entry::start, 0, {{call::connect, 0}}, false, 0, 0, 0},
    {entry::start, 5, {{call::connect, 0}, {call::send, 0}, {call::connect, EISCONN}}, false, 0, 5,
        5},
    {entry::start, 5, {{call::connect, 0}, {call::send, 0}, {call::connect, EALREADY}}, true, 0, 5,
        5},
    {entry::start, 5, {{call::connect, 0}, {call::send, EINPROGRESS}}, true, 0, 0, 0},
    {entry::start, 5, {{call::connect, 0}, {call::send, EPIPE}}, false, EPIPE, 0, 0},

    // Fast open with a cookie, without one, and where there is no such thing.
    {entry::start_fast_open, 5, {{call::send_with_syn, 0}, {call::connect, 0}}, false, 0, 5, 5, 0,
        0},
    {entry::start_fast_open, 5, {{call::send_with_syn, 0}, {call::connect, EALREADY}}, true, 0, 5,
        5, 0, 0},
    {entry::start_fast_open, 5, {{call::send_with_syn, 0}, {call::connect, ECONNREFUSED}}, false,
        ECONNREFUSED, 0, 0, 0, 0},
    {entry::start_fast_open, 5, {{call::send_with_syn, EINPROGRESS}, {call::send, EAGAIN}}, true, 0,
        0, 0, 0, 0},
    {entry::start_fast_open, 5, {{call::send_with_syn, EINPROGRESS}, {call::send, 0}}, false, 0, 5,
        0, 0, 0},
    {entry::start_fast_open, 5,
        {{call::send_with_syn, EOPNOTSUPP}, {call::connect, EINPROGRESS}, {call::send, 0}}, false,
        0, 5, 0, 0, EOPNOTSUPP},
    {entry::start_fast_open, 5, {{call::send_with_syn, ENETUNREACH}, {call::connect, ENETUNREACH}},
        false, ENETUNREACH, 0, 0, 0, ENETUNREACH},

    // After the wait.
    {entry::resume, 5, {{call::send, 0}}, false, 0, 5, 0},
    {entry::resume, 5, {{call::send, EHOSTUNREACH}}, false, EHOSTUNREACH, 0, 0},
    {entry::resume, 5, {{call::send, EAGAIN}, {call::connect, EALREADY}}, true, 0, 0, 0},
    {entry::resume, 5, {{call::send, EAGAIN}, {call::connect, 0}}, false, 0, 0, 0},
    {entry::resume, 0, {{call::connect, 0}}, false, 0, 0, 0},
    {entry::resume, 0, {{call::connect, EALREADY}}, true, 0, 0, 0},
    {entry::resume, 0, {{call::connect, ECONNREFUSED}}, false, ECONNREFUSED, 0, 0},
    {entry::resume, 5, {{call::connect, 0}}, false, 0, 3, 3, 3},
    {entry::resume, 5, {{call::connect, EALREADY}}, true, 0, 3, 3, 3},
    {entry::resume, 5, {{call::connect, ETIMEDOUT}}, false, ETIMEDOUT, 0, 0, 3},
};

linux_attempt::progress run_row(const row& given, native_error& refusal)
{
  const std::string bytes = pattern(given.flight);
  const io_vectors flight{asio::buffer(bytes)};
  const tcp::endpoint peer = loopback_v4();
  const linux_attempt attempt(-1, peer.data(), peer.size(), flight);
  switch (given.from)
  {
  case entry::start:
    return attempt.start();
  case entry::start_fast_open:
    refusal = 0;
    return attempt.start_fast_open(refusal);
  case entry::resume:
    return attempt.resume(given.resume_with);
  }
  return {};
}

scripted::answer answer_once(call which, std::vector<native_error> errors)
{
  return [which, errors = std::move(errors), made = std::size_t(0)](
             call now, std::size_t) mutable -> std::optional<native_error>
  {
    if (now != which || made == errors.size())
      return let_it_happen;
    return errors[made++];
  };
}

connect_options with_fast_open(connect_report& report)
{
  connect_options options;
  options.fast_open = fast_open_mode::idempotent_data;
  options.report = &report;
  return options;
}

connect_options retrying(unsigned max_attempts, connect_report& report)
{
  connect_options options;
  options.retry.max_attempts = max_attempts;
  options.retry.backoff.initial = 0ms;
  options.report = &report;
  return options;
}

/// Connects to a server that takes what it gets.
struct visit
{
  visit(const std::string& flight, const connect_options& options)
  {
    async_connect_ex(socket, server.endpoint(), asio::buffer(flight), options, result.handler());
    run_until(context, [&] { return result.calls != 0; });
  }

  std::string received()
  {
    socket.close();
    run_until(context, [&] { return server.ended(); });
    return server.received();
  }

  asio::io_context context;
  sink server{context};
  tcp::socket socket{context};
  outcome result;
};

} // namespace

TEST_CASE("an attempt makes the calls of its row and no others")
{
  for (const row& expected : rows)
  {
    CAPTURE(&expected - rows);
    scripted::session session(
        [&](call which, std::size_t index) -> std::optional<native_error>
        {
          if (index >= expected.script.size() || expected.script[index].first != which)
            return ENOSYS;
          return expected.script[index].second;
        });
    native_error refusal = not_asked;
    const auto progress = run_row(expected, refusal);
    calls script;
    for (const step& each : expected.script)
      script.push_back(each.first);
    CHECK(session.calls() == script);
    CHECK(progress.pending == expected.pending);
    CHECK(progress.error == expected.error);
    CHECK(progress.sent == expected.sent);
    CHECK(progress.sent_with_syn == expected.sent_with_syn);
    CHECK(refusal == expected.refusal);
  }
}

TEST_CASE("buffers without bytes take no room among the vectors")
{
  std::vector<asio::const_buffer> buffers(20, asio::const_buffer());
  buffers.push_back(asio::buffer("abc", 3));
  buffers.push_back(asio::const_buffer());
  buffers.push_back(asio::buffer("de", 2));
  const io_vectors vectors(buffers);
  REQUIRE(vectors.size() == 2);
  CHECK(vectors.data()[0].iov_len == 3);
  CHECK(vectors.data()[1].iov_len == 2);
  CHECK(io_vectors(asio::const_buffer()).empty());
}

TEST_CASE("a connect that has to wait sends as soon as the socket is writable")
{
  asio::io_context context;
  full_listener full(context);
  tcp::socket socket(context);
  scripted::session session;
  outcome result;
  async_connect_ex(socket, full.endpoint(), asio::buffer("hello", 5), result.handler());
  CHECK(session.calls() == calls{call::connect, call::send});
  context.poll();
  REQUIRE(result.calls == 0);

  // With one place free the handshake is made when the SYN is sent again.
  tcp::socket first(context);
  full.acceptor().accept(first);
  run(context);
  CHECK(result.is_success(5));
  CHECK(session.calls() == calls{call::connect, call::send, call::send});

  tcp::socket accepted(context);
  full.acceptor().accept(accepted);
  char received[6] = {};
  CHECK(asio::read(accepted, asio::buffer(received, 5)) == 5);
  CHECK(received == std::string("hello"));
}

TEST_CASE("a wait that ends too early is begun again")
{
  connect_report report;
  connect_options options;
  options.report = &report;
  scripted::session session(
      [sends = 0, asked = false](call which, std::size_t) mutable -> std::optional<native_error>
      {
        if (which == call::send && ++sends <= 2)
          return EAGAIN;
        if (which == call::connect && sends == 2 && !std::exchange(asked, true))
          return EALREADY;
        return let_it_happen;
      });
  visit all("hello", options);
  CHECK(all.result.is_success(5));
  CHECK(session.calls() == calls{call::connect, call::send, call::send, call::connect, call::send});
  CHECK(report.attempts.size() == 1);
  CHECK(all.received() == "hello");
}

TEST_CASE("a connection without room to send leaves the flight to the write")
{
  scripted::session session(
      [sends = 0](call which, std::size_t) mutable -> std::optional<native_error>
      {
        return which == call::send && ++sends <= 2 ? std::optional<native_error>(EAGAIN)
                                                   : std::nullopt;
      });
  visit all("hello", {});
  CHECK(all.result.is_success(5));
  CHECK(session.calls() == calls{call::connect, call::send, call::send, call::connect});
  CHECK(all.received() == "hello");
}

TEST_CASE("no free local port reads as local exhaustion")
{
  connect_report report;
  scripted::session session(answer_once(call::connect, {EADDRNOTAVAIL, EADDRNOTAVAIL}));
  asio::io_context context;
  const refusing_port nobody(context);
  tcp::socket socket(context);
  outcome result;
  async_connect_ex(
      socket, nobody.endpoint(), asio::buffer("lost", 4), retrying(3, report), result.handler());
  run(context);
  CHECK(result.is(asio::error::address_in_use, 0));
  CHECK(result.error == condition::local_exhaustion);
  CHECK_FALSE(result.error == condition::misuse);
  REQUIRE(report.attempts.size() == 1);
  CHECK(report.attempts[0].error == asio::error::address_in_use);
  CHECK(report.attempts[0].native_error == EADDRNOTAVAIL);
}

TEST_CASE("a connection that stood is not made again, whatever the predicate says")
{
  const native_error error = GENERATE(ECONNRESET, EPIPE);
  connect_report report;
  connect_options options = retrying(5, report);
  options.retry.predicate = [](const error_code&) { return true; };
  scripted::session session(answer_once(call::send, {error, error, error}));
  visit all("hello", options);
  CHECK(all.result.is(connectex::detail::native_error_code(error), 0));
  CHECK(report.attempts.size() == 1);
  CHECK(session.count(call::connect) == 1);
}

TEST_CASE("the report says where the bytes of a fast open went")
{
  const bool acknowledged = GENERATE(false, true);
  CAPTURE(acknowledged);
  connect_report report;
  scripted::session session(answer_once(call::send_with_syn, {0}));
  session.sent = 3;
  session.syn_data_acknowledged = acknowledged;
  visit all("hello", with_fast_open(report));
  CHECK(all.result.is_success(5));
  CHECK(report.first_flight
      == (acknowledged ? first_flight_path::in_syn : first_flight_path::after_connect));
  CHECK(report.bytes_in_connect == (acknowledged ? 3 : 0));
  CHECK_FALSE(report.fast_open_error);

  // The three bytes were only said to be sent. What follows them is written, and not sent anew.
  CHECK(all.received() == "lo");
}

TEST_CASE("where the kernel refuses fast open the connect goes on without")
{
  connect_report report;
  scripted::session session(answer_once(call::send_with_syn, {EOPNOTSUPP}));
  visit all("hello", with_fast_open(report));
  CHECK(all.result.is_success(5));
  CHECK(report.fast_open_error == asio::error::operation_not_supported);
  CHECK(report.first_flight == first_flight_path::after_connect);
  CHECK(session.calls() == calls{call::send_with_syn, call::connect, call::send});
  CHECK(all.received() == "hello");
}

TEST_CASE("fast open is not asked for when it is off or there is nothing to send")
{
  const bool on = GENERATE(false, true);
  connect_report report;
  connect_options options = with_fast_open(report);
  if (!on)
    options.fast_open = fast_open_mode::off;
  scripted::session session;
  visit all(on ? "" : "hello", options);
  CHECK(all.result.is_success(on ? 0 : 5));
  CHECK(session.count(call::send_with_syn) == 0);
  CHECK(session.count(call::get_syn_data_acknowledged) == 0);
  CHECK_FALSE(report.fast_open_error);
  CHECK(all.received() == (on ? "" : "hello"));
}

TEST_CASE("each attempt asks for fast open anew and forgets what an earlier one had sent")
{
  connect_report report;
  connect_options options = with_fast_open(report);
  options.retry.max_attempts = 3;
  options.retry.backoff.initial = 0ms;
  scripted::session session(
      [syns = 0, failed = 0](call which, std::size_t) mutable -> std::optional<native_error>
      {
        if (which == call::send_with_syn)
          return ++syns <= 2 ? 0 : EOPNOTSUPP;
        if (which == call::connect && syns <= 2 && failed < syns)
        {
          ++failed;
          return ECONNREFUSED;
        }
        return let_it_happen;
      });
  visit all("hello", options);
  CHECK(all.result.is_success(5));
  CHECK(session.count(call::send_with_syn) == 3);
  CHECK(report.attempts.size() == 3);
  CHECK(report.bytes_in_connect == 0);
  CHECK(all.received() == "hello");
}

TEST_CASE("a flight that the caller let into the SYN is sent once, unless it may be sent twice")
{
  const bool idempotent = GENERATE(false, true);
  CAPTURE(idempotent);
  connect_report report;
  connect_options options = retrying(3, report);
  if (idempotent)
    options.fast_open = fast_open_mode::idempotent_data;

  // As of a socket with TCP_FASTOPEN_CONNECT whose SYN is lost. Not connected in truth, it is writable.
  scripted::session session(
      [connects = 0](call which, std::size_t) mutable -> std::optional<native_error>
      {
        if (which == call::send || which == call::send_with_syn)
          return 0;
        if (which != call::connect)
          return let_it_happen;
        const bool starts = ++connects % 3 == 1;
        return starts ? 0 : connects % 3 == 2 ? EALREADY : ETIMEDOUT;
      });
  asio::io_context context;
  const refusing_port nobody(context);
  tcp::socket socket(context);
  outcome result;
  async_connect_ex(socket, nobody.endpoint(), asio::buffer("hello", 5), options, result.handler());
  run(context);
  if (!idempotent)
  {
    CHECK(result.is(asio::error::timed_out, 0));
    CHECK(report.attempts.size() == 1);
  }
  else
    CHECK(result.is_success(5));
}

TEST_CASE("a local socket is connected at once, and fast open is told to be none of its business")
{
  using local = asio::local::stream_protocol;
  asio::io_context context;

  // An abstract name, which leaves no file behind.
  const local::endpoint peer(std::string(1, '\0') + "connectex-test-" + std::to_string(::getpid()));
  local::acceptor listener(context, peer);

  connect_report report;
  local::socket socket(context);
  scripted::session session;
  outcome result;
  async_connect_ex(
      socket, peer, asio::buffer("hello", 5), with_fast_open(report), result.handler());
  run(context);
  CHECK(result.is_success(5));
  CHECK(session.count(call::send_with_syn) == 0);
  CHECK(report.fast_open_error == asio::error::operation_not_supported);
  CHECK(report.first_flight == first_flight_path::after_connect);
}
