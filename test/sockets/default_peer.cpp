// SPDX-License-Identifier: BSL-1.0

#include <connectex/default_peer.hpp>

#include "support/asio_names.hpp"
#include "support/broadcast.hpp"
#include "support/catch.hpp"
#include "support/random_source.hpp"
#include "support/wine.hpp"

#include <connectex/detail/platform.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/local/datagram_protocol.hpp>

#include <array>
#include <cstddef>
#include <deque>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#if CONNECTEX_DETAIL_WINDOWS
#include <tlhelp32.h>
#include <windows.h>
#else
#include <fcntl.h>
#include <filesystem>
#include <unistd.h>
#endif

namespace
{

using namespace test;
using asio::ip::udp;
using connectex::connect_ex;
using connectex::disconnect;

const udp::endpoint any_port(asio::ip::address_v4::loopback(), 0);

/// A datagram that is at its receiver when send() returns, as loopback delivers.
void send(udp::socket& from, const std::string& text, const udp::endpoint& to)
{
  from.send_to(asio::buffer(text), to);
}

/// The next datagram, or the error in its place; neither if nothing has come.
std::pair<std::string, error_code> receive(udp::socket& socket)
{
  std::array<char, 100> memory;
  udp::endpoint from;
  error_code error;
  socket.non_blocking(true);
  const std::size_t size = socket.receive_from(asio::buffer(memory), from, 0, error);
  return {std::string(memory.data(), error ? 0 : size), error};
}

const std::pair<std::string, error_code> nothing{"", asio::error::would_block};

std::pair<std::string, error_code> datagram(const std::string& text)
{
  return {text, error_code()};
}

struct three_peers
{
  explicit three_peers(asio::io_context& context)
    : first(context, any_port), second(context, any_port), stranger(context, any_port)
  {
  }

  udp::socket first;
  udp::socket second;
  udp::socket stranger;
};

/// A socket whose port Wine, too, keeps, because the system has not chosen it.
udp::socket bound_by_number(asio::io_context& context)
{
  udp::socket socket(context, udp::v4());
  error_code error;
  for (int tries = 0; tries != 100; ++tries)
  {
    const udp::endpoint free = udp::socket(context, any_port).local_endpoint();
    socket.bind(free, error);
    if (!error)
      return socket;
  }
  throw boost::system::system_error(error);
}

#if CONNECTEX_DETAIL_WINDOWS
std::ptrdiff_t count_threads()
{
  const HANDLE all = ::CreateToolhelp32Snapshot(TH32CS_SNAPTHREAD, 0);
  REQUIRE(all != INVALID_HANDLE_VALUE);
  std::ptrdiff_t count = 0;
  THREADENTRY32 entry{};
  entry.dwSize = sizeof(entry);
  for (BOOL more = ::Thread32First(all, &entry); more; more = ::Thread32Next(all, &entry))
    count += entry.th32OwnerProcessID == ::GetCurrentProcessId() ? 1 : 0;
  ::CloseHandle(all);
  return count;
}
#elif CONNECTEX_DETAIL_LINUX
std::ptrdiff_t count_threads()
{
  const std::filesystem::directory_iterator all("/proc/self/task");
  return std::distance(begin(all), end(all));
}
#endif

} // namespace

TEST_CASE("a datagram socket sends to its default peer")
{
  asio::io_context context;
  three_peers peers(context);
  udp::socket socket(context);
  connect_ex(socket, peers.first.local_endpoint());
  CHECK(socket.is_open());
  CHECK(socket.remote_endpoint() == peers.first.local_endpoint());
  socket.send(asio::buffer("one", 3));
  CHECK(receive(peers.first) == datagram("one"));
  connect_ex(socket, peers.second.local_endpoint());
  socket.send(asio::buffer("two", 3));
  CHECK(receive(peers.second) == datagram("two"));
  CHECK(receive(peers.first) == nothing);
}

