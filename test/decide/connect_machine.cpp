// SPDX-License-Identifier: BSL-1.0

#include <connectex/detail/decide/connect_machine.hpp>

#include "support/catch.hpp"

#include <boost/asio/error.hpp>
#include <boost/system/generic_category.hpp>
#include <boost/system/system_category.hpp>

#include <chrono>
#include <ostream>
#include <vector>

namespace
{

namespace error = boost::asio::error;
using boost::system::error_code;
using connectex::exponential_backoff;
using connectex::retry_policy;
using connectex::detail::connect_machine;
using connectex::detail::result_of;
using connectex::detail::stop_reason;
using action = connect_machine::action;
using attempt_result = connect_machine::attempt_result;
using std::chrono::milliseconds;

constexpr stop_reason stop_reasons[] = {stop_reason::none, stop_reason::cancelled,
    stop_reason::attempt_timeout, stop_reason::total_timeout};

const char* name_of(stop_reason stop)
{
  switch (stop)
  {
  case stop_reason::none:
    return "nothing";
  case stop_reason::cancelled:
    return "a cancellation";
  case stop_reason::attempt_timeout:
    return "attempt_timeout";
  case stop_reason::total_timeout:
    return "total_timeout";
  }
  return "?";
}

const char* name_of(action next)
{
  switch (next)
  {
  case action::attempt:
    return "attempt";
  case action::dissolve:
    return "dissolve";
  case action::reopen:
    return "reopen";
  case action::wait:
    return "wait";
  case action::write:
    return "write";
  case action::finish:
    return "finish";
  }
  return "?";
}

/// A decision that can be compared and printed, whole: an error or a delay too many is a mistake.
struct verdict
{
  action next;
  error_code error = {};
  connect_machine::duration delay = {};

  friend bool operator==(const verdict& a, const verdict& b)
  {
    return a.next == b.next && a.error == b.error && a.delay == b.delay;
  }

  friend std::ostream& operator<<(std::ostream& out, const verdict& v)
  {
    return out << name_of(v.next) << ", " << (v.error ? v.error.message() : "no error") << ", "
               << v.delay.count() << " ticks";
  }
};

const verdict attempt{action::attempt};
const verdict dissolve{action::dissolve};
const verdict reopen{action::reopen};
const verdict write_rest{action::write};
const verdict finish{action::finish};

verdict wait_for(milliseconds delay) { return {action::wait, {}, delay}; }

verdict finish_with(const error_code& ec) { return {action::finish, ec}; }

attempt_result failed(const error_code& ec, stop_reason stop = stop_reason::none)
{
  attempt_result result;
  result.error = ec;
  result.stop = stop;
  return result;
}

attempt_result failed_at_once(const error_code& ec, stop_reason stop = stop_reason::none)
{
  attempt_result result = failed(ec, stop);
  result.immediate = true;
  return result;
}

attempt_result failed_after_connecting(const error_code& ec, stop_reason stop = stop_reason::none)
{
  attempt_result result = failed(ec, stop);
  result.may_have_connected = true;
  return result;
}

attempt_result connected(bool unsent = false, stop_reason stop = stop_reason::none)
{
  attempt_result result;
  result.stop = stop;
  result.may_have_connected = true;
  result.unsent = unsent;
  return result;
}

/// What the surroundings allow, beside the policy.
struct surroundings
{
  bool may_reopen = false;
  bool can_dissolve = false;
};

constexpr surroundings any_surroundings[] = {
    {false, false}, {false, true}, {true, false}, {true, true}};

/// The machine, with decisions that can be compared.
class subject
{
public:
  subject() = default;

  explicit subject(const retry_policy& policy, surroundings where = {})
    : machine_({&policy, where.may_reopen, where.can_dissolve})
  {
  }

  verdict on_attempt(const attempt_result& result) { return print(machine_.on_attempt(result)); }
  verdict on_dissolved(const error_code& ec = {}) { return print(machine_.on_dissolved(ec)); }
  verdict on_reopened(const error_code& ec = {}) { return print(machine_.on_reopened(ec)); }
  verdict on_waited(stop_reason stop = stop_reason::none)
  {
    return print(machine_.on_waited(stop));
  }
  verdict on_stopped(stop_reason stop) { return print(machine_.on_stopped(stop)); }
  verdict on_write(const error_code& ec, stop_reason stop, bool unsent)
  {
    return print(machine_.on_write(ec, stop, unsent));
  }

  static verdict on_only_attempt(const attempt_result& result)
  {
    return print(connect_machine::on_only_attempt(result));
  }

  unsigned attempts() const { return machine_.attempts(); }
  error_code last_error() const { return machine_.last_error(); }
  bool may_retry() const { return machine_.may_retry(); }

private:
  static verdict print(const connect_machine::decision& d) { return {d.next, d.error, d.delay}; }

  connect_machine machine_;
};

/// Retries without waiting.
retry_policy tries(unsigned max_attempts)
{
  retry_policy policy;
  policy.max_attempts = max_attempts;
  policy.backoff.initial = exponential_backoff::duration::zero();
  return policy;
}

/// Retries after exactly 100, 200, 400, ... milliseconds.
retry_policy tries_with_waits(unsigned max_attempts)
{
  retry_policy policy;
  policy.max_attempts = max_attempts;
  policy.backoff = {milliseconds(100), 2.0, std::chrono::seconds(10), 0.0};
  return policy;
}

std::vector<error_code> retryable_errors()
{
  return {error::connection_refused, error::network_unreachable, error::timed_out};
}

std::vector<error_code> final_errors()
{
  return {error::host_unreachable, error::network_down, error::network_reset,
      error::connection_reset, error::connection_aborted, error::access_denied,
      error::address_in_use, error::no_buffer_space, error::invalid_argument,
      error::already_started, error::already_connected, error::not_socket, error::eof};
}

/// What the packet of a call may carry that we stopped.
std::vector<error_code> errors_of_stopping()
{
  return {error::operation_aborted, error::connection_reset, error::connection_aborted};
}

/// What a provider says at once of a socket that it will not use again; connection_aborted too, but
/// only the second time.
std::vector<error_code> errors_about_the_socket()
{
  return {error::invalid_argument, error::already_started, error::network_down};
}

} // namespace

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

