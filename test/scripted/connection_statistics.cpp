// SPDX-License-Identifier: BSL-1.0

#include "support/scripted.hpp"

#include <connectex/connection_statistics.hpp>

namespace test::scripted::connection_statistics_tests
{

namespace
{

#if CONNECTEX_DETAIL_WINDOWS
constexpr call connect_call = call::connect_ex;
constexpr native_error refused = 10061;
constexpr native_error no_buffer_space = 10055;
constexpr native_error not_supported = 10045;
#else
constexpr call connect_call = call::connect;
constexpr native_error refused = ECONNREFUSED;
constexpr native_error no_buffer_space = ENOBUFS;
constexpr native_error not_supported = EOPNOTSUPP;
#endif

connect_options asking_for_statistics(connect_options options = {})
{
  options.statistics = true;
  return options;
}

calls calls_without_statistics()
{
  scripted_connect op;
  op.run();
  CHECK(op.result.is_success(5));
  CHECK(op.session.count(call::get_tcp_info) == 0);
  return op.session.calls();
}

} // namespace

TEST_CASE("statistics cost one system call, the last, and none if nobody reads them")
{
  const calls usual = calls_without_statistics();
  const bool has_report = GENERATE(false, true);
  const bool has_function = GENERATE(false, true);
  CAPTURE(has_report, has_function);
  scripted_connect op({.options = asking_for_statistics()});
  if (!has_report)
    op.options.report = nullptr;
  if (has_function)
    op.options.on_attempt = [](const connectex::connect_attempt&) {};
  op.run();
  CHECK(op.result.is_success(5));
  calls expected = usual;
  if (has_report || has_function)
    expected.push_back(call::get_tcp_info);
  CHECK(op.session.calls() == expected);
}

TEST_CASE("statistics are asked for when an attempt has connected, not when one has failed")
{
  SECTION("the third connects")
  {
    scripted_connect op({.options = asking_for_statistics(retrying(3)),
        .answers = answer_in_turn(connect_call, {refused, refused})});
    op.run();
    CHECK(op.result.is_success(5));
    CHECK(op.report.attempts.size() == 3);
    CHECK(op.session.count(call::get_tcp_info) == 1);
  }
  SECTION("none connects")
  {
    scripted_connect op(
        {.peer = peer_kind::refusing, .options = asking_for_statistics(retrying(3))});
    op.run();
    CHECK(op.result.is(asio::error::connection_refused, 0));
    CHECK(op.session.count(call::get_tcp_info) == 0);
  }
}

TEST_CASE("a failure to get statistics is none of the connect")
{
  const native_error number = GENERATE(no_buffer_space, not_supported);
  scripted_connect op(
      {.options = asking_for_statistics(), .answers = fail(call::get_tcp_info, number)});
  op.run();
  CHECK(op.result.is_success(5));
  CHECK(op.received() == op.flight);
  REQUIRE(op.report.attempts.size() == 1);
  CHECK_FALSE(op.report.attempts[0].error);
  CHECK(op.report.attempts[0].native_error == 0);
  CHECK_FALSE(op.report.attempts[0].statistics);
}

TEST_CASE("the system's error is told in portable terms")
{
  struct row
  {
    native_error number;
    error_code expected;
  };
  const row rows[] = {
    {no_buffer_space, asio::error::no_buffer_space},
    {not_supported, asio::error::operation_not_supported},
#if CONNECTEX_DETAIL_LINUX
    {ENOPROTOOPT, asio::error::operation_not_supported},
#endif
  };
  asio::io_context context;
  tcp::socket socket(context, tcp::v4());
  for (const row& r : rows)
  {
    CAPTURE(r.number);
    const session told(fail(call::get_tcp_info, r.number));
    error_code error;
    const auto statistics = connectex::get_connection_statistics(socket, error);
    CHECK(error == r.expected);
    CHECK(to_string(statistics) == "nothing known");
  }
}

} // namespace test::scripted::connection_statistics_tests
