// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_SOCKET_OPTIONS_WINDOWS_HPP
#define CONNECTEX_SOCKET_OPTIONS_WINDOWS_HPP

#include <connectex/detail/platform.hpp>

#if CONNECTEX_DETAIL_WINDOWS

#include <connectex/detail/boolean_socket_option.hpp>
#include <connectex/detail/system/option_numbers.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <stdexcept>

namespace connectex
{

/// Windows socket option: share the local port, once it is chosen, with connections to other peers.
/**
 * For sockets that a program binds itself, to port 0, before it connects them; async_connect_ex
 * sees to those that it binds (connect_options::reuse_unicast_port). It has to be set before the
 * socket is bound, cannot be combined with SO_RANDOMIZE_PORT, and shares ports only where the
 * administrator has set an auto-reuse port range. It is made from a `bool`, which `value()` gives
 * back.
 *
 * @par Errors
 * `no_protocol_option` before Windows 10. Under Wine 8.0 setting it does nothing and succeeds;
 * getting it fails with `no_protocol_option`.
 *
 * @par Thread Safety
 * @e Distinct @e objects: Safe.@n
 * @e Shared @e objects: Unsafe.
 *
 * @par Example
 * @code
 * socket.set_option(connectex::reuse_unicast_port(true));
 * socket.bind(tcp::endpoint(tcp::v4(), 0)); @endcode
 *
 * @par Source
 * SO_REUSE_UNICASTPORT in Microsoft's page on SOL_SOCKET options. Not run on Windows itself.
 */
class reuse_unicast_port
  : public detail::boolean_socket_option<detail::os::sol_socket, detail::os::so_reuse_unicast_port>
{
public:
  using boolean_socket_option::boolean_socket_option;
};

/// Windows socket option: let the first flight of a ConnectEx call travel in the SYN (TCP Fast
/// Open).
/**
 * To be set before the connect; async_connect_ex does so if connect_options::fast_open asks for it.
 * RFC 7413 lets a network replay a SYN: only for data that may arrive twice. It is made from a
 * `bool`, which `value()` gives back.
 *
 * @par Errors
 * `no_protocol_option` before Windows 10 1607, and under Wine 8.0.
 *
 * @par Thread Safety
 * @e Distinct @e objects: Safe.@n
 * @e Shared @e objects: Unsafe.
 *
 * @par Example
 * @code
 * boost::system::error_code ignored;
 * socket.set_option(connectex::fast_open(true), ignored); @endcode
 *
 * @par Source
 * TCP_FASTOPEN in Microsoft's page on IPPROTO_TCP options. Not run on Windows itself.
 */
class fast_open
  : public detail::boolean_socket_option<detail::os::ipproto_tcp, detail::os::tcp_fast_open>
{
public:
  using boolean_socket_option::boolean_socket_option;
};

/// Windows socket option, to be read only: for how long a socket has been connected.
/**
 * Servers use it to find connections on which nothing was ever sent; after a failed ConnectEx it
 * tells whether the connection ever stood.
 *
 * @par Errors
 * None but those of a bad socket.
 *
 * @par Thread Safety
 * @e Distinct @e objects: Safe.@n
 * @e Shared @e objects: Unsafe.
 *
 * @par Example
 * @code
 * connectex::connect_time time;
 * socket.get_option(time);
 * const bool is_old = time.value() > std::chrono::minutes(1); @endcode
 *
 * @par Source
 * SO_CONNECT_TIME in Microsoft's pages on LPFN_CONNECTEX and SOL_SOCKET options.
 */
class connect_time
{
public:
  /// In whole seconds; nothing if the socket is not connected.
  std::optional<std::chrono::seconds> value() const noexcept
  {
    if (seconds_ == detail::os::not_connected)
      return std::nullopt;
    return std::chrono::seconds(seconds_);
  }

  /// The level, as Asio asks for it.
  template <typename Protocol>
  int level(const Protocol&) const noexcept
  {
    return detail::os::sol_socket;
  }

  /// The name, as Asio asks for it.
  template <typename Protocol>
  int name(const Protocol&) const noexcept
  {
    return detail::os::so_connect_time;
  }

  /// Where Asio lets the system write.
  template <typename Protocol>
  std::uint32_t* data(const Protocol&) noexcept
  {
    return &seconds_;
  }

  /// How much the system may write there.
  template <typename Protocol>
  std::size_t size(const Protocol&) const noexcept
  {
    return sizeof(seconds_);
  }