TEST_CASE("a datagram socket hears only its default peer")
{
  asio::io_context context;
  three_peers peers(context);
  udp::socket socket(context, any_port);
  const udp::endpoint local = socket.local_endpoint();
  connect_ex(socket, peers.first.local_endpoint());
  send(peers.stranger, "stranger", local);
  send(peers.first, "first", local);
  CHECK(receive(socket) == datagram("first"));
  CHECK(receive(socket) == nothing);
  connect_ex(socket, peers.second.local_endpoint());
  send(peers.first, "first", local);
  send(peers.second, "second", local);
  CHECK(receive(socket) == datagram("second"));
  CHECK(receive(socket) == nothing);
}

TEST_CASE("a socket that gets a default peer loses what had come before")
{
  asio::io_context context;
  three_peers peers(context);
  udp::socket socket(context, any_port);
  const udp::endpoint local = socket.local_endpoint();
  const bool had_peer = GENERATE(false, true);
  if (had_peer)
    connect_ex(socket, peers.second.local_endpoint());
  send(peers.first, "first", local);
  send(peers.second, "second", local);
  send(peers.second, "", local);
  if (!had_peer)
    send(peers.stranger, "stranger", local);
  SECTION("from the new peer, too, which may stand in front of another's")
  {
    connect_ex(socket, peers.first.local_endpoint());
    CHECK(receive(socket) == nothing);
    send(peers.first, "new", local);
    CHECK(receive(socket) == datagram("new"));
  }
  SECTION("but not if it is the peer that it had")
  {
    connect_ex(socket, peers.second.local_endpoint());
    if (had_peer)
    {
      CHECK(receive(socket) == datagram("second"));
      CHECK(receive(socket) == datagram(""));
    }
    CHECK(receive(socket) == nothing);
  }
  SECTION("and keeps it if the call fails")
  {
    error_code error;
    connect_ex(socket, udp::endpoint(asio::ip::address_v4::any(), 7), error);
    CHECK(error == boost::system::errc::address_not_available);
    if (!had_peer)
      CHECK(receive(socket) == datagram("first"));
    CHECK(receive(socket) == datagram("second"));
  }
}

TEST_CASE("a socket that has lost its default peer hears everyone, and sends to nobody by itself")
{
  asio::io_context context;
  three_peers peers(context);
  udp::socket socket = bound_by_number(context);
  connect_ex(socket, peers.first.local_endpoint());
  const udp::endpoint local = socket.local_endpoint();
  send(peers.first, "old", local);
  disconnect(socket);
  error_code error;
  socket.remote_endpoint(error);
  CHECK(error == asio::error::not_connected);
  socket.send(asio::buffer("x", 1), 0, error);
  CHECK(error);
  CHECK(receive(socket) == nothing);
  send(socket, "hello", peers.stranger.local_endpoint());
  CHECK(receive(peers.stranger) == datagram("hello"));
  send(peers.stranger, "answer", local);
  CHECK(receive(socket) == datagram("answer"));
}

TEST_CASE("a socket keeps the port that it had")
{
  asio::io_context context;
  three_peers peers(context);
  udp::socket socket(context);
  const bool is_bound = GENERATE(false, true);
  if (is_bound)
    socket = udp::socket(context, udp::endpoint(udp::v4(), 0));
  connect_ex(socket, peers.first.local_endpoint());
  const unsigned short port = socket.local_endpoint().port();
  connect_ex(socket, peers.second.local_endpoint());
  CHECK(socket.local_endpoint().port() == port);
  disconnect(socket);

  // Wine gives back a port that the system had chosen.
  if (!under_wine())
  {
    CHECK(socket.local_endpoint() == udp::endpoint(udp::v4(), port));
    connect_ex(socket, peers.first.local_endpoint());
    CHECK(socket.local_endpoint().port() == port);
    disconnect(socket);
    CHECK(socket.local_endpoint().port() == port);
  }
}

