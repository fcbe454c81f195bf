// SPDX-License-Identifier: BSL-1.0

#include "../error/winsock_codes.hpp"

#include <connectex/detail/decide/after_delivery.hpp>
#include <connectex/detail/decide/race_machine.hpp>
#include <connectex/error.hpp>

#include <limits>
#include <utility>

namespace connectex::detail
{

using boost::system::error_code;

namespace
{

/// Whether an error says no more than that this machine does not speak the candidate's protocol. It
/// must not hide what the others have met with.
bool is_missing_family(const error_code& error) noexcept
{
  return error == wsa::network_unreachable || error == wsa::address_family_not_supported
      || error == wsa::address_not_available;
}

} // namespace

race_machine::race_machine(environment given)
  : environment_(std::move(given)), order_(environment_.race.first_family_count)
{
}

std::size_t race_machine::add(int family)
{
  const std::size_t candidate = families_.size();
  families_.push_back(family);
  order_.add(candidate, family);
  return candidate;
}

void race_machine::on_all_added(const error_code& none_found)
{
  all_added_ = true;
  none_found_ = none_found;
}

void race_machine::on_connected(std::size_t number)
{
  if (phase_ != phase::racing || attempts_[number].now != state::running)
    return;
  phase_ = phase::won;
  winner_ = number;
}

void race_machine::on_attempt_ended(std::size_t number, const attempt_end& end)
{
  if (!end.error)
    on_connected(number);

  attempt& ended = attempts_[number];
  if (ended.now == state::running)
  {
    --running_;
    start_due_ = true;
    ended.error = end.error;
  }
  const bool was_given_up = ended.now == state::given_up;
  ended.now = state::ended;
  --in_flight_;
  maybe_delivered_ = maybe_delivered_ || end.maybe_delivered || (!end.error && ended.with_flight);

  // A success that came before the stop took effect counts, if it leaves nothing to be written.
  const bool is_complete = !end.error && (ended.with_flight || !environment_.has_flight);
  if (phase_ == phase::stopped && is_complete && !was_given_up)
  {
    phase_ = phase::won;
    winner_ = number;
    ended.error = {};
  }
  if (winner_ == number && is_complete)
    flight_ = flight::done;
}

void race_machine::on_delay_over() { start_due_ = true; }

void race_machine::on_waited()
{
  if (phase_ == phase::waiting)
    begin_round();
}

void race_machine::on_written(const error_code& error)
{
  flight_ = flight::done;
  write_error_ = error;

  // Even a write that fails may have delivered bytes, although its count does not say so.
  maybe_delivered_ = true;
}

void race_machine::on_stopped(stop_reason reason)
{
  // A caller who has cancelled is never told of a time limit.
  if (stop_ == stop_reason::none || reason == stop_reason::cancelled)
    stop_ = reason;
  if (phase_ == phase::racing || phase_ == phase::waiting)
    phase_ = phase::stopped;
}

race_machine::decision race_machine::next()
{
  switch (phase_)
  {
  case phase::racing:
    return next_in_race();
  case phase::won:
    return next_after_win();
  case phase::stopped:
    if (running_ != 0)
      return end(action::stop, find_running());
    return in_flight_ == 0 ? finish(to_portable(wsa::operation_aborted)) : decision();
  case phase::waiting:
  case phase::finished:
    break;
  }
  return {};
}

bool race_machine::may_start() const noexcept
{
  if (order_.size() == 0)
    return false;

  if (is_sequential())
    return in_flight_ == 0 && !maybe_delivered_;
  return start_due_;
}

race_machine::decision race_machine::next_in_race()
{
  if (may_start())
  {
    if (running_ >= environment_.race.max_in_flight)
      return end(action::give_up, find_running());
    return start();
  }
  if (delay_due_)
  {
    delay_due_ = false;
    decision arm;
    arm.next = action::arm_delay;
    arm.delay = environment_.race.attempt_delay;
    return arm;
  }
  const bool is_over = all_added_ || (is_sequential() && maybe_delivered_);
  return is_over && in_flight_ == 0 ? end_round() : decision();
}

race_machine::decision race_machine::start()
{
  decision started;
  started.next = action::start;
  started.attempt = attempts_.size();
  started.candidate = order_.take();

  const bool may_be_followed = order_.size() != 0 || !all_added_;
  const bool is_alone_and_last = in_flight_ == 0 && !may_be_followed;
  const bool is_consented =
      environment_.race.payload == race_payload::first_attempt && started.attempt == 0;
  started.with_flight =
      environment_.has_flight && (is_sequential() || is_alone_and_last || is_consented);

  attempt added;
  added.with_flight = started.with_flight;
  attempts_.push_back(added);
  ++in_flight_;
  ++running_;
  start_due_ = false;
  delay_due_ = !is_sequential() && may_be_followed;
  return started;
}

race_machine::decision race_machine::next_after_win()
{
  if (running_ > 1 || (running_ == 1 && attempts_[winner_].now != state::running))
    return end(action::lose, find_running());

  const attempt& winner = attempts_[winner_];
  const bool goes_on = winner.now != state::ended || flight_ == flight::being_written;
  if (stop_ != stop_reason::none && !winner_told_to_stop_ && goes_on)
  {
    winner_told_to_stop_ = true;
    decision stop;
    stop.next = action::stop;
    stop.attempt = winner_;
    return stop;
  }
  if (winner.now != state::ended)
    return {};
  if (!winner.error && flight_ == flight::unsent && stop_ == stop_reason::none)
  {
    flight_ = flight::being_written;
    decision write;
    write.next = action::write;
    write.attempt = winner_;
    return write;
  }
  if (in_flight_ != 0 || flight_ == flight::being_written)
    return {};
  if (!winner.error && flight_ == flight::unsent)
    return finish(to_portable(wsa::operation_aborted));
  return finish(winner.error ? winner.error : write_error_);
}

race_machine::decision race_machine::end(action how, std::size_t number) noexcept
{
  // Whatever it ends with: nobody has cancelled an attempt that makes room.
  attempts_[number].now = how == action::give_up ? state::given_up : state::ending;
  attempts_[number].error =
      to_portable(how == action::give_up ? wsa::timed_out : wsa::operation_aborted);
  --running_;
  decision ending;
  ending.next = how;
  ending.attempt = number;
  return ending;
}

race_machine::decision race_machine::end_round()
{
  if (attempts_.empty())
    return finish(none_found_);

  const std::size_t deciding = find_deciding_failure();
  const error_code error = attempts_[deciding].error;
  if (rounds_ != (std::numeric_limits<unsigned>::max)())
    ++rounds_;
  const bool rounds_left = environment_.max_rounds == 0 || rounds_ < environment_.max_rounds;
  if (!rounds_left || maybe_delivered_ || error == wsa::operation_aborted
      || !is_retryable(deciding, error))
    return finish(error);

  phase_ = phase::waiting;
  decision wait;
  wait.next = action::wait;
  wait.delay = environment_.backoff.delay(rounds_);
  return wait;
}

race_machine::decision race_machine::finish(const error_code& error) noexcept
{
  phase_ = phase::finished;
  const error_code result = result_of(error, stop_);
  decision last;
  last.next = action::finish;
  last.attempt = winner_;
  last.error = maybe_delivered_ ? after_delivery(result) : result;
  return last;
}

/// The oldest attempt but the winner that was not told to end.
std::size_t race_machine::find_running() const noexcept
{
  std::size_t number = 0;
  while (attempts_[number].now != state::running || number == winner_)
    ++number;
  return number;
}

std::size_t race_machine::find_deciding_failure() const noexcept
{
  // The one that leaves no further endpoint to try.
  if (is_sequential() && maybe_delivered_)
    return attempts_.size() - 1;
  for (std::size_t number = 0; number != attempts_.size(); ++number)
  {
    if (!is_missing_family(attempts_[number].error))
      return number;
  }
  return 0;
}

bool race_machine::is_retryable(std::size_t number, const error_code& error) const
{
  return environment_.predicate ? environment_.predicate(number, error)
                                : error == condition::retryable;
}

void race_machine::begin_round()
{
  phase_ = phase::racing;
  attempts_.clear();
  start_due_ = true;
  delay_due_ = false;
  order_ = race_order(environment_.race.first_family_count);
  for (std::size_t candidate = 0; candidate != families_.size(); ++candidate)
    order_.add(candidate, families_[candidate]);
}

} // namespace connectex::detail