TEST_CASE("no other number of the system's, and none of another category, changes its meaning")
{
  for (int value = 0; value != 12000; ++value)
  {
    const error_code of_system(value, boost::system::system_category());
    const error_code of_others(value, boost::system::generic_category());
    const bool may_come_from_stopping = of_system == error::operation_aborted
        || of_system == error::connection_reset || of_system == error::connection_aborted;
    for (const stop_reason stop : stop_reasons)
    {
      const bool same = may_come_from_stopping || result_of(of_system, stop) == of_system;
      if (!same || result_of(of_others, stop) != of_others)
        FAIL_CHECK(value << " after " << name_of(stop));
    }
  }
}

TEST_CASE("before its first attempt the machine has nothing to tell")
{
  subject m;
  CHECK(m.attempts() == 0);
  CHECK_FALSE(m.last_error());
}

TEST_CASE("an operation without a policy, and one with the default policy, makes one attempt")
{
  const retry_policy default_policy;
  const bool with_policy = GENERATE(false, true);
  std::vector<error_code> errors = retryable_errors();
  for (const error_code& ec : final_errors())
    errors.push_back(ec);
  for (const error_code& ec : errors)
  {
    for (const surroundings where : any_surroundings)
    {
      INFO(ec.message());
      subject m = with_policy ? subject(default_policy, where) : subject();
      CHECK_FALSE(m.may_retry());
      CHECK(m.on_attempt(failed(ec)) == finish_with(ec));
      CHECK(m.attempts() == 1);
      CHECK(m.last_error() == ec);
    }
  }
}

TEST_CASE("an operation without options decides as a machine without a policy does")
{
  std::vector<error_code> errors = errors_of_stopping();
  for (const error_code& ec : retryable_errors())
    errors.push_back(ec);
  for (const error_code& ec : final_errors())
    errors.push_back(ec);
  for (const stop_reason stop : stop_reasons)
  {
    INFO("after " << name_of(stop));
    for (const error_code& ec : errors)
    {
      INFO(ec.message());
      for (const attempt_result& result :
          {failed(ec, stop), failed_at_once(ec, stop), failed_after_connecting(ec, stop)})
      {
        CHECK(subject::on_only_attempt(result) == finish_with(result_of(ec, stop)));
        CHECK(subject().on_attempt(result) == finish_with(result_of(ec, stop)));
      }
    }
    CHECK(subject::on_only_attempt(connected(false, stop)) == finish);
    CHECK(subject::on_only_attempt(connected(true, stop)) == write_rest);
  }
}

TEST_CASE("max_attempts counts all attempts, and the last error is the one that is reported")
{
  const unsigned max_attempts = GENERATE(1u, 2u, 3u, 7u);
  const retry_policy policy = tries(max_attempts);
  const std::vector<error_code> errors = retryable_errors();
  subject m(policy);
  for (unsigned n = 1; n <= max_attempts; ++n)
  {
    INFO("attempt " << n << " of " << max_attempts);
    const error_code ec = errors[n % errors.size()];
    CHECK(m.on_attempt(failed(ec)) == (n == max_attempts ? finish_with(ec) : attempt));
    CHECK(m.attempts() == n);
    CHECK(m.last_error() == ec);
  }
}

TEST_CASE("max_attempts 0 sets no limit")
{
  const retry_policy policy = tries(0);
  subject m(policy);
  for (unsigned n = 1; n <= 1000; ++n)
  {
    REQUIRE(m.may_retry());
    REQUIRE(m.on_attempt(failed(error::connection_refused)) == attempt);
    REQUIRE(m.attempts() == n);
  }
  CHECK(m.on_attempt(connected()) == finish);
}

TEST_CASE("may_retry tells beforehand whether the next attempt is the last")
{
  struct row
  {
    unsigned max_attempts;
    unsigned failed;
    bool may_retry;
  };
  const row rows[] = {
      {1, 0, false},
      {2, 0, true},
      {2, 1, false},
      {3, 0, true},
      {3, 1, true},
      {3, 2, false},
      {0xffffffff, 2, true},
      {0, 0, true},
      {0, 5, true},
  };
  for (const row& r : rows)
  {
    INFO(r.failed << " of " << r.max_attempts);
    const retry_policy policy = tries(r.max_attempts);
    subject m(policy);
    for (unsigned n = 0; n != r.failed; ++n)
      REQUIRE(m.on_attempt(failed(error::connection_refused)) == attempt);
    CHECK(m.may_retry() == r.may_retry);

    const verdict next = m.on_attempt(failed(error::connection_refused));
    CHECK(next == (r.may_retry ? attempt : finish_with(error::connection_refused)));
  }
}

TEST_CASE("the policy is looked at anew for each attempt's limit")
{
  retry_policy policy = tries(2);
  subject m(policy);
  CHECK(m.on_attempt(failed(error::connection_refused)) == attempt);
  policy.max_attempts = 3;
  CHECK(m.may_retry());
  CHECK(m.on_attempt(failed(error::connection_refused)) == attempt);
  CHECK_FALSE(m.may_retry());
}

