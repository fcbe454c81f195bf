// SPDX-License-Identifier: BSL-1.0

// How much of a long write travels in the connect, and what becomes of the rest.

#include <connectex/lazy_connect_stream.hpp>

#include "support/expected.hpp"
#include "support/lazy_stream.hpp"
#include "support/race_outcome.hpp"
#include "support/wine.hpp"

#include <boost/asio/read.hpp>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace
{

using namespace test;
using connectex::opened_socket;
using endpoints = std::vector<tcp::endpoint>;

constexpr std::size_t max_first_write = 65535;
constexpr int small_buffer_size = 4096;

/// Sets small buffers: one send cannot take all that a connect is given.
void shrink(opened_socket& opened, error_code& error)
{
  opened.set_option(asio::socket_base::send_buffer_size(small_buffer_size), error);
  if (!error)
    opened.set_option(asio::socket_base::receive_buffer_size(small_buffer_size), error);
}

/// Listens for sockets that receive as little, or as much as the system has them receive.
tcp::acceptor listen_on_loopback(asio::io_context& context, bool small_buffers)
{
  tcp::acceptor acceptor(context, tcp::v4());
  if (small_buffers)
    acceptor.set_option(asio::socket_base::receive_buffer_size(small_buffer_size));
  acceptor.bind(loopback_v4());
  acceptor.listen();
  return acceptor;
}

/// Buffers that the bytes belong to: they go with the last copy.
class owning_buffers
{
public:
  explicit owning_buffers(std::string& bytes)
    : buffer_(asio::buffer(bytes)),
      owner_(&bytes, [](std::string* owned) { owned->assign(owned->size(), '-'); })
  {
  }

  using value_type = asio::const_buffer;
  using const_iterator = const asio::const_buffer*;

  const_iterator begin() const { return &buffer_; }
  const_iterator end() const { return begin() + 1; }

private:
  asio::const_buffer buffer_;
  std::shared_ptr<std::string> owner_;
};

/// A handler that has the buffers of its write, as an operation of several writes may.
struct handler_with_buffers
{
  void operator()(const error_code& error, std::size_t bytes_transferred) const
  {
    result->handler()(error, bytes_transferred);
  }

  outcome* result;
  std::vector<asio::const_buffer> buffers;
};

/// Wine 8.0 never finishes a ConnectEx whose bytes a single send cannot take.
bool may_use_small_buffers() { return !under_wine(); }

} // namespace

TEST_CASE_METHOD(lazy_stream, "the write that connects takes at least one byte, and at most 65,535")
{
  const std::size_t size = GENERATE(std::size_t(1), max_first_write - 1, max_first_write,
      max_first_write + 1, std::size_t(200000));
  const std::size_t pieces = GENERATE(std::size_t(1), std::size_t(3), std::size_t(200));
  const bool small_buffer = GENERATE(false, true);
  const bool races = GENERATE(false, true);
  CAPTURE(size, pieces, small_buffer, races);
  sink server(context);
  if (small_buffer && may_use_small_buffers())
    options.prepare = shrink;
  const std::string bytes = pattern(size);
  const refusing_port nobody(context);
  options.race.attempt_delay = endless_delay;
  if (races)
    arm(endpoints{server.endpoint(), nobody.endpoint()});
  else
    arm(server.endpoint());
  outcome result;
  stream.async_write_some(split(bytes, pieces), result.handler());
  result.await(context);
  CHECK_FALSE(result.error);
  CHECK(result.bytes_transferred > 0);
  CHECK(result.bytes_transferred <= (std::min)(size, max_first_write));
  CHECK(report.bytes_in_connect <= result.bytes_transferred);
  close();
  CHECK((server.received() == bytes.substr(0, result.bytes_transferred)));
}

TEST_CASE_METHOD(lazy_stream, "async_write sends the rest, in order and once")
{
  const std::size_t size = GENERATE(std::size_t(65536), std::size_t(70000), std::size_t(1000000));
  const std::size_t pieces = GENERATE(std::size_t(1), std::size_t(5), std::size_t(1000));
  const bool small_buffer = GENERATE(false, true);
  CAPTURE(size, pieces, small_buffer);
  sink server(context);
  if (small_buffer && may_use_small_buffers())
    options.prepare = shrink;
  const std::string bytes = pattern(size);
  arm(server.endpoint());
  outcome result;
  asio::async_write(stream, split(bytes, pieces), result.handler());
  result.await(context);
  CHECK(result.is_success(size));
  CHECK(report.attempts.size() == 1);
  close();
  CHECK((server.received() == bytes));
}

