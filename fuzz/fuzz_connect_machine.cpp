// SPDX-License-Identifier: BSL-1.0

#include "fuzz.hpp"

#include <connectex/detail/decide/connect_machine.hpp>
#include <connectex/retry_policy.hpp>

#include <boost/asio/error.hpp>
#include <boost/system/error_code.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <limits>

namespace
{

namespace error = boost::asio::error;
using boost::system::error_code;
using connectex::exponential_backoff;
using connectex::retry_policy;
using connectex::detail::connect_machine;
using connectex::detail::stop_reason;
using fuzz::byte_source;
using action = connect_machine::action;
using attempt_result = connect_machine::attempt_result;
using decision = connect_machine::decision;
using duration = connect_machine::duration;

const error_code retryable_errors[] = {
    error::connection_refused, error::network_unreachable, error::timed_out};

const error_code errors[] = {error::connection_refused, error::network_unreachable,
    error::timed_out, error::operation_aborted, error::connection_reset, error::connection_aborted,
    error::invalid_argument, error::already_started, error::network_down, error::host_unreachable,
    error::broken_pipe, error::address_in_use, error::no_buffer_space, error::access_denied,
    error::not_socket, error::eof};

const error_code special_errors[] = {error::operation_aborted, error::connection_reset,
    error::connection_aborted, error::invalid_argument, error::already_started,
    error::network_down};

constexpr stop_reason stop_reasons[] = {
    stop_reason::cancelled, stop_reason::attempt_timeout, stop_reason::total_timeout};

constexpr stop_reason final_stop_reasons[] = {stop_reason::cancelled, stop_reason::total_timeout};

template <std::size_t Size>
bool is_among(const error_code (&those)[Size], const error_code& ec)
{
  return std::find(std::begin(those), std::end(those), ec) != std::end(those);
}

/// What the packet of a call may carry that we stopped.
bool may_come_from_stopping(const error_code& ec)
{
  return ec == error::operation_aborted || ec == error::connection_reset
      || ec == error::connection_aborted;
}

/// Said at once of a socket that has failed before, it is the socket that is refused.
bool speaks_of_the_socket(const error_code& ec)
{
  return ec == error::connection_aborted || ec == error::invalid_argument
      || ec == error::already_started || ec == error::network_down;
}

bool ends_the_operation(stop_reason stop)
{
  return stop == stop_reason::cancelled || stop == stop_reason::total_timeout;
}

error_code name_of(stop_reason stop)
{
  return stop == stop_reason::cancelled ? error_code(error::operation_aborted)
                                        : error_code(error::timed_out);
}

/// The truth table, told a second time.
error_code meaning_of(const error_code& ec, stop_reason stop)
{
  return stop != stop_reason::none && may_come_from_stopping(ec) ? name_of(stop) : ec;
}

bool goes_on(const decision& next)
{
  return next.next == action::attempt || next.next == action::wait;
}

bool finishes_with(const decision& next, const error_code& ec)
{
  return next.next == action::finish && next.error == ec;
}

/// One operation: does what connect_op would do, with an outcome that the input chooses, and holds what
/// the machine decides against what doc/retry.md and the headers promise.
class operation
{
public:
  explicit operation(byte_source& bytes) : bytes_(bytes)
  {
    policy_.max_attempts = bytes_.pick({0u, 1u, 2u, 3u, 5u, 0xffffffffu});
    choose_backoff();
    choose_predicate();
    FUZZ_REQUIRE(policy_.validate().empty());

    where_.retry = &policy_;
    where_.may_reopen = bytes_.coin();
    where_.can_dissolve = bytes_.coin();
    machine_ = connect_machine(where_);
  }

  operation(const operation&) = delete;
  operation& operator=(const operation&) = delete;

  void run()
  {
    decision next{action::attempt};
    while (next.next != action::finish && !bytes_.empty())
      next = perform(next);
  }

private:
  enum class predicate_kind
  {
    none,
    never,
    always,
    some
  };

