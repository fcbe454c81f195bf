// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_TEST_SCRIPTED_EVERY_CALL_FAILS_HPP
#define CONNECTEX_TEST_SCRIPTED_EVERY_CALL_FAILS_HPP

#include "support/counting_allocator.hpp"
#include "support/scripted.hpp"

#include <boost/asio/bind_allocator.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/strand.hpp>

#include <cstddef>
#include <string>
#include <utility>

namespace test::scripted
{

/// Everything that one operation could leave behind or get wrong.
struct ending
{
  outcome result;
  connect_report report;
  calls made;
  std::string received;
  bool on_strand = false;
  int live_in_handler = -1;
  int live_at_the_end = -1;
  bool socket_open = false;

  std::size_t count(call which) const { return made.size() - without(made, which).size(); }
};

/// More than one ConnectEx takes.
inline const std::string flight_of_two_buffers = pattern(100000);

/// Connects a socket of the caller's to a server, and looks at all that is left afterwards.
inline ending connect_under(script answers, socket_state socket = socket_state::open)
{
  ending seen;
  allocation_count count;
  {
    scripted_connect op({.socket = socket,
        .size = flight_of_two_buffers.size(),
        .pieces = 2,
        .answers = std::move(answers)});
    auto strand = asio::make_strand(op.context);
    op.start(asio::bind_executor(strand,
        asio::bind_allocator(counting_allocator<void>(count),
            [&](const error_code& error, std::size_t bytes_transferred)
            {
              op.result.handler()(error, bytes_transferred);
              seen.on_strand = strand.running_in_this_thread();
              seen.live_in_handler = count.live();
              seen.socket_open = op.socket.is_open();
              op.socket.close();
            })));
    CHECK(op.result.calls == 0);
    op.await();
    seen.made = op.session.calls();
    seen.received = op.received();
    seen.result = op.result;
    seen.report = op.report;
  }
  seen.live_at_the_end = count.live();

  CHECK(seen.result.calls == 1);
  CHECK(seen.on_strand);
  CHECK(seen.live_in_handler == 0);
  CHECK(seen.live_at_the_end == 0);
  CHECK(seen.socket_open);
  return seen;
}

/// The calls of an operation that succeeds.
inline calls calls_of_success()
{
  const ending seen = connect_under({});
  CHECK(seen.result.is_success(flight_of_two_buffers.size()));
  CHECK((seen.received == flight_of_two_buffers));
  REQUIRE_FALSE(seen.made.empty());
  return seen.made;
}

inline script fail_at(std::size_t index, native_error number)
{
  return [=](call, std::size_t now) { return now == index ? number : let_it_happen; };
}

} // namespace test::scripted

#endif // CONNECTEX_TEST_SCRIPTED_EVERY_CALL_FAILS_HPP
