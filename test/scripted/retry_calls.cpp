// SPDX-License-Identifier: BSL-1.0

#include <connectex/async_connect_ex.hpp>

#include "support/completion_packet.hpp"
#include "support/loopback.hpp"
#include "support/scripted_system.hpp"

#include <connectex/detail/attempt/loopback_fast_fail.hpp>
#include <connectex/detail/system/linux.hpp>
#include <connectex/detail/system/winsock.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace
{

using namespace test;
using namespace std::chrono_literals;
using connectex::async_connect_ex;
using connectex::connect_options;
using connectex::connect_report;
using connectex::fast_open_mode;
using connectex::reopen_policy;
using scripted::call;
using scripted::native_error;

using calls = std::vector<call>;

connect_options retrying(unsigned max_attempts)
{
  connect_options options;
  options.retry.max_attempts = max_attempts;
  options.retry.backoff.initial = 0ms;
  return options;
}

/// A few thousand handlers are more than anything that ends needs.
void run_bounded(asio::io_context& context, const outcome& result)
{
  context.restart();
  for (int i = 0; i != 5000 && result.calls == 0; ++i)
    context.run_one_for(limit);
}

} // namespace

#if defined(_WIN32)

namespace
{

/// Answers the calls of one name by turns, and then lets them happen.
scripted::answer answer_in_turn(call name, std::vector<native_error> answers)
{
  return [name, answers, made = std::size_t(0)](
             call which, std::size_t) mutable -> std::optional<native_error>
  {
    if (which != name || made == answers.size())
      return std::nullopt;
    return answers[made++];
  };
}

scripted::answer fail_connect_ex(std::vector<native_error> errors)
{
  return answer_in_turn(call::connect_ex, std::move(errors));
}

/// An operation against a server that listens; the test says how it begins.
struct connection
{
  explicit connection(scripted::answer reply = {}) : session(std::move(reply)) {}

  ~connection()
  {
    socket.close();

    // Ends the server where no connection was made to it.
    tcp::socket visitor(context);
    error_code ignored;
    visitor.connect(server.endpoint(), ignored);
    visitor.close();
    context.restart();
    context.run_for(limit);
  }

  template <typename ConstBufferSequence>
  void start(const ConstBufferSequence& flight, const connect_options& options)
  {
    async_connect_ex(socket, server.endpoint(), flight, options,
        asio::bind_cancellation_slot(signal.slot(), result.handler()));
  }

  void finish()
  {
    run_until(context, [&] { return result.calls != 0; });
  }

  asio::io_context context;
  sink server{context};
  tcp::socket socket{context};
  asio::cancellation_signal signal;
  outcome result;
  scripted::session session;
};

} // namespace

TEST_CASE("options that ask for nothing add no call")
{
  const bool report_wanted = GENERATE(false, true);
  const bool retry_wanted = GENERATE(false, true);
  const bool limited = GENERATE(false, true);
  connect_report report;
  connect_options options = retrying(retry_wanted ? 4 : 1);
  options.report = report_wanted ? &report : nullptr;
  if (limited)
    options.attempt_timeout = options.total_timeout = 20s;

  SECTION("on a socket that the operation opens")
  {
    connection op;
    op.start(asio::buffer("hello", 5), options);
    op.finish();
    CHECK(op.result.is_success(5));
    CHECK(op.session.calls()
        == calls{call::get_connect_ex, call::set_reuse_unicast_port, call::bind_to_wildcard,
            call::connect_ex, call::update_connect_context});
  }
  SECTION("on a socket that the caller has opened")
  {
    connection op;
    op.socket.open(tcp::v4());
    op.start(asio::buffer("hello", 5), options);
    op.finish();
    CHECK(op.result.is_success(5));
    CHECK(op.session.calls()
        == calls{call::get_socket_kind, call::get_connect_ex, call::get_local_port,
            call::set_reuse_unicast_port, call::bind_to_wildcard, call::connect_ex,
            call::update_connect_context});
  }
  SECTION("on a socket that the caller has bound")
  {
    connection op;
    op.socket.open(tcp::v4());
    op.socket.bind(loopback_v4());
    op.start(asio::buffer("hello", 5), options);
    op.finish();
    CHECK(op.result.is_success(5));
    CHECK(op.session.calls()
        == calls{call::get_socket_kind, call::get_connect_ex, call::get_local_port,
            call::connect_ex, call::update_connect_context});
  }
}

