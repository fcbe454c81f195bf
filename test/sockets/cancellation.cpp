// SPDX-License-Identifier: BSL-1.0

#include <connectex/async_connect_ex.hpp>

#include "support/cancellation_types.hpp"
#include "support/expected.hpp"
#include "support/loopback.hpp"
#include "support/wine.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/execution/outstanding_work.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>

#include <atomic>
#include <future>
#include <thread>
#include <type_traits>
#include <utility>

namespace
{

using namespace test;
using asio::cancellation_type;
using connectex::async_connect_ex;
using connectex::connect_options;
using connectex::connect_report;
using connectex::first_flight_path;

/// Holds up another thread than the test's, where it first comes by.
class gate
{
public:
  void pass()
  {
    if (std::this_thread::get_id() == main_ || is_passed_)
      return;
    is_passed_ = true;
    reached_.set_value();
    opened_.get_future().wait_for(limit);
  }

  bool is_reached() { return reached_.get_future().wait_for(limit) == std::future_status::ready; }
  void open() { opened_.set_value(); }

private:
  std::thread::id main_ = std::this_thread::get_id();
  bool is_passed_ = false;
  std::promise<void> reached_;
  std::promise<void> opened_;
};

/// Lets its execution context know of work only behind a gate.
template <typename Inner>
class gated_executor
{
public:
  gated_executor(const Inner& inner, gate& on_the_way) : inner_(inner), gate_(&on_the_way) {}

  template <typename Property>
  auto query(const Property& property) const
      -> decltype(asio::query(std::declval<const Inner&>(), property))
  {
    return asio::query(inner_, property);
  }

  template <typename Property>
  auto require(const Property& property) const -> gated_executor<
      std::decay_t<decltype(asio::require(std::declval<const Inner&>(), property))>>
  {
    if constexpr (std::is_same_v<Property, asio::execution::outstanding_work_t::tracked_t>)
      gate_->pass();
    return {asio::require(inner_, property), *gate_};
  }

  template <typename Function>
  void execute(Function function) const
  {
    gate_->pass();
    inner_.execute(std::move(function));
  }

  bool operator==(const gated_executor& other) const noexcept { return inner_ == other.inner_; }
  bool operator!=(const gated_executor& other) const noexcept { return inner_ != other.inner_; }

private:
  Inner inner_;
  gate* gate_;
};

/// A slot that is emitted the moment that an operation fills it.
class emitted_slot
{
public:
  explicit emitted_slot(asio::cancellation_signal& signal) : slot_(signal.slot()), signal_(&signal)
  {
  }

  bool is_connected() const noexcept { return true; }
  bool has_handler() const noexcept { return slot_.has_handler(); }
  void clear() { slot_.clear(); }

  template <typename CancellationHandler>
  auto& assign(CancellationHandler&& handler)
  {
    auto& assigned = slot_.assign(std::forward<CancellationHandler>(handler));
    signal_->emit(cancellation_type::terminal);
    return assigned;
  }

  template <typename CancellationHandler, typename... Args>
  auto& emplace(Args&&... args)
  {
    return assign(CancellationHandler(std::forward<Args>(args)...));
  }

  friend bool operator==(const emitted_slot& a, const emitted_slot& b) noexcept
  {
    return a.slot_ == b.slot_;
  }

  [[maybe_unused]] friend bool operator!=(const emitted_slot& a, const emitted_slot& b) noexcept
  {
    return !(a == b);
  }

private:
  asio::cancellation_slot slot_;
  asio::cancellation_signal* signal_;
};

/// A connection that cannot take all of its first flight, because the peer reads nothing.
struct stuck
{
  explicit stuck(asio::io_context& context) : server(context), socket(context, tcp::v4())
  {
    // Set before the connect, where it also bounds what the peer takes unread.
    socket.set_option(asio::socket_base::send_buffer_size(65536));
  }

  template <typename Token>
  void start(Token&& token)
  {
    async_connect_ex(socket, server.endpoint(), asio::buffer(bytes), {.report = &report},
        std::forward<Token>(token));
  }

  const std::string bytes = pattern(32 << 20);
  idle_peer server;
  tcp::socket socket;
  connect_report report;
};

/// Runs what can run, until the operation is stuck in its write.
void run_until_stuck(asio::io_context& context, const outcome& result)
{
  context.restart();
  while (context.run_one_for(std::chrono::milliseconds(200)) != 0)
  {
  }
  REQUIRE(result.calls == 0);
}

} // namespace