TEST_CASE("three errors are retried by default, and no others")
{
  const retry_policy policy = tries(0);
  const bool at_once = GENERATE(false, true);
  for (const error_code& ec : retryable_errors())
  {
    INFO(ec.message());
    subject m(policy);
    CHECK(m.on_attempt(at_once ? failed_at_once(ec) : failed(ec)) == attempt);
  }
  for (const error_code& ec : final_errors())
  {
    INFO(ec.message());
    subject m(policy, {true, true});
    CHECK(m.on_attempt(at_once ? failed_at_once(ec) : failed(ec)) == finish_with(ec));
  }
}

TEST_CASE("what is not retried ends the operation at any attempt")
{
  const retry_policy policy = tries(5);
  subject m(policy, {true, false});
  CHECK(m.on_attempt(failed(error::connection_refused)) == attempt);
  CHECK(m.on_attempt(failed(error::timed_out)) == attempt);
  CHECK(m.on_attempt(failed(error::host_unreachable)) == finish_with(error::host_unreachable));
  CHECK(m.attempts() == 3);
  CHECK(m.last_error() == error::host_unreachable);
}

TEST_CASE("a predicate replaces the three errors, narrower or wider")
{
  retry_policy policy = tries(0);
  policy.predicate = [](const error_code& ec)
  { return ec == error::connection_refused || ec == error::host_unreachable; };

  subject m(policy);
  CHECK(m.on_attempt(failed(error::connection_refused)) == attempt);
  CHECK(m.on_attempt(failed(error::host_unreachable)) == attempt);
  CHECK(m.on_attempt(failed(error::timed_out)) == finish_with(error::timed_out));

  subject n(policy);
  CHECK(
      n.on_attempt(failed(error::network_unreachable)) == finish_with(error::network_unreachable));
}

TEST_CASE("the predicate is asked once for each failure that it can decide, by its portable error")
{
  std::vector<error_code> asked;
  retry_policy policy = tries(4);
  policy.predicate = [&](const error_code& ec)
  {
    asked.push_back(ec);
    return true;
  };
  subject m(policy, {false, true});

  CHECK(m.on_attempt(failed(error::connection_reset)) == dissolve);
  CHECK(m.on_dissolved() == attempt);
  CHECK(asked == std::vector<error_code>{error::connection_reset});

  // The number of a limit is not the number that the stopped call left.
  CHECK(m.on_attempt(failed(error::operation_aborted, stop_reason::attempt_timeout)) == dissolve);
  CHECK(m.on_dissolved() == attempt);
  CHECK(asked == std::vector<error_code>{error::connection_reset, error::timed_out});

  // A call that only clears the way, or that speaks of the socket, is no failure of an attempt.
  CHECK(m.on_attempt(failed_at_once(error::connection_aborted)) == attempt);
  CHECK(asked.size() == 2);

  CHECK(m.on_attempt(failed(error::host_unreachable)) == dissolve);
  CHECK(m.on_dissolved() == attempt);
  CHECK(asked.size() == 3);

  // Nothing is left to decide.
  CHECK(m.on_attempt(failed(error::connection_refused)) == finish_with(error::connection_refused));
  CHECK(asked.size() == 3);
}

TEST_CASE("the predicate is not asked about a success, a cancellation, or bytes perhaps delivered")
{
  struct row
  {
    attempt_result result;
    verdict expected;
  };
  const row rows[] = {
      {connected(), finish},
      {connected(true), write_rest},
      {connected(false, stop_reason::cancelled), finish},
      {failed(error::operation_aborted), finish_with(error::operation_aborted)},
      {failed(error::operation_aborted, stop_reason::cancelled),
          finish_with(error::operation_aborted)},
      {failed(error::connection_reset, stop_reason::cancelled),
          finish_with(error::operation_aborted)},
      {failed(error::connection_aborted, stop_reason::cancelled),
          finish_with(error::operation_aborted)},
      {failed_at_once(error::operation_aborted), finish_with(error::operation_aborted)},
      {failed_after_connecting(error::timed_out), finish_with(error::timed_out)},
      {failed_after_connecting(error::connection_refused), finish_with(error::connection_refused)},
      {failed_after_connecting(error::connection_reset), finish_with(error::connection_reset)},
      {failed_after_connecting(error::operation_aborted, stop_reason::attempt_timeout),
          finish_with(error::timed_out)},
      {failed_after_connecting(error::operation_aborted, stop_reason::total_timeout),
          finish_with(error::timed_out)},
  };
  for (const row& r : rows)
  {
    INFO(r.result.error.message() << " after " << name_of(r.result.stop));
    bool asked = false;
    retry_policy policy = tries(0);
    policy.predicate = [&](const error_code&) { return asked = true; };
    subject m(policy, {true, true});
    CHECK(m.on_attempt(r.result) == r.expected);
    CHECK_FALSE(asked);
    CHECK(m.attempts() == 1);
    CHECK(m.last_error() == r.expected.error);
  }
}

TEST_CASE("nothing is retried once a byte may have been delivered, by default either")
{
  const retry_policy policy = tries(0);
  for (const surroundings where : any_surroundings)
  {
    subject m(policy, where);
    CHECK(m.on_attempt(failed_after_connecting(error::timed_out)) == finish_with(error::timed_out));
  }
}

