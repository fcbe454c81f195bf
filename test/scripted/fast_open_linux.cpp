// SPDX-License-Identifier: BSL-1.0

#include "support/scripted.hpp"

#include <connectex/detail/decide/after_delivery.hpp>

#include <cerrno>

namespace test::scripted::fast_open_linux_tests
{

namespace
{

connect_options with_fast_open(connect_options options = {})
{
  options.fast_open = fast_open_mode::idempotent_data;
  return options;
}

} // namespace

TEST_CASE("the report says where the bytes of a fast open went")
{
  const bool acknowledged = GENERATE(false, true);
  CAPTURE(acknowledged);
  scripted_connect op(
      {.options = with_fast_open(), .answers = answer_in_turn(call::send_with_syn, {0})});
  op.session.sent = 3;
  op.session.syn_data_acknowledged = acknowledged;
  op.run();
  CHECK(op.result.is_success(5));
  CHECK(op.report.first_flight
      == (acknowledged ? first_flight_path::in_syn : first_flight_path::after_connect));
  CHECK(op.report.bytes_in_connect == (acknowledged ? 3 : 0));
  CHECK_FALSE(op.report.fast_open_error);

  // The three bytes were only said to be sent. What follows them is written, and not sent anew.
  CHECK(op.received() == op.flight.substr(3));
}

TEST_CASE("where the kernel refuses fast open the connect goes on without")
{
  scripted_connect op(
      {.options = with_fast_open(), .answers = answer_in_turn(call::send_with_syn, {EOPNOTSUPP})});
  op.run();
  CHECK(op.result.is_success(5));
  CHECK(op.report.fast_open_error == asio::error::operation_not_supported);
  CHECK(op.report.first_flight == first_flight_path::after_connect);
  CHECK(op.session.calls() == calls{call::send_with_syn, call::connect, call::send});
  CHECK(op.received() == op.flight);
}

TEST_CASE("fast open is not asked for when it is off or there is nothing to send")
{
  const bool on = GENERATE(false, true);
  scripted_connect op({.size = on ? 0u : 5u});
  op.options.fast_open = on ? fast_open_mode::idempotent_data : fast_open_mode::off;
  op.run();
  CHECK(op.result.is_success(op.flight.size()));
  CHECK(op.session.count(call::send_with_syn) == 0);
  CHECK(op.session.count(call::get_syn_data_acknowledged) == 0);
  CHECK_FALSE(op.report.fast_open_error);
  CHECK(op.received() == op.flight);
}

TEST_CASE("each attempt asks for fast open anew and forgets what an earlier one had sent")
{
  scripted_connect op({.options = with_fast_open(retrying(3)),
      .answers = either(answer_in_turn(call::send_with_syn, {0, 0, EOPNOTSUPP}),
          answer_in_turn(call::connect, {ECONNREFUSED, ECONNREFUSED}))});
  op.run();
  CHECK(op.result.is_success(5));
  CHECK(op.session.count(call::send_with_syn) == 3);
  CHECK(op.report.attempts.size() == 3);
  CHECK(op.report.bytes_in_connect == 0);
  CHECK(op.received() == op.flight);
}

TEST_CASE("a total cancellation does not end a later attempt once a SYN has carried bytes")
{
  // The second attempt has sent nothing. The real socket is not connected, so each wait for it to
  // be writable ends at once.
  scripted_connect op({.options = with_fast_open(retrying(2)),
      .answers = either(answer_in_turn(call::send_with_syn, {0, EOPNOTSUPP}),
          either(fail(call::send, EAGAIN),
              [asked = 0](call which, std::size_t) mutable -> std::optional<native_error>
              {
                if (which != call::connect)
                  return let_it_happen;
                return asked++ == 0 ? ECONNREFUSED : EINPROGRESS;
              }))});
  op.start();
  run_until(op.context, [&] { return op.session.count(call::send) != 0; });
  op.signal.emit(cancellation_type::total);
  for (int i = 0; i != 10; ++i)
    op.context.poll_one();
  CHECK(op.result.calls == 0);
  op.signal.emit(cancellation_type::partial);
  op.await();
  CHECK(op.result.is(asio::error::operation_aborted, 0));
}

TEST_CASE("a flight that the caller let into the SYN is sent once, unless it may be sent twice")
{
  const bool idempotent = GENERATE(false, true);
  CAPTURE(idempotent);

  // The answers are those of a socket with TCP_FASTOPEN_CONNECT whose SYN is lost. The real socket
  // is not connected, so a wait for it to be writable ends at once.
  scripted_connect op({.peer = peer_kind::refusing,
      .options = retrying(3),
      .answers = either(either(succeed(call::send), succeed(call::send_with_syn)),
          answer_in_turn(call::connect, {0, EALREADY, ETIMEDOUT, 0, EALREADY, ETIMEDOUT, 0}))});
  if (idempotent)
    op.options.fast_open = fast_open_mode::idempotent_data;
  let_connect_be_deferred(op.options);
  op.run();
  if (idempotent)
    CHECK(op.result.is_success(5));
  else
  {
    CHECK(op.result.is(connectex::detail::after_delivery(asio::error::timed_out), 5));
    CHECK(op.report.attempts.size() == 1);
  }
  CHECK(op.report.maybe_delivered == !idempotent);
}

TEST_CASE("a SYN that may be sent twice has delivered nothing that matters")
{
  scripted_connect op({.options = with_fast_open(),
      .answers = either(answer_in_turn(call::send_with_syn, {0}),
          answer_in_turn(call::connect, {GENERATE(as<native_error>(), ECONNREFUSED, ETIMEDOUT)}))});
  op.run();
  CHECK(op.result.error == connectex::condition::retryable);
  CHECK(op.result.bytes_transferred == 5);
  CHECK_FALSE(op.report.maybe_delivered);
}

} // namespace test::scripted::fast_open_linux_tests
