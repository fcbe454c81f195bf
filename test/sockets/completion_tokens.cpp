// SPDX-License-Identifier: BSL-1.0

#include <connectex/async_connect_ex.hpp>

#include "support/loopback.hpp"

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>

#include <future>
#include <memory>
#include <tuple>

namespace
{

using namespace test;
using connectex::async_connect_ex;

/// A server that hears the greeting, and a socket for it.
struct fixture
{
  asio::io_context context;
  sink server{context};
  tcp::socket socket{context};
  refusing_port nobody{context};

  asio::const_buffer flight() const { return asio::buffer(greeting); }

  void check_heard()
  {
    socket.close();
    run(context);
    CHECK(server.received() == greeting);
  }
};

template <typename Coroutine>
void run_coroutine(asio::io_context& context, Coroutine coroutine)
{
  std::exception_ptr failure;
  bool finished = false;
  asio::co_spawn(context, std::move(coroutine),
      [&](std::exception_ptr error)
      {
        failure = error;
        finished = true;
      });
  run_until(context, [&] { return finished; });
  if (failure)
    std::rethrow_exception(failure);
}

} // namespace

TEST_CASE_METHOD(fixture, "token: a function object")
{
  outcome result;
  async_connect_ex(socket, server.endpoint(), flight(), result.handler());
  run_until(context, [&] { return result.calls != 0; });
  CHECK(result.is_success(5));
  check_heard();
}

TEST_CASE_METHOD(fixture, "token: a function object that can only be moved and called once")
{
  outcome result;
  auto owned = std::make_unique<int>(1);
  struct once
  {
    void operator()(const error_code& ec, std::size_t n) && { report->handler()(ec, n); }

    outcome* report;
    std::unique_ptr<int> owned;
  };
  async_connect_ex(socket, server.endpoint(), flight(), once{&result, std::move(owned)});
  run_until(context, [&] { return result.calls != 0; });
  CHECK(result.is_success(5));
  check_heard();
}

TEST_CASE_METHOD(fixture, "token: use_future")
{
  std::future<std::size_t> good =
      async_connect_ex(socket, server.endpoint(), flight(), asio::use_future);
  run_until(
      context, [&] { return good.wait_for(std::chrono::seconds(0)) == std::future_status::ready; });
  CHECK(good.get() == 5);
  check_heard();

  tcp::socket other(context);
  std::future<std::size_t> bad = async_connect_ex(other, nobody.endpoint(), asio::use_future);
  run(context);
  try
  {
    bad.get();
    FAIL("no exception");
  }
  catch (const boost::system::system_error& error)
  {
    CHECK(error.code() == asio::error::connection_refused);
  }
}

TEST_CASE_METHOD(fixture, "token: use_awaitable")
{
  run_coroutine(context,
      [&]() -> asio::awaitable<void>
      {
        const std::size_t n =
            co_await async_connect_ex(socket, server.endpoint(), flight(), asio::use_awaitable);
        CHECK(n == 5);

        tcp::socket other(context);
        error_code error;
        try
        {
          co_await async_connect_ex(other, nobody.endpoint(), asio::use_awaitable);
        }
        catch (const boost::system::system_error& failure)
        {
          error = failure.code();
        }
        CHECK(error == asio::error::connection_refused);
      });
  check_heard();
}

TEST_CASE_METHOD(fixture, "token: as_tuple and redirect_error")
{
  run_coroutine(context,
      [&]() -> asio::awaitable<void>
      {
        const auto [ec, n] = co_await async_connect_ex(
            socket, server.endpoint(), flight(), asio::as_tuple(asio::use_awaitable));
        CHECK_FALSE(ec);
        CHECK(n == 5);

        tcp::socket other(context);
        error_code redirected;
        const std::size_t none = co_await async_connect_ex(
            other, nobody.endpoint(), asio::redirect_error(asio::use_awaitable, redirected));
        CHECK(redirected == asio::error::connection_refused);
        CHECK(none == 0);
      });
  check_heard();
}