  void choose_backoff()
  {
    using std::chrono::milliseconds;
    exponential_backoff& backoff = policy_.backoff;
    backoff.initial = bytes_.pick(
        {duration::zero(), duration(1), duration(milliseconds(1)), duration(milliseconds(100)),
            duration(std::chrono::hours(1)), (duration::max)() / 2, (duration::max)()});
    backoff.multiplier = bytes_.pick({1.0, 1.5, 2.0, 10.0, 1e300});
    backoff.max = (std::max)(backoff.initial,
        bytes_.pick({duration::zero(), duration(milliseconds(150)),
            duration(std::chrono::seconds(10)), (duration::max)()}));
    backoff.jitter = bytes_.pick({0.0, 0.25, 0.5, 1.0});

    // Not the library's own source of chance: the same bytes have to fail in the same way.
    backoff.random = [this]
    {
      const double out_of_range[] = {-1.0, 1.0, 1e300, std::numeric_limits<double>::quiet_NaN()};
      return bytes_.one_in(8) ? bytes_.pick(out_of_range) : bytes_.next() / 256.0;
    };
  }

  void choose_predicate()
  {
    kind_ = bytes_.pick({predicate_kind::none, predicate_kind::never, predicate_kind::always,
        predicate_kind::some});
    if (kind_ == predicate_kind::none)
      return;
    if (kind_ == predicate_kind::some)
      wanted_ = bytes_.number(2);
    policy_.predicate = [this](const error_code& ec)
    {
      FUZZ_REQUIRE(ended_);
      FUZZ_REQUIRE(!ended_->may_have_connected);
      FUZZ_REQUIRE(ec && ec != error::operation_aborted);
      FUZZ_REQUIRE(ec == ended_->error || ec == meaning_of(ended_->error, ended_->stop));
      return wants(ec);
    };
  }

  bool wants(const error_code& ec) const
  {
    switch (kind_)
    {
    case predicate_kind::none:
      return is_among(retryable_errors, ec);
    case predicate_kind::never:
      return false;
    case predicate_kind::always:
      return true;
    case predicate_kind::some:
      break;
    }
    const auto index = std::find(std::begin(errors), std::end(errors), ec) - std::begin(errors);
    return (wanted_ >> index & 1) != 0;
  }

  decision perform(const decision& todo)
  {
    // The caller has closed the socket or cancelled, or the time is up, before the step began.
    if (bytes_.one_in(32))
    {
      const stop_reason stop =
          todo.next == action::attempt ? bytes_.pick(final_stop_reasons) : stop_reason::cancelled;
      return after_stop(connect_machine::on_stopped(stop), stop);
    }
    switch (todo.next)
    {
    case action::attempt:
      return make_attempt();
    case action::dissolve:
      return dissolve();
    case action::reopen:
      return reopen();
    case action::wait:
      return wait();
    case action::write:
      return write();
    case action::finish:
      break;
    }
    return todo;
  }

  /// Rather one of those that the machine tells apart.
  error_code choose_error()
  {
    switch (bytes_.below(4))
    {
    case 0:
      return bytes_.pick(errors);
    case 1:
      return bytes_.pick(special_errors);
    default:
      return bytes_.pick(retryable_errors);
    }
  }

  attempt_result choose_result()
  {
    attempt_result result;
    if (!bytes_.one_in(16))
      result.error = choose_error();
    if (bytes_.one_in(4))
      result.stop = bytes_.pick(stop_reasons);
    result.immediate = bytes_.coin();
    if (!result.error)
    {
      result.may_have_connected = true;
      result.unsent = bytes_.coin();
    }
    else if (!(result.immediate && speaks_of_the_socket(result.error)))
    {
      // What fails at once has not connected; some systems' attempts call everything immediate.
      result.may_have_connected = bytes_.one_in(16);
    }
    return result;
  }

  decision make_attempt()
  {
    const attempt_result result = choose_result();
    const error_code meaning = meaning_of(result.error, result.stop);
    const unsigned attempts = machine_.attempts();
    const error_code last_error = machine_.last_error();
    const bool may_retry = machine_.may_retry();

    FUZZ_REQUIRE(!over_);
    over_ = result.may_have_connected || meaning == error::operation_aborted;
    connected_ = !result.error;
    ended_ = &result;
    const decision next = machine_.on_attempt(result);
    ended_ = nullptr;

    if (machine_.attempts() == attempts)
    {
      FUZZ_REQUIRE(machine_.last_error() == last_error);
      after_refusal(result, next);
    }
    else
    {
      FUZZ_REQUIRE(machine_.attempts() == attempts + 1);
      FUZZ_REQUIRE(policy_.max_attempts == 0 || machine_.attempts() <= policy_.max_attempts);
      FUZZ_REQUIRE(machine_.last_error() == meaning);
      FUZZ_REQUIRE(!is_refusal(result) || is_refusal_for_predicate(result));
      used_ = true;
      absorbed_ = false;
      waited_ = false;
      if (meaning)
      {
        FUZZ_REQUIRE(may_retry || next.next == action::finish);
        after_failure(result, meaning, next);
      }
      else
      {
        FUZZ_REQUIRE(result.unsent ? next.next == action::write : finishes_with(next, {}));
      }
    }
    return checked(next);
  }