TEST_CASE("no error of an earlier peer is reported")
{
  asio::io_context context;
  three_peers peers(context);
  udp::socket socket(context);
  const auto fail_to_send = [&]
  {
    error_code ignored;
    const udp::endpoint gone = udp::socket(context, any_port).local_endpoint();
    connect_ex(socket, gone);
    socket.send(asio::buffer("x", 1), 0, ignored);
  };
  fail_to_send();
  SECTION("to one that has another peer")
  {
    connect_ex(socket, peers.first.local_endpoint());
    CHECK(receive(socket) == nothing);
    socket.send(asio::buffer("y", 1));
    CHECK(receive(peers.first) == datagram("y"));
  }
  SECTION("to one that has none")
  {
    disconnect(socket);
    CHECK(receive(socket) == nothing);
    send(socket, "y", peers.first.local_endpoint());
    CHECK(receive(peers.first) == datagram("y"));
  }
}

TEST_CASE("a failed call leaves the peer that the socket had")
{
  asio::io_context context;
  three_peers peers(context);
  udp::socket socket(context);
  connect_ex(socket, peers.first.local_endpoint());
  const unsigned short port = socket.local_endpoint().port();
  error_code error;
  SECTION("the unspecified address")
  {
    connect_ex(socket, udp::endpoint(asio::ip::address_v4::any(), 7), error);
    CHECK(error == boost::system::errc::address_not_available);
  }
  SECTION("port 0")
  {
    connect_ex(socket, udp::endpoint(asio::ip::address_v4::loopback(), 0), error);
    CHECK(error == boost::system::errc::address_not_available);
  }
  SECTION("another family")
  {
    connect_ex(socket, udp::endpoint(asio::ip::address_v6::loopback(), 7), error);
    CHECK(error == asio::error::address_family_not_supported);
  }
  SECTION("broadcast without the option for it")
  {
    if (!is_broadcast_refused())
      return;
    connect_ex(socket, udp::endpoint(asio::ip::address_v4::broadcast(), 7), error);
    CHECK(error == asio::error::access_denied);
  }
  REQUIRE(error);
  CHECK(socket.remote_endpoint() == peers.first.local_endpoint());
  CHECK(socket.local_endpoint().port() == port);
  send(peers.first, "first", socket.local_endpoint());
  CHECK(receive(socket) == datagram("first"));
  CHECK_THROWS_AS(connect_ex(socket, udp::endpoint(asio::ip::address_v4::any(), 7)),
      boost::system::system_error);
}

TEST_CASE("a socket that is not open is opened for its peer, and has no peer to lose")
{
  asio::io_context context;
  udp::socket peer(context, udp::endpoint(asio::ip::address_v6::loopback(), 0));
  udp::socket socket(context);
  error_code error;
  disconnect(socket, error);
  CHECK(error == asio::error::bad_descriptor);
  CHECK_THROWS_AS(disconnect(socket), boost::system::system_error);
  connect_ex(socket, peer.local_endpoint(), error);
  REQUIRE_FALSE(error);
  socket.send(asio::buffer("six", 3));
  CHECK(receive(peer) == datagram("six"));
}

TEST_CASE("a broadcast address is a peer for a socket that has the option for it")
{
  asio::io_context context;
  udp::socket socket(context, udp::v4());
  const udp::endpoint everyone(asio::ip::make_address("127.255.255.255"), 7);
  error_code error;
  connect_ex(socket, everyone, error);
  CHECK((error == asio::error::access_denied) == is_broadcast_refused());
  socket.set_option(udp::socket::broadcast(true));
  connect_ex(socket, everyone);
  CHECK(socket.remote_endpoint() == everyone);
}

TEST_CASE("a socket that is opened for a peer that it cannot have is closed again")
{
  asio::io_context context;
  three_peers peers(context);
  udp::socket socket(context);
  error_code error;
  if (is_broadcast_refused())
  {
    connect_ex(socket, udp::endpoint(asio::ip::address_v4::broadcast(), 7), error);
    CHECK(error == asio::error::access_denied);
    CHECK_FALSE(socket.is_open());
  }
  connect_ex(socket, udp::endpoint(asio::ip::address_v6::any(), 7), error);
  CHECK(error == boost::system::errc::address_not_available);
  CHECK_FALSE(socket.is_open());
  connect_ex(socket, peers.first.local_endpoint());
  CHECK(socket.remote_endpoint() == peers.first.local_endpoint());

  connect_ex(socket, udp::endpoint(asio::ip::address_v4::any(), 7), error);
  CHECK(error);
  CHECK(socket.is_open());
}

