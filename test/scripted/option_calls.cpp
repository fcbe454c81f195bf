// SPDX-License-Identifier: BSL-1.0

#include <connectex/async_connect_ex.hpp>

#include "support/completion_packet.hpp"
#include "support/expected.hpp"
#include "support/loopback.hpp"
#include "support/scripted_system.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <optional>
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

constexpr std::optional<native_error> let_it_happen;

using calls = std::vector<call>;

std::size_t count(const calls& all, call which)
{
  return static_cast<std::size_t>(std::count(all.begin(), all.end(), which));
}

struct seen
{
  outcome result;
  connect_report report;
  calls made;
  std::string received;
  bool same_handle = false;
};

connect_options retrying(unsigned max_attempts)
{
  connect_options options;
  options.retry.max_attempts = max_attempts;
  options.retry.backoff.initial = 0ms;
  return options;
}

} // namespace

#if defined(_WIN32)

namespace
{

struct situation
{
  connect_options options = {};
  scripted::answer reply = {};
  std::size_t size = 5;
  tcp::endpoint local = loopback_v4();
  bool open = true;
  bool bound = false;
};

/// Connects to a server that listens, under a seam that may say otherwise.
seen connect(situation given)
{
  seen all;
  given.options.report = &all.report;
  scripted::session session(given.reply);
  asio::io_context context;
  sink server(context, given.local);
  tcp::socket socket(context);
  if (given.open)
    socket.open(given.local.protocol());
  if (given.bound)
    socket.bind(given.local);
  const std::string flight = pattern(given.size);
  async_connect_ex(
      socket, server.endpoint(), asio::buffer(flight), given.options, all.result.handler());
  const auto handle = socket.native_handle();
  run_until(context, [&] { return all.result.calls != 0; });
  all.made = session.calls();
  all.same_handle = socket.native_handle() == handle;
  socket.close();

  // Ends the server where no connection was made to it.
  tcp::socket visitor(context);
  error_code ignored;
  visitor.connect(server.endpoint(), ignored);
  visitor.close();
  run(context);
  all.received = server.received();
  return all;
}

/// Fails the first calls of ConnectEx at once, by the given numbers.
scripted::answer fail_connect_ex(std::vector<native_error> errors)
{
  return [errors, made = std::size_t(0)](
             call which, std::size_t) mutable -> std::optional<native_error>
  {
    if (which != call::connect_ex || made == errors.size())
      return std::nullopt;
    return errors[made++];
  };
}

bool is_before(const calls& all, call first, call second)
{
  return std::find(all.begin(), all.end(), first) < std::find(all.begin(), all.end(), second);
}

calls after_connect_ex(const calls& all)
{
  return calls(std::find(all.begin(), all.end(), call::connect_ex) + 1, all.end());
}

} // namespace

TEST_CASE("a port is asked to be shared just before the implicit bind, and only then")
{
  SECTION("by default")
  {
    const bool open = GENERATE(false, true);
    const seen all = connect({.open = open});
    CHECK(all.result.is_success(5));
    const auto asked = std::find(all.made.begin(), all.made.end(), call::set_reuse_unicast_port);
    REQUIRE(asked != all.made.end());
    CHECK(asked[1] == call::bind_to_wildcard);
    CHECK(count(all.made, call::set_reuse_unicast_port) == 1);
  }
  SECTION("not if the caller does not want it")
  {
    connect_options options;
    options.reuse_unicast_port = false;
    const seen all = connect({.options = options});
    CHECK(all.result.is_success(5));
    CHECK(count(all.made, call::set_reuse_unicast_port) == 0);
    CHECK(count(all.made, call::bind_to_wildcard) == 1);
  }
  SECTION("not on a socket that is bound")
  {
    const seen all = connect({.bound = true});
    CHECK(all.result.is_success(5));
    CHECK(count(all.made, call::set_reuse_unicast_port) == 0);
    CHECK(count(all.made, call::bind_to_wildcard) == 0);
  }
  SECTION("not on a socket that prepare has bound")
  {
    asio::io_context context;
    sink server(context);
    tcp::socket socket(context);
    scripted::session session;
    connect_options options;
    options.prepare = [&](error_code& error) { socket.bind(loopback_v4(), error); };
    outcome result;
    async_connect_ex(socket, server.endpoint(), asio::const_buffer(), options, result.handler());
    run_until(context, [&] { return result.calls != 0; });
    CHECK(result.is_success(0));
    CHECK(session.count(call::set_reuse_unicast_port) == 0);
    CHECK(session.count(call::bind_to_wildcard) == 0);
    socket.close();
    run(context);
  }
  SECTION("and a refusal is ignored")
  {
    const seen all = connect({.reply = [](call which, std::size_t)
        { return which == call::set_reuse_unicast_port ? native_error(10042) : let_it_happen; }});
    CHECK(all.result.is_success(5));
  }
}

