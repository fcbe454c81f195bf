// SPDX-License-Identifier: BSL-1.0

#include "support/stopping.hpp"
#include "support/catch.hpp"

#include <connectex/detail/decide/stopping.hpp>

#include <boost/asio/error.hpp>
#include <boost/system/generic_category.hpp>
#include <boost/system/system_category.hpp>

using namespace test;
using connectex::detail::is_ambiguous_when_stopped;
using connectex::detail::result_of;

TEST_CASE("the truth table: what an error means, given what had asked the step to stop")
{
  struct row
  {
    error_code from_system;
    error_code when_cancelled;
    error_code at_a_limit;
  };
  const row rows[] = {
      {{}, {}, {}},
      {error::operation_aborted, error::operation_aborted, error::timed_out},
      {error::connection_reset, error::operation_aborted, error::timed_out},
      {error::connection_aborted, error::operation_aborted, error::timed_out},
      {error::connection_refused, error::connection_refused, error::connection_refused},
      {error::timed_out, error::timed_out, error::timed_out},
      {error::network_unreachable, error::network_unreachable, error::network_unreachable},
      {error::host_unreachable, error::host_unreachable, error::host_unreachable},
      {error::network_down, error::network_down, error::network_down},
      {error::network_reset, error::network_reset, error::network_reset},
      {error::invalid_argument, error::invalid_argument, error::invalid_argument},
      {error::already_started, error::already_started, error::already_started},
      {error::broken_pipe, error::broken_pipe, error::broken_pipe},
      {error::not_connected, error::not_connected, error::not_connected},
      {error::bad_descriptor, error::bad_descriptor, error::bad_descriptor},
      {error::eof, error::eof, error::eof},
  };
  for (const row& r : rows)
  {
    INFO(r.from_system.message());
    CHECK(result_of(r.from_system, stop_reason::none) == r.from_system);
    CHECK(result_of(r.from_system, stop_reason::cancelled) == r.when_cancelled);
    CHECK(result_of(r.from_system, stop_reason::attempt_timeout) == r.at_a_limit);
    CHECK(result_of(r.from_system, stop_reason::total_timeout) == r.at_a_limit);
  }
}

TEST_CASE("no other number of the system, and none of another category, changes its meaning")
{
  for (int value = 0; value != 12000; ++value)
  {
    const error_code of_system(value, boost::system::system_category());
    const error_code of_others(value, boost::system::generic_category());
    const bool may_come_from_stopping = of_system == error::operation_aborted
        || of_system == error::connection_reset || of_system == error::connection_aborted;
    for (const stop_reason stop : all_stop_reasons())
    {
      const bool same = may_come_from_stopping || result_of(of_system, stop) == of_system;
      if (!same || result_of(of_others, stop) != of_others)
        FAIL_CHECK(value << " after " << stop);
    }
  }
}

TEST_CASE("three errors may come from stopping as well as from the network, and no others")
{
  for (int value = 0; value != 12000; ++value)
  {
    const error_code of_system(value, boost::system::system_category());
    const bool expected = of_system == error::operation_aborted
        || of_system == error::connection_reset || of_system == error::connection_aborted;
    if (is_ambiguous_when_stopped(of_system) != expected)
      FAIL_CHECK(value);
    if (is_ambiguous_when_stopped({value, boost::system::generic_category()}))
      FAIL_CHECK("generic " << value);
  }
  CHECK_FALSE(is_ambiguous_when_stopped(error::eof));
  CHECK_FALSE(is_ambiguous_when_stopped({}));
}
