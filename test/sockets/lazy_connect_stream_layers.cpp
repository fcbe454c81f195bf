// SPDX-License-Identifier: BSL-1.0

// What a stream is made of, and what may be made of it.

#include <connectex/lazy_connect_stream.hpp>

#include "support/lazy_stream.hpp"

#include <boost/asio/deferred.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>

#if defined(__linux__)
#include <boost/asio/local/stream_protocol.hpp>

#include <unistd.h>
#endif

#include <array>
#include <list>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace
{

using namespace test;
using connectex::lazy_connect_stream;

using plain = lazy_connect_stream<>;
using context_socket = tcp::socket::rebind_executor<asio::io_context::executor_type>::other;

/// The default token of an executor, as use_awaitable_t<>::as_default_on_t adds one.
struct deferring_executor : asio::any_io_executor
{
  using default_completion_token_type = asio::deferred_t;

  template <typename Executor,
      std::enable_if_t<
          !std::is_same_v<Executor,
              deferring_executor> && std::is_convertible_v<Executor, asio::any_io_executor>,
          int> = 0>
  deferring_executor(const Executor& executor) noexcept : asio::any_io_executor(executor)
  {
  }
};

using deferring = plain::rebind_executor<deferring_executor>::other;

static_assert(std::is_same_v<plain::next_layer_type, tcp::socket>);
static_assert(std::is_same_v<plain::lowest_layer_type, tcp::socket::lowest_layer_type>);
static_assert(std::is_same_v<plain::executor_type, tcp::socket::executor_type>);
static_assert(std::is_same_v<plain::endpoint_type, tcp::endpoint>);
static_assert(std::is_same_v<lazy_connect_stream<tcp::socket&>::next_layer_type, tcp::socket>);
static_assert(std::is_same_v<deferring::executor_type, deferring_executor>);
static_assert(std::is_same_v<plain::rebind_executor<asio::io_context::executor_type>::other,
    lazy_connect_stream<context_socket>>);

static_assert(std::is_constructible_v<plain, asio::io_context&>);
static_assert(std::is_constructible_v<plain, asio::any_io_executor>);
static_assert(std::is_constructible_v<plain, tcp::socket>);
static_assert(std::is_constructible_v<plain, asio::io_context&, tcp>);
static_assert(std::is_constructible_v<plain, lazy_connect_stream<context_socket>>);
static_assert(std::is_convertible_v<lazy_connect_stream<context_socket>, plain>);
static_assert(!std::is_constructible_v<plain>);
static_assert(!std::is_constructible_v<plain, std::string>);
static_assert(!std::is_constructible_v<lazy_connect_stream<context_socket>, plain>);
static_assert(!std::is_convertible_v<tcp::socket, plain>);
static_assert(!std::is_copy_constructible_v<plain>);
static_assert(!std::is_copy_assignable_v<plain>);
static_assert(std::is_move_constructible_v<plain>);
static_assert(std::is_move_assignable_v<plain>);
static_assert(std::is_constructible_v<lazy_connect_stream<tcp::socket&>, tcp::socket&>);
static_assert(!std::is_constructible_v<lazy_connect_stream<tcp::socket&>, tcp::socket>);
static_assert(noexcept(std::declval<plain&>().get_executor()));
static_assert(noexcept(std::declval<plain&>().next_layer()));
static_assert(noexcept(std::declval<const plain&>().lowest_layer()));

/// A stream that has a socket, as beast::tcp_stream has.
class socket_owner
{
public:
  using executor_type = tcp::socket::executor_type;

  explicit socket_owner(asio::io_context& context) : socket_(context) {}

  executor_type get_executor() { return socket_.get_executor(); }
  tcp::socket& socket() noexcept { return socket_; }
  const tcp::socket& socket() const noexcept { return socket_; }

  template <typename Buffers, typename Token>
  auto async_read_some(const Buffers& buffers, Token&& token)
  {
    ++reads;
    return socket_.async_read_some(buffers, std::forward<Token>(token));
  }

  template <typename Buffers, typename Token>
  auto async_write_some(const Buffers& buffers, Token&& token)
  {
    ++writes;
    return socket_.async_write_some(buffers, std::forward<Token>(token));
  }

  int reads = 0;
  int writes = 0;

private:
  tcp::socket socket_;
};

/// Speaks by any stream, synchronously and not, as a library's connection does.
template <typename Stream>
class connection
{
public:
  template <typename... Args>
  explicit connection(Args&&... args) : stream_(std::forward<Args>(args)...)
  {
  }

  Stream& stream() { return stream_; }

  template <typename Handler>
  void async_ask(const std::string& question, Handler handler)
  {
    asio::async_write(stream_, asio::buffer(question),
        [this, handler = std::move(handler)](const error_code& error, std::size_t bytes) mutable
        {
          if (error)
            return handler(error, bytes);
          stream_.async_read_some(asio::buffer(answer_), std::move(handler));
        });
  }

  std::string ask(const std::string& question)
  {
    asio::write(stream_, asio::buffer(question));
    return std::string(answer_.data(), stream_.read_some(asio::buffer(answer_)));
  }

  std::string answer(std::size_t size) const { return std::string(answer_.data(), size); }

private:
  Stream stream_;
  std::array<char, 64> answer_{};
};

/// Writes the greeting by any stream, and waits for the end of that.
template <typename Stream>
outcome await_write(asio::io_context& context, Stream& stream)
{
  outcome result;
  stream.async_write_some(asio::buffer(greeting), result.handler());
  result.await(context);
  return result;
}

/// Writes the greeting by a stream that is armed.
template <typename Stream>
void check_connects(asio::io_context& context, Stream& stream, sink& server)
{
  const outcome first = await_write(context, stream);
  CAPTURE(first);
  CHECK(first.is_success(greeting.size()));
  stream.lowest_layer().close();
  run(context);
  CHECK(server.received() == greeting);
}

} // namespace