TEST_CASE("a loopback peer may be asked for a fast failure, others may not")
{
  connect_options options;
  options.loopback_fast_fail = true;

  SECTION("before the connect, with the system's own round trip")
  {
    const tcp::endpoint local = GENERATE(loopback_v4(), loopback_v6());
    asio::io_context context;
    sink server(context, local);
    tcp::socket socket(context);
    scripted::session session;
    outcome result;
    async_connect_ex(
        socket, server.endpoint(), asio::buffer("hello", 5), options, result.handler());
    run_until(context, [&] { return result.calls != 0; });
    CHECK(result.is_success(5));
    CHECK(session.count(call::set_initial_rto) == 1);
    CHECK(is_before(session.calls(), call::set_initial_rto, call::connect_ex));
    CHECK(session.initial_rtt == 0xFFFF);
    CHECK((session.max_syn_retransmissions == 1 || session.max_syn_retransmissions == 0xFE));
    socket.close();
    run(context);
  }
  SECTION("not for a peer elsewhere")
  {
    asio::io_context context;
    tcp::socket socket(context);
    scripted::session session(fail_connect_ex({10051}));
    outcome result;
    async_connect_ex(socket, {asio::ip::make_address("192.0.2.1"), 9}, asio::const_buffer(),
        options, result.handler());
    run(context);
    CHECK(result.is(asio::error::network_unreachable, 0));
    CHECK(session.count(call::set_initial_rto) == 0);
  }
  SECTION("not unless the caller wants it")
  {
    CHECK(count(connect({}).made, call::set_initial_rto) == 0);
  }
  SECTION("and a refusal is ignored")
  {
    const seen all =
        connect({.options = options, .reply = [](call which, std::size_t) {
                   return which == call::set_initial_rto ? native_error(10045) : let_it_happen;
                 }});
    CHECK(all.result.is_success(5));
  }
}

TEST_CASE("the build of Windows is asked for once per process at most")
{
  connect_options options;
  options.loopback_fast_fail = true;
  connect({.options = options});
  for (int i = 0; i != 3; ++i)
    CHECK(count(connect({.options = options}).made, call::get_windows_build) == 0);
}

TEST_CASE("fast open is asked for before ConnectEx if there is something to send")
{
  connect_options options;
  options.fast_open = fast_open_mode::idempotent_data;
  const scripted::answer allow = [](call which, std::size_t)
  { return which == call::set_fast_open ? native_error(0) : let_it_happen; };

  SECTION("with a first flight")
  {
    const bool open = GENERATE(false, true);
    const seen all = connect({.options = options, .reply = allow, .open = open});
    CHECK(all.result.is_success(5));
    CHECK(count(all.made, call::set_fast_open) == 1);
    CHECK(is_before(all.made, call::set_fast_open, call::connect_ex));
    CHECK_FALSE(all.report.fast_open_error);
  }
  SECTION("not without one")
  {
    const seen all = connect({.options = options, .reply = allow, .size = 0});
    CHECK(all.result.is_success(0));
    CHECK(count(all.made, call::set_fast_open) == 0);
    CHECK_FALSE(all.report.fast_open_error);
  }
  SECTION("not unless the caller wants it")
  {
    CHECK(count(connect({.reply = allow}).made, call::set_fast_open) == 0);
  }
  SECTION("once for all attempts on one socket")
  {
    options.retry = retrying(3).retry;
    const seen all = connect({.options = options,
        .reply = [connects = fail_connect_ex({10061, 10061})](
                     call which, std::size_t index) mutable -> std::optional<native_error>
        { return which == call::set_fast_open ? 0 : connects(which, index); }});
    CHECK(all.result.is_success(5));
    CHECK(count(all.made, call::set_fast_open) == 1);
  }
  SECTION("and where it is not to be had the report says so and the rest goes on")
  {
    const seen all =
        connect({.options = options, .reply = [](call which, std::size_t) {
                   return which == call::set_fast_open ? native_error(10042) : let_it_happen;
                 }});
    CHECK(all.result.is_success(5));
    CHECK(all.received == pattern(5));
    CHECK(all.report.fast_open_error == asio::error::no_protocol_option);
  }
}

