// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_DETAIL_OPERATION_BLOCKING_RACE_HPP
#define CONNECTEX_DETAIL_OPERATION_BLOCKING_RACE_HPP

#include <connectex/connect_options.hpp>
#include <connectex/detail/attempt/blocking_wait.hpp>
#include <connectex/detail/operation/blocking_operation.hpp>
#include <connectex/detail/operation/blocking_step.hpp>
#include <connectex/detail/operation/connect_op.hpp>
#include <connectex/detail/operation/connect_state.hpp>
#include <connectex/detail/operation/race_candidates.hpp>

#include <boost/asio/cancellation_type.hpp>
#include <boost/system/error_code.hpp>

#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

namespace connectex::detail
{

/// The base of a race that the calling thread waits for: what race_base is to one with a handler.
/**
 * As there, no step ends within the function that starts it.
 */
template <typename Race, typename Socket, typename Flight, typename Handler>
class blocking_race
{
  using error_code = boost::system::error_code;
  using executor_type = typename Socket::executor_type;
  using operation_base = blocking_operation<executor_type, connect_state<Socket>, false>;
  using operation_type = connect_op<Socket, Flight, no_handler, operation_base>;

public:
  /// The connect of one attempt.
  class attempt_control
  {
  public:
    attempt_control() = default;
    attempt_control(const attempt_control&) = delete;
    attempt_control& operator=(const attempt_control&) = delete;

    ~attempt_control() { note_closed(); }

    void cancel(boost::asio::cancellation_type)
    {
      if (operation_)
        operation_->cancel();
    }

  private:
    friend class blocking_race;

    /// A function in the options may have closed the socket.
    void note_closed()
    {
      blocking_wait* const wait = operation_ ? operation_->wait() : nullptr;
      if (wait && operation_->is_closed())
        wait->on_closed();
    }

    /// Until its end has been told.
    std::optional<operation_type> operation_;
  };

  blocking_race(const blocking_race&) = delete;
  blocking_race& operator=(const blocking_race&) = delete;

  /// Starts the race, and returns when it is over.
  void run()
  {
    Race& race = static_cast<Race&>(*this);
    race.start();
    while (!is_over_)
    {
      wait(race);
      bring_next_event(race);
    }
  }

  /// Looks up a name, whatever time that takes.
  /**
   * @returns Whether the result is still to come.
   */
  template <typename Resolver>
  bool look_up(Resolver& resolver, const host_and_service& name)
  {
    error_code error;
    const auto results = resolver.resolve(name.host, name.service, error);
    static_cast<Race&>(*this).add_looked_up(error, results);
    return false;
  }

  // Once it is over.

  const error_code& error() const noexcept { return error_; }
  std::size_t bytes_transferred() const noexcept { return bytes_transferred_; }

protected:
  blocking_race(const executor_type&, Handler&&) {}
  ~blocking_race() = default;

  void start_delay(blocking_wait::time_point time, void (*event)(Race&)) { delay_ = {time, event}; }

  void start_limit(blocking_wait::time_point time, void (*event)(Race&)) { limit_ = {time, event}; }

  void start_connect(attempt_control& control, Socket& socket,
      const typename Socket::endpoint_type& peer, const Flight& flight,
      const connect_options& options, std::size_t)
  {
    control.operation_.emplace(socket, peer, flight, &options, no_handler());
    control.operation_->start();
  }

  template <typename Wait>
  void start_write(Socket& socket, const Wait& wait)
  {
    write_.start(socket, wait, std::nullopt, false);
  }

  void cancel_write() noexcept { write_.wait().cancel(); }

  // Only its time limits stop it.
  static bool is_cancellable() noexcept { return false; }
  static boost::asio::cancellation_type requested() noexcept
  {
    return boost::asio::cancellation_type::none;
  }

  void complete(
      const error_code& error, const typename Socket::endpoint_type&, std::size_t bytes_transferred)
  {
    error_ = error;
    bytes_transferred_ = bytes_transferred;
    is_over_ = true;
  }

private:
  struct timer
  {
    wait_limit time;
    void (*event)(Race&) = nullptr;
  };

  void wait(Race& race)
  {
    waits_.clear();
    if (write_.is_pending())
      waits_.push_back(&write_.wait());
    for (auto& attempt : race.attempts())
    {
      attempt.control.note_closed();
      auto& operation = attempt.control.operation_;
      if (operation && !add(*operation))
        return;
    }
    wait_limit until = delay_.time;
    if (limit_.time && (!until || *limit_.time < *until))
      until = limit_.time;
    wait_for_any(waits_.data(), waits_.size(), until);
  }

  /// @returns False if the operation can be resumed at once.
  bool add(operation_type& operation)
  {
    blocking_wait* const wait = operation.is_over() ? nullptr : operation.wait();
    if (!wait)
      return false;
    waits_.push_back(wait);
    return true;
  }

  /// Brings the race an event that has come, if one has. One at a time: it may change everything.
  void bring_next_event(Race& race)
  {
    if (bring_end_of_write(race))
      return;
    for (std::size_t number = 0; number != race.attempts().size(); ++number)
    {
      if (bring_end_of_attempt(race, number))
        return;
    }
    if (!bring(race, delay_))
      bring(race, limit_);
  }

  bool bring_end_of_write(Race& race)
  {
    if (!write_.is_pending())
      return false;
    const auto result = write_.finish();
    if (result)
      race.on_written(result->error, result->bytes_transferred);
    return result.has_value();
  }

  bool bring_end_of_attempt(Race& race, std::size_t number)
  {
    auto& operation = race.attempts()[number].control.operation_;
    if (!operation)
      return false;
    if (!operation->is_over())
      operation->resume_if_ready(*operation);
    if (!operation->is_over())
      return false;
    const error_code error = operation->error();
    const std::size_t bytes_transferred = operation->bytes_transferred();
    operation.reset();
    race.on_attempt_ended(number, error, bytes_transferred);
    return true;
  }

  bool bring(Race& race, timer& due)
  {
    if (!due.time || blocking_wait::clock::now() < *due.time)
      return false;
    const auto event = due.event;
    due = {};
    event(race);
    return true;
  }

  blocking_step write_;
  timer delay_;
  timer limit_;
  std::vector<blocking_wait*> waits_;

  bool is_over_ = false;
  error_code error_;
  std::size_t bytes_transferred_ = 0;
};

} // namespace connectex::detail

#endif // CONNECTEX_DETAIL_OPERATION_BLOCKING_RACE_HPP
