// SPDX-License-Identifier: BSL-1.0

#include <connectex/default_peer.hpp>

#include "support/asio_names.hpp"
#include "support/broadcast.hpp"
#include "support/catch.hpp"
#include "support/scripted.hpp"
#include "support/wine.hpp"

#include <connectex/detail/platform.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/udp.hpp>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <map>
#include <optional>

namespace test::scripted::default_peer_tests
{

namespace
{

using asio::ip::udp;
using connectex::connect_ex;
using connectex::disconnect;

const udp::endpoint any_port(asio::ip::address_v4::loopback(), 0);

native_error number_of(const error_code& error) { return static_cast<native_error>(error.value()); }

/// Numbers that the system itself may give.
const native_error no_buffers = number_of(asio::error::no_buffer_space);
const native_error invalid = number_of(asio::error::invalid_argument);

/// What a call starts from, and what it is to do.
enum class step
{
  first_peer,
  second_peer,
  second_peer_refused,
  no_peer
};

/// A call under a script.
/**
 * The script answers the call alone, and not those that bring about what it starts from.
 */
struct scripted_call
{
  explicit scripted_call(step which, script answers = {}) : is_connected(which != step::first_peer)
  {
    if (is_connected)
      connect_ex(socket, first.local_endpoint());
    else
      socket.open(udp::v4());
    if (is_connected)
      before = socket.local_endpoint();
    first.send_to(asio::buffer("kept", 4), is_connected ? before : first.local_endpoint());

    scripted::session session(which == step::second_peer_refused
            ? either(answers, answer_in_turn(call::connect, {invalid}))
            : answers);
    if (which == step::no_peer)
      disconnect(socket, error);
    else
      connect_ex(socket, second.local_endpoint(), error);
    made = session.calls();
  }

  std::optional<udp::endpoint> peer()
  {
    error_code not_connected;
    const udp::endpoint peer = socket.remote_endpoint(not_connected);
    if (not_connected)
      return std::nullopt;
    return peer;
  }

  bool has_old_peer()
  {
    return peer() == (is_connected ? std::optional(first.local_endpoint()) : std::nullopt);
  }