TEST_CASE_METHOD(fixture, "token: deferred does nothing until it is launched")
{
  auto operation = async_connect_ex(socket, server.endpoint(), flight(), asio::deferred);
  context.poll();
  CHECK_FALSE(socket.is_open());

  outcome result;
  std::move(operation)(result.handler());
  run_until(context, [&] { return result.calls != 0; });
  CHECK(result.is_success(5));
  check_heard();
}

TEST_CASE_METHOD(fixture, "token: deferred keeps its own copy of the peer")
{
  auto operation = [&]
  {
    tcp::endpoint peer = server.endpoint();
    auto result = async_connect_ex(socket, peer, flight(), asio::deferred);
    peer = tcp::endpoint();
    return result;
  }();
  outcome result;
  std::move(operation)(result.handler());
  run_until(context, [&] { return result.calls != 0; });
  CHECK(result.is_success(5));
  check_heard();
}

TEST_CASE_METHOD(fixture, "token: detached")
{
  async_connect_ex(socket, server.endpoint(), flight(), asio::detached);
  run_until(context, [&] { return server.accepted(); });
  while (context.poll_one() != 0)
  {
  }
  check_heard();
}

TEST_CASE_METHOD(fixture, "token: bind_executor")
{
  auto strand = asio::make_strand(context);
  outcome result;
  bool on_strand = false;
  async_connect_ex(socket, server.endpoint(), flight(),
      asio::bind_executor(strand,
          [&](const error_code& ec, std::size_t n)
          {
            on_strand = strand.running_in_this_thread();
            result.handler()(ec, n);
          }));
  run_until(context, [&] { return result.calls != 0; });
  CHECK(result.is_success(5));
  CHECK(on_strand);
  check_heard();
}

TEST_CASE_METHOD(fixture, "token: bind_cancellation_slot")
{
  asio::cancellation_signal signal;
  outcome result;
  async_connect_ex(socket, server.endpoint(), flight(),
      asio::bind_cancellation_slot(signal.slot(), result.handler()));
  run_until(context, [&] { return result.calls != 0; });
  CHECK(result.is_success(5));
  check_heard();
}

TEST_CASE_METHOD(fixture, "token: any_completion_handler")
{
  outcome result;
  asio::any_completion_handler<void(error_code, std::size_t)> handler = result.handler();
  async_connect_ex(socket, server.endpoint(), flight(), std::move(handler));
  run_until(context, [&] { return result.calls != 0; });
  CHECK(result.is_success(5));
  check_heard();
}

TEST_CASE_METHOD(fixture, "token: the default of the socket's executor")
{
  using awaitable_socket = asio::use_awaitable_t<>::as_default_on_t<tcp::socket>;
  sink second(context);
  sink third(context);
  run_coroutine(context,
      [&]() -> asio::awaitable<void>
      {
        awaitable_socket defaulted(context);
        connectex::connect_report report;
        // Not awaited inside CHECK, which GCC 12 would have await twice.
        std::size_t n = co_await async_connect_ex(defaulted, server.endpoint(), flight());
        CHECK(n == 5);
        defaulted.close();

        awaitable_socket plain(context);
        n = co_await async_connect_ex(plain, second.endpoint());
        CHECK(n == 0);
        plain.close();

        awaitable_socket reported(context);
        connectex::connect_options options;
        options.report = &report;
        n = co_await async_connect_ex(reported, third.endpoint(), flight(), options);
        CHECK(n == 5);
        CHECK(report.first_flight != connectex::first_flight_path::none);
        reported.close();
      });
  run(context);
  CHECK(server.received() == greeting);
}

TEST_CASE_METHOD(fixture, "token: one of several awaited at once")
{
  using namespace asio::experimental::awaitable_operators;
  full_listener full(context);
  run_coroutine(context,
      [&]() -> asio::awaitable<void>
      {
        tcp::socket slow(context);
        const auto result =
            co_await (async_connect_ex(socket, server.endpoint(), flight(), asio::use_awaitable)
                || async_connect_ex(slow, full.endpoint(), flight(), asio::use_awaitable));
        CHECK(result.index() == 0);
      });
  check_heard();
}