TEST_CASE("before each further attempt comes the wait that the backoff asks for")
{
  const retry_policy policy = tries_with_waits(4);
  subject m(policy);
  for (const int delay : {100, 200, 400})
  {
    CHECK(m.on_attempt(failed(error::connection_refused)) == wait_for(milliseconds(delay)));
    CHECK(m.on_waited() == attempt);
  }
  CHECK(m.on_attempt(failed(error::connection_refused)) == finish_with(error::connection_refused));
  CHECK(m.attempts() == 4);
}

TEST_CASE("a wait of nothing is no wait")
{
  std::vector<double> chances = {0.5, 0.0};
  retry_policy policy = tries_with_waits(0);
  policy.backoff.jitter = 1;
  policy.backoff.random = [&]
  {
    const double chance = chances.back();
    chances.pop_back();
    return chance;
  };
  subject m(policy);
  CHECK(m.on_attempt(failed(error::connection_refused)) == attempt);
  CHECK(m.on_attempt(failed(error::connection_refused)) == wait_for(milliseconds(100)));
}

TEST_CASE("a wait that is stopped ends the operation, by the name of what has stopped it")
{
  const retry_policy policy = tries_with_waits(0);
  struct row
  {
    stop_reason stop;
    verdict expected;
  };
  const row rows[] = {
      {stop_reason::none, attempt},
      {stop_reason::cancelled, finish_with(error::operation_aborted)},
      {stop_reason::total_timeout, finish_with(error::timed_out)},
  };
  for (const row& r : rows)
  {
    INFO(name_of(r.stop));
    subject m(policy, {true, true});
    REQUIRE(m.on_attempt(failed(error::connection_refused)) == dissolve);
    REQUIRE(m.on_dissolved() == wait_for(milliseconds(100)));
    CHECK(m.on_waited(r.stop) == r.expected);
    CHECK(m.attempts() == 1);
    CHECK(m.last_error() == error::connection_refused);
  }
}

TEST_CASE("a step that is not started ends the operation, by the name of what has kept it")
{
  struct row
  {
    stop_reason stop;
    error_code expected;
  };
  const row rows[] = {
      {stop_reason::none, error::operation_aborted},
      {stop_reason::cancelled, error::operation_aborted},
      {stop_reason::attempt_timeout, error::timed_out},
      {stop_reason::total_timeout, error::timed_out},
  };
  for (const row& r : rows)
  {
    INFO(name_of(r.stop));
    subject first;
    CHECK(first.on_stopped(r.stop) == finish_with(r.expected));
    CHECK(first.attempts() == 0);
    CHECK_FALSE(first.last_error());

    const retry_policy policy = tries(0);
    subject second(policy, {true, true});
    REQUIRE(second.on_attempt(failed(error::connection_refused)) == dissolve);
    REQUIRE(second.on_dissolved() == attempt);
    CHECK(second.on_stopped(r.stop) == finish_with(r.expected));
    CHECK(second.attempts() == 1);
    CHECK(second.last_error() == error::connection_refused);
  }
}

TEST_CASE("a connection ends the operation, or its writes begin")
{
  const retry_policy policy = tries(3);
  const bool with_policy = GENERATE(false, true);
  const bool unsent = GENERATE(false, true);
  for (const stop_reason stop : stop_reasons)
  {
    // What comes after the success but before the handler has come too late.
    INFO("after " << name_of(stop));
    subject m = with_policy ? subject(policy, {true, true}) : subject();
    CHECK(m.on_attempt(connected(unsent, stop)) == (unsent ? write_rest : finish));
    CHECK(m.attempts() == 1);
    CHECK_FALSE(m.last_error());
  }
}

TEST_CASE("a connection at a later attempt leaves no error behind")
{
  const retry_policy policy = tries(3);
  subject m(policy);
  CHECK(m.on_attempt(failed(error::connection_refused)) == attempt);
  CHECK(m.on_attempt(connected()) == finish);
  CHECK(m.attempts() == 2);
  CHECK_FALSE(m.last_error());
}

TEST_CASE("writes go on until nothing is left, and end with an error as the truth table says")
{
  struct row
  {
    error_code from_system;
    stop_reason stop;
    bool unsent;
    verdict expected;
  };
  const row rows[] = {
      {{}, stop_reason::none, true, write_rest},
      {{}, stop_reason::none, false, finish},

      // Too late for this write. Whether there is a next one is for its beginning to say.
      {{}, stop_reason::cancelled, false, finish},
      {{}, stop_reason::attempt_timeout, false, finish},
      {{}, stop_reason::total_timeout, false, finish},
      {{}, stop_reason::cancelled, true, write_rest},
      {{}, stop_reason::total_timeout, true, write_rest},

      {error::operation_aborted, stop_reason::none, true, finish_with(error::operation_aborted)},
      {error::operation_aborted, stop_reason::cancelled, true,
          finish_with(error::operation_aborted)},
      {error::operation_aborted, stop_reason::total_timeout, true, finish_with(error::timed_out)},
      {error::connection_reset, stop_reason::none, true, finish_with(error::connection_reset)},
      {error::connection_reset, stop_reason::cancelled, true,
          finish_with(error::operation_aborted)},
      {error::connection_reset, stop_reason::total_timeout, true, finish_with(error::timed_out)},
      {error::connection_aborted, stop_reason::none, false, finish_with(error::connection_aborted)},
      {error::connection_aborted, stop_reason::cancelled, false,
          finish_with(error::operation_aborted)},
      {error::connection_aborted, stop_reason::total_timeout, false, finish_with(error::timed_out)},
      {error::broken_pipe, stop_reason::none, true, finish_with(error::broken_pipe)},
      {error::broken_pipe, stop_reason::cancelled, true, finish_with(error::broken_pipe)},
      {error::broken_pipe, stop_reason::total_timeout, true, finish_with(error::broken_pipe)},

      // Retryable, were it not for the bytes that have been delivered.
      {error::timed_out, stop_reason::none, true, finish_with(error::timed_out)},
      {error::timed_out, stop_reason::cancelled, true, finish_with(error::timed_out)},
  };
  const retry_policy policy = tries(0);
  for (const row& r : rows)
  {
    INFO(r.from_system.message() << " after " << name_of(r.stop));
    subject m(policy, {true, true});
    REQUIRE(m.on_attempt(connected(true)) == write_rest);
    REQUIRE(m.on_write({}, stop_reason::none, true) == write_rest);
    CHECK(m.on_write(r.from_system, r.stop, r.unsent) == r.expected);
    CHECK(m.attempts() == 1);
    CHECK_FALSE(m.last_error());
  }
}