  bool is_refusal(const attempt_result& result) const
  {
    return used_ && result.immediate && speaks_of_the_socket(result.error);
  }

  bool is_absorbable(const attempt_result& refusal) const
  {
    return refusal.error == error::connection_aborted && !absorbed_;
  }

  /// A predicate may want to go on with a socket that is refused and cannot be opened anew.
  bool is_refusal_for_predicate(const attempt_result& refusal) const
  {
    return !ends_the_operation(refusal.stop) && !is_absorbable(refusal) && !where_.may_reopen
        && wants(refusal.error);
  }

  /// After a call that was no attempt.
  void after_refusal(const attempt_result& result, const decision& next)
  {
    FUZZ_REQUIRE(is_refusal(result));
    if (ends_the_operation(result.stop))
    {
      FUZZ_REQUIRE(finishes_with(next, name_of(result.stop)));
    }
    else if (is_absorbable(result))
    {
      FUZZ_REQUIRE(next.next == action::attempt);
      absorbed_ = true;
    }
    else if (where_.may_reopen)
    {
      FUZZ_REQUIRE(next.next == action::reopen);
    }
    else
    {
      FUZZ_REQUIRE(!wants(result.error));
      FUZZ_REQUIRE(finishes_with(next, machine_.last_error()));
    }
  }

  /// After an attempt that counts.
  void after_failure(const attempt_result& result, const error_code& meaning, const decision& next)
  {
    const bool exhausted = policy_.max_attempts != 0 && machine_.attempts() >= policy_.max_attempts;
    in_limbo_ = result.stop == stop_reason::attempt_timeout && may_come_from_stopping(result.error);
    if (exhausted || over_ || !wants(meaning))
      FUZZ_REQUIRE(finishes_with(next, meaning));
    else if (ends_the_operation(result.stop))
      FUZZ_REQUIRE(finishes_with(next, name_of(result.stop)));
    else if (where_.can_dissolve)
      FUZZ_REQUIRE(next.next == action::dissolve);
    else if (in_limbo_)
      FUZZ_REQUIRE(reopens_or_finishes(next));
    else
      FUZZ_REQUIRE(goes_on(next));
  }

  bool reopens_or_finishes(const decision& next) const
  {
    return where_.may_reopen ? next.next == action::reopen
                             : finishes_with(next, machine_.last_error());
  }

  decision dissolve()
  {
    const error_code ec = bytes_.coin() ? choose_error() : error_code();
    const decision next = between_attempts([&] { return machine_.on_dissolved(ec); });
    FUZZ_REQUIRE(ec && in_limbo_ ? reopens_or_finishes(next) : goes_on(next));
    return checked(next);
  }

  decision reopen()
  {
    const error_code ec = bytes_.one_in(4) ? choose_error() : error_code();
    const decision next = between_attempts([&] { return machine_.on_reopened(ec); });
    FUZZ_REQUIRE(ec ? finishes_with(next, ec) : goes_on(next));
    used_ = false;
    return checked(next);
  }

  decision wait()
  {
    const stop_reason stop = bytes_.one_in(8) ? bytes_.pick(final_stop_reasons) : stop_reason::none;
    const decision next = between_attempts([&] { return machine_.on_waited(stop); });
    if (stop != stop_reason::none)
      return after_stop(next, stop);
    FUZZ_REQUIRE(next.next == action::attempt);
    return checked(next);
  }

  decision write()
  {
    const error_code ec = bytes_.one_in(4) ? choose_error() : error_code();
    const stop_reason stop = bytes_.one_in(4) ? bytes_.pick(final_stop_reasons) : stop_reason::none;
    const bool unsent = !ec && bytes_.coin();
    const decision next = between_attempts([&] { return machine_.on_write(ec, stop, unsent); });
    connected_ = !ec;
    if (unsent)
      FUZZ_REQUIRE(next.next == action::write);
    else
      FUZZ_REQUIRE(finishes_with(next, meaning_of(ec, stop)));
    return checked(next);
  }

