// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_TEST_SUPPORT_COMPLETION_PACKET_HPP
#define CONNECTEX_TEST_SUPPORT_COMPLETION_PACKET_HPP

#if defined(_WIN32)

#include <boost/asio/io_context.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>

struct _OVERLAPPED;

namespace test
{

/// An io_context together with its completion port, which Asio does not show.
/**
 * Packets with any NTSTATUS can be put into it, so every answer that a network can give can be given
 * without that network.
 */
class open_io_context
{
public:
  open_io_context();

  boost::asio::io_context& get() { return *context_; }

  void post(std::uint32_t ntstatus, std::size_t bytes, _OVERLAPPED* overlapped);

private:
  std::unique_ptr<boost::asio::io_context> context_;
  void* port_ = nullptr;
};

} // namespace test

#endif // defined(_WIN32)

#endif // CONNECTEX_TEST_SUPPORT_COMPLETION_PACKET_HPP
