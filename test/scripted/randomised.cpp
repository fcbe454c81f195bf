// SPDX-License-Identifier: BSL-1.0

#include "support/counting_allocator.hpp"
#include "support/scripted.hpp"
#include "support/unreliable_system.hpp"
#include "support/wine.hpp"

#include <connectex/detail/platform.hpp>
#include <connectex/error.hpp>

#include <boost/asio/bind_allocator.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/strand.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>

namespace test::scripted::randomised_tests
{

namespace
{

/// Accepts every connection and reads it to its end, on a thread of its own.
class public_server
{
public:
  public_server() : acceptor_(context_, loopback_v4()), thread_([this] { context_.run(); })
  {
    asio::post(context_, [this] { accept(); });
  }

  ~public_server()
  {
    context_.stop();
    thread_.join();
  }

  tcp::endpoint endpoint() const { return endpoint_; }

private:
  struct visitor
  {
    explicit visitor(tcp::socket&& accepted) : socket(std::move(accepted)) {}

    tcp::socket socket;
    std::array<char, 65536> bytes;
  };

  void accept()
  {
    acceptor_.async_accept(
        [this](const error_code& error, tcp::socket socket)
        {
          if (!error)
            read(std::make_shared<visitor>(std::move(socket)));
          accept();
        });
  }

  static void read(const std::shared_ptr<visitor>& from)
  {
    from->socket.async_read_some(asio::buffer(from->bytes),
        [from](const error_code& error, std::size_t)
        {
          if (!error)
            read(from);
        });
  }