TEST_CASE("the three codes are retried on the same socket, and no others")
{
  for (const native_error error : {10061u, 10051u, 10060u})
  {
    CAPTURE(error);
    const seen all =
        connect({.options = retrying(4), .reply = fail_connect_ex({error, error, error})});
    CHECK(all.result.is_success(5));
    CHECK(all.same_handle);
    CHECK(all.received == pattern(5));
    REQUIRE(all.report.attempts.size() == 4);
    CHECK(all.report.attempts[0].native_error == error);
    CHECK(count(all.made, call::connect_ex) == 4);
    CHECK(count(all.made, call::bind_to_wildcard) == 1);
    CHECK(count(all.made, call::update_connect_context) == 1);
  }
  for (const native_error error : {10065u, 10064u, 10050u, 10048u, 10049u, 10055u, 10013u, 10022u,
           10037u, 10053u, 10054u, 10056u, 10038u})
  {
    CAPTURE(error);
    const seen all = connect({.options = retrying(4), .reply = fail_connect_ex({error})});
    CHECK(all.result.error.value() == static_cast<int>(error));
    CHECK(all.report.attempts.size() == 1);
    CHECK(count(all.made, call::connect_ex) == 1);
  }
}

TEST_CASE("an immediate connection_aborted on a retry is made again once, and is no attempt")
{
  const seen all =
      connect({.options = retrying(3), .reply = fail_connect_ex({10061, 10053, 10061, 10053})});
  CHECK(all.result.is_success(5));
  CHECK(all.received == pattern(5));
  CHECK(all.same_handle);
  REQUIRE(all.report.attempts.size() == 3);
  CHECK(all.report.attempts[0].native_error == 10061);
  CHECK(all.report.attempts[1].native_error == 10061);
  CHECK(all.report.attempts[2].native_error == 0);
  CHECK(count(all.made, call::connect_ex) == 5);
}

TEST_CASE("a provider that refuses the socket gets a new one if that is allowed")
{
  const std::vector<native_error> refusal =
      GENERATE(std::vector<native_error>{10053, 10053}, std::vector<native_error>{10022},
          std::vector<native_error>{10037}, std::vector<native_error>{10050});
  std::vector<native_error> errors{10061};
  errors.insert(errors.end(), refusal.begin(), refusal.end());
  const bool open = GENERATE(false, true);
  connect_options options = retrying(3);
  options.loopback_fast_fail = true;
  options.fast_open = fast_open_mode::idempotent_data;
  int prepared = 0;
  options.prepare = [&](error_code&) { ++prepared; };

  SECTION("allowed")
  {
    options.reopen = open ? reopen_policy::always : reopen_policy::if_opened_here;
    const seen all = connect({.options = options, .reply = fail_connect_ex(errors), .open = open});
    CHECK(all.result.is_success(5));
    CHECK(all.received == pattern(5));
    CHECK(all.report.attempts.size() == 2);
    CHECK(prepared == 1 + !open);

    // The new socket is as bare as the old one once was.
    CHECK(count(all.made, call::set_initial_rto) == 2);
    CHECK(count(all.made, call::set_fast_open) == 2);
    CHECK(count(all.made, call::set_reuse_unicast_port) == 2);
    CHECK(count(all.made, call::bind_to_wildcard) == 2);
  }
  SECTION("not allowed")
  {
    options.reopen = open ? reopen_policy::if_opened_here : reopen_policy::never;
    const seen all = connect({.options = options, .reply = fail_connect_ex(errors), .open = open});
    CHECK(all.result.is(asio::error::connection_refused, 0));
    CHECK(all.same_handle);
    CHECK(all.report.attempts.size() == 1);
    CHECK(prepared == !open);
  }
}

