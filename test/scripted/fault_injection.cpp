// SPDX-License-Identifier: BSL-1.0

#include <connectex/async_connect_ex.hpp>

#include "support/completion_packet.hpp"
#include "support/counting_allocator.hpp"
#include "support/expected.hpp"
#include "support/loopback.hpp"
#include "support/scripted_system.hpp"

#include <boost/asio/bind_allocator.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/strand.hpp>
#include <boost/system/errc.hpp>

#include <array>
#include <tuple>

namespace
{

using namespace test;
using connectex::async_connect_ex;
using connectex::connect_report;
using connectex::first_flight_path;
using scripted::call;
using scripted::native_error;

constexpr std::optional<native_error> let_it_happen;

#if defined(_WIN32)
constexpr native_error some_error = 10055;
#else
constexpr native_error some_error = ENOBUFS;
#endif

const std::string bytes = pattern(100000);

std::array<asio::const_buffer, 2> halves()
{
  return {asio::buffer(bytes, 40000), asio::buffer(bytes) + 40000};
}

/// Everything that one operation could leave behind or get wrong.
struct observed
{
  outcome result;
  connect_report report;
  bool on_strand = false;
  int live_in_handler = -1;
  int live_at_the_end = -1;
  bool socket_open = false;
  std::string received;
};

enum class given
{
  closed_socket,
  open_socket,
  bound_socket
};

observed connect_under(scripted::session&, given start = given::open_socket)
{
  observed seen;
  allocation_count count;
  {
    asio::io_context context;
    auto strand = asio::make_strand(context);
    auto server = std::make_unique<sink>(context);
    tcp::socket socket(context);
    if (start != given::closed_socket)
      socket.open(tcp::v4());
    if (start == given::bound_socket)
      socket.bind(loopback_v4());
    async_connect_ex(socket, server->endpoint(), halves(), {.report = &seen.report},
        asio::bind_executor(strand,
            asio::bind_allocator(counting_allocator<void>(count),
                [&](const error_code& ec, std::size_t n)
                {
                  seen.result.handler()(ec, n);
                  seen.on_strand = strand.running_in_this_thread();
                  seen.live_in_handler = count.live();
                  seen.socket_open = socket.is_open();
                  socket.close();
                })));
    CHECK(seen.result.calls == 0);
    run_until(context, [&] { return seen.result.calls != 0; });

    // Ends the server too where no connection was made to it.
    tcp::socket visitor(context);
    error_code ignored;
    visitor.connect(server->endpoint(), ignored);
    visitor.close();
    run(context);
    seen.received = server->received();
  }
  seen.live_at_the_end = count.live();
  return seen;
}

void check_nothing_is_left(const observed& seen)
{
  CHECK(seen.result.calls == 1);
  CHECK(seen.on_strand);
  CHECK(seen.live_in_handler == 0);
  CHECK(seen.live_at_the_end == 0);
  CHECK(seen.socket_open);
}

} // namespace

TEST_CASE("each system call fails in turn, and each time the operation ends well")
{
  std::vector<call> all;
  {
    scripted::session session;
    const observed seen = connect_under(session);
    CHECK(seen.result.is_success(bytes.size()));
    CHECK((seen.received == bytes));
    check_nothing_is_left(seen);
    all = session.calls();
  }
  REQUIRE_FALSE(all.empty());

  for (std::size_t failing = 0; failing != all.size(); ++failing)
  {
    CAPTURE(failing, all[failing]);
    scripted::session session(
        [&](call, std::size_t index) { return index == failing ? some_error : let_it_happen; });
    const observed seen = connect_under(session);
    CAPTURE(seen.result);
    check_nothing_is_left(seen);

    if (all[failing] == call::get_connect_ex)
    {
      // A provider without ConnectEx is no failure.
      CHECK(seen.result.is_success(bytes.size()));
      CHECK((seen.received == bytes));
      CHECK(seen.report.first_flight == first_flight_path::after_connect);
      CHECK(session.count(call::connect_ex) == 0);
      CHECK(session.count(call::bind_to_wildcard) == 0);
      continue;
    }

    if (all[failing] == call::get_local_port || all[failing] == call::set_reuse_unicast_port)
    {
      // Not known to be bound is as good as not bound, and a port of its own as good as a shared one.
      CHECK(seen.result.is_success(bytes.size()));
      CHECK(session.calls() == all);
      continue;
    }

    const std::size_t handed_over = all[failing] == call::update_connect_context ? 65535 : 0;
    CHECK(seen.result.is(asio::error::no_buffer_space, handed_over));
    CHECK(seen.report.bytes_in_connect == handed_over);
    CHECK(session.calls().size() == failing + 1);
  }
}

#if defined(_WIN32)

