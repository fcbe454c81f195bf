// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_TEST_SUPPORT_MACHINE_HPP
#define CONNECTEX_TEST_SUPPORT_MACHINE_HPP

#include "stopping.hpp"

#include <connectex/detail/decide/connect_machine.hpp>

#include <chrono>
#include <ostream>
#include <utility>
#include <vector>

namespace test
{

using connectex::exponential_backoff;
using connectex::detail::after_delivery;
using connectex::detail::attempt_result;
using connectex::detail::connect_machine;
using connectex::detail::flight_state;
using connectex::detail::result_of;
using action = connect_machine::action;
using environment = connect_machine::environment;
using std::chrono::milliseconds;

inline const char* name_of(action next)
{
  switch (next)
  {
  case action::attempt:
    return "attempt";
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
    return out << name_of(v.next) << ", " << (v.error ? v.error.to_string() : "no error") << ", "
               << v.delay.count() << " ticks";
  }
};

inline const verdict attempt{action::attempt};
inline const verdict reopen{action::reopen};
inline const verdict write_rest{action::write};
inline const verdict finish{action::finish};

inline verdict wait_for(milliseconds delay) { return {action::wait, {}, delay}; }

inline verdict finish_with(const error_code& ec) { return {action::finish, ec}; }

/// How an attempt ended: all that the machine is told of it.
struct ending
{
  attempt_result result = {};
  stop_reason stop = stop_reason::none;
  flight_state flight = {};
};

inline ending failed(const error_code& ec, stop_reason stop = stop_reason::none)
{
  ending e;
  e.result.error = ec;
  e.stop = stop;
  return e;
}

inline ending failed_at_once(const error_code& ec, stop_reason stop = stop_reason::none)
{
  ending e = failed(ec, stop);
  e.result.immediate = true;
  return e;
}

/// The connection may have stood, but there were no bytes that it could have carried.
inline ending failed_after_connecting(const error_code& ec, stop_reason stop = stop_reason::none)
{
  ending e = failed(ec, stop);
  e.result.may_have_connected = true;
  return e;
}

/// The connection may have stood, and the peer may have got some of the first flight.
inline ending failed_after_delivery(const error_code& ec, stop_reason stop = stop_reason::none)
{
  ending e = failed_after_connecting(ec, stop);
  e.flight = {true, true};
  return e;
}

inline ending connected(bool unsent = false, stop_reason stop = stop_reason::none)
{
  ending e;
  e.result.may_have_connected = true;
  e.stop = stop;
  e.flight = {unsent, true};
  return e;
}

/// By what means the socket may be made fit for another connect.
struct means
{
  bool may_reopen = false;

  /// Failed attempts have been disconnected.
  bool disconnects = false;
};

inline constexpr means no_means{false, false};
inline constexpr means by_reopening{true, false};
inline constexpr means by_disconnecting{false, true};
inline constexpr means by_both{true, true};

inline std::vector<means> all_means()
{
  return {no_means, by_reopening, by_disconnecting, by_both};
}

inline std::ostream& operator<<(std::ostream& out, const means& m)
{
  return out << (m.may_reopen ? "may reopen" : "may not reopen") << ", "
             << (m.disconnects ? "disconnects" : "does not disconnect");
}

/// The machine, with decisions that can be compared.
class subject
{
public:
  subject() = default;

  explicit subject(environment given, const means& allowed = no_means)
  {
    given.may_reopen = allowed.may_reopen;
    disconnects_ = allowed.disconnects;
    machine_ = connect_machine(std::move(given));
  }

  verdict on_attempt(ending e)
  {
    e.result.disconnected = disconnects_ && e.result.error;
    return verdict_of(machine_.on_attempt(e.result, e.stop, e.flight));
  }

  verdict on_reopened(const error_code& ec = {}) { return verdict_of(machine_.on_reopened(ec)); }

  verdict on_waited(stop_reason stop = stop_reason::none)
  {
    return verdict_of(machine_.on_waited(stop));
  }

  verdict on_stopped(stop_reason stop) { return verdict_of(machine_.on_stopped(stop)); }

  verdict on_write(const error_code& ec, stop_reason stop, const flight_state& flight)
  {
    return verdict_of(machine_.on_write(ec, stop, flight));
  }

  static verdict on_single_attempt(const ending& e)
  {
    return verdict_of(connect_machine::on_single_attempt(e.result, e.stop, e.flight));
  }

  unsigned attempts() const { return machine_.attempts(); }
  error_code last_error() const { return machine_.last_error(); }
  bool may_retry() const { return machine_.may_retry(); }

private:
  static verdict verdict_of(const connect_machine::decision& d)
  {
    return {d.next, d.error, d.delay};
  }

  connect_machine machine_;
  bool disconnects_ = false;
};

/// Retries without waiting.
inline environment tries(unsigned max_attempts)
{
  environment result;
  result.max_attempts = max_attempts;
  result.backoff.initial = exponential_backoff::duration::zero();
  return result;
}

/// Retries after exactly 100, 200, 400, ... milliseconds.
inline environment tries_with_waits(unsigned max_attempts)
{
  environment result;
  result.max_attempts = max_attempts;
  result.backoff = {milliseconds(100), 2.0, std::chrono::seconds(10), 0.0};
  return result;
}

inline bool retry_everything(const error_code&) { return true; }

inline std::vector<error_code> retryable_errors()
{
  return {error::connection_refused, error::network_unreachable, error::timed_out};
}

inline std::vector<error_code> final_errors()
{
  return {error::host_unreachable, error::network_down, error::network_reset,
      error::connection_reset, error::connection_aborted, error::access_denied,
      error::address_in_use, error::no_buffer_space, error::invalid_argument,
      error::already_started, error::already_connected, error::not_socket, error::eof};
}

/// What a call may end in that we stopped.
inline std::vector<error_code> errors_of_stopping()
{
  return {error::operation_aborted, error::connection_reset, error::connection_aborted};
}

/// With these a provider says at once that it will not use a socket again; with connection_aborted
/// too, but only the second time.
inline std::vector<error_code> errors_about_the_socket()
{
  return {error::invalid_argument, error::already_started, error::network_down};
}

} // namespace test

#endif // CONNECTEX_TEST_SUPPORT_MACHINE_HPP
