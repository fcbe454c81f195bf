// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_TEST_SUPPORT_POSTED_CONNECT_HPP
#define CONNECTEX_TEST_SUPPORT_POSTED_CONNECT_HPP

#include "io_context_with_port.hpp"
#include "scripted.hpp"
#include "windows_numbers.hpp"

#include <cstddef>
#include <cstdint>
#include <string>

namespace test::scripted
{

/// From what a posted_connect starts.
struct posted_situation
{
  /// The first flight's bytes.
  std::size_t size = 5;

  connect_options options = {};
  script answers = {};
  bool has_report = true;
};

/// An operation whose ConnectEx calls never reach the system; the test posts their packets.
class posted_connect
{
public:
  explicit posted_connect(posted_situation given = {});
  ~posted_connect();

  posted_connect(const posted_connect&) = delete;
  posted_connect& operator=(const posted_connect&) = delete;

  /// Posts the packet of the call in flight, and runs until there is another call or the end.
  const outcome& deliver(std::uint32_t ntstatus, std::size_t bytes = 0);

  /// Emits, and lets it reach the call, which is on the handler's executor.
  void cancel(cancellation_type type);

  /// Runs until the operation itself has cancelled the call in flight.
  void await_time_limit();

  const std::string flight;
  io_context_with_port context;
  tcp::socket socket{context.get()};
  connect_report report;
  connect_options options;
  asio::cancellation_signal signal;
  outcome result;
  scripted::session session;
};

} // namespace test::scripted

#endif // CONNECTEX_TEST_SUPPORT_POSTED_CONNECT_HPP