TEST_CASE_METHOD(
    lazy_stream, "a peer that writes all of its own before it reads does not stop a long write")
{
  const bool small_buffers = GENERATE(false, true) && may_use_small_buffers();
  CAPTURE(small_buffers);
  if (small_buffers)
    options.prepare = shrink;
  options.total_timeout = limit;

  // More than the two sockets hold.
  const std::size_t size = small_buffers ? std::size_t(8) << 20 : std::size_t(16) << 20;
  const std::string to_server = pattern(size);
  const std::string to_client = pattern(size + 1).substr(1);
  tcp::acceptor acceptor = listen_on_loopback(context, small_buffers);
  tcp::socket peer(context);
  std::string at_server(size, '\0');
  std::string at_client(size, '\0');
  outcome server_written;
  outcome server_read;
  acceptor.async_accept(peer,
      [&](const error_code&)
      {
        asio::async_write(peer, asio::buffer(to_client),
            [&](const error_code& error, std::size_t bytes)
            {
              server_written.handler()(error, bytes);
              asio::async_read(peer, asio::buffer(at_server), server_read.handler());
            });
      });

  // Its first write must be over before its read can begin, which the peer's write waits for.
  outcome written;
  outcome read;
  arm(acceptor.local_endpoint());
  asio::async_write(stream, asio::buffer(to_server), written.handler());
  asio::async_read(stream, asio::buffer(at_client), read.handler());
  run_until(
      context, [&] { return written.calls != 0 && read.calls != 0 && server_read.calls != 0; });
  CHECK(server_written.is_success(size));
  CHECK(server_read.is_success(size));
  CHECK(written.is_success(size));
  CHECK(read.is_success(size));
  CHECK((at_server == to_server));
  CHECK((at_client == to_client));
}

TEST_CASE_METHOD(lazy_stream, "the write that connects does not wait for a peer that reads nothing")
{
  const bool small_buffers = may_use_small_buffers();
  if (small_buffers)
    options.prepare = shrink;
  options.total_timeout = limit;
  tcp::acceptor peer = listen_on_loopback(context, small_buffers);
  const std::string bytes = pattern(1000000);
  const refusing_port nobody(context);
  SECTION("an endpoint") { arm(peer.local_endpoint()); }
  SECTION("the only one of several endpoints that is there")
  {
    arm(endpoints{nobody.endpoint(), peer.local_endpoint()});
  }
  SECTION("an endpoint that wins before the next is tried")
  {
    options.race.attempt_delay = endless_delay;
    arm(endpoints{peer.local_endpoint(), nobody.endpoint()});
  }
  SECTION("a host by its name") { arm("127.0.0.1", std::to_string(peer.local_endpoint().port())); }
  outcome result;
  stream.async_write_some(asio::buffer(bytes), result.handler());
  result.await(context);
  CHECK_FALSE(result.error);
  CHECK(result.bytes_transferred > 0);
  CHECK(result.bytes_transferred <= max_first_write);
  if (small_buffers)
    CHECK(result.bytes_transferred < max_first_write);
}

TEST_CASE_METHOD(lazy_stream, "bytes that belong to a write's buffers stay until they are written")
{
  const bool connects = GENERATE(false, true);
  sink server(context);
  const auto target = GENERATE(0, 1, 2);
  CAPTURE(connects, target);
  if (target == 0)
    arm(server.endpoint());
  else if (target == 1)
    arm(endpoints{server.endpoint()});
  else
    arm(loopback_name(), std::to_string(server.endpoint().port()));

  transfer first;
  if (!connects)
    write(first);
  const std::string sent = pattern(100);
  std::string bytes = sent;
  outcome result;
  stream.async_write_some(owning_buffers(bytes), result.handler());
  result.await(context);
  CHECK(result.is_success(sent.size()));
  CHECK(bytes == std::string(sent.size(), '-'));
  close();
  CHECK(server.received() == (connects ? sent : greeting + sent));
}

TEST_CASE_METHOD(lazy_stream, "the buffers of a write may be part of its handler")
{
  sink server(context);
  arm(server.endpoint());
  outcome result;
  handler_with_buffers handler{&result, {asio::buffer(greeting)}};
  stream.async_write_some(handler.buffers, std::move(handler));
  result.await(context);
  CHECK(result.is_success(greeting.size()));
}
