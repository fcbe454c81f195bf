// SPDX-License-Identifier: BSL-1.0

#include "posted_connect.hpp"

#include "catch.hpp"

#include <utility>

namespace test::scripted
{

namespace
{

std::optional<native_error> take_connect_ex(call which, std::size_t)
{
  switch (which)
  {
  case call::connect_ex:
    return win32::io_pending;
  case call::update_connect_context:
  case call::cancel_overlapped:
    return 0;
  default:
    return let_it_happen;
  }
}

} // namespace

posted_connect::posted_connect(posted_situation given)
  : flight(pattern(given.size)),
    options(std::move(given.options)),
    session(either(std::move(given.answers), take_connect_ex))
{
  if (given.has_report)
    options.report = &report;
  async_connect_ex(socket, {asio::ip::address_v4::loopback(), 9}, asio::buffer(flight), options,
      asio::bind_cancellation_slot(signal.slot(), result.handler()));
  REQUIRE(session.overlapped != nullptr);
}

posted_connect::~posted_connect()
{
  // The context waits for every packet that it is owed, also in a test that has failed.
  if (result.calls == 0)
    context.post(nt::cancelled, 0, session.overlapped);
  error_code ignored;
  socket.close(ignored);
  context.get().restart();
  context.get().run_for(limit);
  CHECK(context.get().stopped());
}

const outcome& posted_connect::deliver(std::uint32_t ntstatus, std::size_t bytes)
{
  const std::size_t made = session.count(call::connect_ex);
  context.post(ntstatus, bytes, session.overlapped);
  run_until(
      context.get(), [&] { return result.calls != 0 || session.count(call::connect_ex) != made; });
  return result;
}

void posted_connect::cancel(cancellation_type type)
{
  signal.emit(type);
  context.get().poll();
}

void posted_connect::await_time_limit()
{
  run_until(context.get(), [&] { return session.count(call::cancel_overlapped) != 0; });
}

} // namespace test::scripted
