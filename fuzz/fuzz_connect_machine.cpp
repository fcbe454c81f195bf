// SPDX-License-Identifier: BSL-1.0

#include "fuzz.hpp"

#include <connectex/detail/decide/after_delivery.hpp>
#include <connectex/detail/decide/attempt_result.hpp>
#include <connectex/detail/decide/connect_machine.hpp>
#include <connectex/detail/decide/stopping.hpp>
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
using connectex::detail::after_delivery;
using connectex::detail::attempt_result;
using connectex::detail::connect_machine;
using connectex::detail::flight_state;
using connectex::detail::stop_reason;
using fuzz::byte_source;
using action = connect_machine::action;
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

/// Whether a call that we stopped may end in @p ec.
bool may_come_from_stopping(const error_code& ec)
{
  return ec == error::operation_aborted || ec == error::connection_reset
      || ec == error::connection_aborted;
}

/// Whether a call that fails at once with @p ec, on a socket that has failed before, fails because
/// of the socket.
bool is_about_socket(const error_code& ec)
{
  return ec == error::connection_aborted || ec == error::invalid_argument
      || ec == error::already_started || ec == error::network_down;
}

bool is_final(stop_reason stop)
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

/// How an attempt ended: all that the machine is told of it.
struct ending
{
  attempt_result result = {};
  stop_reason stop = stop_reason::none;
  flight_state flight = {};

  error_code meaning() const { return meaning_of(result.error, stop); }
};

/// An error that ends the operation must not invite to a retry if the peer may have got some bytes.
error_code final_error(const error_code& ec, const flight_state& flight)
{
  return flight.maybe_delivered && is_among(retryable_errors, ec) ? after_delivery(ec) : ec;
}

bool goes_on(const decision& next)
{
  return next.next == action::attempt || next.next == action::wait;
}

bool finishes_with(const decision& next, const error_code& ec)
{
  return next.next == action::finish && next.error == ec;
}