TEST_CASE("a stop that comes with a retryable error keeps the next attempt from being made")
{
  struct row
  {
    unsigned max_attempts;
    stop_reason stop;
    verdict expected;
  };
  const row rows[] = {
      {2, stop_reason::cancelled, finish_with(error::operation_aborted)},
      {2, stop_reason::total_timeout, finish_with(error::timed_out)},
      {0, stop_reason::cancelled, finish_with(error::operation_aborted)},
      {0, stop_reason::total_timeout, finish_with(error::timed_out)},

      // There was no next attempt to be kept from: what the network said stays.
      {1, stop_reason::cancelled, finish_with(error::connection_refused)},
      {1, stop_reason::attempt_timeout, finish_with(error::connection_refused)},
      {1, stop_reason::total_timeout, finish_with(error::connection_refused)},
  };
  for (const row& r : rows)
  {
    for (const surroundings where : any_surroundings)
    {
      INFO(r.max_attempts << " attempts, " << name_of(r.stop));
      const retry_policy policy = tries_with_waits(r.max_attempts);
      subject m(policy, where);
      CHECK(m.on_attempt(failed(error::connection_refused, r.stop)) == r.expected);
      CHECK(m.attempts() == 1);
      CHECK(m.last_error() == error::connection_refused);
    }
  }
}

TEST_CASE("a stop that comes with an error that is not retried leaves that error alone")
{
  const retry_policy policy = tries(0);
  for (const stop_reason stop : stop_reasons)
  {
    INFO(name_of(stop));
    subject m(policy, {true, true});
    CHECK(m.on_attempt(failed(error::host_unreachable, stop))
        == finish_with(error::host_unreachable));
  }
}

TEST_CASE("an attempt that a cancellation or total_timeout has ended is the last")
{
  struct row
  {
    stop_reason stop;
    error_code expected;
  };
  const row rows[] = {
      {stop_reason::none, error::operation_aborted},
      {stop_reason::cancelled, error::operation_aborted},
      {stop_reason::total_timeout, error::timed_out},
  };
  const unsigned max_attempts = GENERATE(0u, 1u, 5u);
  const retry_policy policy = tries_with_waits(max_attempts);
  for (const row& r : rows)
  {
    for (const surroundings where : any_surroundings)
    {
      INFO(name_of(r.stop));
      subject m(policy, where);
      CHECK(m.on_attempt(failed(error::operation_aborted, r.stop)) == finish_with(r.expected));
      CHECK(m.attempts() == 1);
      CHECK(m.last_error() == r.expected);
    }
  }
}

TEST_CASE("an attempt that attempt_timeout has ended needs a socket without the old connect in it")
{
  struct row
  {
    surroundings where;
    verdict expected;
    verdict if_dissolving_fails;
  };
  const verdict timed_out = finish_with(error::timed_out);
  const row rows[] = {
      {{false, false}, timed_out, {}},
      {{true, false}, reopen, {}},
      {{false, true}, dissolve, timed_out},
      {{true, true}, dissolve, reopen},
  };
  const bool waits = GENERATE(false, true);
  const retry_policy policy = waits ? tries_with_waits(3) : tries(3);
  const verdict go_on = waits ? wait_for(milliseconds(100)) : attempt;
  for (const row& r : rows)
  {
    for (const error_code& ec : errors_of_stopping())
    {
      INFO(ec.message() << ", " << r.expected);
      const attempt_result result = failed(ec, stop_reason::attempt_timeout);

      subject m(policy, r.where);
      CHECK(m.on_attempt(result) == r.expected);
      CHECK(m.attempts() == 1);
      CHECK(m.last_error() == error::timed_out);
      if (r.expected == reopen)
        CHECK(m.on_reopened() == go_on);
      if (!(r.expected == dissolve))
        continue;
      CHECK(m.on_dissolved() == go_on);

      subject n(policy, r.where);
      REQUIRE(n.on_attempt(result) == dissolve);
      CHECK(n.on_dissolved(error::invalid_argument) == r.if_dissolving_fails);
      CHECK(n.last_error() == error::timed_out);
      if (r.if_dissolving_fails == reopen)
        CHECK(n.on_reopened() == go_on);
    }
  }
}

TEST_CASE("the last attempt, and one that the predicate gives up, end in timed_out at their limit")
{
  retry_policy policy = tries(GENERATE(1u, 2u));
  if (policy.max_attempts != 1)
    policy.predicate = [](const error_code& ec) { return ec != error::timed_out; };
  for (const error_code& ec : errors_of_stopping())
  {
    for (const surroundings where : any_surroundings)
    {
      INFO(ec.message());
      subject m(policy, where);
      CHECK(
          m.on_attempt(failed(ec, stop_reason::attempt_timeout)) == finish_with(error::timed_out));
    }
  }
}

