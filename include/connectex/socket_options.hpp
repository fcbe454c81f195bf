// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_SOCKET_OPTIONS_HPP
#define CONNECTEX_SOCKET_OPTIONS_HPP

#if CONNECTEX_DETAIL_WINDOWS || CONNECTEX_DETAIL_LINUX

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <stdexcept>

namespace connectex
{

namespace detail
{

/// A 32-bit value that the system reads as on or off.
template <int Level, int Name>
class boolean_socket_option
{
public:
  boolean_socket_option() = default;
  explicit boolean_socket_option(bool value) noexcept : value_(value ? 1 : 0) {}

  bool value() const noexcept { return value_ != 0; }
  explicit operator bool() const noexcept { return value(); }
  bool operator!() const noexcept { return !value(); }

  template <typename Protocol>
  int level(const Protocol&) const noexcept
  {
    return Level;
  }

  template <typename Protocol>
  int name(const Protocol&) const noexcept
  {
    return Name;
  }

  template <typename Protocol>
  std::uint32_t* data(const Protocol&) noexcept
  {
    return &value_;
  }

  template <typename Protocol>
  const std::uint32_t* data(const Protocol&) const noexcept
  {
    return &value_;
  }

  template <typename Protocol>
  std::size_t size(const Protocol&) const noexcept
  {
    return sizeof(value_);
  }

  /// Some options come back as a single byte.
  template <typename Protocol>
  void resize(const Protocol&, std::size_t size)
  {
    if (size == sizeof(unsigned char))
      value_ = *reinterpret_cast<const unsigned char*>(&value_) != 0 ? 1 : 0;
    else if (size != sizeof(value_))
      throw std::length_error("connectex: boolean socket option resize");
  }

private:
  std::uint32_t value_ = 0;
};

} // namespace detail

#if CONNECTEX_DETAIL_WINDOWS

/// Windows socket option: share the local port, once it is chosen, with connections to other peers.
/**
 * For sockets that a program binds itself, to port 0, before it connects them; async_connect_ex sees to
 * those that it binds (connect_options::reuse_unicast_port). It has to be set before the socket is bound,
 * cannot be combined with SO_RANDOMIZE_PORT, and shares ports only where the administrator has set an
 * auto-reuse port range. It is made from a `bool`, which `value()` gives back.
 *
 * @par Errors
 * `no_protocol_option` before Windows 10. Under Wine 8.0 setting it does nothing and succeeds; getting it
 * fails with `no_protocol_option`.
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
  : public detail::boolean_socket_option<0xFFFF /* SOL_SOCKET */, 0x3007 /* SO_REUSE_UNICASTPORT */>
{
public:
  using boolean_socket_option::boolean_socket_option;
};

/// Windows socket option: let the first flight of a ConnectEx call travel in the SYN (TCP Fast Open).
/**
 * To be set before the connect; async_connect_ex does so if connect_options::fast_open asks for it. RFC
 * 7413 lets a network replay a SYN: only for data that may arrive twice. It is made from a `bool`, which
 * `value()` gives back.
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
class fast_open : public detail::boolean_socket_option<6 /* IPPROTO_TCP */, 15 /* TCP_FASTOPEN */>
{
public:
  using boolean_socket_option::boolean_socket_option;
};

/// Windows socket option, to be read only: for how long a socket has been connected.
/**
 * Servers use it to find connections on which nothing was ever sent; after a failed ConnectEx it tells
 * whether the connection ever stood.
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
    if (seconds_ == not_connected)
      return std::nullopt;
    return std::chrono::seconds(seconds_);
  }

  /// The level, as Asio asks for it.
  template <typename Protocol>
  int level(const Protocol&) const noexcept
  {
    return 0xFFFF; // SOL_SOCKET
  }

  /// The name, as Asio asks for it.
  template <typename Protocol>
  int name(const Protocol&) const noexcept
  {
    return 0x700C; // SO_CONNECT_TIME
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
  static constexpr std::uint32_t not_connected = 0xFFFFFFFF;

  std::uint32_t seconds_ = not_connected;
};

/// Windows io-control command: how long a connect waits for an answer, and how often it asks again.
/**
 * To be given to a socket before it connects. async_connect_ex uses it for loopback peers if
 * connect_options::loopback_fast_fail asks for it.
 *
 * @par Errors
 * `operation_not_supported` before Windows 8, and under Wine 8.0; `access_denied` or `invalid_argument` for
 * values that the system does not allow.
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
    return std::chrono::milliseconds(0xFFFF); // TCP_INITIAL_RTO_UNSPECIFIED_RTT
  }

  /// The number that stands for no retransmission at all, from Windows 10 1709 (build 16299).
  static constexpr std::uint8_t no_syn_retransmissions =
      0xFE; // TCP_INITIAL_RTO_NO_SYN_RETRANSMISSIONS

  /// Keeps the system's own count.
  static constexpr std::uint8_t unspecified_max_syn_retransmissions =
      0xFF; // TCP_INITIAL_RTO_UNSPECIFIED_MAX_SYN_RETRANSMISSIONS

  /// Says how long and how often.
  /**
   * @param rtt The first guess of the round trip, in milliseconds, from 0 (the system's default) to 65,534,
   * or unspecified_rtt(). What lies beyond is taken for the nearer end.
   *
   * @param max_syn_retransmissions How often the SYN is sent again.
   */
  initial_rto(std::chrono::milliseconds rtt, std::uint8_t max_syn_retransmissions) noexcept
    : parameters_{clamp(rtt), max_syn_retransmissions, 0}
  {
  }

