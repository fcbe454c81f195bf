// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_TEST_SUPPORT_READING_SERVER_HPP
#define CONNECTEX_TEST_SUPPORT_READING_SERVER_HPP

#include "addresses.hpp"
#include "asio_names.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>

#include <future>
#include <string>
#include <utility>

namespace test
{

/// Accepts one connection on a thread of its own, for a test whose thread waits; writes @p said and
/// reads to the end.
class reading_server
{
public:
  explicit reading_server(std::string said = {})
    : endpoint_(acceptor_.local_endpoint()),
      received_(
          std::async(std::launch::async, [this, said = std::move(said)] { return serve(said); }))
  {
  }

  tcp::endpoint endpoint() const { return endpoint_; }

  /// What it has read. To be called once.
  std::string received() { return received_.get(); }

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
  std::future<std::string> received_;
};

} // namespace test

#endif // CONNECTEX_TEST_SUPPORT_READING_SERVER_HPP