  /// How much the system has written. Throws `std::length_error` for anything but the whole.
  template <typename Protocol>
  void resize(const Protocol&, std::size_t size)
  {
    if (size != sizeof(seconds_))
      throw std::length_error("connectex: connect_time socket option resize");
  }

private:
  std::uint32_t seconds_ = detail::os::not_connected;
};

/// Windows io-control command: how long a connect waits for an answer, and how often it asks again.
/**
 * To be given to a socket before it connects. async_connect_ex uses it for loopback peers if
 * connect_options::loopback_fast_fail asks for it.
 *
 * @par Errors
 * `operation_not_supported` before Windows 8, and under Wine 8.0; `access_denied` or
 * `invalid_argument` for values that the system does not allow.
 *
 * @par Thread Safety
 * @e Distinct @e objects: Safe.@n
 * @e Shared @e objects: Unsafe.
 *
 * @par Example
 * @code
 * connectex::initial_rto two_tries(connectex::initial_rto::unspecified_rtt(), 1);
 * socket.io_control(two_tries); @endcode
 *
 * @par Source
 * SIO_TCP_INITIAL_RTO in Microsoft's pages on Winsock IOCTLs. Not run on Windows itself.
 */
class initial_rto
{
public:
  /// Keeps the system's own first guess of the round trip.
  static constexpr std::chrono::milliseconds unspecified_rtt() noexcept
  {
    return std::chrono::milliseconds(detail::os::unspecified_rtt);
  }

  /// The number that stands for no retransmission at all, from Windows 10 1709 (build 16299).
  static constexpr std::uint8_t no_syn_retransmissions = detail::os::no_syn_retransmissions;

  /// Keeps the system's own count.
  static constexpr std::uint8_t unspecified_max_syn_retransmissions =
      detail::os::unspecified_max_syn_retransmissions;

  /// Says how long and how often.
  /**
   * @param rtt The first guess of the round trip, in milliseconds, from 0 (the system's default) to
   * 65,534, or unspecified_rtt(). What lies beyond is taken for the nearer end.
   *
   * @param max_syn_retransmissions How often the SYN is sent again.
   */
  initial_rto(std::chrono::milliseconds rtt, std::uint8_t max_syn_retransmissions) noexcept
    : parameters_{clamp(rtt), max_syn_retransmissions, 0}
  {
  }

  /// The command, as Asio asks for it.
  int name() const noexcept { return static_cast<int>(detail::os::sio_tcp_initial_rto); }

  /// What Asio hands to the system.
  void* data() noexcept { return &parameters_; }

private:
  static std::uint16_t clamp(std::chrono::milliseconds rtt) noexcept
  {
    if (rtt < std::chrono::milliseconds::zero())
      return 0;
    if (rtt <= unspecified_rtt())
      return static_cast<std::uint16_t>(rtt.count());
    return detail::os::unspecified_rtt - 1;
  }

  detail::os::initial_rto_parameters parameters_;
};

/// Windows io-control command: whether a datagram socket reports that a port was unreachable.
/**
 * Without it a datagram that a machine answers with "port unreachable" fails a receive of later, on
 * a socket without a default peer also one that waits for others. A socket that talks to many peers
 * turns these errors off; one that has a default peer (connectex::connect_ex) learns from them that
 * nobody is there. On Linux only a socket with a default peer reports them.
 *
 * @par Errors
 * None but those of a bad socket. Under Wine 8.0 it does nothing and succeeds.
 *
 * @par Thread Safety
 * @e Distinct @e objects: Safe.@n
 * @e Shared @e objects: Unsafe.
 *
 * @par Example
 * @code
 * connectex::udp_port_unreachable_errors off(false);
 * socket.io_control(off); @endcode
 *
 * @par Source
 * SIO_UDP_CONNRESET in Microsoft's page on Winsock IOCTLs. Not run on Windows itself.
 */
class udp_port_unreachable_errors
{
public:
  /// @param reported Whether receives fail; a socket begins with `true`.
  explicit udp_port_unreachable_errors(bool reported) noexcept : value_(reported ? 1 : 0) {}

  /// The command, as Asio asks for it.
  int name() const noexcept { return static_cast<int>(detail::os::sio_udp_connreset); }

  /// What Asio hands to the system.
  void* data() noexcept { return &value_; }

private:
  /// As large as a BOOL.
  std::uint32_t value_;
};

} // namespace connectex

#endif // CONNECTEX_DETAIL_WINDOWS

#endif // CONNECTEX_SOCKET_OPTIONS_WINDOWS_HPP