  /// The command, as Asio asks for it.
  int name() const noexcept { return static_cast<int>(0x98000011u); } // SIO_TCP_INITIAL_RTO

  /// What Asio hands to the system.
  void* data() noexcept { return &parameters_; }

private:
  struct parameters // TCP_INITIAL_RTO_PARAMETERS
  {
    std::uint16_t rtt;
    std::uint8_t max_syn_retransmissions;
    std::uint8_t padding;
  };

  static_assert(sizeof(parameters) == 4, "Asio hands over four bytes");

  static std::uint16_t clamp(std::chrono::milliseconds rtt) noexcept
  {
    if (rtt < std::chrono::milliseconds::zero())
      return 0;
    if (rtt == unspecified_rtt())
      return 0xFFFF;
    return rtt < unspecified_rtt() ? static_cast<std::uint16_t>(rtt.count()) : 0xFFFE;
  }

  parameters parameters_;
};

#else

/// Linux socket option: choose the local port not in bind() but in the connect.
/**
 * For sockets that a program binds to an address and to port 0 before it connects them. bind() has to
 * choose a port that nobody else has, so connections from one address run out of ports although their
 * peers differ; the connect knows the peer, and shares. It has to be set before the socket is bound.
 * Sockets that are not bound need nothing of the kind. It is made from a `bool`, which `value()` gives
 * back.
 *
 * A retry keeps the address and may get another port.
 *
 * @par Errors
 * `no_protocol_option` before Linux 4.2.
 *
 * @par Thread Safety
 * @e Distinct @e objects: Safe.@n
 * @e Shared @e objects: Unsafe.
 *
 * @par Example
 * @code
 * socket.set_option(connectex::bind_address_no_port(true));
 * socket.bind(tcp::endpoint(address, 0)); @endcode
 *
 * @par Source
 * IP_BIND_ADDRESS_NO_PORT in the manual page ip(7).
 */
class bind_address_no_port
  : public detail::boolean_socket_option<0 /* IPPROTO_IP */, 24 /* IP_BIND_ADDRESS_NO_PORT */>
{
public:
  using boolean_socket_option::boolean_socket_option;
};

#endif

} // namespace connectex

#endif // CONNECTEX_DETAIL_WINDOWS || CONNECTEX_DETAIL_LINUX

#endif // CONNECTEX_SOCKET_OPTIONS_HPP
