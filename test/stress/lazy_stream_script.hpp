// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_TEST_STRESS_LAZY_STREAM_SCRIPT_HPP
#define CONNECTEX_TEST_STRESS_LAZY_STREAM_SCRIPT_HPP

#include "../support/peers.hpp"
#include "../support/wine.hpp"
#include "lazy_stream_model.hpp"
#include "numbering_peer.hpp"

#include <connectex/lazy_connect_stream.hpp>

#include <boost/asio.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <random>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace test::stress
{

struct lazy_world
{
  explicit lazy_world(unsigned seed_, bool is_threaded_) : seed(seed_), is_threaded(is_threaded_) {}

  unsigned seed;
  bool is_threaded;
  asio::io_context context;
  refusing_port refusing{context};
  full_listener silent{context};
  std::function<void(unsigned, const std::string&)> complain;
};

/// One stream, what is done to it at random, and what must come of it.
class lazy_stream_script : public std::enable_shared_from_this<lazy_stream_script>
{
public:
  using strand_type = asio::strand<asio::io_context::executor_type>;
  using clock = std::chrono::steady_clock;

  lazy_stream_script(lazy_world& around, unsigned number, const strand_type& strand,
      numbering_peer& peer, std::function<void()> next)
    : world_(around),
      number_(number),
      random_(around.seed * 7919 + number),
      strand_(strand),
      peer_(peer),
      next_(std::move(next)),
      stream_(is_of_context_ ? asio::any_io_executor(world_.context.get_executor())
                             : asio::any_io_executor(strand_))
  {
  }

  ~lazy_stream_script()
  {
    for (const auto& made : transfers_)
    {
      if (made->calls != 1)
        complain("transfer " + std::to_string(made->number) + " was completed "
            + std::to_string(made->calls) + " times");
    }
  }

  void start()
  {
    peer_.begin(std::string(one_of(2), '!'), is_peer_late_);
    turn();
  }

private:
  unsigned one_of(unsigned count) { return static_cast<unsigned>(random_() % count); }

  void turn()
  {
    trace_ << "\n ";
    doubt();
    if (turns_-- == 0)
      return finish();
    for (unsigned steps = one_of(4) + 1; steps != 0; --steps)
      step();
    then(&lazy_stream_script::turn, one_of(3) == 0 ? 100 : 0);
  }

  void then(void (lazy_stream_script::*go_on)(), unsigned microseconds)
  {
    auto handler = [self = shared_from_this(), go_on] { ((*self).*go_on)(); };
    if (microseconds == 0)
      return asio::post(strand_, std::move(handler));
    timer_.expires_after(std::chrono::microseconds(microseconds));
    timer_.async_wait([handler](const error_code&) { handler(); });
  }

  void step()
  {
    check_not_early();
    switch (one_of(14))
    {
    case 0:
    case 1:
    case 2:
      return start_transfer(true, one_of(16) == 0 ? 70000 : one_of(64) + 1);
    case 3:
    case 4:
      return start_transfer(false, one_of(64) + 1);
    case 5:
      return start_transfer(one_of(2) == 0, 0);
    case 6:
      return cancel_one();
    case 7:
      return stop(one_of(2) == 0 && may_close());
    case 8:
      return write_now();
    default:
      // Not too often where that changes little.
      if (state() == plan_state::failed || !is_linked_ || one_of(8) == 0)
        arm();
    }
  }

  /// A write that has begun the connect is told after those that wait have begun.
  void doubt()
  {
    const auto waits = [this](const std::unique_ptr<transfer>& made)
    { return made->role == transfer_role::waiting && made->plan == plan_; };
    if (state() == plan_state::connecting
        && std::any_of(transfers_.begin(), transfers_.end(), waits))
      plan_->state = plan_state::under_way;
  }

  plan_state state() const { return plan_ ? plan_->state : plan_state::connected; }

  /// The stream is armed, and none of its transfers has begun the connect.
  void check_not_early()
  {
    if (state() == plan_state::armed && stream_.lowest_layer().is_open() != is_linked_)
      complain("the socket was touched early");
  }

  // What is done to the stream.

  void arm()
  {
    const bool must_throw = state() == plan_state::connecting;
    const bool may_throw = must_throw || state() == plan_state::under_way;
    const auto plan = state() == plan_state::armed ? plan_ : std::make_shared<planned_connect>();
    choose(*plan);
    try
    {
      arm_with(*plan);
      if (must_throw)
        complain("armed while it connects");
      supersede(plan);
    }
    catch (const boost::system::system_error& error)
    {
      trace_ << "! ";
      if (!may_throw || error.code() != asio::error::already_started)
        complain("not armed: " + error.code().message());
    }
  }

  void supersede(const std::shared_ptr<planned_connect>& plan)
  {
    if (state() == plan_state::under_way)
      learn_connected();
    for (const auto& made : transfers_)
    {
      if (made->plan && made->plan != plan)
        made->plan->is_superseded |= !made->plan->is_told;
    }
    plan_ = plan;
  }

  void learn_connected()
  {
    plan_->state = plan_state::connected;
    is_linked_ = stream_.lowest_layer().is_open();
  }

  void choose(planned_connect& plan)
  {
    plan.form = static_cast<target_form>(one_of(3));
    plan.peer = static_cast<peer_kind>(one_of(2) == 0 ? 0 : one_of(3));
    plan.options = {};
    plan.options.report = &plan.report;
    plan.options.race.attempt_delay = std::chrono::milliseconds(10);
    if (plan.peer == peer_kind::silent && one_of(2) == 0)
      plan.options.total_timeout = std::chrono::milliseconds(2);
    // So that a part of a long write must wait for the peer. Wine 8.0 never completes a ConnectEx
    // whose data does not fit.
    if (!CONNECTEX_DETAIL_WINDOWS && one_of(2) == 0)
    {
      plan.options.prepare = [](connectex::opened_socket& socket, error_code& error)
      { socket.set_option(asio::socket_base::send_buffer_size(4096), error); };
    }
  }

  void arm_with(const planned_connect& plan)
  {
    const tcp::endpoint endpoints[] = {
        peer_.endpoint(), world_.refusing.endpoint(), world_.silent.endpoint()};
    const auto& [good, refusing, silent] = endpoints;
    const tcp::endpoint& chosen = endpoints[static_cast<std::size_t>(plan.peer)];
    trace_ << "arm" << static_cast<int>(plan.form) << static_cast<int>(plan.peer) << ' ';
    if (plan.form == target_form::endpoint)
      return stream_.connect_on_write(chosen, plan.options);
    if (plan.form == target_form::name)
      return stream_.connect_on_write("127.0.0.1", std::to_string(chosen.port()), plan.options);
    std::vector<tcp::endpoint> list{chosen};
    if (one_of(2) == 0)
      list.push_back(chosen == good && one_of(2) == 0 ? good : refusing);
    if (chosen == good && one_of(8) == 0)
      list.insert(list.begin(), one_of(4) == 0 ? silent : refusing);
    stream_.connect_on_write(list, plan.options);
  }

  /// Asio lets one read and one write be pending; several of them can wait in an order only where
  /// there is one thread.
  bool is_room_for(bool is_write) const
  {
    std::size_t pending = 0;
    for (const auto& other : transfers_)
    {
      if (other->calls != 0 || other->is_write != is_write || other->memory.empty())
        continue;
      ++pending;
      if (is_write && (world_.is_threaded || !other->plan || other->plan != plan_))
        return false;
    }
    if (is_write && pending != 0 && state() != plan_state::connecting)
      return false;
    return pending < (world_.is_threaded ? 1 : 3);
  }

  void start_transfer(bool is_write, std::size_t size)
  {
    if (size != 0 && !is_room_for(is_write))
      return;
    is_flooded_ |= size > most_in_connect;
    transfer& made = make_transfer(is_write, size);
    made.role = role_of(made);
    trace_ << (is_write ? 'w' : 'r') << made.number << '(' << size << ") ";
    if (made.role == transfer_role::owner)
      begin_connect(plan_state::connecting);
    is_initiating_ = true;
    auto handler = asio::bind_executor(strand_,
        asio::bind_cancellation_slot(made.signal.slot(),
            [self = shared_from_this(), &made](const error_code& error, std::size_t count)
            { self->on_end(made, error, count); }));
    if (is_write)
      stream_.async_write_some(asio::buffer(std::as_const(made.memory)), std::move(handler));
    else
      stream_.async_read_some(asio::buffer(made.memory), std::move(handler));
    is_initiating_ = false;
    if (made.role == transfer_role::posted)
    {
      // It takes the way of the read that has just posted itself, and comes after it.
      asio::post(stream_.get_executor(),
          asio::bind_executor(
              strand_, [self = shared_from_this(), &made] { self->on_posted(made); }));
    }
  }

  transfer& make_transfer(bool is_write, std::size_t size)
  {
    auto made = std::make_unique<transfer>();
    made->number = transfers_.size() + 1;
    made->is_write = is_write;
    made->memory.assign(size, static_cast<char>(made->number));
    made->plan = plan_ && state() != plan_state::connected ? plan_ : nullptr;
    made->was_linked = is_linked_;
    made->is_closed = !is_linked_ && (!plan_ || plan_->is_stopped);
    transfers_.push_back(std::move(made));
    return *transfers_.back();
  }

  transfer_role role_of(const transfer& made) const
  {
    if (!plan_)
      return transfer_role::forwarded;
    if (made.memory.empty())
      return plan_->state == plan_state::under_way ? transfer_role::unclear : transfer_role::empty;
    switch (plan_->state)
    {
    case plan_state::armed:
      return made.is_write ? transfer_role::owner : transfer_role::posted;
    case plan_state::failed:
      return transfer_role::refused;
    default:
      return transfer_role::waiting;
    }
  }

  void begin_connect(plan_state state)
  {
    plan_->state = state;
    plan_->was_open = is_linked_;
  }

  /// A read has come back from its post.
  void on_posted(transfer& read)
  {
    if (read.calls != 0 || read.must_abort)
      return;
    read.role = transfer_role::waiting;
    if (read.plan->state != plan_state::armed)
      return;
    read.role = transfer_role::owner;
    trace_ << 'r' << read.number << " connects ";
    if (read.plan == plan_)
      begin_connect(plan_state::under_way);
    else
      complain("a read of a stream that was armed anew");
  }

  void cancel_one()
  {
    std::vector<transfer*> pending;
    for (const auto& made : transfers_)
    {
      if (made->calls == 0)
        pending.push_back(made.get());
    }
    if (pending.empty())
      return;
    constexpr asio::cancellation_type types[] = {asio::cancellation_type::terminal,
        asio::cancellation_type::partial, asio::cancellation_type::total};
    const unsigned type = one_of(3);
    transfer& chosen = *pending[one_of(static_cast<unsigned>(pending.size()))];
    trace_ << "cancel" << type << '(' << chosen.number << ") ";
    cancel(chosen, types[type]);
  }

  void cancel(transfer& chosen, asio::cancellation_type type)
  {
    chosen.is_cancelled = true;
    chosen.must_abort |= chosen.role == transfer_role::posted
        || (chosen.role == transfer_role::waiting && chosen.plan->state == plan_state::connecting);
    if (chosen.role == transfer_role::owner)
      chosen.plan->is_stopped = true;
    is_initiating_ = true;
    chosen.signal.emit(type);
    is_initiating_ = false;
  }

  /// Wine now and then never completes a read whose socket is closed while other threads run, and
  /// does so with Asio's own sockets, too. Seen of Wine 8.0.
  bool may_close() const
  {
    return !under_wine() || !world_.is_threaded
        || std::none_of(transfers_.begin(), transfers_.end(),
            [](const auto& made) { return made->calls == 0 && !made->is_write; });
  }

  /// Calls cancel() or close() of the lowest layer.
  void stop(bool is_close)
  {
    trace_ << (is_close ? "close " : "stop ");
    const bool is_connecting =
        state() == plan_state::connecting || state() == plan_state::under_way;
    if (is_connecting)
      plan_->is_stopped = true;
    for (const auto& made : transfers_)
    {
      const plan_state its = made->plan ? made->plan->state : plan_state::connected;
      if (its == plan_state::armed || its == plan_state::connecting)
        continue;
      made->is_disturbed = true;
      made->is_closed |= is_close;
      // The reset drops what the system has not sent yet.
      if (is_close)
        made->least = 0;
    }
    error_code ignored;
    if (!is_close)
      return void(stream_.lowest_layer().cancel(ignored));
    // With a reset, because so many connections in TIME_WAIT would need more ports than there are.
    if (is_linked_ && !is_connecting)
      stream_.lowest_layer().set_option(asio::socket_base::linger(true, 0), ignored);
    stream_.lowest_layer().close(ignored);
    is_linked_ = false;
  }

  /// The synchronous members also tell the state.
  void write_now()
  {
    // It must not wait for the peer, which may be on this thread.
    if (!is_room_for(true) || (plan_ == nullptr && !is_linked_) || is_flooded_
        || state() == plan_state::armed)
      return;
    transfer& made = make_transfer(true, 1);
    ++made.calls;
    const plan_state before = state();
    error_code error;
    made.least = made.most = stream_.write_some(asio::buffer(std::as_const(made.memory)), error);
    trace_ << "now" << made.number << '=' << error.message() << ' ';
    if (before == plan_state::under_way && !error)
    {
      learn_connected();
      plan_.reset();
    }
    const error_code expected = before == plan_state::failed ? asio::error::not_connected
        : before == plan_state::connected                    ? error_code()
                                                             : asio::error::in_progress;
    const bool is_open_question = before == plan_state::under_way;
    if (error != expected && !(is_open_question && (!error || made.plan->is_stopped)))
      complain("an end of write_some() that does not follow: " + error.message());
  }

  // What comes of it.

  void on_end(transfer& made, const error_code& error, std::size_t count)
  {
    trace_ << '[' << made.number << ' ' << (error ? error.message() : "ok") << ' ' << count << "] ";
    ++made.calls;
    if (is_initiating_)
      complain("completed within another call");
    if (!strand_.running_in_this_thread())
      complain("completed outside its strand");
    if (const std::string objection = made.object_to(error, count); !objection.empty())
      complain(objection + ": transfer " + std::to_string(made.number));
    if (made.is_write)
    {
      made.least = error || made.is_closed ? 0 : count;
      made.most = made.most_delivered(error, count);
    }
    if (made.role == transfer_role::owner && made.plan->state != plan_state::connected)
      end_connect(made, error);
  }

  void end_connect(const transfer& owner, const error_code& error)
  {
    planned_connect& plan = *owner.plan;
    const bool is_read_stopped = !owner.is_write && plan.is_stopped && error
        && (error == asio::error::operation_aborted || !plan.allows(error));
    if (error && !is_read_stopped)
    {
      plan.state = plan_state::failed;
      plan.error = error;
      if (!plan.was_open && stream_.lowest_layer().is_open())
        complain("the socket is open after a failure");
      return;
    }
    plan.state = plan_state::connected;
    // Threads may take the handlers out of their order.
    plan.is_told = owner.is_write && !world_.is_threaded;
    is_linked_ = stream_.lowest_layer().is_open();
    error_code ignored;
    if (!error && !plan.is_stopped
        && stream_.lowest_layer().remote_endpoint(ignored) != peer_.endpoint())
      complain("a success without a connection");
    if (!is_read_stopped)
    {
      plan_.reset();
      return owner.is_write && one_of(8) == 0 ? arm() : void();
    }
    // It may have ended the connect, or just the read. To arm the stream anew makes no difference.
    plan.is_superseded = true;
    trace_ << "re-";
    plan_.reset();
    arm();
  }

  // The end.

  void finish()
  {
    trace_ << "end: ";
    if (state() != plan_state::connected && plan_->form == target_form::endpoint && one_of(2) == 0)
      stop(one_of(2) == 0 && may_close());
    await_transfers();
  }

  void await_transfers()
  {
    doubt();
    std::vector<transfer*> owners;
    std::vector<transfer*> others;
    for (const auto& made : transfers_)
    {
      if (made->calls == 0 && made->role == transfer_role::owner && made->is_due())
        return wait(&lazy_stream_script::await_transfers);
    }
    peer_.begin_reading();
    for (const auto& made : transfers_)
    {
      if (made->calls != 0)
        continue;
      if (made->is_due())
        return wait(&lazy_stream_script::await_transfers);
      (made->role == transfer_role::owner ? owners : others).push_back(made.get());
    }
    // Nobody cancels those that wait for a connect: its end must wake them.
    for (transfer* pending : owners.empty() ? others : owners)
      cancel(*pending, asio::cancellation_type::terminal);
    if (!owners.empty() || !others.empty())
      return wait(&lazy_stream_script::await_transfers);
    error_code ignored;
    stream_.lowest_layer().shutdown(tcp::socket::shutdown_send, ignored);
    peer_.mark();
    await_peer();
  }

  void await_peer()
  {
    if (!peer_.is_done())
      return wait(&lazy_stream_script::await_peer);
    check_bytes();
    next_();
  }

  void wait(void (lazy_stream_script::*go_on)())
  {
    if (clock::now() - started_ < std::chrono::seconds(20))
      return then(go_on, 50);
    complain("nothing goes on any more");
    std::abort();
  }

  void check_bytes()
  {
    if (peer_.is_disordered())
      complain("the peer got the bytes out of order");
    for (const auto& made : transfers_)
    {
      const std::size_t received = peer_.received(made->number);
      if (made->is_write && (received < made->least || received > made->most))
        complain("the peer got " + std::to_string(received) + " bytes of transfer "
            + std::to_string(made->number));
    }
  }

  void complain(const std::string& reason)
  {
    world_.complain(number_, reason + "; trace:" + trace_.str());
  }

  lazy_world& world_;
  const unsigned number_;
  std::minstd_rand random_;
  const strand_type strand_;
  numbering_peer& peer_;
  std::function<void()> next_;
  unsigned turns_ = one_of(10) + 2;
  const bool is_peer_late_ = one_of(4) == 0;

  // Threads would take the posts of a read and of its marker out of their order.
  const bool is_of_context_ = !world_.is_threaded && one_of(2) == 0;
  connectex::lazy_connect_stream<> stream_;
  asio::steady_timer timer_{strand_};
  std::shared_ptr<planned_connect> plan_;
  std::vector<std::unique_ptr<transfer>> transfers_;
  bool is_linked_ = false;
  bool is_initiating_ = false;
  bool is_flooded_ = false;
  clock::time_point started_ = clock::now();
  std::ostringstream trace_;
};

} // namespace test::stress

#endif // CONNECTEX_TEST_STRESS_LAZY_STREAM_SCRIPT_HPP
