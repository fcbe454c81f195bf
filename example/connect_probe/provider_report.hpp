// SPDX-License-Identifier: BSL-1.0

// What connect_probe tells about Winsock's providers.

#ifndef CONNECTEX_EXAMPLE_PROVIDER_REPORT_HPP
#define CONNECTEX_EXAMPLE_PROVIDER_REPORT_HPP

#include <connectex/connectex.hpp>

#include <nlohmann/json.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#if defined(_WIN32)

/// The answer to the question for the base provider's socket.
struct base_socket
{
  /// The system's number, or 0.
  std::uint32_t error = 0;

  /// Whether no layer made a socket of its own.
  bool is_same = false;
};

struct provider_report
{
  boost::system::error_code error;
  connectex::provider_info provider;
  base_socket base;

  /// All entries of the catalogue that are no base providers.
  std::vector<connectex::provider_info> layers;
};

/// Asks a new socket, which goes the way of any other of its protocol.
provider_report find_provider(const boost::asio::ip::tcp& protocol);

/// Some lines, each with its end.
std::string to_text(const provider_report& report);

nlohmann::ordered_json to_json(const provider_report& report);

#endif

// The same about a socket of that protocol, and on any system. Others than Windows have none.

std::string provider_text(const boost::asio::ip::tcp& protocol);

nlohmann::ordered_json provider_json(const boost::asio::ip::tcp& protocol);

#endif // CONNECTEX_EXAMPLE_PROVIDER_REPORT_HPP
