// SPDX-License-Identifier: BSL-1.0

// What the tests of the stream that connects with its first write are made of.

#ifndef CONNECTEX_TEST_SUPPORT_LAZY_STREAM_HPP
#define CONNECTEX_TEST_SUPPORT_LAZY_STREAM_HPP

#include "loopback.hpp"

#include <connectex/connect_options.hpp>
#include <connectex/lazy_connect_stream.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>

#include <array>
#include <cstddef>
#include <string>

namespace test
{

inline const std::string banner = "220 ready";

/// An operation that a test can cancel.
struct transfer
{
  auto handler() { return asio::bind_cancellation_slot(signal.slot(), result.handler()); }

  asio::cancellation_signal signal;
  outcome result;
  std::string flight;
  std::array<char, 64> memory{};

  /// What a read has got.
  std::string bytes() const { return std::string(memory.data(), result.bytes_transferred); }
};

/// A stream, and the report of its last connect.
struct lazy_stream
{
  lazy_stream() { options.report = &report; }

  template <typename... Target>
  void arm(const Target&... target)
  {
    stream.connect_on_write(target..., options);
  }

  void write(transfer& operation, const std::string& bytes = greeting)
  {
    operation.flight = bytes;
    stream.async_write_some(asio::buffer(operation.flight), operation.handler());
  }

  void read(transfer& operation)
  {
    stream.async_read_some(asio::buffer(operation.memory), operation.handler());
  }

  void write_nothing(transfer& operation)
  {
    stream.async_write_some(asio::const_buffer(), operation.handler());
  }

  void read_nothing(transfer& operation)
  {
    stream.async_read_some(asio::mutable_buffer(), operation.handler());
  }

  /// Writes, and waits for the end of that.
  outcome await_write(const std::string& bytes = greeting)
  {
    transfer operation;
    write(operation, bytes);
    operation.result.await(context);
    return operation.result;
  }

  tcp::socket& socket() { return stream.next_layer(); }

  /// Ends the connection, and runs until its peer has read everything.
  void close()
  {
    socket().close();
    run(context);
  }

  asio::io_context context;
  connectex::connect_report report;
  connectex::connect_options options;
  connectex::lazy_connect_stream<> stream{context};
};

/// Lets @p server, which is connected to, say the banner.
inline void send_banner(asio::io_context& context, sink& server)
{
  run_until(context, [&] { return server.accepted(); });
  asio::write(server.socket(), asio::buffer(banner));
}

} // namespace test

#endif // CONNECTEX_TEST_SUPPORT_LAZY_STREAM_HPP
