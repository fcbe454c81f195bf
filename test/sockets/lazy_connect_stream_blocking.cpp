// SPDX-License-Identifier: BSL-1.0

#include <connectex/lazy_connect_stream.hpp>

#include "support/lazy_stream.hpp"

#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <boost/system/system_error.hpp>

#include <array>
#include <future>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace
{

using namespace test;
using endpoints = std::vector<tcp::endpoint>;

/// Accepts one connection on a thread of its own, writes @p said, and reads to the end.
class speaking_server
{
public:
  explicit speaking_server(std::string said = {})
    : endpoint_(acceptor_.local_endpoint()),
      heard_(std::async(std::launch::async, [this, said = std::move(said)] { return serve(said); }))
  {
  }

  tcp::endpoint endpoint() const { return endpoint_; }
  std::string heard() { return heard_.get(); }

private:
  std::string serve(const std::string& said)
  {
    tcp::socket socket = acceptor_.accept();
    asio::write(socket, asio::buffer(said));
    std::string bytes;
    error_code end_of_file;
    asio::read(socket, asio::dynamic_buffer(bytes), end_of_file);
    return bytes;
  }

  asio::io_context context_;
  tcp::acceptor acceptor_{context_, loopback_v4()};
  tcp::endpoint endpoint_;
  std::future<std::string> heard_;
};

} // namespace

TEST_CASE_METHOD(lazy_stream, "a synchronous write connects with its bytes")
{
  speaking_server server;
  arm(server.endpoint());
  error_code error = asio::error::fault;
  CHECK(stream.write_some(asio::buffer(greeting), error) == greeting.size());
  CHECK_FALSE(error);
  CHECK(report.attempts.size() == 1);
  CHECK(report.first_flight != connectex::first_flight_path::none);
  CHECK(context.poll() == 0);
  socket().close();
  CHECK(server.heard() == greeting);
}

TEST_CASE_METHOD(lazy_stream, "a synchronous write of any size arrives as a whole by asio::write")
{
  speaking_server server;
  arm(server.endpoint());
  const std::string bytes = pattern(3000000);
  CHECK(asio::write(stream, asio::buffer(bytes)) == bytes.size());
  socket().close();
  CHECK(server.heard() == bytes);
}

TEST_CASE_METHOD(lazy_stream, "one synchronous write that connects takes 65,535 bytes at most")
{
  speaking_server server;
  arm(server.endpoint());
  const std::string bytes = pattern(100000);
  const std::size_t written = stream.write_some(asio::buffer(bytes));
  CHECK(written > 0);
  CHECK(written <= 65535);
  socket().close();
  CHECK(server.heard() == bytes.substr(0, written));
}

TEST_CASE_METHOD(lazy_stream, "a synchronous read connects without data, and then reads")
{
  speaking_server server(banner);
  arm(server.endpoint());
  std::array<char, 64> memory{};
  const std::size_t read = stream.read_some(asio::buffer(memory));
  CHECK(read > 0);
  CHECK(report.first_flight == connectex::first_flight_path::none);
  socket().close();
  CHECK(server.heard().empty());
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
  speaking_server server;
  arm(server.endpoint());
  CHECK(stream.write_some(asio::buffer(greeting)) == greeting.size());
  socket().close();
  CHECK(server.heard() == greeting);
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
  speaking_server server(banner);
  arm(server.endpoint());
  transfer answer;
  read(answer);
  CHECK(stream.write_some(asio::buffer(greeting)) == greeting.size());
  answer.result.await(context);
  CHECK_FALSE(answer.result.error);
  CHECK(answer.result.bytes_transferred > 0);
  socket().close();
  CHECK(server.heard() == greeting);
}