TEST_CASE("an error that prepare leaves after a reopening is the operation's error")
{
  connect_options options = retrying(3);
  int prepared = 0;
  options.prepare = [&](error_code& error)
  {
    if (++prepared == 2)
      error = asio::error::access_denied;
  };
  const seen all =
      connect({.options = options, .reply = fail_connect_ex({10061, 10022}), .open = false});
  CHECK(all.result.is(asio::error::access_denied, 0));
  CHECK(all.report.attempts.size() == 1);
}

TEST_CASE("a failed implicit bind that the caller wants retried neither blocks nor recurses")
{
  connect_options options = retrying(0);
  options.retry.predicate = [](const error_code& error)
  { return error == asio::error::address_in_use; };
  int failures = 0;

  SECTION("until there is a port")
  {
    const seen all = connect({.options = options,
        .reply = [&](call which, std::size_t) -> std::optional<native_error>
        {
          if (which == call::bind_to_wildcard && failures++ < 5000)
            return 10048;
          return std::nullopt;
        }});
    CHECK(all.result.is_success(5));
    CHECK(all.report.attempts.size() == 5001);
    CHECK(all.report.attempts[0].error == asio::error::address_in_use);
    CHECK(all.report.attempts[0].native_error == 10048);
  }
  SECTION("until time is up")
  {
    options.total_timeout = 20ms;
    const seen all =
        connect({.options = options, .reply = [&](call which, std::size_t) {
                   return which == call::bind_to_wildcard ? native_error(10048) : let_it_happen;
                 }});
    CHECK(all.result.is(asio::error::timed_out, 0));
    CHECK(all.report.attempts.size() > 1);
  }
}

namespace
{

/// One operation whose ConnectEx calls never reach the system; the test sends their packets.
struct scripted_packets
{
  explicit scripted_packets(const connect_options& wanted)
    : options(wanted),
      session(
          [this](call which, std::size_t) -> std::optional<native_error>
          {
            if (which == call::connect_ex)
              return 997;
            if (which == call::update_connect_context || which == call::cancel_overlapped)
              return 0;
            if (which == call::get_connect_time && connect_time_fails)
              return 10038;
            return std::nullopt;
          })
  {
    options.report = &report;
    async_connect_ex(socket, peer, asio::buffer(flight), options,
        asio::bind_cancellation_slot(signal.slot(), result.handler()));
    REQUIRE(session.overlapped != nullptr);
  }

  void deliver(std::uint32_t ntstatus, std::size_t bytes = 0)
  {
    const std::size_t attempts = session.count(call::connect_ex);
    context.post(ntstatus, bytes, session.overlapped);
    run_until(context.get(),
        [&] { return result.calls != 0 || session.count(call::connect_ex) != attempts; });
  }

  const std::string flight = pattern(100);
  const tcp::endpoint peer{asio::ip::address_v4::loopback(), 9};
  bool connect_time_fails = false;
  connect_options options;
  open_io_context context;
  tcp::socket socket{context.get()};
  scripted::session session;
  connect_report report;
  outcome result;
  asio::cancellation_signal signal;
};

constexpr std::uint32_t status_refused = 0xC0000236;
constexpr std::uint32_t status_timeout = 0xC00000B5;
constexpr std::uint32_t status_cancelled = 0xC0000120;

} // namespace

