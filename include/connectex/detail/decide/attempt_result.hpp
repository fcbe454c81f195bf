// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_DETAIL_DECIDE_ATTEMPT_RESULT_HPP
#define CONNECTEX_DETAIL_DECIDE_ATTEMPT_RESULT_HPP

#include <boost/system/error_code.hpp>

#include <cstddef>
#include <cstdint>

namespace connectex
{

enum class connect_call : unsigned char;
enum class first_flight_path;

namespace detail
{

/// The result of an attempt: everything that the decisions and the report need of it.
struct attempt_result
{
  /// In portable terms; no error if the connection stands.
  boost::system::error_code error = {};

  /// The number that the system gave for the error.
  std::uint32_t native = 0;

  /// How many bytes of the first flight were handed over, how many of these in the connect call,
  /// and how they travelled.
  std::size_t sent = 0;
  std::size_t sent_in_connect = 0;
  first_flight_path path = {};

  /// None where the attempt failed before it.
  connect_call call = {};

  /// The connect call itself failed at once. Not set where the attempt failed before that call.
  bool immediate = false;

  /// The connection may have stood although the attempt failed: bytes may have been delivered.
  bool may_have_connected = false;

  /// The system had begun to connect and has been made to forget it, so the socket can connect
  /// again. Not known before the attempt's disconnect() was called.
  bool disconnected = false;
};

} // namespace detail

} // namespace connectex

#endif // CONNECTEX_DETAIL_DECIDE_ATTEMPT_RESULT_HPP
