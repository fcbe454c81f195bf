// SPDX-License-Identifier: BSL-1.0

// What connect_probe is asked to do.

#ifndef CONNECTEX_EXAMPLE_CONNECT_PROBE_SETTINGS_HPP
#define CONNECTEX_EXAMPLE_CONNECT_PROBE_SETTINGS_HPP

#include <connectex/race_policy.hpp>

#include <boost/asio/ip/address.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

struct settings
{
  /// A name or an address, without brackets; or the list that was given.
  std::string host;

  /// What the host is, if it is several addresses.
  std::vector<boost::asio::ip::address> addresses;

  unsigned short port = 0;
  std::string data;
  unsigned retries = 0;
  std::chrono::steady_clock::duration timeout = std::chrono::seconds(10);
  std::optional<std::chrono::steady_clock::duration> attempt_timeout;
  connectex::race_policy race;
  bool fast_open = false;
  bool provider = false;
  bool json = false;
};

/// Reads the command line.
/**
 * @returns The exit code if that is all there is to do: after --help, --version or wrong usage, of
 * which the user has been told.
 */
std::optional<int> read_command_line(int argc, char* argv[], settings& chosen);

#endif // CONNECTEX_EXAMPLE_CONNECT_PROBE_SETTINGS_HPP