TEST_CASE("the calls of a successful operation, in order")
{
  SECTION("on a socket that the operation opens")
  {
    scripted::session session;
    REQUIRE(connect_under(session, given::closed_socket).result.is_success(bytes.size()));
    CHECK(session.calls()
        == std::vector<call>{call::get_connect_ex, call::set_reuse_unicast_port,
            call::bind_to_wildcard, call::connect_ex, call::update_connect_context});
  }

  SECTION("on a socket that nobody has bound")
  {
    scripted::session session;
    REQUIRE(connect_under(session).result.is_success(bytes.size()));
    CHECK(session.calls()
        == std::vector<call>{call::get_socket_kind, call::get_connect_ex, call::get_local_port,
            call::set_reuse_unicast_port, call::bind_to_wildcard, call::connect_ex,
            call::update_connect_context});
  }

  SECTION("on a socket that the caller has bound")
  {
    scripted::session session;
    REQUIRE(connect_under(session, given::bound_socket).result.is_success(bytes.size()));
    CHECK(session.calls()
        == std::vector<call>{call::get_socket_kind, call::get_connect_ex, call::get_local_port,
            call::connect_ex, call::update_connect_context});
  }
}

TEST_CASE("WSAEINVAL from bind is an error if getsockname has not shown a local port")
{
  for (const bool getsockname_fails : {false, true})
  {
    scripted::session session(
        [&](call which, std::size_t) -> std::optional<native_error>
        {
          if (which == call::bind_to_wildcard)
            return 10022;
          if (which == call::get_local_port)
            return getsockname_fails ? 10050 : 0;
          return let_it_happen;
        });
    const observed seen = connect_under(session, given::bound_socket);
    CHECK(seen.result.is(asio::error::invalid_argument, 0));
    CHECK(session.count(call::get_local_port) == 1);
    CHECK(session.count(call::connect_ex) == 0);
  }
}

TEST_CASE("an error of the implicit bind is the operation's error")
{
  for (const native_error error : {10048u, 10013u, 10049u})
  {
    scripted::session session([&](call which, std::size_t)
        { return which == call::bind_to_wildcard ? error : let_it_happen; });
    CHECK(connect_under(session).result.error.value() == static_cast<int>(error));
  }
}

TEST_CASE("a provider that answers without a function is one without ConnectEx")
{
  scripted::session session([](call which, std::size_t)
      { return which == call::get_connect_ex ? native_error(0) : let_it_happen; });
  const observed seen = connect_under(session);
  CHECK(seen.result.is_success(bytes.size()));
  CHECK(seen.report.first_flight == first_flight_path::after_connect);
}

TEST_CASE("ConnectEx that fails at once completes with each code of its page")
{
  const std::array<native_error, 15> page{10093, 10050, 10048, 10037, 10049, 10047, 10061, 10014,
      10022, 10056, 10051, 10065, 10055, 10038, 10060};
  for (const native_error error : page)
  {
    CAPTURE(error);
    scripted::session session(
        [&](call which, std::size_t) { return which == call::connect_ex ? error : let_it_happen; });
    const observed seen = connect_under(session);
    check_nothing_is_left(seen);
    CHECK(seen.result.is(error_code(static_cast<int>(error), boost::system::system_category()), 0));
    CHECK(session.count(call::update_connect_context) == 0);
  }
}

namespace
{

/// One operation whose ConnectEx never reaches the system; the test sends its packet.
struct scripted_packet
{
  explicit scripted_packet(std::size_t size = 5)
    : flight(pattern(size)),
      session(
          [](call which, std::size_t) -> std::optional<native_error>
          {
            if (which == call::connect_ex)
              return 997;
            if (which == call::update_connect_context)
              return 0;
            return let_it_happen;
          })
  {
    async_connect_ex(socket, peer, asio::buffer(flight), {.report = &report},
        asio::bind_cancellation_slot(signal.slot(), result.handler()));
    REQUIRE(session.overlapped != nullptr);
  }

  void cancel(asio::cancellation_type type)
  {
    signal.emit(type);

    // It reaches the call on the handler's executor.
    context.get().poll();
  }

  const outcome& deliver(std::uint32_t ntstatus, std::size_t count = 0)
  {
    context.post(ntstatus, count, session.overlapped);
    test::run(context.get());
    return result;
  }

  const std::string flight;
  const tcp::endpoint peer{asio::ip::address_v4::loopback(), 9};
  open_io_context context;
  tcp::socket socket{context.get()};
  scripted::session session;
  connect_report report;
  outcome result;
  asio::cancellation_signal signal;
};

} // namespace

TEST_CASE("a packet's status reaches the handler in portable terms")
{
  const std::tuple<std::uint32_t, error_code> statuses[] = {
      {0xC0000236, asio::error::connection_refused},
      {0xC00000B5, asio::error::timed_out},
      {0xC000023C, asio::error::network_unreachable},
      {0xC000023D, asio::error::host_unreachable},
      {0xC0000022, asio::error::access_denied},
      {0xC000000D, asio::error::invalid_argument},
      {0xC0000120, asio::error::operation_aborted},
      {0xC0000241, asio::error::connection_aborted},
      {0xC000020D, asio::error::connection_reset},
      {0xC000020A, asio::error::address_in_use},
      {0xC0000209, asio::error::address_in_use},
      {0xC000009A, asio::error::no_buffer_space},
  };
  for (const auto& [status, expected] : statuses)
  {
    CAPTURE(status);
    scripted_packet packet;
    const outcome& result = packet.deliver(status);
    CAPTURE(result);
    CHECK(result.is(expected, 0));
    CHECK(packet.session.count(call::update_connect_context) == 0);
    CHECK(packet.report.first_flight == first_flight_path::none);
  }
}