TEST_CASE("the limit of the last attempt is reported, not what an earlier attempt had met")
{
  const retry_policy policy = tries(GENERATE(2u, 5u));
  subject m(policy);
  CHECK(m.on_attempt(failed(error::connection_refused)) == attempt);
  CHECK(m.on_attempt(failed(error::operation_aborted, stop_reason::attempt_timeout))
      == finish_with(error::timed_out));
  CHECK(m.attempts() == 2);
}

TEST_CASE("a real error that comes together with attempt_timeout goes the way of a real error")
{
  const retry_policy policy = tries_with_waits(2);
  for (const error_code& ec : retryable_errors())
  {
    INFO(ec.message());
    for (const bool may_reopen : {false, true})
    {
      subject m(policy, {may_reopen, false});
      CHECK(m.on_attempt(failed(ec, stop_reason::attempt_timeout)) == wait_for(milliseconds(100)));
      CHECK(m.last_error() == ec);

      subject n(policy, {may_reopen, true});
      CHECK(n.on_attempt(failed(ec, stop_reason::attempt_timeout)) == dissolve);
      CHECK(n.on_dissolved() == wait_for(milliseconds(100)));
    }
  }
}

TEST_CASE("a real error leaves a socket that can connect again even if dissolving it fails")
{
  const retry_policy policy = tries_with_waits(3);
  for (const bool may_reopen : {false, true})
  {
    subject m(policy, {may_reopen, true});
    CHECK(m.on_attempt(failed(error::connection_refused)) == dissolve);
    CHECK(m.on_dissolved(error::invalid_argument) == wait_for(milliseconds(100)));
    CHECK(m.on_waited() == attempt);
  }

  // Not even if the attempt before it was ended by its limit.
  subject n(policy, {true, true});
  CHECK(n.on_attempt(failed(error::operation_aborted, stop_reason::attempt_timeout)) == dissolve);
  CHECK(n.on_dissolved() == wait_for(milliseconds(100)));
  CHECK(n.on_waited() == attempt);
  CHECK(n.on_attempt(failed(error::connection_refused)) == dissolve);
  CHECK(n.on_dissolved(error::invalid_argument) == wait_for(milliseconds(200)));
}

TEST_CASE("an immediate connection_aborted after a failure is absorbed, and is no attempt")
{
  const retry_policy policy = tries_with_waits(2);
  subject m(policy);
  CHECK(m.on_attempt(failed(error::connection_refused)) == wait_for(milliseconds(100)));
  CHECK(m.on_waited() == attempt);
  CHECK(m.on_attempt(failed_at_once(error::connection_aborted)) == attempt);
  CHECK(m.attempts() == 1);
  CHECK(m.last_error() == error::connection_refused);
  CHECK_FALSE(m.may_retry());

  SECTION("what follows is the attempt")
  {
    CHECK(m.on_attempt(failed(error::timed_out)) == finish_with(error::timed_out));
    CHECK(m.attempts() == 2);
  }
  SECTION("which may succeed")
  {
    CHECK(m.on_attempt(connected(true)) == write_rest);
    CHECK(m.attempts() == 2);
    CHECK_FALSE(m.last_error());
  }
  SECTION("or not be started")
  {
    CHECK(m.on_stopped(stop_reason::cancelled) == finish_with(error::operation_aborted));
    CHECK(m.attempts() == 1);
  }
}

TEST_CASE("one call is absorbed for each failed attempt")
{
  const retry_policy policy = tries(0);
  for (const bool may_reopen : {false, true})
  {
    subject m(policy, {may_reopen, false});
    for (unsigned n = 1; n <= 3; ++n)
    {
      CHECK(m.on_attempt(failed(error::connection_refused)) == attempt);
      CHECK(m.on_attempt(failed_at_once(error::connection_aborted)) == attempt);
      CHECK(m.attempts() == n);
    }

    // The second in a row: the system refuses the socket.
    const verdict last = m.on_attempt(failed_at_once(error::connection_aborted));
    CHECK(last == (may_reopen ? reopen : finish_with(error::connection_refused)));
    CHECK(m.attempts() == 3);
    CHECK(m.last_error() == error::connection_refused);
  }
}

TEST_CASE("a call is absorbed after a dissolved attempt too")
{
  const retry_policy policy = tries(0);
  for (const error_code& dissolving : {error_code(), error_code(error::invalid_argument)})
  {
    subject m(policy, {false, true});
    CHECK(m.on_attempt(failed(error::connection_refused)) == dissolve);
    CHECK(m.on_dissolved(dissolving) == attempt);
    CHECK(m.on_attempt(failed_at_once(error::connection_aborted)) == attempt);
    CHECK(m.attempts() == 1);
  }
}

TEST_CASE("connection_aborted from the network is not absorbed")
{
  const retry_policy policy = tries(5);
  for (const surroundings where : any_surroundings)
  {
    // On a first attempt, at once or later.
    subject first(policy, where);
    CHECK(first.on_attempt(failed_at_once(error::connection_aborted))
        == finish_with(error::connection_aborted));
    CHECK(first.attempts() == 1);
    subject second(policy, where);
    CHECK(second.on_attempt(failed(error::connection_aborted))
        == finish_with(error::connection_aborted));
    CHECK(second.attempts() == 1);
  }

  // After some time.
  subject later(policy, {true, false});
  CHECK(later.on_attempt(failed(error::connection_refused)) == attempt);
  CHECK(later.on_attempt(failed(error::connection_aborted))
      == finish_with(error::connection_aborted));
  CHECK(later.attempts() == 2);
  CHECK(later.last_error() == error::connection_aborted);

  // On a new socket.
  subject renewed(policy, {true, false});
  CHECK(
      renewed.on_attempt(failed(error::operation_aborted, stop_reason::attempt_timeout)) == reopen);
  CHECK(renewed.on_reopened() == attempt);
  CHECK(renewed.on_attempt(failed_at_once(error::connection_aborted))
      == finish_with(error::connection_aborted));
  CHECK(renewed.attempts() == 2);
}

