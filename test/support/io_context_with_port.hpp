// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_TEST_SUPPORT_IO_CONTEXT_WITH_PORT_HPP
#define CONNECTEX_TEST_SUPPORT_IO_CONTEXT_WITH_PORT_HPP

#include <boost/asio/io_context.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>

struct _OVERLAPPED;

namespace test
{

/// An io_context together with its completion port, which Asio does not show.
/**
 * Packets with any NTSTATUS can be put into it, so every answer that a network can give can be
 * given without that network.
 */
class io_context_with_port
{
public:
  io_context_with_port();

  boost::asio::io_context& get() { return *context_; }

  void post(std::uint32_t ntstatus, std::size_t bytes, _OVERLAPPED* overlapped);

private:
  std::unique_ptr<boost::asio::io_context> context_;
  void* port_ = nullptr;
};

} // namespace test

#endif // CONNECTEX_TEST_SUPPORT_IO_CONTEXT_WITH_PORT_HPP