TEST_CASE("cancel before the first step: nothing is sent")
{
  asio::io_context context;
  sink server(context);
  tcp::socket socket(context);
  asio::cancellation_signal signal;
  outcome result;
  async_connect_ex(socket, server.endpoint(), asio::buffer(greeting),
      asio::bind_cancellation_slot(emitted_slot(signal), result.handler()));
  CHECK(result.calls == 0);
  run_until(context, [&] { return result.calls != 0; });
  CHECK(result.is(asio::error::operation_aborted, 0));
  CHECK(socket.is_open());
  CHECK_FALSE(server.accepted());
}

TEST_CASE("cancel in flight, by each type")
{
  for (const auto type : every_type)
  {
    asio::io_context context;
    full_listener full(context);
    tcp::socket socket(context);
    asio::cancellation_signal signal;
    connect_report report;
    outcome result;
    async_connect_ex(socket, full.endpoint(), asio::buffer(greeting), {.report = &report},
        asio::bind_cancellation_slot(signal.slot(), result.handler()));
    context.poll();
    REQUIRE(result.calls == 0);

    signal.emit(type);
    CHECK(result.calls == 0);
    run(context);
    CAPTURE(result);
    CHECK(result.is(asio::error::operation_aborted, 0));
    CHECK(result.error == connectex::condition::aborted);
    CHECK(socket.is_open());
    CHECK(report.first_flight == first_flight_path::none);
  }
}

TEST_CASE("cancel of one operation leaves others alone")
{
  asio::io_context context;
  full_listener full(context);
  tcp::socket first(context);
  tcp::socket second(context);
  asio::cancellation_signal signal;
  outcome cancelled;
  outcome pending;
  async_connect_ex(
      first, full.endpoint(), asio::bind_cancellation_slot(signal.slot(), cancelled.handler()));
  async_connect_ex(second, full.endpoint(), pending.handler());
  signal.emit(cancellation_type::terminal);
  run_until(context, [&] { return cancelled.calls != 0; });
  CHECK(cancelled.is(asio::error::operation_aborted, 0));
  context.poll();
  CHECK(pending.calls == 0);
  second.close();
  run(context);
  CHECK(pending.is(asio::error::operation_aborted, 0));
}

TEST_CASE("cancel() and close() on the socket end the operation")
{
  for (const bool close : {false, true})
  {
    CAPTURE(close);
    asio::io_context context;
    full_listener full(context);
    tcp::socket socket(context);
    outcome result;
    async_connect_ex(socket, full.endpoint(), asio::buffer(greeting), result.handler());
    context.poll();
    REQUIRE(result.calls == 0);
    if (close)
      socket.close();
    else
      socket.cancel();
    run(context);
    CAPTURE(result);
    CHECK(result.is(asio::error::operation_aborted, 0));
  }
}

TEST_CASE("close() between a success and its handler counts as an abort, not as a success")
{
  for (const std::size_t size : {0, 5, 100000})
  {
    CAPTURE(size);
    const std::string bytes = pattern(size);
    asio::io_context io;
    asio::io_context handlers;
    idle_peer server(io);
    tcp::socket socket(io);
    connect_report report;
    outcome result;
    async_connect_ex(socket, server.endpoint(), asio::buffer(bytes), {.report = &report},
        asio::bind_executor(handlers, result.handler()));

    // The accept ends only after the connect has, and the handler's context has not run yet.
    while (!server.socket().is_open())
      REQUIRE(io.run_one_for(limit) == 1);
    while (io.poll() != 0)
    {
    }
    socket.close();
    run(handlers);
    run(io);
    CAPTURE(result);
    CHECK(result.calls == 1);
    CHECK(result.error == asio::error::operation_aborted);
    CHECK(result.bytes_transferred == (is_over_at_once ? size : bytes_in_connect_of(size)));
    REQUIRE(report.attempts.size() == 1);
    if (!is_over_at_once)
      CHECK(report.attempts[0].error == asio::error::operation_aborted);
    CHECK((report.attempts[0].native_error == 0) == !report.attempts[0].error);
  }
}