TEST_CASE("a predicate that retries connection_aborted makes it no more absorbed than it is")
{
  retry_policy policy = tries(3);
  policy.predicate = [](const error_code&) { return true; };
  subject m(policy);
  CHECK(m.on_attempt(failed_at_once(error::connection_aborted)) == attempt);
  CHECK(m.attempts() == 1);
  CHECK(m.on_attempt(failed_at_once(error::connection_aborted)) == attempt);
  CHECK(m.attempts() == 1);
  CHECK(m.on_attempt(failed(error::connection_aborted)) == attempt);
  CHECK(m.attempts() == 2);
  CHECK(m.on_attempt(failed(error::connection_aborted)) == finish_with(error::connection_aborted));
  CHECK(m.attempts() == 3);
}

TEST_CASE("where the provider refuses the socket it is opened anew, or the last real error stands")
{
  const retry_policy policy = tries(5);
  for (const error_code& refusal : errors_about_the_socket())
  {
    for (const error_code& real : retryable_errors())
    {
      INFO(refusal.message() << " after " << real.message());
      for (const bool absorbed_before : {false, true})
      {
        for (const bool may_reopen : {false, true})
        {
          subject m(policy, {may_reopen, false});
          REQUIRE(m.on_attempt(failed(real)) == attempt);
          if (absorbed_before)
            REQUIRE(m.on_attempt(failed_at_once(error::connection_aborted)) == attempt);
          CHECK(m.on_attempt(failed_at_once(refusal)) == (may_reopen ? reopen : finish_with(real)));
          CHECK(m.attempts() == 1);
          CHECK(m.last_error() == real);
        }
      }
    }
  }
}

TEST_CASE("what speaks of the socket speaks of the call when the socket is fresh or it took time")
{
  const retry_policy policy = tries(5);
  for (const error_code& ec : errors_about_the_socket())
  {
    INFO(ec.message());
    subject first(policy, {true, true});
    CHECK(first.on_attempt(failed_at_once(ec)) == finish_with(ec));
    CHECK(first.attempts() == 1);

    subject later(policy, {true, false});
    REQUIRE(later.on_attempt(failed(error::connection_refused)) == attempt);
    CHECK(later.on_attempt(failed(ec)) == finish_with(ec));
    CHECK(later.attempts() == 2);

    subject renewed(policy, {true, false});
    REQUIRE(renewed.on_attempt(failed(error::connection_refused)) == attempt);
    REQUIRE(renewed.on_attempt(failed_at_once(ec)) == reopen);
    REQUIRE(renewed.on_reopened() == attempt);
    CHECK(renewed.on_attempt(failed_at_once(ec)) == finish_with(ec));
    CHECK(renewed.attempts() == 2);
    CHECK(renewed.last_error() == ec);
  }
}

TEST_CASE("any other error at once on a used socket is an attempt like any other")
{
  const retry_policy policy = tries(5);
  for (const error_code& ec : retryable_errors())
  {
    INFO(ec.message());
    subject m(policy, {true, false});
    REQUIRE(m.on_attempt(failed(error::connection_refused)) == attempt);
    CHECK(m.on_attempt(failed_at_once(ec)) == attempt);
    CHECK(m.attempts() == 2);
    CHECK(m.last_error() == ec);
  }
  const error_code others[] = {error::host_unreachable, error::connection_reset,
      error::address_in_use, error::operation_aborted, error::already_connected};
  for (const error_code& ec : others)
  {
    INFO(ec.message());
    subject m(policy, {true, false});
    REQUIRE(m.on_attempt(failed(error::connection_refused)) == attempt);
    CHECK(m.on_attempt(failed_at_once(ec)) == finish_with(ec));
    CHECK(m.attempts() == 2);
  }
}

TEST_CASE("a call that speaks of the socket and comes with a stop is no attempt, but stopped")
{
  struct row
  {
    stop_reason stop;
    verdict expected;
  };
  const row rows[] = {
      {stop_reason::cancelled, finish_with(error::operation_aborted)},
      {stop_reason::total_timeout, finish_with(error::timed_out)},
  };
  const retry_policy policy = tries(5);
  for (const error_code& refusal : errors_about_the_socket())
  {
    for (const row& r : rows)
    {
      INFO(refusal.message() << " after " << name_of(r.stop));
      subject m(policy, {true, false});
      REQUIRE(m.on_attempt(failed(error::connection_refused)) == attempt);
      CHECK(m.on_attempt(failed_at_once(refusal, r.stop)) == r.expected);
      CHECK(m.attempts() == 1);
    }
  }
}

TEST_CASE("an attempt limit leaves a call that failed at once what it was")
{
  const retry_policy policy = tries(5);
  subject m(policy, {true, false});
  REQUIRE(m.on_attempt(failed(error::connection_refused)) == attempt);
  const auto limit = stop_reason::attempt_timeout;
  CHECK(m.on_attempt(failed_at_once(error::connection_aborted, limit)) == attempt);
  CHECK(m.on_attempt(failed_at_once(error::connection_aborted, limit)) == reopen);
  CHECK(m.attempts() == 1);
}

