// SPDX-License-Identifier: BSL-1.0

// What came of a connect, and how it is told.

#ifndef CONNECTEX_EXAMPLE_CONNECT_PROBE_OUTCOME_HPP
#define CONNECTEX_EXAMPLE_CONNECT_PROBE_OUTCOME_HPP

#include "settings.hpp"

#include <connectex/connect_report.hpp>

#include <boost/asio/ip/tcp.hpp>
#include <boost/system/error_code.hpp>

#include <cstddef>
#include <string>
#include <vector>

enum class exit_code
{
  connected = 0,
  other_failure = 1,
  usage_error = 2,
  refused_or_unreachable = 3,
  timed_out = 4,
  local_exhaustion = 5,
  misuse = 6
};

struct outcome
{
  boost::system::error_code error;

  // Of the connection, if there is one.
  boost::asio::ip::tcp::endpoint peer;
  boost::asio::ip::tcp::endpoint local;

  std::size_t bytes_sent = 0;
  connectex::connect_report report;
};

exit_code to_exit_code(const boost::system::error_code& error);

/// The protocol of the connection, or of the last attempt.
boost::asio::ip::tcp protocol_of(const outcome& result);

/// Whether there is a look-up to tell of.
bool has_look_up(const outcome& result);

/// The addresses that the look-up has found, without ports.
std::vector<std::string> addresses_found(const outcome& result);

/// The endpoints that no attempt was made on.
std::vector<std::string> endpoints_not_tried(const outcome& result);

/// Whether the attempt's native error says why it ended. The number of one that the program itself
/// has ended says "cancelled", whatever the reason.
bool has_native_reason(const connectex::connect_attempt& attempt);

/// The names of the conditions that the error matches.
std::vector<std::string> conditions_of(const boost::system::error_code& error);

/// Lines for people, each with its end.
std::string to_text(const settings& chosen, const outcome& result);

/// One JSON object, and a line's end.
std::string to_json_text(const settings& chosen, const outcome& result);

#endif // CONNECTEX_EXAMPLE_CONNECT_PROBE_OUTCOME_HPP