TEST_CASE("the slot may be emitted on another thread while the handler's strand closes the socket")
{
  asio::io_context context;
  full_listener full(context);
  const tcp::endpoint peer = full.endpoint();
  auto work = asio::make_work_guard(context);
  std::thread runner([&] { context.run(); });
  int aborted = 0;
  const int rounds = 2000;
  for (int round = 0; round != rounds; ++round)
  {
    auto strand = asio::make_strand(context);
    tcp::socket socket(context, tcp::v4());
    asio::cancellation_signal signal;
    std::atomic<bool> started{false};
    std::promise<error_code> done;
    auto ended = done.get_future();
    asio::post(strand,
        [&]
        {
          async_connect_ex(socket, peer,
              asio::bind_cancellation_slot(signal.slot(),
                  asio::bind_executor(
                      strand, [&](const error_code& ec, std::size_t) { done.set_value(ec); })));
          asio::post(strand,
              [&]
              {
                started = true;
                socket.close();
              });
        });
    while (!started)
    {
    }
    std::atomic<int> spin{round % 97 * 20};
    while (--spin > 0)
    {
    }
    signal.emit(cancellation_type::terminal);
    const bool ready = ended.wait_for(limit) == std::future_status::ready;
    REQUIRE(ready);
    aborted += ended.get() == asio::error::operation_aborted;
  }
  CHECK(aborted == rounds);
  work.reset();
  runner.join();
}

TEST_CASE("an emission on its way to the strand does not leave the operation stuck there")
{
  for (const bool shared : {true, false})
  {
    CAPTURE(shared);
    using executor_type = gated_executor<asio::io_context::executor_type>;
    asio::io_context io;
    asio::io_context other;
    asio::io_context& handlers = shared ? io : other;
    const refusing_port nobody(io);
    tcp::socket socket(io);
    connect_report report;
    connect_options options;
    options.report = &report;
    options.retry.max_attempts = 0;
    options.retry.backoff = {std::chrono::milliseconds(10), 1, std::chrono::milliseconds(10), 0};
    gate on_the_way;
    asio::strand<executor_type> strand(executor_type(handlers.get_executor(), on_the_way));
    asio::cancellation_signal signal;
    outcome result;
    async_connect_ex(socket, nobody.endpoint(), asio::buffer(greeting), options,
        asio::bind_cancellation_slot(signal.slot(), asio::bind_executor(strand, result.handler())));
    const auto deadline = std::chrono::steady_clock::now() + limit;
    while (report.attempts.empty() && std::chrono::steady_clock::now() < deadline)
    {
      io.poll_one();
      if (report.attempts.empty())
        handlers.poll_one();
    }

    // The strand is taken now, but its execution context does not know it yet.
    std::thread emitter([&] { signal.emit(cancellation_type::terminal); });
    CHECK(on_the_way.is_reached());

    // The end of the wait goes to the strand.
    io.run_for(std::chrono::milliseconds(50));
    handlers.poll();
    CHECK_FALSE(io.stopped());
    CHECK_FALSE(handlers.stopped());

    on_the_way.open();
    emitter.join();
    while (result.calls == 0 && std::chrono::steady_clock::now() < deadline)
    {
      io.poll_one();
      handlers.poll_one();
    }
    CHECK(result.is(asio::error::operation_aborted, 0));
    run(handlers);
    run(io);
  }
}

TEST_CASE("cancel while the rest is being written tells how much was handed over")
{
  for (const auto type : {cancellation_type::terminal, cancellation_type::partial})
  {
    asio::io_context context;
    stuck connection(context);
    asio::cancellation_signal signal;
    outcome result;
    connection.start(asio::bind_cancellation_slot(signal.slot(), result.handler()));
    run_until_stuck(context, result);
    signal.emit(type);
    run(context);

    CAPTURE(result);
    CHECK(result.calls == 1);
    CHECK(result.error == asio::error::operation_aborted);
    CHECK(result.bytes_transferred > 0);
    CHECK(result.bytes_transferred < connection.bytes.size());
    CHECK(connection.report.first_flight == path_of(connection.bytes.size()));
    CHECK(connection.report.bytes_in_connect == bytes_in_connect_of(connection.bytes.size()));

    // Told truly: exactly these bytes arrive.
    connection.socket.shutdown(tcp::socket::shutdown_send);
    std::string received;
    error_code ec;
    asio::read(connection.server.socket(), asio::dynamic_buffer(received), ec);
    CHECK((received == connection.bytes.substr(0, result.bytes_transferred)));
  }
}

TEST_CASE("close() while the rest is being written ends it")
{
  asio::io_context context;
  if (under_wine())
  {
    WARN("left out: Wine 8.0 never completes a WSASend whose socket is closed while it is half "
         "sent");
    return;
  }
  stuck connection(context);
  outcome result;
  connection.start(result.handler());
  run_until_stuck(context, result);
  connection.socket.close();
  run(context);
  CAPTURE(result);
  CHECK(result.calls == 1);
  CHECK(result.error == asio::error::operation_aborted);
  CHECK(result.bytes_transferred < connection.bytes.size());
}

