// SPDX-License-Identifier: BSL-1.0

#include "support/late_answer.hpp"
#include "support/scripted.hpp"

#include <connectex/detail/decide/after_delivery.hpp>

#include <boost/asio/bind_executor.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read.hpp>

#include <algorithm>
#include <cerrno>
#include <string>
#include <utility>
#include <vector>

#include <unistd.h>

namespace test::scripted::connect_linux_tests
{

namespace
{

using step = std::pair<call, std::optional<native_error>>;

struct row
{
  /// All calls of the operation in order, with their answers.
  std::vector<step> calls;

  native_error error;
  std::size_t bytes_transferred;
  first_flight_path path = first_flight_path::none;
  native_error fast_open_error = 0;
};

// The session tells it.
const step acknowledged{call::get_syn_data_acknowledged, let_it_happen};

// A send takes the error from the socket without the kernel's connect.
const step disconnected{call::disconnect, let_it_happen};

constexpr auto after_connect = first_flight_path::after_connect;
constexpr auto in_syn = first_flight_path::in_syn;

const row rows_without_flight[] = {
    // A connect that a second one finds over.
    {{{call::connect, EINPROGRESS}, {call::connect, 0}}, 0, 0},
    {{{call::connect, EINPROGRESS}, {call::connect, ETIMEDOUT}}, ETIMEDOUT, 0},

    // A connect that has to be waited for, once or twice.
    {{{call::connect, EINPROGRESS}, {call::connect, EALREADY}, {call::connect, 0}}, 0, 0},
    {{{call::connect, EINPROGRESS}, {call::connect, EALREADY}, {call::connect, ECONNREFUSED}},
        ECONNREFUSED, 0},
    {{{call::connect, EINPROGRESS}, {call::connect, EALREADY}, {call::connect, EALREADY},
         {call::connect, 0}},
        0, 0},

    // A connect that fails at once; "already" is not ours, so it is a failure too.
    {{{call::connect, EISCONN}}, EISCONN, 0},
    {{{call::connect, EALREADY}}, EALREADY, 0},
    {{{call::connect, EINVAL}, {call::get_socket_kind, let_it_happen}}, EINVAL, 0},

    // A connect that the socket's owner has put off until something is sent.
    {{{call::connect, 0}, {call::send, EINPROGRESS}, {call::connect, 0}}, 0, 0},
    {{{call::connect, 0}, {call::send, EINPROGRESS}, {call::connect, ECONNREFUSED}}, ECONNREFUSED,
        0},
    {{{call::connect, 0}, {call::send, 0}, {call::connect, EISCONN}}, 0, 0},

    // An earlier failure that the kernel reports first, once.
    {{{call::connect, ECONNABORTED}, {call::connect, EINPROGRESS}, {call::connect, 0}}, 0, 0},
    {{{call::connect, ECONNABORTED}, {call::connect, ECONNABORTED}}, ECONNABORTED, 0},
};

const row rows_with_flight[] = {
    // A connect that is under way, and a send that tells how it has ended.
    {{{call::connect, EINPROGRESS}, {call::send, 0}}, 0, 5, after_connect},
    {{{call::connect, EINPROGRESS}, {call::send, ECONNREFUSED}, disconnected}, ECONNREFUSED, 0},

    // A connect that has to be waited for, once or twice.
    {{{call::connect, EINPROGRESS}, {call::send, EAGAIN}, {call::send, 0}}, 0, 5, after_connect},
    {{{call::connect, EINPROGRESS}, {call::send, EAGAIN}, {call::send, EHOSTUNREACH}, disconnected},
        EHOSTUNREACH, 0},
    {{{call::connect, EINPROGRESS}, {call::send, EAGAIN}, {call::send, EAGAIN},
         {call::connect, EALREADY}, {call::send, 0}},
        0, 5, after_connect},

    // A connect that fails at once; "already" is not ours, so it is a failure too.
    {{{call::connect, ENETUNREACH}}, ENETUNREACH, 0},
    {{{call::connect, EALREADY}}, EALREADY, 0},

    // A connect that the socket's owner has put off until there is something to send.
    {{{call::connect, 0}, {call::send, 0}, {call::connect, EISCONN}, acknowledged}, 0, 5, in_syn},
    {{{call::connect, 0}, {call::send, 0}, {call::connect, EALREADY}, {call::connect, 0},
         acknowledged},
        0, 5, in_syn},
    {{{call::connect, 0}, {call::send, 0}, {call::connect, EALREADY}, {call::connect, EALREADY},
         {call::connect, 0}, acknowledged},
        0, 5, in_syn},
    {{{call::connect, 0}, {call::send, 0}, {call::connect, EALREADY}, {call::connect, ETIMEDOUT}},
        ETIMEDOUT, 5, in_syn},
    {{{call::connect, 0}, {call::send, 0}, {call::connect, ECONNREFUSED}}, ECONNREFUSED, 5, in_syn},
    {{{call::connect, 0}, {call::send, EINPROGRESS}, {call::send, 0}}, 0, 5, after_connect},
    {{{call::connect, 0}, {call::send, EPIPE}, disconnected}, EPIPE, 0},
};

const row rows_with_fast_open[] = {
    // The kernel has a cookie of the peer.
    {{{call::send_with_syn, 0}, {call::connect, 0}, acknowledged}, 0, 5, in_syn},
    {{{call::send_with_syn, 0}, {call::connect, EALREADY}, {call::connect, 0}, acknowledged}, 0, 5,
        in_syn},
    {{{call::send_with_syn, 0}, {call::connect, ECONNREFUSED}}, ECONNREFUSED, 5, in_syn},

    // An earlier failure that the kernel reports first, once.
    {{{call::send_with_syn, ECONNABORTED}, {call::send_with_syn, 0}, {call::connect, 0},
         acknowledged},
        0, 5, in_syn},

    // It has none yet.
    {{{call::send_with_syn, EINPROGRESS}, {call::send, 0}}, 0, 5, after_connect},
    {{{call::send_with_syn, EINPROGRESS}, {call::send, EAGAIN}, {call::send, 0}}, 0, 5,
        after_connect},

    // There is no fast open.
    {{{call::send_with_syn, EOPNOTSUPP}, {call::connect, EINPROGRESS}, {call::send, 0}}, 0, 5,
        after_connect, EOPNOTSUPP},
    {{{call::send_with_syn, ENETUNREACH}, {call::connect, ENETUNREACH}}, ENETUNREACH, 0,
        first_flight_path::none, ENETUNREACH},
};

/// Answers as the row says, and any other call with an error that is in no row.
script follow(const row& expected)
{
  return [&expected](call which, std::size_t index)
  {
    const bool is_next = index < expected.calls.size() && expected.calls[index].first == which;
    return is_next ? expected.calls[index].second : ENOSYS;
  };
}

calls calls_of(const row& expected)
{
  calls names;
  for (const auto& [name, answer] : expected.calls)
    names.push_back(name);
  return names;
}

/// A connect that fails when the kernel has taken the flight may have delivered it, and so may a
/// connection that breaks.
bool may_have_delivered(const row& expected)
{
  const auto& calls = expected.calls;
  const bool is_sent = std::find(calls.begin(), calls.end(), step(call::send, 0)) != calls.end();
  return expected.error != 0 && (is_sent || expected.error == EPIPE);
}

error_code error_of(const row& expected)
{
  const error_code error = to_error_code(expected.error);
  return may_have_delivered(expected) ? connectex::detail::after_delivery(error) : error;
}

template <std::size_t Count>
void check_rows(const row (&rows)[Count], std::size_t size, fast_open_mode fast_open)
{
  for (const row& expected : rows)
  {
    CAPTURE(&expected - rows);
    scripted_connect op({.size = size, .answers = follow(expected)});
    op.options.fast_open = fast_open;
    op.session.syn_data_acknowledged = true;
    let_connect_be_deferred(op.options);
    op.run();
    CAPTURE(op.result);
    CHECK(op.session.calls() == calls_of(expected));
    CHECK(op.result.is(error_of(expected), expected.bytes_transferred));
    CHECK(op.report.maybe_delivered == may_have_delivered(expected));
    CHECK(op.report.first_flight == expected.path);
    CHECK(op.report.fast_open_error == to_error_code(expected.fast_open_error));
  }
}

} // namespace

TEST_CASE("an operation makes the calls of its row and no others")
{
  SECTION("without a first flight") { check_rows(rows_without_flight, 0, fast_open_mode::off); }
  SECTION("with one") { check_rows(rows_with_flight, 5, fast_open_mode::off); }
  SECTION("with one that may be sent twice")
  {
    check_rows(rows_with_fast_open, 5, fast_open_mode::idempotent_data);
  }
}

TEST_CASE("what the SYN has carried is handed over once the connection stands, and not before")
{
  const std::vector<native_error> answers = GENERATE(std::vector<native_error>{EALREADY, 0},
      std::vector<native_error>{EALREADY, EALREADY, 0},
      std::vector<native_error>{EALREADY, ETIMEDOUT});
  const bool connected = answers.back() == 0;
  std::vector<native_error> connects{0};
  connects.insert(connects.end(), answers.begin(), answers.end());
  scripted_connect op({.answers = either(answer_in_turn(call::connect, connects),
                           either(answer_in_turn(call::send, {0, EPIPE}),
                               succeed(call::get_syn_data_acknowledged)))});
  op.session.sent = 3;
  let_connect_be_deferred(op.options);
  op.run();
  CAPTURE(op.result);

  // The rest is written once it stands.
  if (connected)
    CHECK(op.result.is(asio::error::broken_pipe, 3));
  else
    CHECK(op.result.is(connectex::detail::after_delivery(asio::error::timed_out), 3));
  CHECK(op.session.count(call::connect) == connects.size());
  CHECK(op.session.count(call::send) == (connected ? 2 : 1));
}

TEST_CASE("buffers without bytes are not handed to the kernel")
{
  scripted_connect op;
  std::vector<asio::const_buffer> buffers(20, asio::const_buffer());

  SECTION("among others")
  {
    buffers.push_back(asio::buffer("abc", 3));
    buffers.push_back(asio::const_buffer());
    buffers.push_back(asio::buffer("de", 2));
    async_connect_ex(op.socket, op.peer, buffers, op.result.handler());
    op.await();
    CHECK(op.result.is_success(5));
    CHECK(op.session.buffer_sizes == std::vector<std::size_t>{3, 2});
    CHECK(op.received() == "abcde");
  }
  SECTION("and if there are no others nothing is sent")
  {
    async_connect_ex(op.socket, op.peer, buffers, op.result.handler());
    op.await();
    CHECK(op.result.is_success(0));
    CHECK(op.session.count(call::send) == 0);
  }
}

TEST_CASE("as many buffers as asio::async_write takes at a time go in one call")
{
  const auto [fast_open, sending, expected] =
      GENERATE(table<fast_open_mode, call, std::size_t>({{fast_open_mode::off, call::send, 2},
          {fast_open_mode::idempotent_data, call::send_with_syn, 1}}));
  scripted_connect op({.size = 660, .pieces = 66});
  op.options.fast_open = fast_open;
  op.run();
  CHECK(op.result.is_success(660));
  CHECK(op.received() == op.flight);
  REQUIRE_FALSE(op.session.flights.empty());
  CHECK(op.session.flights.front() == op.flight.substr(0, 640));
  CHECK(op.session.flights.back() == op.flight.substr(640));
  CHECK(op.session.count(sending) == expected);
}

TEST_CASE("a total cancellation cannot take back what a SYN has carried")
{
  // The SYN is not answered. The real socket is not connected, so a wait for it to be writable ends
  // at once, and it is found to be connecting as long as nothing else ends it.
  scripted_connect op(
      {.answers = either(succeed(call::send_with_syn), fail(call::connect, EALREADY))});
  op.options.fast_open = fast_open_mode::idempotent_data;
  op.start();
  op.signal.emit(cancellation_type::total);
  for (int i = 0; i != 10; ++i)
    op.context.poll_one();
  CHECK(op.result.calls == 0);
  op.signal.emit(cancellation_type::partial);
  op.await();
  CHECK(op.result.is(asio::error::operation_aborted, 5));
  CHECK(op.report.first_flight == first_flight_path::in_syn);
}

TEST_CASE("a connect that has to wait sends as soon as the socket is writable")
{
  asio::io_context context;
  full_backlog full(context);
  scripted_connect op({.elsewhere = full.endpoint()});
  op.start();
  CHECK(op.session.calls() == calls{call::connect, call::send});
  op.context.poll();
  REQUIRE(op.result.calls == 0);

  // With one place free the handshake is made when the SYN is sent again.
  tcp::socket first(context);
  full.acceptor().accept(first);
  op.await();
  CHECK(op.result.is_success(5));
  CHECK(op.session.calls() == calls{call::connect, call::send, call::send});

  tcp::socket accepted(context);
  full.acceptor().accept(accepted);
  std::string received(5, '\0');
  CHECK(asio::read(accepted, asio::buffer(received)) == 5);
  CHECK(received == op.flight);
}

TEST_CASE("a wait that ends too early is begun again")
{
  scripted_connect op(
      {.answers = either(answer_in_turn(call::send, {EAGAIN, EAGAIN}),
           [asked = 0](call which, std::size_t) mutable -> std::optional<native_error>
           {
             if (which == call::connect && asked++ == 1)
               return EALREADY;
             return let_it_happen;
           })});
  op.run();
  CHECK(op.result.is_success(5));
  CHECK(op.session.calls()
      == calls{call::connect, call::send, call::send, call::connect, call::send});
  CHECK(op.report.attempts.size() == 1);
  CHECK(op.received() == op.flight);
}

TEST_CASE("a connection without room to send leaves the flight to the write")
{
  scripted_connect op({.answers = answer_in_turn(call::send, {EAGAIN, EAGAIN})});
  op.run();
  CHECK(op.result.is_success(5));
  CHECK(op.session.calls()
      == calls{call::connect, call::send, call::send, call::connect, call::send});
  CHECK(op.received() == op.flight);
}

TEST_CASE("a write that finds no room waits and is made again")
{
  const std::vector<native_error> answers =
      GENERATE(std::vector<native_error>{0, EAGAIN}, std::vector<native_error>{0, EAGAIN, EAGAIN});
  const bool blocks = GENERATE(false, true);
  scripted_connect op({.answers = answer_in_turn(call::send, answers)});
  op.session.sent = 3;
  op.connect(blocks);
  CHECK(op.result.is_success(5));
  CHECK(op.session.count(call::send) == answers.size() + 1);
  CHECK(op.received() == op.flight.substr(3));
}

TEST_CASE("the report tells of bytes that were written before a write fails")
{
  // The connect leaves all of it to the write.
  scripted_connect op(
      {.answers = answer_in_turn(call::send, {EAGAIN, EAGAIN, 0, EAGAIN, ENOBUFS})});
  op.session.sent = 3;
  op.run();
  CHECK(op.result.is(asio::error::no_buffer_space, 3));
  CHECK(op.report.first_flight == first_flight_path::after_connect);
  CHECK(op.report.maybe_delivered);
}

TEST_CASE("the limit ends a rest for which there is no room")
{
  script no_room = [sends = 0](call which, std::size_t) mutable -> std::optional<native_error>
  {
    if (which != call::send)
      return let_it_happen;
    return sends++ == 0 ? 0 : EAGAIN;
  };
  const bool blocks = GENERATE(false, true);
  scripted_connect op({.answers = std::move(no_room)});
  op.session.sent = 3;
  op.options.total_timeout = 20ms;
  op.connect(blocks);
  CHECK(op.result.is(connectex::detail::after_delivery(asio::error::timed_out), 3));
}

TEST_CASE("a limit that is reached as the connection stands tells whether bytes were sent")
{
  const bool is_sent = GENERATE(false, true);
  const bool blocks = GENERATE(false, true);
  const call last = is_sent ? call::send : call::connect;
  scripted_connect op(
      {.answers = either(answer_in_turn(call::connect, {EINPROGRESS}),
           either(answer_late(last, 100ms, 0), answer_in_turn(call::send, {EAGAIN, EAGAIN})))});
  op.session.sent = 3;
  op.options.total_timeout = 100ms;
  op.connect(blocks);
  CAPTURE(op.result);
  const error_code timed_out = asio::error::timed_out;
  if (is_sent)
    CHECK(op.result.is(connectex::detail::after_delivery(timed_out), 3));
  else
    CHECK(op.result.is(timed_out, 0));
  CHECK(op.report.maybe_delivered == is_sent);
}

TEST_CASE("the report and the error agree on a delivery where there never is room to write")
{
  const bool blocks = GENERATE(false, true);
  scripted_connect op({.answers = fail(call::send, EAGAIN)});
  op.options.total_timeout = 20ms;
  op.connect(blocks);
  CAPTURE(op.result);
  CHECK(op.result.error == connectex::condition::timed_out);
  CHECK(op.result.bytes_transferred == 0);
  const bool is_after_delivery = op.result.error != connectex::condition::retryable;
  CHECK(op.report.maybe_delivered == is_after_delivery);
}

TEST_CASE("a rest is written without a wait as long as there is room")
{
  // A socket with some room, but not much, is not called writable.
  const std::size_t size = 64u * 65536;
  scripted_connect op(
      {.size = size, .answers = either(succeed(call::send), fail(call::wait_writable, ENOBUFS))});
  op.session.sent = 65536;
  op.block();
  CHECK(op.result.is_success(size));
  CHECK(op.session.count(call::send) == 64);
}

TEST_CASE("a flight that the peer's buffers take needs no peer that reads")
{
  // More than a quarter of them, beyond which the socket is not called writable.
  using local = asio::local::stream_protocol;
  asio::io_context context;
  const local::endpoint peer(
      std::string(1, '\0') + "connectex-flight-" + std::to_string(::getpid()));
  local::acceptor listener(context, peer);
  const std::string flight = pattern(100000);
  local::socket socket(context);
  outcome result;
  async_connect_ex(socket, peer, asio::buffer(flight), result.handler());
  result.await(context);
  CHECK(result.is_success(flight.size()));

  local::socket blocking(context);
  error_code error;
  CHECK(connectex::connect_ex(blocking, peer, asio::buffer(flight), {}, error) == flight.size());
  CHECK_FALSE(error);
}

TEST_CASE("others have their turn between the writes of a long flight")
{
  // All of which the kernel takes.
  const std::size_t size = 100u * 65536;
  scripted_connect op({.size = size, .answers = succeed(call::send)});
  op.session.sent = 65536;
  op.start();
  std::size_t turns = 0;
  for (; op.context.poll_one() == 1 && op.result.calls == 0; ++turns)
    CHECK(op.session.count(call::send) <= turns + 3);
  CHECK(op.result.is_success(size));
  CHECK(turns >= 90);
}

TEST_CASE("a cancellation ends a long flight between two writes")
{
  const std::size_t size = 100u * 65536;
  scripted_connect op({.size = size, .answers = succeed(call::send)});
  op.session.sent = 65536;
  op.start();
  op.context.poll_one();
  op.signal.emit(cancellation_type::terminal);
  const std::size_t sends = op.session.count(call::send);
  op.await();
  CHECK(op.result.is(asio::error::operation_aborted, sends * 65536));
  CHECK(op.session.count(call::send) == sends);
}

TEST_CASE("a socket that is closed while the rest waits to be written is not written to")
{
  asio::io_context handlers;
  scripted_connect op({.answers = answer_in_turn(call::send, {0, EAGAIN})});
  op.session.sent = 3;
  op.start(asio::bind_executor(handlers, op.result.handler()));

  // The wait has ended, and its handler has not run yet.
  while (op.context.run_one_for(100ms) != 0)
  {
  }
  REQUIRE(op.result.calls == 0);
  op.socket.close();
  run(handlers);
  CHECK(op.result.is(asio::error::operation_aborted, 3));
  CHECK(op.session.count(call::send) == 2);
}

TEST_CASE("a write that fails may have delivered bytes although it counts none")
{
  // There is no connection in truth, which the attempt to write finds out.
  scripted_connect op(
      {.answers = either(answer_in_turn(call::send, {EAGAIN, EAGAIN}), succeed(call::connect))});
  op.run();
  CAPTURE(op.result);
  CHECK(op.result.is(asio::error::broken_pipe, 0));
  CHECK(op.report.maybe_delivered);
}

TEST_CASE("a local socket is connected at once, and its report says that it has no fast open")
{
  using local = asio::local::stream_protocol;
  asio::io_context context;

  // An abstract name, which leaves no file behind.
  const local::endpoint peer(std::string(1, '\0') + "connectex-test-" + std::to_string(::getpid()));
  local::acceptor listener(context, peer);

  connect_report report;
  connect_options options;
  options.fast_open = fast_open_mode::idempotent_data;
  options.report = &report;
  local::socket socket(context);
  session seam;
  outcome result;
  async_connect_ex(socket, peer, asio::buffer("hello", 5), options, result.handler());
  run(context);
  CHECK(result.is_success(5));
  CHECK(seam.count(call::send_with_syn) == 0);
  CHECK(report.fast_open_error == asio::error::operation_not_supported);
  CHECK(report.first_flight == first_flight_path::after_connect);
}

TEST_CASE("a socket of another protocol is connected by Asio, and written to when it is")
{
  using protocol = asio::generic::stream_protocol;
  const protocol mptcp(AF_INET, 262); // IPPROTO_MPTCP
  asio::io_context context;
  protocol::socket socket(context);
  error_code unsupported;
  socket.open(mptcp, unsupported);
  if (unsupported)
    return;

  sink server(context);
  const tcp::endpoint peer = server.endpoint();
  session seam;
  outcome result;
  async_connect_ex(socket, protocol::endpoint(peer.data(), peer.size(), mptcp.protocol()),
      asio::buffer("hello", 5), result.handler());
  result.await(context);
  CHECK(result.is_success(5));
  CHECK(seam.count(call::connect) == 0);
  CHECK(seam.count(call::send) == 1);
  socket.close();
  run(context);
  CHECK(server.received() == "hello");
}

} // namespace test::scripted::connect_linux_tests