TEST_CASE("a retry on the same socket makes the calls of the attempt alone")
{
  connect_options options = retrying(2);
  options.fast_open = fast_open_mode::idempotent_data;
  options.loopback_fast_fail = true;
  connection op(fail_connect_ex({10061}));
  op.socket.open(tcp::v4());
  op.start(asio::buffer("hello", 5), options);
  op.finish();
  CHECK(op.result.is_success(5));
  calls made = op.session.calls();

  // Which of this process's operations asks, its order of tests decides.
  made.erase(std::remove(made.begin(), made.end(), call::get_windows_build), made.end());
  CHECK(made
      == calls{call::get_socket_kind, call::set_initial_rto, call::set_fast_open,
          call::get_connect_ex, call::get_local_port, call::set_reuse_unicast_port,
          call::bind_to_wildcard, call::connect_ex, call::get_connect_ex, call::get_local_port,
          call::connect_ex, call::update_connect_context});
}

TEST_CASE("a new socket goes through everything that the first one went through, in that order")
{
  connect_options options = retrying(2);
  options.fast_open = fast_open_mode::idempotent_data;
  options.loopback_fast_fail = true;
  connection op(fail_connect_ex({10061, 10022}));
  std::vector<std::size_t> prepared;
  options.prepare = [&](error_code&) { prepared.push_back(op.session.calls().size()); };
  op.start(asio::buffer("hello", 5), options);
  const std::size_t asked_for_build = op.session.count(call::get_windows_build);
  op.finish();
  CHECK(op.result.is_success(5));

  calls made = op.session.calls();
  made.erase(std::remove(made.begin(), made.end(), call::get_windows_build), made.end());
  const calls first{call::set_initial_rto, call::set_fast_open, call::get_connect_ex,
      call::get_local_port, call::set_reuse_unicast_port, call::bind_to_wildcard, call::connect_ex};
  calls expected = first;
  expected.insert(expected.end(), {call::get_connect_ex, call::get_local_port, call::connect_ex});
  const std::size_t reopened_at = expected.size() + asked_for_build;
  expected.insert(expected.end(), first.begin(), first.end());
  expected.push_back(call::update_connect_context);
  CHECK(made == expected);
  CHECK(prepared == std::vector<std::size_t>{0, reopened_at});
}

TEST_CASE("a new socket that prepare has bound is left with its address")
{
  connect_options options = retrying(2);
  connection op(fail_connect_ex({10061, 10022}));
  std::vector<tcp::endpoint> bound;
  options.prepare = [&](error_code& error)
  {
    op.socket.bind(loopback_v4(), error);
    bound.push_back(op.socket.local_endpoint());
  };
  op.start(asio::buffer("hello", 5), options);
  op.finish();
  CHECK(op.result.is_success(5));
  REQUIRE(bound.size() == 2);
  CHECK(op.socket.local_endpoint() == bound[1]);
  CHECK(op.session.count(call::set_reuse_unicast_port) == 0);
  CHECK(op.session.count(call::bind_to_wildcard) == 0);
}

TEST_CASE("a port is asked to be shared before each implicit bind that is tried again")
{
  connect_options options = retrying(0);
  options.retry.predicate = [](const error_code&) { return true; };
  connection op(answer_in_turn(call::bind_to_wildcard, {10048, 10048}));
  op.start(asio::buffer("hello", 5), options);
  op.finish();
  CHECK(op.result.is_success(5));
  CHECK(op.session.calls()
      == calls{call::get_connect_ex, call::set_reuse_unicast_port, call::bind_to_wildcard,
          call::get_connect_ex, call::set_reuse_unicast_port, call::bind_to_wildcard,
          call::get_connect_ex, call::set_reuse_unicast_port, call::bind_to_wildcard,
          call::connect_ex, call::update_connect_context});
}

