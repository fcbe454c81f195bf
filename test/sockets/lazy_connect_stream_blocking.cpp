// SPDX-License-Identifier: BSL-1.0

#include <connectex/lazy_connect_stream.hpp>

#include "support/lazy_stream.hpp"
#include "support/reading_server.hpp"

#include <boost/asio/write.hpp>
#include <boost/system/system_error.hpp>

#include <array>
#include <stdexcept>
#include <string>
#include <vector>

namespace
{

using namespace test;
using endpoints = std::vector<tcp::endpoint>;

} // namespace

TEST_CASE_METHOD(lazy_stream, "a synchronous write connects with its bytes")
{
  reading_server server;
  arm(server.endpoint());
  error_code error = asio::error::fault;
  CHECK(stream.write_some(asio::buffer(greeting), error) == greeting.size());
  CHECK_FALSE(error);
  CHECK(report.attempts.size() == 1);
  CHECK(report.first_flight != connectex::first_flight_path::none);
  CHECK(context.poll() == 0);
  socket().close();
  CHECK(server.received() == greeting);
}

TEST_CASE_METHOD(lazy_stream, "a synchronous write of any size arrives as a whole by asio::write")
{
  reading_server server;
  arm(server.endpoint());
  const std::string bytes = pattern(3000000);
  CHECK(asio::write(stream, asio::buffer(bytes)) == bytes.size());
  socket().close();
  CHECK(server.received() == bytes);
}

TEST_CASE_METHOD(lazy_stream, "one synchronous write that connects takes 65,535 bytes at most")
{
  reading_server server;
  arm(server.endpoint());
  const std::string bytes = pattern(100000);
  const std::size_t written = stream.write_some(asio::buffer(bytes));
  CHECK(written > 0);
  CHECK(written <= 65535);
  socket().close();
  CHECK(server.received() == bytes.substr(0, written));
}

TEST_CASE_METHOD(lazy_stream, "a synchronous read connects without data, and then reads")
{
  reading_server server(banner);
  arm(server.endpoint());
  std::array<char, 64> memory{};
  const std::size_t read = stream.read_some(asio::buffer(memory));
  CHECK(read > 0);
  CHECK(report.first_flight == connectex::first_flight_path::none);
  socket().close();
  CHECK(server.received().empty());
}

TEST_CASE_METHOD(
    lazy_stream, "a synchronous write that cannot connect fails, and so has the stream")
{
  const bool was_open = GENERATE(false, true);
  const refusing_port refusing(context);
  if (was_open)
    socket().open(tcp::v4());
  arm(refusing.endpoint());
  error_code error;
  CHECK(stream.write_some(asio::buffer(greeting), error) == 0);
  CHECK(error == asio::error::connection_refused);
  CHECK(socket().is_open() == was_open);
  CHECK(stream.write_some(asio::buffer(greeting), error) == 0);
  CHECK(error == asio::error::not_connected);

  socket().close();
  reading_server server;
  arm(server.endpoint());
  CHECK(stream.write_some(asio::buffer(greeting)) == greeting.size());
  socket().close();
  CHECK(server.received() == greeting);
}

TEST_CASE_METHOD(
    lazy_stream, "a synchronous write connects to the endpoint or the name that answers")
{
  const bool by_name = GENERATE(false, true);
  const refusing_port refusing(context);
  reading_server server;
  if (by_name)
    arm("127.0.0.1", std::to_string(server.endpoint().port()));
  else
    arm(endpoints{refusing.endpoint(), server.endpoint()});
  CHECK(stream.write_some(asio::buffer(greeting)) == greeting.size());
  CHECK(context.poll() == 0);
  CHECK(socket().remote_endpoint() == server.endpoint());
  socket().close();
  CHECK(server.received() == greeting);
}

TEST_CASE_METHOD(lazy_stream, "a synchronous write to several endpoints takes 65,535 bytes at most")
{
  const refusing_port refusing(context);
  reading_server server;
  arm(endpoints{refusing.endpoint(), server.endpoint()});
  const std::string bytes = pattern(100000);
  const std::size_t written = stream.write_some(asio::buffer(bytes));
  CHECK(written > 0);
  CHECK(written <= 65535);
  socket().close();
  CHECK(server.received() == bytes.substr(0, written));
}

TEST_CASE_METHOD(lazy_stream, "a synchronous transfer of no bytes does not connect")
{
  tcp::acceptor acceptor(context, loopback_v4());
  arm(acceptor.local_endpoint());
  error_code error = asio::error::fault;
  CHECK(stream.write_some(asio::const_buffer(), error) == 0);
  CHECK_FALSE(error);
  error = asio::error::fault;
  CHECK(stream.read_some(asio::mutable_buffer(), error) == 0);
  CHECK_FALSE(error);
  CHECK(is_unvisited(acceptor));
}

TEST_CASE_METHOD(lazy_stream, "a synchronous connect whose options throw has failed")
{
  tcp::acceptor acceptor(context, loopback_v4());
  options.prepare = [](connectex::opened_socket&, error_code&)
  { throw std::runtime_error("prepare"); };
  arm(acceptor.local_endpoint());
  CHECK_THROWS_AS(stream.write_some(asio::buffer(greeting)), std::runtime_error);
  CHECK_FALSE(socket().is_open());
  error_code error;
  CHECK(stream.write_some(asio::buffer(greeting), error) == 0);
  CHECK(error == asio::error::not_connected);
}

TEST_CASE_METHOD(
    lazy_stream, "a read that was posted reads from a connection that was made meanwhile")
{
  reading_server server(banner);
  arm(server.endpoint());
  transfer answer;
  read(answer);
  CHECK(stream.write_some(asio::buffer(greeting)) == greeting.size());
  answer.result.await(context);
  CHECK_FALSE(answer.result.error);
  CHECK(answer.result.bytes_transferred > 0);
  socket().close();
  CHECK(server.received() == greeting);
}