TEST_CASE_METHOD(lazy_stream, "a transfer takes every kind of buffers")
{
  sink server(context);
  arm(server.endpoint());
  std::string bytes = "ab";
  std::array<char, 2> raw{'c', 'd'};
  outcome result;
  const auto write = [&](const auto& buffers)
  {
    outcome one;
    stream.async_write_some(buffers, one.handler());
    one.await(context);
    CHECK(one.is_success(2));
  };
  SECTION("a buffer that is const") { write(asio::const_buffer(bytes.data(), 2)); }
  SECTION("a buffer that is not") { write(asio::mutable_buffer(bytes.data(), 2)); }
  SECTION("what asio::buffer makes of an array") { write(asio::buffer(raw)); }
  SECTION("an array of buffers")
  {
    write(std::array<asio::const_buffer, 2>{asio::buffer(bytes, 1), asio::buffer(raw, 1)});
  }
  SECTION("a vector of buffers")
  {
    write(std::vector<asio::mutable_buffer>(1, asio::buffer(bytes)));
  }
  SECTION("a list of buffers") { write(std::list<asio::const_buffer>(1, asio::buffer(bytes))); }

  run_until(context, [&] { return server.accepted(); });
  asio::write(server.socket(), asio::buffer("xyz", 3));
  std::array<char, 1> first{};
  std::array<char, 2> rest{};
  stream.async_read_some(
      std::array<asio::mutable_buffer, 2>{asio::buffer(first), asio::buffer(rest)},
      result.handler());
  result.await(context);
  CHECK(result.is_success(3));
  CHECK(first[0] == 'x');
  CHECK(rest[1] == 'z');
  close();
  CHECK(server.received().size() == 2);
}

TEST_CASE("a transfer's token defaults from the executor of the stream")
{
  asio::io_context context;
  sink server(context);
  deferring stream(context.get_executor());
  stream.connect_on_write(server.endpoint());
  outcome first;
  auto write = stream.async_write_some(asio::buffer(greeting));
  CHECK(context.poll() == 0);
  context.restart();
  std::move(write)(first.handler());
  first.await(context);
  CHECK(first.is_success(greeting.size()));
  send_banner(context, server);
  std::array<char, 64> memory{};
  outcome answer;
  stream.async_read_some(asio::buffer(memory))(answer.handler());
  answer.await(context);
  CHECK(answer.is_success(banner.size()));
  stream.next_layer().close();
  run(context);
}

TEST_CASE_METHOD(lazy_stream, "a move takes along what the stream is armed for")
{
  sink server(context);
  arm(server.endpoint());
  SECTION("when it constructs")
  {
    plain moved(std::move(stream));
    check_connects(context, moved, server);
  }
  SECTION("when it assigns")
  {
    tcp::acceptor other(context, loopback_v4());
    plain moved(context);
    moved.connect_on_write(other.local_endpoint());
    moved = std::move(stream);
    check_connects(context, moved, server);
    CHECK(is_unvisited(other));
  }
  SECTION("when it gives the stream another executor's type")
  {
    lazy_connect_stream<context_socket> narrow(context);
    narrow.connect_on_write(server.endpoint(), options);
    plain moved(std::move(narrow));
    check_connects(context, moved, server);
    CHECK(report.attempts.size() == 1);
  }
  SECTION("when it gives the stream a default token")
  {
    lazy_connect_stream<context_socket> narrow(context);
    narrow.connect_on_write("127.0.0.1", std::to_string(server.endpoint().port()));
    deferring moved(std::move(narrow));
    check_connects(context, moved, server);
  }
}