TEST_CASE("a total cancellation is ignored once bytes have been sent")
{
  asio::io_context context;
  stuck connection(context);
  asio::cancellation_signal signal;
  outcome result;
  connection.start(asio::bind_cancellation_slot(signal.slot(), result.handler()));
  run_until_stuck(context, result);
  signal.emit(cancellation_type::total);
  run_until_stuck(context, result);

  // Only now does the peer read, and the operation goes on as if nothing had been asked.
  std::string received;
  asio::async_read(connection.server.socket(), asio::dynamic_buffer(received),
      asio::transfer_exactly(connection.bytes.size()), [](const error_code&, std::size_t) {});
  run(context);
  CAPTURE(result);
  CHECK(result.is_success(connection.bytes.size()));
  CHECK((received == connection.bytes));
}

TEST_CASE("cancel after completion does not touch the connection")
{
  asio::io_context context;
  idle_peer server(context);
  tcp::socket socket(context);
  asio::cancellation_signal signal;
  outcome result;
  async_connect_ex(socket, server.endpoint(), asio::buffer(greeting),
      asio::bind_cancellation_slot(signal.slot(), result.handler()));
  run(context);
  REQUIRE(result.is_success(greeting.size()));

  // This read may well live at the address that the connect had.
  outcome read;
  char byte = 0;
  socket.async_read_some(asio::buffer(&byte, 1), read.handler());
  for (const auto type : every_type)
    signal.emit(type);
  context.restart();
  context.poll();
  CHECK(read.calls == 0);

  asio::write(server.socket(), asio::buffer("x", 1));
  run(context);
  CHECK(read.is_success(1));
  CHECK(result.calls == 1);
}

TEST_CASE("a cancellation signal may die before the operation that it could have cancelled")
{
  asio::io_context context;
  full_listener full(context);
  tcp::socket socket(context);
  outcome result;
  {
    asio::cancellation_signal signal;
    async_connect_ex(socket, full.endpoint(), asio::buffer(greeting),
        asio::bind_cancellation_slot(signal.slot(), result.handler()));
    context.poll();
  }
  socket.close();
  run(context);
  CHECK(result.is(asio::error::operation_aborted, 0));
}

TEST_CASE("a cancel that races with completion gives one completion, and a true one")
{
  int aborted = 0;
  int succeeded = 0;
  for (int round = 0; round != 400; ++round)
  {
    asio::io_context context;
    idle_peer server(context);
    tcp::socket socket(context);
    asio::cancellation_signal signal;
    outcome result;
    async_connect_ex(socket, server.endpoint(), asio::buffer(greeting),
        asio::bind_cancellation_slot(signal.slot(), result.handler()));
    for (int i = 0; i != round % 4; ++i)
      context.poll_one();
    signal.emit(cancellation_type::terminal);
    run_until(context, [&] { return result.calls != 0; });
    context.poll();
    REQUIRE(result.calls == 1);
    if (result.error)
    {
      REQUIRE(result.is(asio::error::operation_aborted, 0));
      ++aborted;
    }
    else
    {
      REQUIRE(result.is_success(greeting.size()));
      ++succeeded;
    }
  }
  // How many of each is up to the machine; both outcomes are scripted elsewhere.
  CHECK(aborted + succeeded == 400);
}

TEST_CASE("a cancel from a thread of its own needs no strand")
{
  asio::io_context context;
  auto work = asio::make_work_guard(context);
  std::thread first([&] { context.run(); });
  std::thread second([&] { context.run(); });

  std::atomic<int> calls{0};
  std::atomic<int> wrong{0};
  constexpr int rounds = 400;
  const std::string bytes = pattern(100000);
  for (int round = 0; round != rounds; ++round)
  {
    tcp::acceptor acceptor(context, loopback_v4());
    tcp::socket socket(context);
    asio::cancellation_signal signal;
    std::promise<void> done;
    async_connect_ex(socket, acceptor.local_endpoint(), asio::buffer(bytes),
        asio::bind_cancellation_slot(signal.slot(),
            [&](const error_code& ec, std::size_t n)
            {
              ++calls;
              if (ec ? ec != asio::error::operation_aborted : n != bytes.size())
                ++wrong;
              done.set_value();
            }));
    if (round % 2 != 0)
      std::this_thread::yield();
    signal.emit(cancellation_type::terminal);
    REQUIRE(done.get_future().wait_for(limit) == std::future_status::ready);
  }
  work.reset();
  first.join();
  second.join();
  CHECK(calls == rounds);
  CHECK(wrong == 0);
}
