// SPDX-License-Identifier: BSL-1.0

#include <connectex/detail/platform.hpp>

#if CONNECTEX_DETAIL_LINUX

#include "connection_statistics.hpp"

#include "../error/winsock_codes.hpp"

#include <connectex/connection_info.hpp>
#include <connectex/detail/attempt/native_error.hpp>
#include <connectex/detail/system/linux.hpp>
#include <connectex/detail/system/tcp_info.hpp>

#include <cerrno>
#include <cstddef>
#include <netinet/tcp.h>

namespace connectex::detail
{

using boost::system::error_code;

namespace
{

/// The members that this kernel has filled.
class filled_info
{
public:
  filled_info(const linux_tcp_info& info, std::size_t size) noexcept : info_(info), size_(size) {}

  template <typename Value>
  std::optional<Value> get(Value linux_tcp_info::*member) const noexcept
  {
    const auto* const begin = reinterpret_cast<const unsigned char*>(&info_);
    const auto* const end = reinterpret_cast<const unsigned char*>(&(info_.*member) + 1);
    if (static_cast<std::size_t>(end - begin) > size_)
      return std::nullopt;
    return info_.*member;
  }

private:
  const linux_tcp_info& info_;
  std::size_t size_;
};

/// The kernel answers for any TCP socket. A round trip stays known when the connection has ended.
bool was_never_connected(const linux_tcp_info& info) noexcept
{
  return info.state == TCP_LISTEN || (info.state == TCP_CLOSE && info.round_trip == 0);
}

bool has_sent_fin(const linux_tcp_info& info) noexcept
{
  return info.state != TCP_SYN_SENT && info.state != TCP_SYN_RECV && info.state != TCP_ESTABLISHED
      && info.state != TCP_CLOSE_WAIT;
}

/// The kernel counts the segments of all kinds in one number.
std::optional<std::uint32_t> syn_retransmissions_of(
    const linux_tcp_info& info, const std::optional<std::uint64_t>& bytes_retransmitted) noexcept
{
  const bool are_syns = bytes_retransmitted == 0u && !has_sent_fin(info);
  if (info.segments_retransmitted != 0 && !are_syns)
    return std::nullopt;
  return info.segments_retransmitted;
}

} // namespace

connection_statistics get_connection_statistics(native_socket socket, error_code& ec) noexcept
{
  linux_tcp_info info;
  std::size_t size = 0;
  const native_error error = os::get_tcp_info(socket, info, size);
  if (error != 0)
  {
    // Sockets of other protocols have either number.
    ec = error == ENOPROTOOPT ? wsa::to_portable(wsa::operation_not_supported) : to_portable(error);
    return {};
  }
  if (was_never_connected(info))
  {
    ec = wsa::to_portable(wsa::not_connected);
    return {};
  }

  const filled_info filled(info, size);
  connection_statistics statistics;
  statistics.round_trip_time = to_round_trip(info.round_trip);
  if (const auto minimum = filled.get(&linux_tcp_info::minimum_round_trip))
    statistics.minimum_round_trip_time = to_round_trip(*minimum);
  statistics.bytes_retransmitted = filled.get(&linux_tcp_info::bytes_retransmitted);
  statistics.syn_retransmissions = syn_retransmissions_of(info, statistics.bytes_retransmitted);
  statistics.bytes_sent = filled.get(&linux_tcp_info::bytes_sent);
  statistics.bytes_received = filled.get(&linux_tcp_info::bytes_received);
  ec = {};
  return statistics;
}

} // namespace connectex::detail

#endif // CONNECTEX_DETAIL_LINUX