TEST_CASE("a stream that was moved from is not armed any more")
{
  asio::io_context context;
  sink server(context);
  lazy_connect_stream<context_socket> former(context);
  former.connect_on_write(server.endpoint());
  plain moved(std::move(former));
  CHECK(await_write(context, former).is(asio::error::bad_descriptor, 0));
  check_connects(context, moved, server);
}

TEST_CASE("a stream that has failed stays so when it is moved")
{
  asio::io_context context;
  const refusing_port nobody(context);
  lazy_connect_stream<context_socket> former(context);
  former.connect_on_write(nobody.endpoint());
  CHECK(await_write(context, former).is(asio::error::connection_refused, 0));
  plain converted(std::move(former));
  plain moved(std::move(converted));
  CHECK(await_write(context, moved).is(asio::error::not_connected, 0));
}

TEST_CASE("a stream that is connected stays so when it is moved")
{
  asio::io_context context;
  sink server(context);
  lazy_connect_stream<context_socket> former(context);
  former.next_layer().connect(server.endpoint());
  plain moved(std::move(former));
  check_connects(context, moved, server);
}

TEST_CASE("a stream connects a socket that it refers to")
{
  asio::io_context context;
  sink server(context);
  tcp::socket socket(context);
  lazy_connect_stream<tcp::socket&> stream(socket);
  CHECK(&stream.next_layer() == &socket);
  CHECK(&stream.lowest_layer() == &socket.lowest_layer());
  stream.connect_on_write(server.endpoint());
  check_connects(context, stream, server);
}

TEST_CASE("a stream connects the socket of its next layer, and transfers by that")
{
  asio::io_context context;
  sink server(context);
  lazy_connect_stream<socket_owner> stream(context);
  stream.connect_on_write(server.endpoint());
  outcome first;
  outcome second;
  stream.async_write_some(asio::buffer(greeting), first.handler());
  stream.async_write_some(asio::buffer(greeting), second.handler());
  second.await(context);
  CHECK(first.is_success(greeting.size()));
  CHECK(second.is_success(greeting.size()));
  CHECK(stream.next_layer().writes == 1);
  CHECK(&stream.lowest_layer() == &stream.next_layer().socket());
  outcome answer;
  std::array<char, 64> memory{};
  stream.async_read_some(asio::buffer(memory), answer.handler());
  CHECK(stream.next_layer().reads == 1);
  stream.next_layer().socket().close();
  run(context);

  // Wine says something else of a read that a close has ended.
  CHECK(answer.calls == 1);
  CHECK(answer.error);
  CHECK(server.received() == greeting + greeting);
}

TEST_CASE("a stream connects a socket of any protocol")
{
  asio::io_context context;
  sink server(context);
  lazy_connect_stream<asio::generic::stream_protocol::socket> stream(context);
  stream.connect_on_write(server.endpoint());
  check_connects(context, stream, server);
}

#if defined(__linux__)

TEST_CASE("a stream connects a local socket")
{
  using local = asio::local::stream_protocol;
  asio::io_context context;
  const std::string name = "connectex lazy stream " + std::to_string(::getpid());
  const local::endpoint peer(std::string(1, '\0') + name);
  local::acceptor acceptor(context, peer);
  lazy_connect_stream<local::socket> stream(context);
  stream.connect_on_write(peer);
  CHECK(await_write(context, stream).is_success(greeting.size()));
  local::socket server = acceptor.accept();
  stream.next_layer().close();
  std::string received;
  error_code error;
  asio::read(server, asio::dynamic_buffer(received), error);
  CHECK(received == greeting);
}

#endif

TEST_CASE("a connection that knows nothing of lazy streams speaks by one")
{
  asio::io_context context;
  sink server(context);
  connection<plain> client(context);
  client.stream().connect_on_write(server.endpoint());
  outcome result;
  client.async_ask(greeting, result.handler());
  send_banner(context, server);
  result.await(context);
  CHECK(result.is_success(banner.size()));
  CHECK(client.answer(banner.size()) == banner);

  asio::write(server.socket(), asio::buffer("again", 5));
  CHECK(client.ask("?") == "again");
  client.stream().lowest_layer().close();
  run(context);
  CHECK(server.received() == greeting + "?");
}