TEST_CASE("a fast failure asks for as few retransmissions as this Windows allows")
{
  std::uint32_t build = 0;
  REQUIRE(connectex::detail::os::get_windows_build(build) == 0);
  connect_options options;
  options.loopback_fast_fail = true;
  connection op;
  op.start(asio::buffer("hello", 5), options);
  op.finish();
  CHECK(op.session.initial_rtt == 0xFFFF);
  CHECK(op.session.max_syn_retransmissions == connectex::detail::fewest_syn_retransmissions(build));
}

TEST_CASE("each ConnectEx of an operation is handed the same bytes")
{
  const std::size_t size = GENERATE(0u, 5u, 65535u, 100000u);
  const std::size_t pieces = GENERATE(1u, 3u);
  const std::string bytes = pattern(size);
  connection op(fail_connect_ex({10061, 10053, 10051, 10022, 10060}));
  connect_options options = retrying(4);
  op.start(split(bytes, pieces), options);
  op.finish();
  CHECK(op.result.is_success(size));
  REQUIRE(op.session.flights.size() == 6);
  for (const std::string& flight : op.session.flights)
    CHECK((flight == bytes.substr(0, 65535)));
}

TEST_CASE("a connection whose context cannot be updated is not made again")
{
  connect_options options = retrying(3);
  options.retry.predicate = [](const error_code&) { return true; };
  const native_error error = GENERATE(10061u, 10060u, 10057u);
  connection op(
      [=](call which, std::size_t) -> std::optional<native_error>
      {
        if (which == call::update_connect_context)
          return error;
        return std::nullopt;
      });
  op.start(asio::buffer("hello", 5), options);
  op.finish();
  CHECK(op.result.error.value() == static_cast<int>(error));
  CHECK(op.result.bytes_transferred == 5);
  CHECK(op.session.count(call::connect_ex) == 1);
  CHECK(op.session.count(call::update_connect_context) == 1);
}

TEST_CASE("where a provider has no ConnectEx the retries go the generic way")
{
  connect_options options = retrying(3);
  connect_report report;
  options.report = &report;
  asio::io_context context;
  const refusing_port nobody(context);
  tcp::socket socket(context);
  scripted::session session(
      [](call which, std::size_t) -> std::optional<native_error>
      {
        if (which == call::get_connect_ex)
          return 10022;
        return std::nullopt;
      });
  outcome result;
  async_connect_ex(socket, nobody.endpoint(), asio::buffer("lost", 4), options, result.handler());
  run(context);
  CHECK(result.is(asio::error::connection_refused, 0));
  CHECK(report.attempts.size() == 3);
  CHECK(session.calls() == calls(session.count(call::get_connect_ex), call::get_connect_ex));
}

TEST_CASE("a cancellation ends retries that fail as soon as they begin")
{
  const call failing = GENERATE(call::bind_to_wildcard, call::connect_ex);
  const auto type = GENERATE(asio::cancellation_type::terminal, asio::cancellation_type::partial,
      asio::cancellation_type::total);
  CAPTURE(failing);
  connect_options options = retrying(0);
  options.retry.predicate = [](const error_code&) { return true; };
  connect_report report;
  options.report = &report;
  connection op(
      [=](call which, std::size_t) -> std::optional<native_error>
      {
        if (which == failing)
          return 10048;
        return std::nullopt;
      });
  op.start(asio::buffer("lost", 4), options);
  run_until(op.context, [&] { return report.attempts.size() >= 3; });
  op.signal.emit(type);
  run_bounded(op.context, op.result);
  CHECK(op.result.is(asio::error::operation_aborted, 0));
}