TEST_CASE("a packet with one of the three codes is followed by another call on the same socket")
{
  scripted_packets op(retrying(3));
  const auto handle = op.socket.native_handle();
  op.deliver(status_refused);
  op.deliver(status_timeout);
  op.deliver(0, 100);
  CHECK(op.result.is_success(100));
  CHECK(op.socket.native_handle() == handle);
  REQUIRE(op.report.attempts.size() == 3);
  CHECK(op.report.attempts[0].native_error == 1225);
  CHECK(op.report.attempts[1].native_error == 121);
  CHECK(op.report.attempts[1].error == asio::error::timed_out);
}

TEST_CASE("a failed attempt whose connection stood, or may have stood, is not made again")
{
  scripted_packets op(retrying(3));
  SECTION("the socket has a connect time") { op.session.connect_time = 0; }
  SECTION("the socket does not tell") { op.connect_time_fails = true; }
  op.deliver(status_timeout);
  CHECK(op.result.is(asio::error::timed_out, 0));
  CHECK(op.session.count(call::connect_ex) == 1);
}

TEST_CASE("whether the connection stood is asked only if it matters")
{
  SECTION("not without a retry")
  {
    scripted_packets op(retrying(1));
    op.deliver(status_refused);
    CHECK(op.session.count(call::get_connect_time) == 0);
  }
  SECTION("not after the last attempt")
  {
    scripted_packets op(retrying(2));
    op.deliver(status_refused);
    CHECK(op.session.count(call::get_connect_time) == 1);
    op.deliver(status_refused);
    CHECK(op.session.count(call::get_connect_time) == 1);
    CHECK(op.result.is(asio::error::connection_refused, 0));
  }
}

TEST_CASE("a cancellation before a retryable packet is heard of ends the operation")
{
  scripted_packets op(retrying(3));
  op.signal.emit(asio::cancellation_type::terminal);
  op.deliver(status_refused);
  CHECK(op.result.is(asio::error::operation_aborted, 0));
  CHECK(op.session.count(call::connect_ex) == 1);
  CHECK(op.session.count(call::cancel_overlapped) == 1);
  REQUIRE(op.report.attempts.size() == 1);
  CHECK(op.report.attempts[0].error == asio::error::connection_refused);
}

TEST_CASE("a cancelled packet is the time limit's if a limit has asked for it")
{
  connect_options options = retrying(1);
  const bool total = GENERATE(false, true);
  (total ? options.total_timeout : options.attempt_timeout) = 1ms;
  scripted_packets op(options);
  run_until(op.context.get(), [&] { return op.session.count(call::cancel_overlapped) == 1; });
  op.deliver(status_cancelled);
  CHECK(op.result.is(asio::error::timed_out, 0));
  REQUIRE(op.report.attempts.size() == 1);
  CHECK(op.report.attempts[0].error == asio::error::timed_out);
  CHECK(op.report.attempts[0].native_error == 995);
}

TEST_CASE("a success that a time limit came too late for is a success")
{
  connect_options options = retrying(1);
  options.attempt_timeout = 1ms;
  scripted_packets op(options);
  run_until(op.context.get(), [&] { return op.session.count(call::cancel_overlapped) == 1; });
  op.deliver(0, 100);
  CHECK(op.result.is_success(100));
}

TEST_CASE("a refusal that a time limit came too late for is a refusal, and retried")
{
  connect_options options = retrying(2);
  options.attempt_timeout = 1ms;
  scripted_packets op(options);
  run_until(op.context.get(), [&] { return op.session.count(call::cancel_overlapped) == 1; });
  op.deliver(status_refused);
  CHECK(op.report.attempts.size() == 1);
  CHECK(op.report.attempts[0].error == asio::error::connection_refused);
  CHECK(op.session.count(call::connect_ex) == 2);
  op.deliver(0, 100);
  CHECK(op.result.is_success(100));
}

TEST_CASE("each attempt is given the whole first flight anew")
{
  connect_options options = retrying(3);
  const std::size_t size = GENERATE(5u, 100000u);
  const seen all =
      connect({.options = options, .reply = fail_connect_ex({10061, 10060}), .size = size});
  CHECK(all.result.is_success(size));
  CHECK((all.received == pattern(size)));
  CHECK(all.report.bytes_in_connect == bytes_in_connect_of(size));
  const calls rest = after_connect_ex(all.made);
  CHECK(count(rest, call::connect_ex) == 2);
}