TEST_CASE("a socket of IPv6 gets, changes and loses a peer")
{
  asio::io_context context;
  const udp::endpoint any_port6(asio::ip::address_v6::loopback(), 0);
  udp::socket first(context, any_port6);
  udp::socket second(context, any_port6);
  udp::socket socket(context);
  connect_ex(socket, first.local_endpoint());
  const udp::endpoint local = socket.local_endpoint();
  send(first, "old", local);
  connect_ex(socket, second.local_endpoint());
  send(first, "old", local);
  CHECK(socket.local_endpoint() == local);
  CHECK(receive(socket) == nothing);
  send(second, "second", local);
  CHECK(receive(socket) == datagram("second"));
  disconnect(socket);
  if (!under_wine())
  {
    CHECK(socket.local_endpoint() == udp::endpoint(udp::v6(), local.port()));
    send(first, "first", local);
    CHECK(receive(socket) == datagram("first"));
  }
}

TEST_CASE("a peer of IPv4 is one for a socket of both families, if its address is mapped")
{
  asio::io_context context;
  three_peers peers(context);
  udp::socket socket(context, udp::v6());
  socket.set_option(asio::ip::v6_only(false));
  const auto mapped = [](const udp::socket& peer)
  {
    const udp::endpoint name = peer.local_endpoint();
    return udp::endpoint(
        asio::ip::make_address_v6(asio::ip::v4_mapped, name.address().to_v4()), name.port());
  };
  connect_ex(socket, mapped(peers.first));
  socket.send(asio::buffer("one", 3));
  CHECK(receive(peers.first) == datagram("one"));
  connect_ex(socket, mapped(peers.second));
  socket.send(asio::buffer("two", 3));
  CHECK(receive(peers.second) == datagram("two"));

  error_code error;
  connect_ex(socket, peers.first.local_endpoint(), error);
  CHECK(error == asio::error::address_family_not_supported);
  connect_ex(socket,
      udp::endpoint(asio::ip::make_address_v6(asio::ip::v4_mapped, asio::ip::address_v4::any()), 7),
      error);
  CHECK(error == boost::system::errc::address_not_available);
  CHECK(socket.remote_endpoint() == mapped(peers.second));
}

TEST_CASE("a default peer leaves a socket in the mode that it was in, and never makes it wait")
{
  asio::io_context context;
  three_peers peers(context);
  udp::socket socket(context, udp::v4());
  const bool mode = GENERATE(false, true);
  socket.native_non_blocking(mode);
  connect_ex(socket, peers.first.local_endpoint());
  connect_ex(socket, peers.second.local_endpoint());
  disconnect(socket);
  CHECK(socket.native_non_blocking() == mode);
#if CONNECTEX_DETAIL_LINUX
  const int flags = ::fcntl(socket.native_handle(), F_GETFL);
  CHECK(((flags & O_NONBLOCK) != 0) == mode);
#endif
}