  /// What is no attempt neither counts as one nor touches what the last one has left.
  template <typename Event>
  decision between_attempts(Event event) const
  {
    const unsigned attempts = machine_.attempts();
    const error_code last_error = machine_.last_error();
    const decision next = event();
    FUZZ_REQUIRE(machine_.attempts() == attempts);
    FUZZ_REQUIRE(machine_.last_error() == last_error);
    return next;
  }

  decision after_stop(const decision& next, stop_reason stop)
  {
    FUZZ_REQUIRE(finishes_with(next, name_of(stop)));
    return next;
  }

  /// What holds of every decision, whatever it answers.
  const decision& checked(const decision& next)
  {
    FUZZ_REQUIRE(next.next == action::finish || !next.error);
    FUZZ_REQUIRE(next.next == action::wait || next.delay == duration::zero());
    switch (next.next)
    {
    case action::attempt:
      FUZZ_REQUIRE(!over_);
      FUZZ_REQUIRE(waited_ || !is_wait_due());
      break;
    case action::dissolve:
      FUZZ_REQUIRE(!over_);
      FUZZ_REQUIRE(where_.can_dissolve);
      break;
    case action::reopen:
      FUZZ_REQUIRE(!over_);
      FUZZ_REQUIRE(where_.may_reopen);
      break;
    case action::wait:
      FUZZ_REQUIRE(!over_);
      FUZZ_REQUIRE(!waited_);
      waited_ = true;
      check_delay(next.delay);
      break;
    case action::write:
      FUZZ_REQUIRE(connected_);
      break;
    case action::finish:
      FUZZ_REQUIRE(next.error || connected_);
      break;
    }
    return next;
  }

  double longest_delay() const
  {
    const exponential_backoff& backoff = policy_.backoff;
    return (std::min)(static_cast<double>(backoff.max.count()),
        static_cast<double>(backoff.initial.count())
            * std::pow(backoff.multiplier, machine_.attempts() - 1.0));
  }

  double shortest_delay() const { return (1 - policy_.backoff.jitter) * longest_delay(); }

  /// For ticks that are rounded, and numbers that are too great for a double to tell neighbours apart.
  double tolerance() const { return 2 + longest_delay() * 1e-12; }

  bool is_wait_due() const
  {
    return policy_.backoff.initial != duration::zero() && shortest_delay() > tolerance();
  }

  void check_delay(duration delay) const
  {
    const auto ticks = static_cast<double>(delay.count());
    FUZZ_REQUIRE(delay > duration::zero());
    FUZZ_REQUIRE(delay <= policy_.backoff.max);
    FUZZ_REQUIRE(policy_.backoff.initial != duration::zero());
    FUZZ_REQUIRE(ticks <= longest_delay() + tolerance());
    FUZZ_REQUIRE(ticks >= shortest_delay() - tolerance());
  }

  byte_source& bytes_;
  retry_policy policy_;
  predicate_kind kind_ = predicate_kind::none;
  unsigned wanted_ = 0;
  connect_machine::setting where_;
  connect_machine machine_;

  /// The attempt that the machine is being told of.
  const attempt_result* ended_ = nullptr;

  /// No attempt may follow, whatever the policy says.
  bool over_ = false;

  /// The last attempt or write has succeeded.
  bool connected_ = false;

  /// An attempt has failed on this very socket.
  bool used_ = false;

  /// The call that may be repeated after a failed attempt has been.
  bool absorbed_ = false;

  /// There has been a wait since the last attempt.
  bool waited_ = false;

  /// The last attempt was ended by attempt_timeout.
  bool in_limbo_ = false;
};

/// An operation without options, and a machine without a policy: one attempt.
void check_only_attempt(byte_source& bytes)
{
  attempt_result result;
  if (bytes.coin())
    result.error = bytes.pick(errors);
  if (bytes.coin())
    result.stop = bytes.pick(stop_reasons);
  result.immediate = bytes.coin();
  result.may_have_connected = !result.error || bytes.coin();
  result.unsent = !result.error && bytes.coin();

  connect_machine machine;
  FUZZ_REQUIRE(!machine.may_retry());
  for (const decision& next :
      {connect_machine::on_only_attempt(result), machine.on_attempt(result)})
  {
    FUZZ_REQUIRE(result.unsent ? next.next == action::write
                               : finishes_with(next, meaning_of(result.error, result.stop)));
  }
  FUZZ_REQUIRE(machine.attempts() == 1);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
  byte_source bytes(data, size);
  while (!bytes.empty())
  {
    if (bytes.one_in(16))
      check_only_attempt(bytes);
    else
      operation(bytes).run();
  }
  return 0;
}
