// SPDX-License-Identifier: BSL-1.0

#include "support/posted_connect.hpp"
#include "support/windows_numbers.hpp"

namespace test::scripted::reopening_windows_tests
{

namespace
{

connect_options retrying_with_everything(unsigned max_attempts)
{
  connect_options options = retrying(max_attempts);
  options.fast_open = fast_open_mode::idempotent_data;
  options.loopback_fast_fail = true;
  return options;
}

void check_each_option_is_set(const session& seam, std::size_t times)
{
  CHECK(seam.count(call::set_initial_rto) == times);
  CHECK(seam.count(call::set_fast_open) == times);
  CHECK(seam.count(call::set_reuse_unicast_port) == times);
  CHECK(seam.count(call::bind_to_wildcard) == times);
}

} // namespace

TEST_CASE("a provider that refuses the socket gets a new one if that is allowed")
{
  using numbers = std::vector<native_error>;
  numbers answers{winsock::connection_refused};
  const numbers refusal =
      GENERATE(numbers(4, winsock::connection_aborted), numbers{winsock::invalid_argument},
          numbers{winsock::already_started}, numbers{winsock::network_down});
  answers.insert(answers.end(), refusal.begin(), refusal.end());
  const bool open = GENERATE(false, true);
  scripted_connect op({.socket = open ? socket_state::open : socket_state::closed,
      .options = retrying_with_everything(3),
      .answers = answer_in_turn(call::connect_ex, answers)});
  int prepared = 0;
  prepare_by(op.options, [&](error_code&) { ++prepared; });

  SECTION("allowed")
  {
    op.options.reopen = open ? reopen_policy::always : reopen_policy::if_opened_here;
    op.run();
    CHECK(op.result.is_success(5));
    CHECK(op.report.attempts.size() == 2);
    CHECK(prepared == (open ? 1 : 2));

    // The new socket is as bare as the old one once was.
    check_each_option_is_set(op.session, 2);
    CHECK(op.received() == op.flight);
  }
  SECTION("not allowed")
  {
    op.options.reopen = open ? reopen_policy::if_opened_here : reopen_policy::never;
    op.run();
    CHECK(op.result.is(asio::error::connection_refused, 0));
    CHECK(op.has_kept_its_handle());
    CHECK(op.report.attempts.size() == 1);
    CHECK(prepared == (open ? 0 : 1));
  }
}

TEST_CASE("after a limit of its own the operation takes a new socket, prepared like the first")
{
  connect_options options = retrying_with_everything(2);
  options.attempt_timeout = 1ms;
  int prepared = 0;
  prepare_by(options, [&](error_code&) { ++prepared; });
  posted_connect op({.options = options});
  op.await_time_limit();
  op.deliver(nt::cancelled);
  CHECK(op.session.count(call::connect_ex) == 2);
  check_each_option_is_set(op.session, 2);
  CHECK(prepared == 2);
  op.deliver(nt::success, 5);
  CHECK(op.result.is_success(5));
  REQUIRE(op.report.attempts.size() == 2);
  CHECK(op.report.attempts[0].error == asio::error::timed_out);
}

TEST_CASE("a new socket that prepare has bound is left with its address")
{
  scripted_connect op({.options = retrying(2),
      .answers = answer_in_turn(
          call::connect_ex, {winsock::connection_refused, winsock::invalid_argument})});
  std::vector<tcp::endpoint> bound;
  prepare_by(op.options,
      [&](error_code& error)
      {
        op.socket.bind(loopback_v4(), error);
        bound.push_back(op.socket.local_endpoint());
      });
  op.run();
  CHECK(op.result.is_success(5));
  REQUIRE(bound.size() == 2);
  CHECK(op.socket.local_endpoint() == bound[1]);
  CHECK(op.session.count(call::set_reuse_unicast_port) == 0);
  CHECK(op.session.count(call::bind_to_wildcard) == 0);
}

TEST_CASE("an error that prepare leaves after a reopening is the operation's error")
{
  scripted_connect op({.options = retrying(3),
      .answers = answer_in_turn(
          call::connect_ex, {winsock::connection_refused, winsock::invalid_argument})});
  int prepared = 0;
  prepare_by(op.options,
      [&](error_code& error)
      {
        if (++prepared == 2)
          error = asio::error::access_denied;
      });
  op.run();
  CHECK(op.result.is(asio::error::access_denied, 0));
  CHECK(op.report.attempts.size() == 1);
}

} // namespace test::scripted::reopening_windows_tests
