// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_CONNECT_OPTIONS_HPP
#define CONNECTEX_CONNECT_OPTIONS_HPP

#include <cstddef>

namespace connectex
{

/// How the first flight travelled.
enum class first_flight_path
{
  /// No byte was handed over: there were none, or the connect failed.
  none,

  /// ConnectEx took it, or the first 65,535 bytes of it, in the same call that made the connection.
  in_connect,

  /// It was written once the connection stood.
  after_connect
};

/// What happened in one async_connect_ex operation.
struct connect_report
{
  first_flight_path first_flight = first_flight_path::none;

  /// How many bytes travelled in the connect call; the rest of `bytes_transferred` followed it.
  std::size_t bytes_in_connect = 0;
};

/// How async_connect_ex goes about its work. A default-constructed one asks for nothing special.
struct connect_options
{
  /// Where to write what happened; must stay valid until the completion handler is called. Filled on
  /// failure and on cancellation too. Null: nowhere.
  connect_report* report = nullptr;
};

} // namespace connectex

#endif // CONNECTEX_CONNECT_OPTIONS_HPP