TEST_CASE("close() ends retries that fail as soon as they begin")
{
  const call failing = GENERATE(call::bind_to_wildcard, call::connect_ex);
  CAPTURE(failing);
  connect_options options = retrying(0);
  options.retry.predicate = [](const error_code&) { return true; };
  options.reopen = reopen_policy::always;
  connect_report report;
  options.report = &report;
  connection op(
      [=](call which, std::size_t) -> std::optional<native_error>
      {
        if (which == failing)
          return 10048;
        return std::nullopt;
      });
  op.start(asio::buffer("lost", 4), options);
  run_until(op.context, [&] { return report.attempts.size() >= 3; });
  op.socket.close();
  run_bounded(op.context, op.result);
  CHECK(op.result.is(asio::error::operation_aborted, 0));
  CHECK_FALSE(op.socket.is_open());
}

TEST_CASE("a time limit ends calls that a provider refuses for ever")
{
  connect_options options = retrying(0);
  options.retry.predicate = [](const error_code&) { return true; };
  options.total_timeout = 20ms;
  const reopen_policy reopen = GENERATE(reopen_policy::never, reopen_policy::always);
  options.reopen = reopen;
  const native_error error = GENERATE(10053u, 10022u, 10037u, 10050u);
  connection op(
      [=](call which, std::size_t) -> std::optional<native_error>
      {
        if (which == call::connect_ex)
          return error;
        return std::nullopt;
      });
  op.start(asio::buffer("lost", 4), options);
  op.finish();
  CHECK(op.result.is(asio::error::timed_out, 0));
}

namespace
{

/// Its ConnectEx calls never reach the system; the test sends their packets.
struct scripted_packets
{
  explicit scripted_packets(connect_options options)
  {
    options.report = &report;
    async_connect_ex(socket, {asio::ip::address_v4::loopback(), 9}, asio::buffer("hello", 5),
        options, asio::bind_cancellation_slot(signal.slot(), result.handler()));
    REQUIRE(session.overlapped != nullptr);
  }

  void deliver(std::uint32_t ntstatus, std::size_t bytes = 0)
  {
    const std::size_t attempts = session.count(call::connect_ex);
    context.post(ntstatus, bytes, session.overlapped);
    run_until(context.get(),
        [&] { return result.calls != 0 || session.count(call::connect_ex) != attempts; });
  }

  open_io_context context;
  tcp::socket socket{context.get()};
  asio::cancellation_signal signal;
  connect_report report;
  outcome result;
  std::vector<native_error> at_once;
  scripted::session session{
      [this, made = std::size_t(0)](call which, std::size_t) mutable -> std::optional<native_error>
      {
        if (which == call::connect_ex)
          return made < at_once.size() ? at_once[made++] : 997;
        if (which == call::update_connect_context || which == call::cancel_overlapped)
          return 0;
        return std::nullopt;
      }};
};

constexpr std::uint32_t status_timeout = 0xC00000B5;
constexpr std::uint32_t status_cancelled = 0xC0000120;
constexpr std::uint32_t status_aborted = 0xC0000241;

} // namespace

TEST_CASE("fast open is not asked for again after a packet that says failure")
{
  connect_options options = retrying(3);
  options.fast_open = fast_open_mode::idempotent_data;
  options.loopback_fast_fail = true;
  scripted_packets op(options);
  op.deliver(status_timeout);
  op.deliver(status_timeout);
  op.deliver(0, 5);
  CHECK(op.result.is_success(5));
  CHECK(op.session.count(call::set_fast_open) == 1);
  CHECK(op.session.count(call::set_initial_rto) == 1);
  CHECK(op.session.count(call::get_connect_time) == 2);
}

