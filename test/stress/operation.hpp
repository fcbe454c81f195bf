// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_TEST_STRESS_OPERATION_HPP
#define CONNECTEX_TEST_STRESS_OPERATION_HPP

#include "../support/asio_names.hpp"
#include "../support/peers.hpp"
#include "../support/wine.hpp"
#include "answering_server.hpp"
#include "plan.hpp"
#include "records.hpp"

#include <connectex/connectex.hpp>
#include <connectex/detail/platform.hpp>

#include <boost/asio.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace test::stress
{

inline std::string name_of(const error_code& error)
{
  return error ? error.category().name() + (": " + error.message()) : "success";
}

/// What there is to connect to, and what runs the operations.
struct world
{
  explicit world(records& to_log) : log(to_log) {}

  const tcp::endpoint& endpoint_of(peer_kind kind) const
  {
    return endpoints[static_cast<std::size_t>(kind)];
  }

  records& log;
  answering_server accepting{log};
  asio::io_context context;
  refusing_port refusing{context};
  full_listener silent{context};
  const std::array<tcp::endpoint, 3> endpoints{
      accepting.endpoint(), refusing.endpoint(), silent.endpoint()};
};

/// One connect, and all that is done to it. It lives until nothing more can happen to it.
class operation : public std::enable_shared_from_this<operation>
{
public:
  operation(world& around, unsigned seed, unsigned number)
    : world_(around), number_(number), plan_(seed, number)
  {
    world_.log.add(number_, plan_);
  }

  ~operation()
  {
    if (calls_ != 1)
      complain("completed " + std::to_string(calls_) + " times");
    world_.log.remove(number_);
  }

  void start()
  {
    if (plan_.opened_before)
    {
      socket_.open(tcp::v4());
      // So that a part of the long flight waits for the peer. Wine 8.0 never completes a ConnectEx
      // whose data does not fit.
      if (!under_wine())
        socket_.set_option(asio::socket_base::send_buffer_size(4096));
    }
    auto slot = plan_.cancel_after ? signal_.slot() : asio::cancellation_slot();
    auto handler = asio::bind_cancellation_slot(slot,
        [self = shared_from_this()](const error_code& error, std::size_t bytes_transferred)
        { self->on_connected(error, bytes_transferred); });
    if (plan_.strand == strand_use::of_handler)
      connect(asio::bind_executor(strand_, std::move(handler)));
    else
      connect(std::move(handler));
    stop();
  }

private:
  template <typename Handler>
  void connect(Handler handler)
  {
    const auto flight = asio::buffer(flight_);
    if (!plan_.has_options)
      return connectex::async_connect_ex(socket_, peer(), flight, std::move(handler));
    connectex::connect_options options = plan_.options;
    if (plan_.has_report)
      options.report = &report_;
    connectex::async_connect_ex(socket_, peer(), flight, options, std::move(handler));
  }

  void stop()
  {
    if (plan_.close_after)
    {
      after(*plan_.close_after, strand_,
          [](operation& self)
          {
            // Wine now and then never completes a read whose socket is closed meanwhile, and does
            // so with Asio's own connect, too. Seen of Wine 8.0.
            if (under_wine() && self.is_reading_)
              return;
            self.stop_asked_ = true;
            self.close();
          });
    }
    if (!plan_.cancel_after)
      return;
    if (!plan_.cancelled_by_driver)
      return after(*plan_.cancel_after, world_.context.get_executor(),
          [](operation& self) { self.cancel(); });
    const auto moment = std::chrono::steady_clock::now() + *plan_.cancel_after;
    while (std::chrono::steady_clock::now() < moment)
      std::this_thread::yield();
    cancel();
  }

  template <typename Executor>
  void after(std::chrono::microseconds delay, const Executor& executor, void (*act)(operation&))
  {
    auto timer = std::make_unique<asio::steady_timer>(executor, delay);
    asio::steady_timer& waiting = *timer;
    waiting.async_wait([self = shared_from_this(), owned = std::move(timer), act](const error_code&)
        { act(*self); });
  }

  void cancel()
  {
    stop_asked_ = true;
    signal_.emit(plan_.type);
  }

  /// With a reset, because so many connections in TIME_WAIT would need more ports than there are.
  void close()
  {
    error_code ignored;
    socket_.set_option(asio::socket_base::linger(true, 0), ignored);
    socket_.close(ignored);
  }

  void on_connected(const error_code& error, std::size_t bytes_transferred)
  {
    ++calls_;
    if (const std::string objection = object_to(error, bytes_transferred); !objection.empty())
      complain(objection);
    world_.log.complete(number_, name_of(error));
    if (error && bytes_transferred != 0)
      world_.log.count("half sent");
    if (report_.attempts.size() > 1)
      world_.log.count("retried");

    // The caller may do so now, and nothing reads it any more.
    std::fill(flight_.begin(), flight_.end(), static_cast<unsigned char>(0));

    if (error || flight_.empty())
      return close();
    is_reading_ = true;
    asio::async_read(socket_, asio::buffer(answer_),
        asio::bind_executor(executor_,
            [self = shared_from_this()](const error_code& read_error, std::size_t)
            {
              if (read_error && !(self->plan_.close_after && self->stop_asked_))
                self->complain("no answer from the peer: " + read_error.message());
              self->close();
            }));
  }

  /// What cannot be so. Empty if there is nothing.
  std::string object_to(const error_code& error, std::size_t bytes_transferred)
  {
    if (plan_.strand != strand_use::none && !strand_.running_in_this_thread())
      return "completed outside its strand";
    if (bytes_transferred > plan_.size)
      return "more bytes than there were";
    const unsigned most = plan_.options.retry.max_attempts;
    if (most != 0 && report_.attempts.size() > most)
      return "too many attempts";
    for (const connectex::connect_attempt& attempt : report_.attempts)
    {
      if (attempt.error == connectex::condition::timed_out && !is_limit_reached(attempt))
        return "a time limit struck early";
    }
    if (!error)
      return object_to_success(bytes_transferred);
    if (!is_explained(error, bytes_transferred))
      return "no reason for this after " + std::to_string(bytes_transferred)
          + " bytes: " + name_of(error);
    return {};
  }

  std::string object_to_success(std::size_t bytes_transferred)
  {
    error_code remote;
    if (plan_.peer != peer_kind::accepting || socket_.remote_endpoint(remote) != peer())
      return "success without a connection";
    return bytes_transferred == plan_.size ? "" : "success without all bytes";
  }

  const tcp::endpoint& peer() const { return world_.endpoint_of(plan_.peer); }

  bool is_limit_reached(const connectex::connect_attempt& attempt) const
  {
    const connectex::connect_options& limits = plan_.options;
    return (limits.attempt_timeout && attempt.elapsed >= *limits.attempt_timeout)
        || (limits.total_timeout && attempt.started + attempt.elapsed >= *limits.total_timeout);
  }

  bool is_explained(const error_code& error, std::size_t bytes_transferred) const
  {
    const bool only_total = plan_.type == asio::cancellation_type::total && !plan_.close_after;
    if (error == asio::error::operation_aborted)
      return stop_asked_ && !(only_total && bytes_transferred != 0);
    if (error == connectex::condition::timed_out)
    {
      const bool maybe_delivered = error.category() == connectex::after_delivery_category();
      return plan_.is_limited()
          && (maybe_delivered ? plan_.peer == peer_kind::accepting && plan_.size != 0
                              : bytes_transferred == 0);
    }
    // On Windows itself a full backlog refuses.
    const bool refuses = plan_.peer == peer_kind::refusing
        || (CONNECTEX_DETAIL_WINDOWS && !under_wine() && plan_.peer == peer_kind::silent);
    return error == asio::error::connection_refused && refuses && bytes_transferred == 0;
  }

  void complain(const std::string& reason) { world_.log.complain(reason, number_, plan_); }

  world& world_;
  const unsigned number_;
  const plan plan_;
  std::vector<unsigned char> flight_ = make_flight(number_, plan_.size);
  std::array<char, 1> answer_{};
  connectex::connect_report report_;
  asio::strand<asio::io_context::executor_type> strand_ = asio::make_strand(world_.context);
  const asio::any_io_executor executor_ = plan_.strand == strand_use::none
      ? asio::any_io_executor(world_.context.get_executor())
      : asio::any_io_executor(strand_);
  tcp::socket socket_{plan_.strand == strand_use::of_socket
          ? executor_
          : asio::any_io_executor(world_.context.get_executor())};
  asio::cancellation_signal signal_;
  std::atomic<bool> stop_asked_{false};
  bool is_reading_ = false; // Used on the strand, without which nothing closes the socket early.
  std::atomic<int> calls_{0};
};

} // namespace test::stress

#endif // CONNECTEX_TEST_STRESS_OPERATION_HPP