  bool is_connected;
  asio::io_context context;
  udp::socket first{context, any_port};
  udp::socket second{context, any_port};
  udp::socket socket{context};
  udp::endpoint before;
  error_code error;
  calls made;
};

/// Fails one call of one name.
/**
 * @param passed How many of them happen before.
 */
script fail_once(call which, std::size_t passed, native_error number)
{
  return [=, seen = std::size_t(0)](call now, std::size_t) mutable
  { return now == which && seen++ == passed ? number : let_it_happen; };
}

calls operator+(calls left, const calls& right)
{
  left.insert(left.end(), right.begin(), right.end());
  return left;
}

const calls asking{call::get_socket_kind, call::get_peer_name};
#if CONNECTEX_DETAIL_WINDOWS
const calls dissolving{call::connect};
const calls draining_none{call::get_socket_error, call::get_readable};
const calls draining_one = draining_none + calls{call::discard_datagram, call::get_readable};
#else
const calls dissolving{call::disconnect, call::get_local_name, call::bind};
const calls draining_none{call::get_socket_error, call::discard_datagram};
const calls draining_one = draining_none + calls{call::discard_datagram};
#endif

/// The calls of each, in order, if all goes well.
const std::map<step, calls> calls_of_success{
    {step::first_peer, asking + calls{call::connect} + draining_none},
    {step::second_peer,
        asking + calls{call::get_local_name, call::connect, call::get_peer_name} + draining_one},
    {step::second_peer_refused,
        asking + calls{call::get_local_name, call::connect} + dissolving
            + calls{call::connect, call::get_peer_name} + draining_one},
    {step::no_peer, calls{call::get_peer_name, call::get_local_name} + dissolving + draining_one},
};

/// Whether a call that fails is none that the result depends on.
bool is_harmless(const calls& made, std::size_t index)
{
  const calls drain{call::get_socket_error, call::get_readable, call::discard_datagram};
  const bool drains = std::find(drain.begin(), drain.end(), made[index]) != drain.end();

  // A peer that is not known to be the same is taken for another.
  const bool compares = made[index] == call::get_peer_name && index > 1;
  return drains || compares;
}

} // namespace

TEST_CASE("the calls that give a datagram socket a peer, or take it, in order")
{
  for (const auto& [which, expected] : calls_of_success)
  {
    CAPTURE(static_cast<int>(which));
    scripted_call op(which);
    CHECK_FALSE(op.error);
    CHECK(op.made == expected);
    CHECK(op.peer()
        == (which == step::no_peer ? std::nullopt : std::optional(op.second.local_endpoint())));
    CHECK(op.socket.available() == 0);
  }
}

TEST_CASE("each of these calls fails in turn, and the peer that was there stays")
{
  const step which =
      GENERATE(step::first_peer, step::second_peer, step::second_peer_refused, step::no_peer);
  const native_error number = GENERATE(number_of(asio::error::no_buffer_space),
      number_of(asio::error::network_down), number_of(asio::error::network_unreachable),
      number_of(asio::error::host_unreachable), number_of(asio::error::access_denied),
      number_of(asio::error::address_in_use), number_of(asio::error::fault));
  const calls all = calls_of_success.at(which);
  for (std::size_t failing = 0; failing != all.size(); ++failing)
  {
    // That call has failed already.
    if (which == step::second_peer_refused && failing == 3)
      continue;
    CAPTURE(static_cast<int>(which), number, failing, all[failing]);
    scripted_call op(
        which, [=](call, std::size_t now) { return now == failing ? number : let_it_happen; });
    if (is_harmless(all, failing))
    {
      CHECK_FALSE(op.error);
      continue;
    }
    CHECK(op.error == to_error_code(number));
    CHECK(op.has_old_peer());
    if (op.is_connected)
      CHECK(op.socket.available() == 4);
  }
}

TEST_CASE("a socket has its old peer when its port is lost between the two steps")
{
  scripted_call op(GENERATE(step::second_peer_refused, step::no_peer),
      fail_once(call::bind, 0, number_of(asio::error::address_in_use)));
#if CONNECTEX_DETAIL_WINDOWS
  CHECK_FALSE(op.error);
#else
  CHECK(op.error == asio::error::address_in_use);
  CHECK(op.has_old_peer());
  CHECK(op.socket.local_endpoint().port() != 0);
  op.socket.send(asio::buffer("x", 1));
  CHECK(op.first.available() == 1);
#endif
}

TEST_CASE("a socket keeps its port when the second of the two steps fails")
{
  scripted_call op(step::second_peer_refused,
      fail_once(call::connect, 1, number_of(asio::error::network_unreachable)));
  CHECK(op.error);
  CHECK(op.has_old_peer());
  if (!under_wine())
    CHECK(op.socket.local_endpoint() == op.before);
}

TEST_CASE("a socket has no peer if the system refuses the old one, too")
{
  scripted_call op(step::second_peer_refused, fail(call::connect, invalid));
  CHECK(op.error == asio::error::invalid_argument);
#if !CONNECTEX_DETAIL_WINDOWS
  CHECK_FALSE(op.peer());
#endif
}

TEST_CASE("a failed connect that has cost the socket its peer gives the peer back")
{
  // The systems descended from BSD dissolve before they connect.
  scripted_call op(step::second_peer,
      either(answer_in_turn(call::connect, {number_of(asio::error::network_unreachable)}),
          fail_once(call::get_peer_name, 1, number_of(asio::error::not_connected))));
  CHECK(op.error == asio::error::network_unreachable);
  CHECK(op.made
      == asking + calls{call::get_local_name, call::connect, call::get_peer_name, call::connect});
  CHECK(op.has_old_peer());
}

TEST_CASE("a refusal for want of permission is not met by two steps, which would change nothing")
{
  if (!is_broadcast_refused())
    return;
  asio::io_context context;
  udp::socket peer(context, any_port);
  udp::socket socket(context);
  connect_ex(socket, peer.local_endpoint());

  // Not from an address of loopback, had it the permission.
  const udp::endpoint everyone(asio::ip::address_v4::broadcast(), 7);
  const scripted::session session;
  error_code error;
  connect_ex(socket, everyone, error);
  CHECK(error == asio::error::access_denied);
  CHECK(
      session.calls() == asking + calls{call::get_local_name, call::connect, call::get_peer_name});
  CHECK(socket.remote_endpoint() == peer.local_endpoint());
}

TEST_CASE("a socket that a failed call has opened is closed again")
{
  asio::io_context context;
  udp::socket peer(context, any_port);
  udp::socket socket(context);
  error_code error;
  {
    const scripted::session session(fail(call::connect, no_buffers));
    connect_ex(socket, peer.local_endpoint(), error);
  }
  CHECK(error == asio::error::no_buffer_space);
  CHECK_FALSE(socket.is_open());
  connect_ex(socket, peer.local_endpoint());
  CHECK(socket.remote_endpoint() == peer.local_endpoint());
}

#if CONNECTEX_DETAIL_LINUX
TEST_CASE("no free local port reads as an address in use")
{
  scripted_call op(step::first_peer, fail(call::connect, EAGAIN));
  CHECK(op.error == asio::error::address_in_use);
}
#endif

#if CONNECTEX_DETAIL_POSIX
TEST_CASE("a system that says that it knows no such family has dissolved all the same")
{
  scripted_call op(step::no_peer, fail(call::disconnect, EAFNOSUPPORT));
  CHECK_FALSE(op.error);
}

TEST_CASE("a queue that never ends does not keep the caller")
{
  scripted_call op(step::first_peer, succeed(call::discard_datagram));
  CHECK_FALSE(op.error);
}
#endif

} // namespace test::scripted::default_peer_tests