#if CONNECTEX_DETAIL_POSIX
TEST_CASE("a local datagram socket has a default peer, too")
{
  using local = asio::local::datagram_protocol;
  asio::io_context context;
  const std::string name =
      (std::filesystem::temp_directory_path() / "connectex_default_peer").string()
      + std::to_string(::getpid());
  const local::endpoint names[] = {name + ".0", name + ".1", name + ".2"};
  for (const local::endpoint& each : names)
    std::filesystem::remove(each.path());
  local::socket first(context, names[0]);
  local::socket second(context, names[1]);
  local::socket socket(context, names[2]);
  std::array<char, 100> memory;
  const auto receive_from_all = [&]
  {
    error_code error;
    socket.non_blocking(true);
    return std::string(memory.data(), socket.receive(asio::buffer(memory), 0, error));
  };

  first.send_to(asio::buffer("old", 3), names[2]);
  connect_ex(socket, names[0]);
  CHECK(receive_from_all().empty());
  first.send_to(asio::buffer("kept", 4), names[2]);
  error_code error;
  connect_ex(socket, local::endpoint(name + ".nobody"), error);
  CHECK(error);
  CHECK(socket.remote_endpoint() == names[0]);
  CHECK(receive_from_all() == "kept");
  second.send_to(asio::buffer("stranger", 8), names[2], 0, error);
  CHECK(error);
  disconnect(socket);
  CHECK(socket.local_endpoint() == names[2]);
  second.send_to(asio::buffer("heard", 5), names[2]);
  CHECK(receive_from_all() == "heard");
  for (const local::endpoint& each : names)
    std::filesystem::remove(each.path());
}
#endif

TEST_CASE("a socket without a peer keeps what it has received when it is told to have none")
{
  asio::io_context context;
  three_peers peers(context);
  udp::socket socket(context, any_port);
  send(peers.first, "first", socket.local_endpoint());
  disconnect(socket);
  CHECK(receive(socket) == datagram("first"));
}

#if CONNECTEX_DETAIL_WINDOWS || CONNECTEX_DETAIL_LINUX
TEST_CASE("a default peer costs no thread")
{
  asio::io_context context;
  three_peers peers(context);
  udp::socket socket(context);
  const auto before = count_threads();
  connect_ex(socket, peers.first.local_endpoint());
  connect_ex(socket, peers.second.local_endpoint());
  disconnect(socket);
  CHECK(count_threads() == before);

#if CONNECTEX_DETAIL_WINDOWS
  // As Asio's own way does, by which the count can be seen to count.
  socket.async_connect(peers.first.local_endpoint(), [](const error_code&) {});
  CHECK(count_threads() == before + 1);
  context.run();
#endif
}
#endif

TEST_CASE("ten thousand random calls leave a datagram socket as a model says")
{
  constexpr std::size_t none = 3;
  const unsigned seed = 20261122;
  random_source random(seed);
  asio::io_context context;
  std::vector<udp::socket> peers;
  for (int i = 0; i != 3; ++i)
    peers.emplace_back(context, any_port);

  // Between two calls that keep a port of the system's choice, another program may get it.
  const bool has_number = under_wine() || GENERATE(true, false);
  const int steps = has_number ? 10000 : 1000;
  udp::socket socket = has_number ? bound_by_number(context) : udp::socket(context, any_port);
  const udp::endpoint local = socket.local_endpoint();
  std::size_t peer = none;
  std::deque<std::string> queue;
  for (int step = 0; step != steps; ++step)
  {
    const std::size_t other = random.below(3);
    CAPTURE(seed, step, peer, other);
    switch (random.below(6))
    {
    case 0:
      connect_ex(socket, peers[other].local_endpoint());
      if (peer != other)
        queue.clear();
      peer = other;
      break;
    case 1:
      disconnect(socket);
      if (peer != none)
        queue.clear();
      peer = none;
      break;
    case 2:
    case 3:
    {
      if (queue.size() == 50)
        break;
      const std::string text = std::to_string(step);
      send(peers[other], text, local);
      if (peer == none || peer == other)
        queue.push_back(text);
      break;
    }
    case 4:
    {
      REQUIRE(receive(socket) == (queue.empty() ? nothing : datagram(queue.front())));
      if (!queue.empty())
        queue.pop_front();
      break;
    }
    default:
    {
      error_code error;
      socket.send(asio::buffer("x", 1), 0, error);
      REQUIRE(!error == (peer != none));
      if (!error)
        REQUIRE(receive(peers[peer]) == datagram("x"));
      break;
    }
    }
    REQUIRE(socket.local_endpoint().port() == local.port());
  }
}
