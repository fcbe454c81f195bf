// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_SRC_ERROR_WINSOCK_CODES_HPP
#define CONNECTEX_SRC_ERROR_WINSOCK_CODES_HPP

#include <connectex/detail/platform.hpp>

#include <boost/system/error_code.hpp>

namespace connectex::detail::wsa
{

/// The errors of a connect by Winsock's numbers, in which the sources speak on every system.
/**
 * The first two are Win32 numbers that Winsock has none of its own for. Asio takes them as well.
 */
enum code : int
{
  broken_pipe = 109,
  operation_aborted = 995,
  interrupted = 10004,
  bad_descriptor = 10009,
  access_denied = 10013,
  fault = 10014,
  invalid_argument = 10022,
  no_descriptors = 10024,
  would_block = 10035,
  in_progress = 10036,
  already_started = 10037,
  not_socket = 10038,
  destination_required = 10039,
  message_size = 10040,
  wrong_protocol_type = 10041,
  no_protocol_option = 10042,
  protocol_not_supported = 10043,
  socket_type_not_supported = 10044,
  operation_not_supported = 10045,
  protocol_family_not_supported = 10046,
  address_family_not_supported = 10047,
  address_in_use = 10048,
  address_not_available = 10049,
  network_down = 10050,
  network_unreachable = 10051,
  network_reset = 10052,
  connection_aborted = 10053,
  connection_reset = 10054,
  no_buffer_space = 10055,
  already_connected = 10056,
  not_connected = 10057,
  shut_down = 10058,
  too_many_references = 10059,
  timed_out = 10060,
  connection_refused = 10061,
  too_many_links = 10062,
  name_too_long = 10063,
  host_down = 10064,
  host_unreachable = 10065,
  directory_not_empty = 10066,
  too_many_users = 10068,
  quota_exceeded = 10069,
  stale_handle = 10070,
  remote_object = 10071,
  not_initialised = 10093,
  graceful_disconnect = 10101
};

/// The error code that equals the asio::error of the same name on the system at hand.
/**
 * @returns On Windows the number itself in `system_category()`, elsewhere its twin in errno. What
 * has no twin keeps its number, in `win32_category()`.
 */
CONNECTEX_DECL boost::system::error_code to_portable(code number) noexcept;

inline bool operator==(const boost::system::error_code& error, code number) noexcept
{
  return error == to_portable(number);
}

inline bool operator!=(const boost::system::error_code& error, code number) noexcept
{
  return !(error == number);
}

} // namespace connectex::detail::wsa

#endif // CONNECTEX_SRC_ERROR_WINSOCK_CODES_HPP
