// SPDX-License-Identifier: BSL-1.0

#include "support/scripted.hpp"
#include "support/windows_numbers.hpp"

#include <map>

namespace test::scripted::call_order_windows_tests
{

namespace
{

const std::map<socket_state, calls> calls_of_success{
    {socket_state::closed,
        {call::get_connect_ex, call::set_reuse_unicast_port, call::bind_to_wildcard,
            call::connect_ex, call::update_connect_context}},
    {socket_state::open,
        {call::get_no_delay, call::get_connect_ex, call::get_local_address,
            call::set_reuse_unicast_port, call::bind_to_wildcard, call::connect_ex,
            call::update_connect_context}},
    {socket_state::bound,
        {call::get_no_delay, call::get_connect_ex, call::get_local_address, call::connect_ex,
            call::update_connect_context}},
};

// Which of this process's operations asks for the build of Windows, the order of the tests decides.
calls without_build(const calls& all) { return without(all, call::get_windows_build); }

connect_options retrying_with_everything(unsigned max_attempts)
{
  connect_options options = retrying(max_attempts);
  options.fast_open = fast_open_mode::idempotent_data;
  options.loopback_fast_fail = true;
  return options;
}

} // namespace

TEST_CASE("the calls of a successful operation without options, in order")
{
  const auto socket = GENERATE(socket_state::closed, socket_state::open, socket_state::bound);
  const std::size_t size = GENERATE(5u, 100000u);
  scripted_connect op({.socket = socket, .size = size, .pieces = 2});
  op.start_without_options();
  op.await();
  CHECK(op.result.is_success(size));
  CHECK(op.session.calls() == calls_of_success.at(socket));
}

TEST_CASE("options that ask for nothing add no call")
{
  const auto socket = GENERATE(socket_state::closed, socket_state::open, socket_state::bound);
  const bool report_wanted = GENERATE(false, true);
  const bool retry_wanted = GENERATE(false, true);
  const bool limited = GENERATE(false, true);
  scripted_connect op({.socket = socket, .options = retrying(retry_wanted ? 4 : 1)});
  if (!report_wanted)
    op.options.report = nullptr;
  if (limited)
    op.options.attempt_timeout = op.options.total_timeout = 20s;
  op.run();
  CHECK(op.result.is_success(5));
  CHECK(op.session.calls() == calls_of_success.at(socket));
}

TEST_CASE("a retry on the same socket makes the calls of the attempt alone")
{
  scripted_connect op({.socket = socket_state::open,
      .options = retrying_with_everything(2),
      .answers = answer_in_turn(call::connect_ex, {winsock::connection_refused})});
  op.run();
  CHECK(op.result.is_success(5));
  CHECK(without_build(op.session.calls())
      == calls{call::get_no_delay, call::set_initial_rto, call::set_fast_open, call::get_connect_ex,
          call::get_local_address, call::set_reuse_unicast_port, call::bind_to_wildcard,
          call::connect_ex, call::get_connect_ex, call::get_local_address, call::connect_ex,
          call::update_connect_context});
}

TEST_CASE("a new socket goes through everything that the first one went through, in that order")
{
  scripted_connect op({.options = retrying_with_everything(2),
      .answers = answer_in_turn(
          call::connect_ex, {winsock::connection_refused, winsock::invalid_argument})});
  std::vector<std::size_t> prepared_after;
  prepare_by(op.options,
      [&](error_code&) { prepared_after.push_back(without_build(op.session.calls()).size()); });
  op.run();
  CHECK(op.result.is_success(5));

  const calls first{call::set_initial_rto, call::set_fast_open, call::get_connect_ex,
      call::get_local_address, call::set_reuse_unicast_port, call::bind_to_wildcard,
      call::connect_ex};
  calls expected = first;
  expected.insert(
      expected.end(), {call::get_connect_ex, call::get_local_address, call::connect_ex});
  const std::size_t before_reopening = expected.size();
  expected.insert(expected.end(), first.begin(), first.end());
  expected.push_back(call::update_connect_context);
  CHECK(without_build(op.session.calls()) == expected);
  CHECK(prepared_after == std::vector<std::size_t>{0, before_reopening});
}

TEST_CASE("a port is asked to be shared before each implicit bind that is tried again")
{
  scripted_connect op({.options = retrying_everything(),
      .answers = answer_in_turn(
          call::bind_to_wildcard, {winsock::address_in_use, winsock::address_in_use})});
  op.run();
  CHECK(op.result.is_success(5));
  CHECK(op.session.calls()
      == calls{call::get_connect_ex, call::set_reuse_unicast_port, call::bind_to_wildcard,
          call::get_connect_ex, call::set_reuse_unicast_port, call::bind_to_wildcard,
          call::get_connect_ex, call::set_reuse_unicast_port, call::bind_to_wildcard,
          call::connect_ex, call::update_connect_context});
}

} // namespace test::scripted::call_order_windows_tests