#else

namespace
{

/// Refuses until the predicate has been asked often enough.
seen connect_after_refusals(int refusals, connect_options options, scripted::answer reply)
{
  seen all;
  options.report = &all.report;
  scripted::session session(std::move(reply));
  asio::io_context context;
  tcp::acceptor acceptor(context);
  acceptor.open(tcp::v4());
  acceptor.bind(loopback_v4());
  int asked = 0;
  options.retry.predicate = [&](const error_code& error)
  {
    if (++asked == refusals)
      acceptor.listen();
    return error == asio::error::connection_refused;
  };
  tcp::socket socket(context, tcp::v4());
  const auto handle = socket.native_handle();
  async_connect_ex(
      socket, acceptor.local_endpoint(), asio::buffer("hello", 5), options, all.result.handler());
  run(context);
  all.made = session.calls();
  all.same_handle = socket.native_handle() == handle;
  return all;
}

} // namespace

TEST_CASE("a failed attempt is dissolved once before the next")
{
  const seen all = connect_after_refusals(3, retrying(0), {});
  CHECK(all.result.is_success(5));
  CHECK(all.report.attempts.size() == 4);
  CHECK(count(all.made, call::disconnect) == 3);
}

TEST_CASE("where the system cannot dissolve, the second report of a refusal is absorbed")
{
  const seen all = connect_after_refusals(3, retrying(0),
      [](call which, std::size_t)
      { return which == call::disconnect ? native_error(EOPNOTSUPP) : let_it_happen; });
  CHECK(all.result.is_success(5));
  CHECK(all.same_handle);
  REQUIRE(all.report.attempts.size() == 4);
  for (std::size_t i = 0; i != 3; ++i)
    CHECK(all.report.attempts[i].native_error == ECONNREFUSED);
}

TEST_CASE("the last failed attempt is left as it is")
{
  asio::io_context context;
  const refusing_port nobody(context);
  scripted::session session;
  tcp::socket socket(context);
  outcome result;
  async_connect_ex(socket, nobody.endpoint(), asio::const_buffer(), retrying(2), result.handler());
  run(context);
  CHECK(result.is(asio::error::connection_refused, 0));
  CHECK(session.count(call::disconnect) == 1);
}

TEST_CASE("where the system cannot dissolve, a time limit costs the socket or ends the operation")
{
  const reopen_policy reopen = GENERATE(reopen_policy::never, reopen_policy::always);
  asio::io_context context;
  full_listener full(context);
  scripted::session session([](call which, std::size_t)
      { return which == call::disconnect ? native_error(EOPNOTSUPP) : let_it_happen; });
  tcp::socket socket(context, tcp::v4());
  connect_report report;
  connect_options options = retrying(2);
  options.report = &report;
  options.attempt_timeout = 10ms;
  options.reopen = reopen;
  int prepared = 0;
  options.prepare = [&](error_code&) { ++prepared; };
  outcome result;
  async_connect_ex(socket, full.endpoint(), asio::buffer("lost", 4), options, result.handler());
  run(context);
  CHECK(result.is(asio::error::timed_out, 0));
  CHECK(report.attempts.size() == (reopen == reopen_policy::always ? 2 : 1));
  CHECK(prepared == (reopen == reopen_policy::always ? 1 : 0));
  CHECK(socket.is_open());
}

#endif

TEST_CASE("without options none of their calls is made")
{
  const seen all = [&]
  {
    seen plain;
    scripted::session session;
    asio::io_context context;
    sink server(context);
    tcp::socket socket(context);
    async_connect_ex(socket, server.endpoint(), asio::buffer("hello", 5), plain.result.handler());
    run_until(context, [&] { return plain.result.calls != 0; });
    plain.made = session.calls();
    socket.close();
    run(context);
    return plain;
  }();
  CHECK(all.result.is_success(5));
  for (const call which : {call::set_fast_open, call::set_initial_rto, call::get_connect_time,
           call::get_windows_build, call::disconnect})
    CHECK(count(all.made, which) == 0);
}