TEST_CASE("the connect context is updated once, on success only")
{
  scripted_packet packet;
  CHECK(packet.session.count(call::update_connect_context) == 0);
  CHECK(packet.deliver(0, 5).is_success(5));
  CHECK(packet.session.count(call::update_connect_context) == 1);
  CHECK(packet.report.bytes_in_connect == 5);
}

TEST_CASE("a packet that says success wins over a cancellation")
{
  scripted_packet packet;
  packet.cancel(asio::cancellation_type::terminal);
  CHECK(packet.session.count(call::cancel_overlapped) == 1);
  CHECK(packet.deliver(0, 5).is_success(5));
}

TEST_CASE("a cancellation that meets a success keeps the rest from being written")
{
  scripted_packet packet(70000);
  packet.cancel(asio::cancellation_type::terminal);
  CHECK(packet.deliver(0, 65535).is(asio::error::operation_aborted, 65535));
  CHECK(packet.report.bytes_in_connect == 65535);
}

TEST_CASE("total, once bytes are out, does not keep the rest from being written")
{
  scripted_packet packet(70000);
  packet.cancel(asio::cancellation_type::total);

  // There is no connection behind this packet, which the attempt to write finds out.
  const outcome& result = packet.deliver(0, 65535);
  CAPTURE(result);
  CHECK(result.calls == 1);
  CHECK(result.error);
  CHECK(result.error != asio::error::operation_aborted);
  CHECK(result.bytes_transferred == 65535);
}

TEST_CASE("an ambiguous status after a cancellation is a cancellation")
{
  for (const std::uint32_t status : {0xC000020D, 0xC000013B, 0xC0000241})
  {
    scripted_packet packet;
    packet.cancel(asio::cancellation_type::terminal);
    CHECK(packet.deliver(status).is(asio::error::operation_aborted, 0));
  }
}

TEST_CASE("an ambiguous status after close() is an abort")
{
  for (const std::uint32_t status : {0xC000020D, 0xC000013B, 0xC0000241})
  {
    scripted_packet packet;
    packet.socket.close();
    CHECK(packet.deliver(status).is(asio::error::operation_aborted, 0));
  }
}

TEST_CASE("a plain answer of the network is told even after a cancellation")
{
  scripted_packet packet;
  packet.cancel(asio::cancellation_type::terminal);
  CHECK(packet.deliver(0xC0000236).is(asio::error::connection_refused, 0));
}

TEST_CASE("a provider that counts more bytes than it was given is not believed")
{
  scripted_packet packet;
  CHECK(packet.deliver(0, 4711).is_success(5));
}

TEST_CASE("a cancellation is sent once and not after the packet has come")
{
  scripted_packet packet;
  packet.deliver(0, 5);
  packet.cancel(asio::cancellation_type::terminal);
  CHECK(packet.session.count(call::cancel_overlapped) == 0);
}

TEST_CASE("total, partial and terminal all cancel the call in flight")
{
  using asio::cancellation_type;
  for (const auto type :
      {cancellation_type::terminal, cancellation_type::partial, cancellation_type::total})
  {
    scripted_packet packet;
    packet.cancel(type);
    CHECK(packet.session.count(call::cancel_overlapped) == 1);
    packet.deliver(0xC0000120);
  }
}

#else

TEST_CASE("the calls of a successful operation, in order")
{
  SECTION("on a socket that the operation opens")
  {
    scripted::session session;
    REQUIRE(connect_under(session, given::closed_socket).result.is_success(bytes.size()));
    CHECK(session.calls() == std::vector<call>{call::connect, call::send});
  }

  SECTION("on a socket that the caller has opened")
  {
    scripted::session session;
    REQUIRE(connect_under(session).result.is_success(bytes.size()));
    CHECK(session.calls()
        == std::vector<call>{
            call::get_socket_kind, call::get_connected, call::connect, call::send});
  }
}

TEST_CASE("a connected socket that cannot be asked whether it listens is still called connected")
{
  asio::io_context context;
  idle_peer server(context);
  tcp::socket socket(context);
  socket.connect(server.endpoint());
  scripted::session session(
      [](call which, std::size_t) -> std::optional<native_error>
      {
        if (which == call::get_connected)
          return 0;
        return which == call::get_listening ? some_error : let_it_happen;
      });
  outcome result;
  async_connect_ex(socket, server.endpoint(), result.handler());
  run(context);
  CHECK(result.is(asio::error::already_connected, 0));
  CHECK(session.count(call::get_listening) == 1);
}

#endif
