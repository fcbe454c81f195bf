// SPDX-License-Identifier: BSL-1.0

#include "support/posted_connect.hpp"
#include "support/windows_numbers.hpp"

namespace test::scripted::packets_windows_tests
{

namespace
{

// Statuses that come from the network as well as from a call or a socket that was given up.
const auto ambiguous_statuses = {
    nt::connection_reset, nt::local_disconnect, nt::connection_aborted};

connect_options limited(unsigned max_attempts)
{
  connect_options options = retrying(max_attempts);
  options.attempt_timeout = 1ms;
  return options;
}

} // namespace

TEST_CASE("a packet's status reaches the handler in portable terms")
{
  struct row
  {
    std::uint32_t status;
    error_code expected;
  };
  const row rows[] = {
      {nt::connection_refused, asio::error::connection_refused},
      {nt::io_timeout, asio::error::timed_out},
      {nt::network_unreachable, asio::error::network_unreachable},
      {nt::host_unreachable, asio::error::host_unreachable},
      {nt::access_denied, asio::error::access_denied},
      {nt::invalid_parameter, asio::error::invalid_argument},
      {nt::cancelled, asio::error::operation_aborted},
      {nt::connection_aborted, asio::error::connection_aborted},
      {nt::connection_reset, asio::error::connection_reset},
      {nt::address_already_exists, asio::error::address_in_use},
      {nt::too_many_addresses, asio::error::address_in_use},
      {nt::insufficient_resources, asio::error::no_buffer_space},
  };
  for (const auto& [status, expected] : rows)
  {
    CAPTURE(status);
    posted_connect op;
    const outcome& result = op.deliver(status);
    CAPTURE(result);
    CHECK(result.is(expected, 0));
    CHECK(op.session.count(call::update_connect_context) == 0);
    CHECK(op.report.first_flight == first_flight_path::none);
  }
}

TEST_CASE("the report of an attempt that broke says whether its connection had stood")
{
  const std::uint32_t status = GENERATE(
      values({nt::connection_reset, nt::local_disconnect, nt::connection_aborted, nt::cancelled}));
  const bool stood = GENERATE(false, true);
  CAPTURE(status, stood);
  posted_connect op;
  if (stood)
    op.session.connect_time = 0;
  CHECK(op.deliver(status).error);
  CHECK(op.report.maybe_delivered == stood);
}

TEST_CASE("a refused attempt and one that connected have nothing to report of a delivery")
{
  const std::uint32_t status = GENERATE(nt::success, nt::connection_refused);
  posted_connect op;
  op.deliver(status, status == nt::success ? 5 : 0);
  CHECK_FALSE(op.report.maybe_delivered);
}

TEST_CASE("the connect context is updated once, after a success")
{
  posted_connect op;
  CHECK(op.session.count(call::update_connect_context) == 0);
  CHECK(op.deliver(nt::success, 5).is_success(5));
  CHECK(op.session.count(call::update_connect_context) == 1);
  CHECK(op.report.bytes_in_connect == 5);
}

TEST_CASE("a provider that counts more bytes than it was given is not believed")
{
  posted_connect op;
  CHECK(op.deliver(nt::success, 4711).is_success(5));
}

TEST_CASE("total, partial and terminal all cancel the call in flight")
{
  const auto type =
      GENERATE(cancellation_type::terminal, cancellation_type::partial, cancellation_type::total);
  posted_connect op;
  op.cancel(type);
  CHECK(op.session.count(call::cancel_overlapped) == 1);
  CHECK(op.deliver(nt::cancelled).is(asio::error::operation_aborted, 0));
}

TEST_CASE("a cancellation is not sent after the packet has come")
{
  posted_connect op;
  op.deliver(nt::success, 5);
  op.cancel(cancellation_type::terminal);
  CHECK(op.session.count(call::cancel_overlapped) == 0);
}

TEST_CASE("a cancellation on a socket that is a handle of the system's is sent there alone")
{
  posted_connect op;
  op.cancel(cancellation_type::terminal);
  CHECK(op.session.count(call::cancel_overlapped) == 1);
  CHECK(op.session.count(call::get_base_socket) == 0);
  CHECK(op.deliver(nt::cancelled).is(asio::error::operation_aborted, 0));
}

TEST_CASE("a cancellation is not sent after close(), when the handle may be another socket's")
{
  posted_connect op;
  op.socket.close();
  op.cancel(cancellation_type::terminal);
  CHECK(op.session.count(call::cancel_overlapped) == 0);
  CHECK(op.deliver(nt::cancelled).is(asio::error::operation_aborted, 0));
}

TEST_CASE("a packet that says success wins over a cancellation")
{
  posted_connect op({.answers = fail(call::cancel_overlapped, GENERATE(0u, win32::not_found))});
  op.cancel(cancellation_type::terminal);
  CHECK(op.session.count(call::cancel_overlapped) == 1);
  CHECK(op.deliver(nt::success, 5).is_success(5));
}

TEST_CASE("a cancellation that meets a success keeps the rest from being written")
{
  posted_connect op({.size = 70000});
  op.cancel(cancellation_type::terminal);
  CHECK(op.deliver(nt::success, 65535).is(asio::error::operation_aborted, 65535));
  CHECK(op.report.bytes_in_connect == 65535);
}

TEST_CASE("total, once bytes are out, does not keep the rest from being written")
{
  posted_connect op({.size = 70000});
  op.cancel(cancellation_type::total);

  // There is no connection behind this packet, which the attempt to write finds out.
  const outcome& result = op.deliver(nt::success, 65535);
  CAPTURE(result);
  CHECK(result.calls == 1);
  CHECK(result.error);
  CHECK(result.error != asio::error::operation_aborted);
  CHECK(result.bytes_transferred == 65535);
}

TEST_CASE("an ambiguous status after a cancellation is a cancellation")
{
  const std::uint32_t status = GENERATE(values(ambiguous_statuses));
  posted_connect op;
  op.cancel(cancellation_type::terminal);
  CHECK(op.deliver(status).is(asio::error::operation_aborted, 0));
}

TEST_CASE("an ambiguous status after close() is an abort")
{
  const std::uint32_t status = GENERATE(values(ambiguous_statuses));
  posted_connect op;
  op.socket.close();
  CHECK(op.deliver(status).is(asio::error::operation_aborted, 0));

  // Nobody can say whether the connection had stood.
  CHECK(op.report.maybe_delivered);
}

TEST_CASE("a plain answer of the network is told even after a cancellation")
{
  posted_connect op;
  op.cancel(cancellation_type::terminal);
  CHECK(op.deliver(nt::connection_refused).is(asio::error::connection_refused, 0));
}

TEST_CASE("a cancelled packet is the time limit's if a limit has asked for it")
{
  connect_options options;
  const bool total = GENERATE(false, true);
  (total ? options.total_timeout : options.attempt_timeout) = 1ms;
  posted_connect op({.options = options});
  op.await_time_limit();
  CHECK(op.deliver(nt::cancelled).is(asio::error::timed_out, 0));
  REQUIRE(op.report.attempts.size() == 1);
  CHECK(op.report.attempts[0].error == asio::error::timed_out);
  CHECK(op.report.attempts[0].native_error == win32::operation_aborted);
}

TEST_CASE("a success that a time limit came too late for is a success")
{
  posted_connect op({.options = limited(1)});
  op.await_time_limit();
  CHECK(op.deliver(nt::success, 5).is_success(5));
}

TEST_CASE("a refusal that a time limit came too late for is a refusal, and retried")
{
  posted_connect op({.options = limited(2)});
  op.await_time_limit();
  op.deliver(nt::connection_refused);
  CHECK(op.report.attempts.size() == 1);
  CHECK(op.report.attempts[0].error == asio::error::connection_refused);
  CHECK(op.session.count(call::connect_ex) == 2);
  CHECK(op.deliver(nt::success, 5).is_success(5));
}

} // namespace test::scripted::packets_windows_tests