/// One operation: does what connect_op would do, with an outcome that the input chooses, and
/// compares the machine's decisions with what doc/retry.md and the headers promise.
class operation
{
public:
  explicit operation(byte_source& bytes) : bytes_(bytes)
  {
    given_.max_attempts = bytes_.pick({0u, 1u, 2u, 3u, 5u, 0xffffffffu});
    choose_backoff();
    choose_predicate();
    FUZZ_REQUIRE(is_valid());

    given_.may_reopen = bytes_.coin();
    machine_ = connect_machine(given_);
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

  /// By the rules that users are held to.
  bool is_valid() const
  {
    retry_policy policy;
    policy.max_attempts = given_.max_attempts;
    policy.backoff = given_.backoff;
    return policy.validate().empty();
  }

  void choose_backoff()
  {
    using std::chrono::milliseconds;
    exponential_backoff& backoff = given_.backoff;
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
    given_.predicate = [this](const error_code& ec)
    {
      FUZZ_REQUIRE(ended_);
      FUZZ_REQUIRE(!ended_->result.may_have_connected);
      FUZZ_REQUIRE(ec && ec != error::operation_aborted);
      FUZZ_REQUIRE(ec == ended_->result.error || ec == ended_->meaning());
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

  ending choose_ending()
  {
    ending e;
    if (!bytes_.one_in(16))
      e.result.error = choose_error();
    if (bytes_.one_in(4))
      e.stop = bytes_.pick(stop_reasons);
    e.result.immediate = bytes_.coin();
    if (!e.result.error)
    {
      e.result.may_have_connected = true;
      e.flight.unsent = bytes_.coin();
    }
    else if (!(e.result.immediate && is_about_socket(e.result.error)))
    {
      // A call that fails at once because of the socket has not connected.
      e.result.may_have_connected = bytes_.one_in(16);
    }
    e.flight.maybe_delivered = e.result.may_have_connected && bytes_.coin();
    e.result.disconnected = e.result.error && bytes_.coin();
    return e;
  }

  decision make_attempt()
  {
    const ending ended = choose_ending();
    const error_code meaning = ended.meaning();
    const unsigned attempts = machine_.attempts();
    const error_code last_error = machine_.last_error();
    const bool may_retry = machine_.may_retry();

    FUZZ_REQUIRE(!over_);
    over_ = ended.result.may_have_connected || meaning == error::operation_aborted;
    connected_ = !ended.result.error;
    maybe_delivered_ = ended.flight.maybe_delivered;
    ended_ = &ended;
    const decision next = machine_.on_attempt(ended.result, ended.stop, ended.flight);
    ended_ = nullptr;

    if (machine_.attempts() == attempts)
    {
      FUZZ_REQUIRE(machine_.last_error() == last_error);
      after_refusal(ended, next);
    }
    else
    {
      FUZZ_REQUIRE(machine_.attempts() == attempts + 1);
      FUZZ_REQUIRE(given_.max_attempts == 0 || machine_.attempts() <= given_.max_attempts);
      FUZZ_REQUIRE(machine_.last_error() == meaning);
      FUZZ_REQUIRE(!is_refusal(ended) || is_refusal_for_predicate(ended));
      has_failed_ = true;
      stale_error_seen_ = false;
      waited_ = false;
      if (meaning)
      {
        FUZZ_REQUIRE(may_retry || next.next == action::finish);
        after_failure(ended, meaning, next);
      }
      else
      {
        FUZZ_REQUIRE(ended.flight.unsent ? next.next == action::write : finishes_with(next, {}));
      }
    }
    return checked(next);
  }

  bool is_refusal(const ending& ended) const
  {
    return has_failed_ && ended.result.immediate && is_about_socket(ended.result.error);
  }

  bool is_stale(const ending& refusal) const
  {
    return refusal.result.error == error::connection_aborted && !stale_error_seen_;
  }

  /// A predicate may want to go on with a socket that is refused and cannot be opened anew.
  bool is_refusal_for_predicate(const ending& refusal) const
  {
    return !is_final(refusal.stop) && !is_stale(refusal) && !given_.may_reopen
        && wants(refusal.result.error);
  }

  /// After a call that was no attempt.
  void after_refusal(const ending& ended, const decision& next)
  {
    FUZZ_REQUIRE(is_refusal(ended));
    if (is_final(ended.stop))
    {
      FUZZ_REQUIRE(finishes_with(next, name_of(ended.stop)));
    }
    else if (is_stale(ended))
    {
      FUZZ_REQUIRE(next.next == action::attempt);
      stale_error_seen_ = true;
    }
    else if (given_.may_reopen)
    {
      FUZZ_REQUIRE(next.next == action::reopen);
    }
    else
    {
      FUZZ_REQUIRE(!wants(ended.result.error));
      FUZZ_REQUIRE(finishes_with(next, machine_.last_error()));
    }
  }

  /// After an attempt that counts.
  void after_failure(const ending& ended, const error_code& meaning, const decision& next)
  {
    const bool exhausted = given_.max_attempts != 0 && machine_.attempts() >= given_.max_attempts;
    const bool was_stopped =
        ended.stop == stop_reason::attempt_timeout && may_come_from_stopping(ended.result.error);
    if (exhausted || over_ || !wants(meaning))
      FUZZ_REQUIRE(finishes_with(next, final_error(meaning, ended.flight)));
    else if (is_final(ended.stop))
      FUZZ_REQUIRE(finishes_with(next, name_of(ended.stop)));
    else if (!was_stopped || ended.result.disconnected)
      FUZZ_REQUIRE(goes_on(next));
    else if (given_.may_reopen)
      FUZZ_REQUIRE(next.next == action::reopen);
    else
      FUZZ_REQUIRE(finishes_with(next, machine_.last_error()));
  }

  decision reopen()
  {
    const error_code ec = bytes_.one_in(4) ? choose_error() : error_code();
    const decision next = between_attempts([&] { return machine_.on_reopened(ec); });
    FUZZ_REQUIRE(ec ? finishes_with(next, ec) : goes_on(next));
    has_failed_ = false;
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
    maybe_delivered_ = maybe_delivered_ || bytes_.coin();
    const flight_state flight{bytes_.coin(), maybe_delivered_};
    const decision next = between_attempts([&] { return machine_.on_write(ec, stop, flight); });
    connected_ = !ec;
    if (!ec && flight.unsent)
      FUZZ_REQUIRE(next.next == action::write);
    else
      FUZZ_REQUIRE(finishes_with(next, final_error(meaning_of(ec, stop), flight)));
    return checked(next);
  }

  /// An event other than the end of an attempt neither counts as one nor changes the last error.
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

  /// The rules for every decision, whichever event it answers.
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
    case action::reopen:
      FUZZ_REQUIRE(!over_);
      FUZZ_REQUIRE(given_.may_reopen);
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
    const exponential_backoff& backoff = given_.backoff;
    return (std::min)(static_cast<double>(backoff.max.count()),
        static_cast<double>(backoff.initial.count())
            * std::pow(backoff.multiplier, machine_.attempts() - 1.0));
  }

  double shortest_delay() const { return (1 - given_.backoff.jitter) * longest_delay(); }

  /// Allows for rounded ticks, and for numbers that are too great to be exact in a double.
  double tolerance() const { return 2 + longest_delay() * 1e-12; }

  bool is_wait_due() const
  {
    return given_.backoff.initial != duration::zero() && shortest_delay() > tolerance();
  }

  void check_delay(duration delay) const
  {
    const auto ticks = static_cast<double>(delay.count());
    FUZZ_REQUIRE(delay > duration::zero());
    FUZZ_REQUIRE(delay <= given_.backoff.max);
    FUZZ_REQUIRE(given_.backoff.initial != duration::zero());
    FUZZ_REQUIRE(ticks <= longest_delay() + tolerance());
    FUZZ_REQUIRE(ticks >= shortest_delay() - tolerance());
  }

  byte_source& bytes_;
  connect_machine::environment given_;
  predicate_kind kind_ = predicate_kind::none;
  unsigned wanted_ = 0;
  connect_machine machine_;

  /// The attempt that the machine is being told of.
  const ending* ended_ = nullptr;

  /// No attempt may follow, whatever the policy says.
  bool over_ = false;

  /// The last attempt or write has succeeded.
  bool connected_ = false;

  /// The peer may have got some bytes.
  bool maybe_delivered_ = false;

  /// An attempt has failed on this very socket.
  bool has_failed_ = false;

  /// The system has reported an earlier failure once more, since the last attempt.
  bool stale_error_seen_ = false;

  /// There has been a wait since the last attempt.
  bool waited_ = false;
};

/// One attempt: of an operation without a retry policy, and of a machine made by default.
void check_single_attempt(byte_source& bytes)
{
  ending ended;
  if (bytes.coin())
    ended.result.error = bytes.pick(errors);
  if (bytes.coin())
    ended.stop = bytes.pick(stop_reasons);
  ended.result.immediate = bytes.coin();
  ended.result.may_have_connected = !ended.result.error || bytes.coin();
  ended.flight.unsent = bytes.coin();
  ended.flight.maybe_delivered = ended.result.may_have_connected && bytes.coin();

  connect_machine machine;
  FUZZ_REQUIRE(!machine.may_retry());
  for (const decision& next :
      {connect_machine::on_single_attempt(ended.result, ended.stop, ended.flight),
          machine.on_attempt(ended.result, ended.stop, ended.flight)})
  {
    const bool writes = !ended.result.error && ended.flight.unsent;
    FUZZ_REQUIRE(writes ? next.next == action::write
                        : finishes_with(next, final_error(ended.meaning(), ended.flight)));
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
      check_single_attempt(bytes);
    else
      operation(bytes).run();
  }
  return 0;
}