TEST_CASE(
    "a socket that is refused and may not be opened anew is tried on if the predicate wants that")
{
  retry_policy policy = tries(5);
  policy.predicate = [](const error_code&) { return true; };
  for (const error_code& refusal : errors_about_the_socket())
  {
    INFO(refusal.message());
    subject m(policy);
    REQUIRE(m.on_attempt(failed(error::connection_refused)) == attempt);
    if (refusal == error::connection_aborted)
      REQUIRE(m.on_attempt(failed_at_once(refusal)) == attempt);
    CHECK(m.on_attempt(failed_at_once(refusal)) == attempt);
    CHECK(m.attempts() == 2);

    subject may_reopen(policy, {true, false});
    REQUIRE(may_reopen.on_attempt(failed(error::connection_refused)) == attempt);
    if (refusal == error::connection_aborted)
      REQUIRE(may_reopen.on_attempt(failed_at_once(refusal)) == attempt);
    CHECK(may_reopen.on_attempt(failed_at_once(refusal)) == reopen);
    CHECK(may_reopen.attempts() == 1);
  }
}

TEST_CASE("who stops the operation has no socket opened anew")
{
  const retry_policy policy = tries(5);
  for (const error_code& refusal : errors_about_the_socket())
  {
    for (const stop_reason stop : {stop_reason::cancelled, stop_reason::total_timeout})
    {
      INFO(refusal.message() << " after " << name_of(stop));
      subject m(policy, {true, false});
      REQUIRE(m.on_attempt(failed(error::connection_refused)) == attempt);
      CHECK(m.on_attempt(failed_at_once(refusal, stop)).next == action::finish);
    }
  }
}

TEST_CASE("the wait is over when the socket turns out to be refused, and the next one is longer")
{
  const retry_policy policy = tries_with_waits(0);
  const bool absorbed_before = GENERATE(false, true);
  subject m(policy, {true, false});
  CHECK(m.on_attempt(failed(error::connection_refused)) == wait_for(milliseconds(100)));
  CHECK(m.on_waited() == attempt);
  if (absorbed_before)
    CHECK(m.on_attempt(failed_at_once(error::connection_aborted)) == attempt);
  CHECK(m.on_attempt(
            failed_at_once(absorbed_before ? error::connection_aborted : error::already_started))
      == reopen);
  CHECK(m.on_reopened() == attempt);
  CHECK(m.on_attempt(failed(error::connection_refused)) == wait_for(milliseconds(200)));
  CHECK(m.on_waited() == attempt);
  CHECK(m.attempts() == 2);
}

TEST_CASE("a wait of nothing is over too when the socket turns out to be refused")
{
  double chance = 0;
  retry_policy policy = tries_with_waits(0);
  policy.backoff.jitter = 1;
  policy.backoff.random = [&] { return chance; };
  subject m(policy, {true, false});
  CHECK(m.on_attempt(failed(error::connection_refused)) == attempt);
  chance = 0.5;
  CHECK(m.on_attempt(failed_at_once(error::invalid_argument)) == reopen);
  CHECK(m.on_reopened() == attempt);
}

TEST_CASE("on a socket opened anew failures count, wait and are absorbed as before")
{
  const retry_policy policy = tries_with_waits(3);
  subject m(policy, {true, false});
  CHECK(m.on_attempt(failed(error::operation_aborted, stop_reason::attempt_timeout)) == reopen);
  CHECK(m.on_reopened() == wait_for(milliseconds(100)));
  CHECK(m.on_waited() == attempt);
  CHECK(m.on_attempt(failed(error::connection_refused)) == wait_for(milliseconds(200)));
  CHECK(m.on_waited() == attempt);
  CHECK(m.on_attempt(failed_at_once(error::connection_aborted)) == attempt);
  CHECK(m.on_attempt(failed(error::operation_aborted, stop_reason::attempt_timeout))
      == finish_with(error::timed_out));
  CHECK(m.attempts() == 3);
}

TEST_CASE("a socket may be opened anew after every attempt")
{
  const retry_policy policy = tries(0);
  subject m(policy, {true, false});
  for (int n = 0; n != 3; ++n)
  {
    CHECK(m.on_attempt(failed(error::operation_aborted, stop_reason::attempt_timeout)) == reopen);
    CHECK(m.on_reopened() == attempt);
    CHECK(m.on_attempt(failed(error::connection_refused)) == attempt);
    CHECK(m.on_attempt(failed_at_once(error::invalid_argument)) == reopen);
    CHECK(m.on_reopened() == attempt);
  }
  CHECK(m.attempts() == 6);
}

TEST_CASE("a socket that cannot be opened anew ends the operation with the reason")
{
  const retry_policy policy = tries(5);
  const bool after_limit = GENERATE(false, true);
  subject m(policy, {true, false});
  if (after_limit)
  {
    REQUIRE(m.on_attempt(failed(error::operation_aborted, stop_reason::attempt_timeout)) == reopen);
  }
  else
  {
    REQUIRE(m.on_attempt(failed(error::timed_out)) == attempt);
    REQUIRE(m.on_attempt(failed_at_once(error::invalid_argument)) == reopen);
  }
  // connection_refused is what a prepare hook might leave: no error of an attempt, so not retried.
  const error_code reason =
      GENERATE(error_code(error::no_descriptors), error_code(error::connection_refused));
  CHECK(m.on_reopened(reason) == finish_with(reason));
  CHECK(m.attempts() == 1);
  CHECK(m.last_error() == error::timed_out);
}