TEST_CASE("after a limit of its own the operation takes a new socket, prepared like the first")
{
  connect_options options = retrying(2);
  options.attempt_timeout = 1ms;
  options.fast_open = fast_open_mode::idempotent_data;
  options.loopback_fast_fail = true;
  int prepared = 0;
  options.prepare = [&](error_code&) { ++prepared; };
  scripted_packets op(options);
  run_until(op.context.get(), [&] { return op.session.count(call::cancel_overlapped) == 1; });
  op.deliver(status_cancelled);
  CHECK(op.session.count(call::connect_ex) == 2);
  CHECK(op.session.count(call::set_fast_open) == 2);
  CHECK(op.session.count(call::set_initial_rto) == 2);
  CHECK(op.session.count(call::set_reuse_unicast_port) == 2);
  CHECK(op.session.count(call::bind_to_wildcard) == 2);
  CHECK(prepared == 2);
  op.deliver(0, 5);
  CHECK(op.result.is_success(5));
  REQUIRE(op.report.attempts.size() == 2);
  CHECK(op.report.attempts[0].error == asio::error::timed_out);
}

TEST_CASE("a connection that stood before a limit ended it is not made again")
{
  connect_options options = retrying(2);
  options.attempt_timeout = 1ms;
  options.reopen = reopen_policy::always;
  scripted_packets op(options);
  op.session.connect_time = GENERATE(0u, 7u);
  run_until(op.context.get(), [&] { return op.session.count(call::cancel_overlapped) == 1; });
  op.deliver(status_cancelled);
  CHECK(op.result.is(asio::error::timed_out, 0));
  CHECK(op.session.count(call::connect_ex) == 1);
}

TEST_CASE("connection_aborted in a packet of a retry is the network's")
{
  scripted_packets op(retrying(3));
  op.deliver(status_timeout);
  op.deliver(status_aborted);
  CHECK(op.result.is(asio::error::connection_aborted, 0));
  CHECK(op.report.attempts.size() == 2);
  CHECK(op.session.count(call::connect_ex) == 2);
}

#else

namespace
{

std::optional<native_error> cannot_dissolve(call which, std::size_t)
{
  if (which == call::disconnect)
    return EOPNOTSUPP;
  return std::nullopt;
}

} // namespace

TEST_CASE("options of another system add no call")
{
  const unsigned attempts = GENERATE(1u, 4u);
  const bool open = GENERATE(false, true);
  asio::io_context context;
  sink server(context);
  tcp::socket socket(context);
  if (open)
    socket.open(tcp::v4());
  scripted::session session;
  connect_options options = retrying(attempts);
  options.loopback_fast_fail = true;
  outcome result;
  async_connect_ex(socket, server.endpoint(), asio::buffer("hello", 5), options, result.handler());
  run_until(context, [&] { return result.calls != 0; });
  CHECK(result.is_success(5));
  calls expected{call::connect, call::send};
  if (open)
    expected.insert(expected.begin(), {call::get_socket_kind, call::get_connected});
  CHECK(session.calls() == expected);
  socket.close();
  run(context);
}

TEST_CASE("a failed attempt is dissolved before the wait, and only once")
{
  asio::io_context context;
  const refusing_port nobody(context);
  connect_options options = retrying(2);
  options.retry.backoff = {1h, 1.0, 1h, 0.0};
  connect_report report;
  options.report = &report;
  tcp::socket socket(context);
  scripted::session session;
  asio::cancellation_signal signal;
  outcome result;
  async_connect_ex(socket, nobody.endpoint(), asio::buffer("lost", 4), options,
      asio::bind_cancellation_slot(signal.slot(), result.handler()));
  run_until(context, [&] { return !report.attempts.empty(); });
  const calls one_attempt{call::connect, call::send, call::disconnect};
  CHECK(session.calls() == one_attempt);
  signal.emit(asio::cancellation_type::terminal);
  run(context);
  CHECK(result.is(asio::error::operation_aborted, 0));
  CHECK(session.calls() == one_attempt);
}

