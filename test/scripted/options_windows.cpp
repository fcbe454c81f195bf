// SPDX-License-Identifier: BSL-1.0

#include "support/scripted.hpp"
#include "support/windows_numbers.hpp"

#include <connectex/detail/attempt/loopback_fast_fail.hpp>
#include <connectex/detail/system/winsock.hpp>

#include <algorithm>

namespace test::scripted::options_windows_tests
{

namespace
{

connect_options with_fast_fail()
{
  connect_options options;
  options.loopback_fast_fail = true;
  return options;
}

connect_options with_fast_open(connect_options options = {})
{
  options.fast_open = fast_open_mode::idempotent_data;
  return options;
}

} // namespace

TEST_CASE("a port is asked to be shared just before the implicit bind, and only then")
{
  SECTION("by default")
  {
    scripted_connect op({.socket = GENERATE(socket_state::closed, socket_state::open)});
    op.run();
    CHECK(op.result.is_success(5));
    const calls& made = op.session.calls();
    const auto asked = std::find(made.begin(), made.end(), call::set_reuse_unicast_port);
    REQUIRE(asked != made.end());
    CHECK(asked[1] == call::bind_to_wildcard);
    CHECK(op.session.count(call::set_reuse_unicast_port) == 1);
  }
  SECTION("not if the caller does not want it")
  {
    scripted_connect op;
    op.options.reuse_unicast_port = false;
    op.run();
    CHECK(op.result.is_success(5));
    CHECK(op.session.count(call::set_reuse_unicast_port) == 0);
    CHECK(op.session.count(call::bind_to_wildcard) == 1);
  }
  SECTION("not on a socket that prepare has bound")
  {
    scripted_connect op({.size = 0});
    prepare_by(op.options, [&](error_code& error) { op.socket.bind(loopback_v4(), error); });
    op.run();
    CHECK(op.result.is_success(0));
    CHECK(op.session.count(call::set_reuse_unicast_port) == 0);
    CHECK(op.session.count(call::bind_to_wildcard) == 0);
  }
  SECTION("and a refusal is ignored")
  {
    scripted_connect op(
        {.answers = fail(call::set_reuse_unicast_port, winsock::no_protocol_option)});
    op.run();
    CHECK(op.result.is_success(5));
  }
}

TEST_CASE("a loopback peer may be asked for a fast failure, others may not")
{
  SECTION("before the connect, by the system's own round trip and its fewest retransmissions")
  {
    std::uint32_t build = 0;
    REQUIRE(connectex::detail::os::get_windows_build(build) == 0);
    scripted_connect op(
        {.local = GENERATE(loopback_v4(), loopback_v6()), .options = with_fast_fail()});
    op.run();
    CHECK(op.result.is_success(5));
    CHECK(op.session.count(call::set_initial_rto) == 1);
    CHECK(is_before(op.session.calls(), call::set_initial_rto, call::connect_ex));
    CHECK(op.session.initial_rtt == 0xFFFF);
    CHECK(
        op.session.max_syn_retransmissions == connectex::detail::fewest_syn_retransmissions(build));
  }
  SECTION("not for a peer elsewhere")
  {
    scripted_connect op({.elsewhere = tcp::endpoint(asio::ip::make_address("192.0.2.1"), 9),
        .size = 0,
        .options = with_fast_fail(),
        .answers = fail(call::connect_ex, winsock::network_unreachable)});
    op.run();
    CHECK(op.result.is(asio::error::network_unreachable, 0));
    CHECK(op.session.count(call::set_initial_rto) == 0);
  }
  SECTION("and a refusal is ignored")
  {
    scripted_connect op({.options = with_fast_fail(),
        .answers = fail(call::set_initial_rto, winsock::operation_not_supported)});
    op.run();
    CHECK(op.result.is_success(5));
  }
}

TEST_CASE("the build of Windows is asked for once per process at most")
{
  // Another test of this process may have been the first to ask.
  for (const std::size_t at_most : {1, 0, 0, 0})
  {
    scripted_connect op({.options = with_fast_fail()});
    op.run();
    CHECK(op.session.count(call::get_windows_build) <= at_most);
  }
}

TEST_CASE("fast open is asked for before ConnectEx if there is something to send")
{
  SECTION("with a first flight")
  {
    scripted_connect op({.socket = GENERATE(socket_state::closed, socket_state::open),
        .options = with_fast_open(),
        .answers = succeed(call::set_fast_open)});
    op.run();
    CHECK(op.result.is_success(5));
    CHECK(op.session.count(call::set_fast_open) == 1);
    CHECK(is_before(op.session.calls(), call::set_fast_open, call::connect_ex));
    CHECK_FALSE(op.report.fast_open_error);
  }
  SECTION("not without one")
  {
    scripted_connect op(
        {.size = 0, .options = with_fast_open(), .answers = succeed(call::set_fast_open)});
    op.run();
    CHECK(op.result.is_success(0));
    CHECK(op.session.count(call::set_fast_open) == 0);
    CHECK_FALSE(op.report.fast_open_error);
  }
  SECTION("once for all attempts on one socket")
  {
    scripted_connect op({.options = with_fast_open(retrying(3)),
        .answers = either(succeed(call::set_fast_open),
            answer_in_turn(
                call::connect_ex, {winsock::connection_refused, winsock::connection_refused}))});
    op.run();
    CHECK(op.result.is_success(5));
    CHECK(op.session.count(call::set_fast_open) == 1);
  }
  SECTION("and where it is not to be had the report says so and the rest goes on")
  {
    scripted_connect op({.options = with_fast_open(),
        .answers = fail(call::set_fast_open, winsock::no_protocol_option)});
    op.run();
    CHECK(op.result.is_success(5));
    CHECK(op.report.fast_open_error == asio::error::no_protocol_option);
    CHECK(op.received() == op.flight);
  }
}

} // namespace test::scripted::options_windows_tests
