// SPDX-License-Identifier: BSL-1.0

#include "support/expected.hpp"
#include "support/posted_connect.hpp"
#include "support/windows_numbers.hpp"

#include <connectex/detail/decide/after_delivery.hpp>
#include <connectex/error.hpp>

namespace test::scripted::retries_windows_tests
{

namespace
{

} // namespace

TEST_CASE("the three codes are retried on the same socket")
{
  const native_error number =
      GENERATE(winsock::connection_refused, winsock::network_unreachable, winsock::timed_out);
  CAPTURE(number);
  scripted_connect op({.options = retrying(4),
      .answers = answer_in_turn(call::connect_ex, {number, number, number})});
  op.run();
  CHECK(op.result.is_success(5));
  CHECK(op.has_kept_its_handle());
  REQUIRE(op.report.attempts.size() == 4);
  CHECK(op.report.attempts[0].native_error == number);
  CHECK(op.session.count(call::connect_ex) == 4);
  CHECK(op.session.count(call::bind_to_wildcard) == 1);
  CHECK(op.session.count(call::update_connect_context) == 1);
  CHECK(op.received() == op.flight);
}

TEST_CASE("no other code is retried")
{
  const native_error number = GENERATE(winsock::host_unreachable, winsock::host_down,
      winsock::network_down, winsock::address_in_use, winsock::address_not_available,
      winsock::no_buffer_space, winsock::access_denied, winsock::invalid_argument,
      winsock::already_started, winsock::connection_aborted, winsock::connection_reset,
      winsock::already_connected, winsock::not_socket);
  CAPTURE(number);
  scripted_connect op({.options = retrying(4), .answers = fail(call::connect_ex, number)});
  op.run();
  CHECK(op.result.is(to_error_code(number), 0));
  CHECK(op.report.attempts.size() == 1);
  CHECK(op.session.count(call::connect_ex) == (number == winsock::connection_aborted ? 2 : 1));
}

TEST_CASE("a packet with one of the three codes is followed by another call on the same socket")
{
  posted_connect op({.options = retrying(3)});
  const auto handle = op.socket.native_handle();
  op.deliver(nt::connection_refused);
  op.deliver(nt::io_timeout);
  op.deliver(nt::success, 5);
  CHECK(op.result.is_success(5));
  CHECK(op.socket.native_handle() == handle);
  REQUIRE(op.report.attempts.size() == 3);
  CHECK(op.report.attempts[0].native_error == win32::connection_refused);
  CHECK(op.report.attempts[1].native_error == win32::semaphore_timeout);
  CHECK(op.report.attempts[1].error == asio::error::timed_out);
}

TEST_CASE("each ConnectEx of an operation is handed the same bytes")
{
  const std::size_t size = GENERATE(0u, 5u, 65535u, 100000u);
  const std::size_t pieces = GENERATE(1u, 3u);
  scripted_connect op({.size = size,
      .pieces = pieces,
      .options = retrying(4),
      .answers = answer_in_turn(call::connect_ex,
          {winsock::connection_refused, winsock::connection_aborted, winsock::network_unreachable,
              winsock::invalid_argument, winsock::timed_out})});
  op.run();
  CHECK(op.result.is_success(size));
  CHECK(op.report.bytes_in_connect == bytes_in_connect_of(size));
  REQUIRE(op.session.flights.size() == 6);
  for (const std::string& bytes : op.session.flights)
    CHECK((bytes == op.flight.substr(0, 65535)));
  CHECK((op.received() == op.flight));
}

TEST_CASE("an immediate connection_aborted on a retry is made again once, and is no attempt")
{
  scripted_connect op({.options = retrying(3),
      .answers = answer_in_turn(call::connect_ex,
          {winsock::connection_refused, winsock::connection_aborted, winsock::connection_refused,
              winsock::connection_aborted})});
  op.run();
  CHECK(op.result.is_success(5));
  CHECK(op.has_kept_its_handle());
  REQUIRE(op.report.attempts.size() == 3);
  CHECK(op.report.attempts[0].native_error == winsock::connection_refused);
  CHECK(op.report.attempts[1].native_error == winsock::connection_refused);
  CHECK(op.report.attempts[2].native_error == 0);
  CHECK(op.session.count(call::connect_ex) == 5);
  CHECK(op.received() == op.flight);
}

TEST_CASE("an immediate connection_aborted of the first attempt is an earlier operation's failure")
{
  scripted_connect op({.answers = answer_in_turn(call::connect_ex, {winsock::connection_aborted})});
  op.run();
  CHECK(op.result.is_success(5));
  CHECK(op.report.attempts.size() == 1);
  CHECK(op.session.count(call::connect_ex) == 2);
  CHECK(op.session.count(call::bind_to_wildcard) == 1);
  CHECK(op.received() == op.flight);
}

TEST_CASE("connection_aborted in a packet of a retry is the network's")
{
  posted_connect op({.options = retrying(3)});
  op.deliver(nt::io_timeout);
  op.deliver(nt::connection_aborted);
  CHECK(op.result.is(asio::error::connection_aborted, 0));
  CHECK(op.report.attempts.size() == 2);
  CHECK(op.session.count(call::connect_ex) == 2);
}

TEST_CASE("options of the socket are not set again after a packet that says failure")
{
  connect_options options = retrying(3);
  options.fast_open = fast_open_mode::idempotent_data;
  options.loopback_fast_fail = true;
  posted_connect op({.options = options});
  op.deliver(nt::io_timeout);
  op.deliver(nt::io_timeout);
  op.deliver(nt::success, 5);
  CHECK(op.result.is_success(5));
  CHECK(op.session.count(call::set_fast_open) == 1);
  CHECK(op.session.count(call::set_initial_rto) == 1);
  CHECK(op.session.count(call::get_connect_time) == 2);
}

TEST_CASE("a failed attempt whose connection stood, or may have stood, is not made again")
{
  const error_code timed_out_after_delivery =
      connectex::detail::after_delivery(asio::error::timed_out);
  SECTION("the socket has a connect time")
  {
    posted_connect op({.options = retrying(3)});
    op.session.connect_time = GENERATE(0u, 7u);
    op.deliver(nt::io_timeout);
    CHECK(op.result.is(timed_out_after_delivery, 0));
    CHECK(op.session.count(call::connect_ex) == 1);
  }
  SECTION("the socket does not tell")
  {
    posted_connect op(
        {.options = retrying(3), .answers = fail(call::get_connect_time, winsock::not_socket)});
    op.deliver(nt::io_timeout);
    CHECK(op.result.is(timed_out_after_delivery, 0));
    CHECK(op.session.count(call::connect_ex) == 1);
  }
  SECTION("a time limit has ended it")
  {
    connect_options options = retrying(2);
    options.attempt_timeout = 1ms;
    options.reopen = reopen_policy::always;
    posted_connect op({.options = options});
    op.session.connect_time = GENERATE(0u, 7u);
    op.await_time_limit();
    op.deliver(nt::cancelled);
    CHECK(op.result.is(timed_out_after_delivery, 0));
    CHECK(op.session.count(call::connect_ex) == 1);
  }
  SECTION("its context cannot be updated")
  {
    const native_error number =
        GENERATE(winsock::connection_refused, winsock::timed_out, winsock::not_connected);
    scripted_connect op(
        {.options = retrying_everything(3), .answers = fail(call::update_connect_context, number)});
    op.run();
    CHECK(op.result.is(connectex::detail::after_delivery(to_error_code(number)), 5));
    CHECK(op.session.count(call::connect_ex) == 1);
    CHECK(op.session.count(call::update_connect_context) == 1);
  }
}

TEST_CASE("whether the connection stood is asked whatever number the packet brings")
{
  const std::uint32_t status =
      GENERATE(nt::connection_refused, nt::winsock_connection_refused, nt::winsock_timed_out);
  CAPTURE(status);
  posted_connect op({.options = retrying(2)});
  SECTION("and it did not")
  {
    op.deliver(status);
    CHECK(op.session.count(call::get_connect_time) == 1);
    CHECK(op.session.count(call::connect_ex) == 2);
  }
  SECTION("and it did")
  {
    op.session.connect_time = 0;
    op.deliver(status);
    CHECK(op.session.count(call::get_connect_time) == 1);
    CHECK(op.session.count(call::connect_ex) == 1);
    CHECK(op.result.calls == 1);
    CHECK(op.result.error != connectex::condition::retryable);
  }
}

TEST_CASE("whether the connection stood is asked only if it matters")
{
  SECTION("not without a retry")
  {
    posted_connect op;
    op.deliver(nt::connection_refused);
    CHECK(op.session.count(call::get_connect_time) == 0);
  }
  SECTION("for a report not after a refusal, but when the attempt broke")
  {
    const bool has_report = GENERATE(false, true);
    posted_connect op({.has_report = has_report});
    op.deliver(nt::connection_reset);
    CHECK(op.session.count(call::get_connect_time) == (has_report ? 1 : 0));
  }
  SECTION("not after the last attempt")
  {
    posted_connect op({.options = retrying(2)});
    op.deliver(nt::connection_refused);
    CHECK(op.session.count(call::get_connect_time) == 1);
    op.deliver(nt::connection_refused);
    CHECK(op.session.count(call::get_connect_time) == 1);
    CHECK(op.result.is(asio::error::connection_refused, 0));
  }
}

TEST_CASE("a failed implicit bind that the caller wants retried neither blocks nor recurses")
{
  const connect_options options =
      retrying_if([](const error_code& error) { return error == asio::error::address_in_use; });

  SECTION("until there is a port")
  {
    scripted_connect op({.options = options,
        .answers = answer_in_turn(
            call::bind_to_wildcard, std::vector<native_error>(5000, winsock::address_in_use))});
    op.run();
    CHECK(op.result.is_success(5));
    CHECK(op.report.attempts.size() == 5001);
    CHECK(op.report.attempts[0].error == asio::error::address_in_use);
    CHECK(op.report.attempts[0].native_error == winsock::address_in_use);
  }
  SECTION("until time is up")
  {
    scripted_connect op(
        {.options = options, .answers = fail(call::bind_to_wildcard, winsock::address_in_use)});
    op.options.total_timeout = 20ms;
    op.run();
    CHECK(op.result.is(asio::error::timed_out, 0));
    CHECK(op.report.attempts.size() > 1);
  }
}

TEST_CASE("where a provider has no ConnectEx the retries go by the ordinary call")
{
  scripted_connect op({.peer = peer_kind::refusing,
      .options = retrying(3),
      .answers = fail(call::get_connect_ex, winsock::invalid_argument)});
  op.run();
  CHECK(op.result.is(asio::error::connection_refused, 0));
  REQUIRE(op.report.attempts.size() == 3);
  CHECK(op.report.attempts[2].native_error == winsock::connection_refused);
  CHECK(op.session.count(call::connect) >= 3);
  CHECK(op.session.count(call::get_socket_error) == 3);
  CHECK(op.session.count(call::connect_ex) == 0);
  CHECK(op.session.count(call::bind_to_wildcard) == 0);
}

TEST_CASE("a cancellation that comes before a retryable packet is handled ends the operation")
{
  posted_connect op({.options = retrying(3)});
  op.signal.emit(cancellation_type::terminal);
  op.deliver(nt::connection_refused);
  CHECK(op.result.is(asio::error::operation_aborted, 0));
  CHECK(op.session.count(call::connect_ex) == 1);
  CHECK(op.session.count(call::cancel_overlapped) == 1);
  REQUIRE(op.report.attempts.size() == 1);
  CHECK(op.report.attempts[0].error == asio::error::connection_refused);
}

TEST_CASE("retries that fail as soon as they begin can be ended")
{
  const call failing = GENERATE(call::bind_to_wildcard, call::connect_ex);
  CAPTURE(failing);
  scripted_connect op(
      {.options = retrying_everything(), .answers = fail(failing, winsock::address_in_use)});
  op.options.reopen = GENERATE(reopen_policy::if_opened_here, reopen_policy::always);
  op.start();
  run_until(op.context, [&] { return op.report.attempts.size() >= 3; });

  SECTION("by a cancellation")
  {
    op.signal.emit(GENERATE(
        cancellation_type::terminal, cancellation_type::partial, cancellation_type::total));
    op.await();
    CHECK(op.result.is(asio::error::operation_aborted, 0));
  }
  SECTION("by close()")
  {
    op.socket.close();
    op.await();
    CHECK(op.result.is(asio::error::operation_aborted, 0));
    CHECK_FALSE(op.socket.is_open());
  }
}

TEST_CASE("a time limit ends calls that a provider refuses for ever")
{
  const native_error number = GENERATE(winsock::connection_aborted, winsock::invalid_argument,
      winsock::already_started, winsock::network_down);
  scripted_connect op(
      {.options = retrying_everything(), .answers = fail(call::connect_ex, number)});
  op.options.total_timeout = 20ms;
  op.options.reopen = GENERATE(reopen_policy::never, reopen_policy::always);
  op.run();
  CHECK(op.result.is(asio::error::timed_out, 0));
}

} // namespace test::scripted::retries_windows_tests
