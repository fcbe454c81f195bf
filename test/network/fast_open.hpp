// SPDX-License-Identifier: BSL-1.0

// What tests of fast open need in the network of test/network/run.

#ifndef CONNECTEX_TEST_NETWORK_FAST_OPEN_HPP
#define CONNECTEX_TEST_NETWORK_FAST_OPEN_HPP

#include "support/loopback.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

namespace test
{

/// Takes data with the SYN.
inline tcp::acceptor fast_open_acceptor(asio::io_context& context)
{
  tcp::acceptor acceptor(context, tcp::v4());
  const int queue = 16;
  REQUIRE(::setsockopt(acceptor.native_handle(), IPPROTO_TCP, TCP_FASTOPEN, &queue, sizeof(queue))
      == 0);
  acceptor.bind(loopback_v4());
  acceptor.listen();
  return acceptor;
}

/// The sizes of the payloads in a connection's SYNs that the capture of this name has seen so far.
/// The client's port alone would not do: the system gives it again to a later connection.
inline std::vector<std::size_t> captured_payloads(
    const char* name, std::uint16_t client, const tcp::endpoint& server)
{
  const std::string sender = "IP 127.0.0.1." + std::to_string(client) + " > 127.0.0.1."
      + std::to_string(server.port()) + ":";
  std::vector<std::size_t> sizes;
  std::ifstream capture(std::getenv(name));
  for (std::string line; std::getline(capture, line);)
  {
    const auto length = line.rfind("length ");
    if (line.find(sender) != std::string::npos && length != std::string::npos)
      sizes.push_back(std::stoul(line.substr(length + 7)));
  }
  return sizes;
}

/// The same, once it has seen one.
inline std::vector<std::size_t> await_payloads(
    const char* name, std::uint16_t client, const tcp::endpoint& server)
{
  const auto deadline = std::chrono::steady_clock::now() + limit;
  std::vector<std::size_t> sizes;
  while (sizes.empty() && std::chrono::steady_clock::now() < deadline)
    sizes = captured_payloads(name, client, server);
  return sizes;
}

/// The sizes of the payloads in a connection's SYNs, of which there is one at least.
inline std::vector<std::size_t> syn_payloads(std::uint16_t client, const tcp::endpoint& server)
{
  return await_payloads("CONNECTEX_CAPTURE", client, server);
}

} // namespace test

#endif // CONNECTEX_TEST_NETWORK_FAST_OPEN_HPP