TEST_CASE("where nothing can be dissolved a refusing peer still gets all the attempts")
{
  asio::io_context context;
  const refusing_port nobody(context);
  connect_options options = retrying(5);
  connect_report report;
  options.report = &report;
  tcp::socket socket(context);
  scripted::session session(
      [](call which, std::size_t) {
        return which == call::disconnect ? std::optional<native_error>(EOPNOTSUPP) : std::nullopt;
      });
  outcome result;
  async_connect_ex(socket, nobody.endpoint(), asio::buffer("lost", 4), options, result.handler());
  run(context);
  CHECK(result.is(asio::error::connection_refused, 0));
  CHECK(session.count(call::disconnect) == 4);

  // Each further attempt spends one connect on what the last has left behind.
  CHECK(session.count(call::connect) == 1 + 4 * 2);
  CHECK(session.count(call::send) == 5);
  REQUIRE(report.attempts.size() == 5);
  for (const connectex::connect_attempt& attempt : report.attempts)
    CHECK(attempt.error == asio::error::connection_refused);
}

TEST_CASE("a socket that is opened anew has lost its local address")
{
  const bool prepare = GENERATE(false, true);
  const unsigned attempts = GENERATE(2u, 3u);
  CAPTURE(prepare, attempts);
  asio::io_context context;
  full_listener full(context);
  tcp::socket socket(context, loopback_v4());
  const tcp::endpoint local = socket.local_endpoint();
  connect_options options = retrying(attempts);
  options.attempt_timeout = 20ms;
  options.reopen = reopen_policy::always;
  if (prepare)
    options.prepare = [](error_code&) {};
  connect_report report;
  options.report = &report;
  scripted::session session(cannot_dissolve);
  outcome result;
  async_connect_ex(socket, full.endpoint(), asio::buffer("lost", 4), options, result.handler());
  run(context);
  CHECK(result.is(asio::error::timed_out, 0));
  CHECK(report.attempts.size() == attempts);
  CHECK(socket.local_endpoint() != local);
}

TEST_CASE("a socket that prepare has bound anew keeps its new address from attempt to attempt")
{
  asio::io_context context;
  full_listener full(context);
  tcp::socket socket(context, loopback_v4());
  connect_options options = retrying(4);
  options.attempt_timeout = 20ms;
  options.reopen = reopen_policy::always;
  std::optional<tcp::endpoint> local;
  options.prepare = [&](error_code& error)
  {
    socket.bind(loopback_v4(), error);
    local = socket.local_endpoint();
  };
  scripted::session session(cannot_dissolve);
  outcome result;
  async_connect_ex(socket, full.endpoint(), asio::buffer("lost", 4), options, result.handler());
  run(context);
  CHECK(result.is(asio::error::timed_out, 0));
  CHECK(session.count(call::disconnect) == 3);
  REQUIRE(local);
  CHECK(socket.local_endpoint() == *local);
}

TEST_CASE("a cancellation ends retries that fail as soon as they begin")
{
  asio::io_context context;
  const refusing_port nobody(context);
  tcp::socket socket(context, loopback_v4());
  const tcp::endpoint local = socket.local_endpoint();
  connect_options options = retrying(0);
  connect_report report;
  options.report = &report;

  // Linux lets go of the port while the first attempt fails, and here somebody takes it.
  tcp::socket squatter(context, tcp::v4());
  options.retry.predicate = [&](const error_code&)
  {
    error_code ignored;
    squatter.bind(local, ignored);
    return true;
  };
  asio::cancellation_signal signal;
  outcome result;
  async_connect_ex(socket, nobody.endpoint(), asio::buffer("lost", 4), options,
      asio::bind_cancellation_slot(signal.slot(), result.handler()));
  run_until(context, [&] { return report.attempts.size() >= 3; });
  CHECK(report.attempts.back().error == asio::error::address_in_use);
  signal.emit(asio::cancellation_type::terminal);
  run_bounded(context, result);
  CAPTURE(result);
  CHECK(result.is(asio::error::operation_aborted, 0));
}

#endif
