// SPDX-License-Identifier: BSL-1.0

// The wait of the blocking call for a ConnectEx.

#include <connectex/connect_ex.hpp>
#include <connectex/error.hpp>

#include "support/late_answer.hpp"
#include "support/real_system.hpp"
#include "support/scripted.hpp"
#include "support/windows_numbers.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <thread>

namespace test::scripted::connect_ex_windows_tests
{

namespace
{

constexpr native_error not_enough_memory = 8; // ERROR_NOT_ENOUGH_MEMORY

/// Returns when the system has connected the socket.
void await_connected(tcp::socket& socket)
{
  const auto handle = static_cast<connectex::detail::native_socket>(socket.native_handle());
  const auto is_connected = [handle]
  {
    constexpr std::uint32_t never = 0xFFFFFFFF;
    std::uint32_t seconds = never;
    return connectex::detail::real_os::get_connect_time(handle, seconds) == 0 && seconds != never;
  };
  const auto end = std::chrono::steady_clock::now() + limit;
  while (!is_connected())
  {
    REQUIRE(std::chrono::steady_clock::now() < end);
    std::this_thread::yield();
  }
}

/// Calls on a thread that has made no such call before.
template <typename Function>
void on_new_thread(Function function)
{
  std::thread(function).join();
}

} // namespace

TEST_CASE("a thread that gets no event makes no connect call, and says why")
{
  scripted_connect op({.answers = fail(call::create_event, not_enough_memory)});
  on_new_thread([&] { op.block(); });
  CHECK(op.result.is(asio::error::no_buffer_space, 0));
  CHECK(op.session.count(call::connect_ex) == 0);
  CHECK(op.session.count(call::close_event) == 0);
  CHECK(op.socket.is_open());
}

TEST_CASE("a thread that has got no event gets one for its next call")
{
  scripted_connect op({.answers = answer_in_turn(call::create_event, {not_enough_memory})});
  on_new_thread(
      [&]
      {
        op.block();
        op.socket.close();
        op.result = {};
        op.block();
      });
  CHECK(op.result.is_success(5));
}

TEST_CASE("an event that is signalled before the call is over does not end it")
{
  constexpr native_error io_incomplete = 996; // WSA_IO_INCOMPLETE
  scripted_connect op({.answers = answer_in_turn(call::get_overlapped_result, {io_incomplete})});
  op.block();
  CAPTURE(op.result);
  CHECK(op.result.is_success(5));
  CHECK(op.session.count(call::get_overlapped_result) == 2);
  CHECK(op.session.count(call::cancel_overlapped) == 0);
  CHECK(op.received() == op.flight);
}

TEST_CASE("a thread makes one event for all its calls, and closes it when it ends")
{
  const session seam;
  for (int thread = 0; thread != 3; ++thread)
  {
    on_new_thread(
        []
        {
          asio::io_context context;
          tcp::acceptor acceptor(context, loopback_v4());
          for (int connect = 0; connect != 2; ++connect)
          {
            tcp::socket socket(context);
            connectex::connect_ex(socket, acceptor.local_endpoint());
          }
        });
  }
  CHECK(seam.count(call::connect_ex) == 6);
  CHECK(seam.count(call::create_event) == 3);
  CHECK(seam.count(call::close_event) == 3);
}

TEST_CASE("a wait for ConnectEx that ends early is made again")
{
  const auto options = GENERATE(as<connect_options>(), connect_options(), limited_to(limit));
  scripted_connect op(
      {.options = options, .answers = answer_in_turn(call::wait_for_event, {0, 0})});
  op.block();
  CHECK(op.result.is_success(5));
  CHECK(op.session.count(call::wait_for_event) == 3);
  CHECK(op.session.count(call::cancel_overlapped) == 0);
  CHECK((op.received() == op.flight));
}

TEST_CASE("a wait for ConnectEx that fails ends the call, unless it has succeeded")
{
  const auto options = GENERATE(as<connect_options>(), connect_options(), limited_to(limit));
  const script failing = answer_in_turn(call::wait_for_event, {not_enough_memory});
  SECTION("a call that is over has succeeded")
  {
    scripted_connect* connecting = nullptr;
    scripted_connect op({.options = options,
        .answers = [failing, &connecting](call which, std::size_t index)
        {
          if (which == call::wait_for_event)
            await_connected(connecting->socket);
          return failing(which, index);
        }});
    connecting = &op;
    op.block();
    CHECK(op.result.is_success(5));
    CHECK((op.received() == op.flight));
  }
  SECTION("a call that is not has failed with the error of the wait, and is over, too")
  {
    scripted_connect op({.peer = peer_kind::full, .options = options, .answers = failing});
    op.block();
    CAPTURE(op.result);
    CHECK(op.result.is(asio::error::no_buffer_space, 0));
    CHECK(op.session.count(call::cancel_overlapped) == 1);
    CHECK(op.socket.is_open());
    CHECK(op.context.poll() == 0);
  }
}

TEST_CASE("a ConnectEx that is over when its limit is reached has succeeded")
{
  const auto answer = GENERATE(as<std::optional<native_error>>(), let_it_happen, 0u);
  CAPTURE(answer.has_value());
  scripted_connect op(
      {.options = limited_to(20ms), .answers = answer_late(call::wait_for_event, 20ms, answer)});
  op.block();
  CHECK(op.result.is_success(5));
  CHECK(op.session.count(call::cancel_overlapped) == (answer ? 1 : 0));
  CHECK(op.session.count(call::update_connect_context) == 1);
  CHECK((op.received() == op.flight));
}

TEST_CASE("a ConnectEx that its limit has ended reads as timed out, however the system puts it")
{
  const native_error number = GENERATE(as<native_error>(), win32::operation_aborted, 64, 1236);
  CAPTURE(number);
  scripted_connect op({.peer = peer_kind::full,
      .options = limited_to(20ms),
      .answers = fail(call::get_overlapped_result, number)});
  op.block();
  CHECK(op.result.is(asio::error::timed_out, 0));
  CHECK(op.session.count(call::cancel_overlapped) == 1);

  // Before the call is over the system may still write to its OVERLAPPED.
  CHECK(is_before(op.session.calls(), call::cancel_overlapped, call::get_overlapped_result));
  const calls& made = op.session.calls();
  const auto asked = std::find(made.begin(), made.end(), call::get_overlapped_result);
  CHECK(*(asked - 1) == call::wait_for_event);
  CHECK(op.socket.is_open());
  CHECK(op.context.poll() == 0);
}

TEST_CASE("a ConnectEx that fails when its limit is reached keeps its own error")
{
  scripted_connect op({.options = limited_to(20ms),
      .answers = either(answer_late(call::wait_for_event, 20ms, 0u),
          fail(call::get_overlapped_result, win32::connection_refused))});
  op.block();
  CHECK(op.result.is(asio::error::connection_refused, 0));
}

TEST_CASE("how a waited ConnectEx has ended reads as its packet would")
{
  struct row
  {
    native_error number;
    error_code error;
  };
  const row expected = GENERATE(row{win32::connection_refused, asio::error::connection_refused},
      row{win32::semaphore_timeout, asio::error::timed_out},
      row{1231u, asio::error::network_unreachable}, row{1232, asio::error::host_unreachable});
  CAPTURE(expected.number);
  scripted_connect op({.answers = fail(call::get_overlapped_result, expected.number)});
  op.session.connect_time = 0xFFFFFFFF;
  op.block();
  CHECK(op.result.is(expected.error, 0));
  CHECK(op.session.count(call::update_connect_context) == 0);
  REQUIRE(op.report.attempts.size() == 1);
  CHECK(op.report.attempts[0].native_error == expected.number);
}

} // namespace test::scripted::connect_ex_windows_tests
