// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_DETAIL_ATTEMPT_LOCAL_ADDRESS_HPP
#define CONNECTEX_DETAIL_ATTEMPT_LOCAL_ADDRESS_HPP

#include <connectex/detail/system/socket_address.hpp>

#include <boost/asio/error.hpp>
#include <boost/system/error_code.hpp>

#include <cstdint>
#include <optional>

namespace connectex::detail
{

/// The local address that the caller has bound a socket to, which a retry has to keep.
/**
 * Linux gives up a port that it has chosen itself (bind to port 0) when a connect that it has begun
 * fails, although getsockname goes on to show it. A port that a bind has named is kept.
 */
template <typename Socket>
class local_address
{
public:
  /// Remembers the address of @p socket, which was just opened or found open, if it has one.
  void remember(const Socket& socket)
  {
    boost::system::error_code error;
    const endpoint_type local = socket.local_endpoint(error);
    if (!error && port_of(local) != 0)
      address_ = local;
  }

  void forget() noexcept
  {
    address_.reset();
    is_given_up_ = false;
  }

  /// Called when the system has forgotten a failed attempt.
  /**
   * Of a socket that is not bound Linux shows the port of its last connect. Another shows that this
   * one had chosen its own. The address tells nothing: while it connects, a socket that is bound to
   * the wildcard shows the interface's.
   */
  void on_disconnected(const Socket& socket)
  {
    if (!address_ || is_given_up_)
      return;
    boost::system::error_code error;
    is_given_up_ = port_of(socket.local_endpoint(error)) == port_of(*address_) && !error;
    if (!is_given_up_)
      address_.reset();
  }

  /// Called before each attempt.
  boost::system::error_code rebind(Socket& socket)
  {
    boost::system::error_code error;
    if (!is_given_up_)
      return error;
    socket.bind(*address_, error);
    if (error && error != boost::asio::error::invalid_argument)
      return error;

    // Bound, now or still, to a port that was named.
    forget();
    return {};
  }

private:
  using endpoint_type = typename Socket::endpoint_type;

  static std::uint16_t port_of(const endpoint_type& local) noexcept
  {
    return read_socket_address(local.data(), local.size()).port;
  }

  std::optional<endpoint_type> address_;
  bool is_given_up_ = false;
};

} // namespace connectex::detail

#endif // CONNECTEX_DETAIL_ATTEMPT_LOCAL_ADDRESS_HPP