  asio::io_context context_;
  asio::executor_work_guard<asio::io_context::executor_type> work_{context_.get_executor()};
  tcp::acceptor acceptor_;
  tcp::endpoint endpoint_ = acceptor_.local_endpoint();
  std::thread thread_;
};

/// What there is to connect to, for all runs.
struct world
{
  asio::io_context context;
  public_server server;
  refusing_port nobody{context};
  full_listener full{context};
  std::string flight = pattern(200000);
};

enum class interruption
{
  none,
  emit,
  emit_from_thread,
  cancel,
  close,
  destroy
};

/// @param hangs Whether nothing but a limit is sure to end the operation.
connect_options random_options(random_source& random, bool hangs, connect_report* report)
{
  connect_options options;
  options.report = report;
  options.retry.max_attempts = random.below(5);
  options.retry.backoff.initial = std::chrono::microseconds(100 * random.below(4));
  options.retry.backoff.max = 500us;
  options.retry.backoff.random = [value = 0.3]() mutable { return value = 1 - value; };
  if (random.one_in(3))
    options.attempt_timeout = std::chrono::microseconds(1 + 100 * random.below(15));
  if (hangs || options.retry.max_attempts == 0 || random.one_in(2))
    options.total_timeout = std::chrono::microseconds(1 + 100 * random.below(25));
  if (random.one_in(8))
    options.retry.predicate = retrying_everything().retry.predicate;
  options.reopen =
      random.one_of({reopen_policy::never, reopen_policy::if_opened_here, reopen_policy::always});
  options.reuse_unicast_port = random.one_in(2);
  options.loopback_fast_fail = random.one_in(2);
  if (random.one_in(4))
    options.fast_open = fast_open_mode::idempotent_data;
  options.statistics = random.one_in(2);
  return options;
}

bool is_portable(const error_code& error)
{
  if (!error)
    return true;
  if (error.category() != boost::system::system_category())
    return false;

  // Winsock's numbers, of which one is that of Win32.
  return !CONNECTEX_DETAIL_WINDOWS || error.value() >= 10000
      || error == asio::error::operation_aborted;
}

void check_report(const connect_report& report, const outcome& result, unsigned max_attempts)
{
  REQUIRE((max_attempts == 0 || report.attempts.size() <= max_attempts));
  std::chrono::steady_clock::duration sum{};
  for (const connectex::connect_attempt& attempt : report.attempts)
  {
    const bool is_last = &attempt == &report.attempts.back();
    REQUIRE(is_portable(attempt.error));
    REQUIRE((attempt.error || is_last));
    sum += attempt.elapsed;
  }
  REQUIRE(report.elapsed >= sum);
  REQUIRE(report.bytes_in_connect <= result.bytes_transferred);
  if (!result.error)
  {
    REQUIRE_FALSE(report.attempts.empty());
    REQUIRE_FALSE(report.attempts.back().error);
  }
  if (result.bytes_transferred == 0)
    REQUIRE(report.first_flight == first_flight_path::none);
  else
    REQUIRE(report.first_flight != first_flight_path::none);
}

/// How often an operation ended how.
using endings = std::map<std::string, int>;

void run_once(world& around, unsigned seed, endings& ended)
{
  INFO("seed " << seed);
  random_source random(seed);

  tcp::endpoint peer = around.server.endpoint();
  if (random.one_in(3))
    peer = around.nobody.endpoint();
  else if (random.one_in(3))
    peer = around.full.endpoint();

  const bool hangs =
      peer == around.full.endpoint() || (peer == around.nobody.endpoint() && refuses_slowly());
  connect_report report;
  const connect_options options =
      random_options(random, hangs, random.one_in(4) ? nullptr : &report);
  const auto how = static_cast<interruption>(random.below(6));
  const auto type = random.one_of(
      {cancellation_type::terminal, cancellation_type::partial, cancellation_type::total});
  const unsigned handled_before = random.below(8);
  const std::size_t size = random.one_of<std::size_t>({0, 5, 70000, 200000});

  const session seam(unreliable_system(seed));
  allocation_count count;
  outcome result;
  asio::cancellation_signal signal;
  auto context = std::make_unique<asio::io_context>();
  auto socket = std::make_unique<tcp::socket>(*context);
  if (random.one_in(2))
    socket->open(tcp::v4());
  if (socket->is_open() && random.one_in(3))
    socket->bind(loopback_v4());

  const std::string bytes = around.flight.substr(0, size);
  std::optional strand = asio::make_strand(*context);
  int live_in_handler = 0;
  async_connect_ex(*socket, peer, split(bytes, 1 + random.below(4)), options,
      asio::bind_cancellation_slot(signal.slot(),
          asio::bind_executor(*strand,
              asio::bind_allocator(counting_allocator<void>(count),
                  [&](const error_code& error, std::size_t transferred)
                  {
                    live_in_handler = count.live();
                    result.handler()(error, transferred);
                  }))));
  REQUIRE(result.calls == 0);

  for (unsigned i = 0; i != handled_before && result.calls == 0; ++i)
    context->poll_one();

  std::thread emitter;
  switch (how)
  {
  case interruption::none:
    break;
  case interruption::emit:
    signal.emit(type);
    break;
  case interruption::emit_from_thread:
    emitter = std::thread([&] { signal.emit(type); });
    break;
  case interruption::cancel:
    if (socket->is_open())
      socket->cancel();
    break;
  case interruption::close:
    socket->close();
    break;
  case interruption::destroy:
  {
    const int calls = result.calls;
    socket.reset();
    strand.reset();
    context.reset();
    REQUIRE(result.calls == calls);
    REQUIRE(count.live() == 0);
    ++ended["destroyed"];
    return;
  }
  }

  const auto deadline = std::chrono::steady_clock::now() + limit;
  while (result.calls == 0 && std::chrono::steady_clock::now() < deadline)
    context->run_one_for(limit);
  if (emitter.joinable())
    emitter.join();
  REQUIRE(result.calls == 1);

  // Nothing of the operation is left to do.
  context->restart();
  context->run_for(limit);
  REQUIRE(context->stopped());
  REQUIRE(result.calls == 1);
  REQUIRE(live_in_handler == 0);
  REQUIRE(count.live() == 0);

  CAPTURE(result);
  const bool maybe_delivered = result.error.category() == connectex::after_delivery_category();
  REQUIRE((maybe_delivered || is_portable(result.error)));

  // Only what the caller has allowed to be sent twice may have been sent before a retry.
  const bool may_send_twice = options.fast_open == connectex::fast_open_mode::idempotent_data;
  REQUIRE((may_send_twice || result.bytes_transferred == 0
      || result.error != connectex::condition::retryable));
  REQUIRE(result.bytes_transferred <= size);
  if (!result.error)
    REQUIRE(result.bytes_transferred == size);
  if (options.report)
    check_report(report, result, options.retry.max_attempts);

  ++ended[result.error ? result.error.to_string() : "success"];
  ended["retried"] += report.attempts.size() > 1;
  ended["half sent"] += result.error && result.bytes_transferred != 0;

  // A reset leaves no port in TIME_WAIT, of which so many runs would need more than there are.
  error_code ignored;
  if (socket->is_open())
    socket->set_option(asio::socket_base::linger(true, 0), ignored);
}

} // namespace

TEST_CASE("whatever the system, the peer and the caller do, an operation completes once and leaves "
          "nothing")
{
  world around;
  endings ended;
  const char* const frequent[] = {"success", "destroyed", "retried"};
  const auto is_rare = [&](const char* ending) { return ended[ending] < 500; };

  // On a slow machine more runs end by their limits, so that it takes more of them for the others.
  for (unsigned seed = 1; seed <= 10000
       || (seed <= 20000 && std::any_of(std::begin(frequent), std::end(frequent), is_rare));
       ++seed)
    run_once(around, seed, ended);

  // Runs that all end alike would show little.
  const error_code expected[] = {asio::error::connection_refused, asio::error::timed_out,
      asio::error::operation_aborted, asio::error::no_buffer_space};
  for (const error_code& error : expected)
    CHECK(ended[error.to_string()] >= 20);
  for (const char* ending : frequent)
    CHECK(ended[ending] >= 500);
  CHECK(ended["half sent"] > 0);
  for (const auto& [ending, times] : ended)
    UNSCOPED_INFO(ending << ": " << times);
  SUCCEED();
}

} // namespace test::scripted::randomised_tests
