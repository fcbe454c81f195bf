// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_DETAIL_ATTEMPT_LOCAL_ADDRESS_HPP
#define CONNECTEX_DETAIL_ATTEMPT_LOCAL_ADDRESS_HPP

#include <connectex/detail/system/socket_address.hpp>

#include <boost/asio/error.hpp>
#include <boost/system/error_code.hpp>

#include <optional>

namespace connectex::detail
{

/// The local address that the caller has bound a socket to, which a retry has to keep.
/**
 * Linux lets go of a port that it has chosen itself (bind to port 0) when a failed connect is
 * forgotten, although getsockname goes on to show it.
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
    if (!error && read_socket_address(local.data(), local.size()).port != 0)
      address_ = local;
  }

  void forget() noexcept { address_.reset(); }

  /// Called when the first attempt has failed. Linux goes on to show the port that it had chosen
  /// for an earlier operation, but it has chosen another since; one that the caller has bound
  /// stays.
  void forget_unless_bound(const Socket& socket)
  {
    if (!address_)
      return;
    boost::system::error_code error;
    if (socket.local_endpoint(error) != *address_ || error)
      address_.reset();
  }

  /// Called before each further attempt.
  boost::system::error_code rebind(Socket& socket) const
  {
    boost::system::error_code error;
    if (address_)
      socket.bind(*address_, error);
    const bool still_bound = error == boost::asio::error::invalid_argument;
    return still_bound ? boost::system::error_code() : error;
  }

private:
  using endpoint_type = typename Socket::endpoint_type;

  std::optional<endpoint_type> address_;
};

} // namespace connectex::detail

#endif // CONNECTEX_DETAIL_ATTEMPT_LOCAL_ADDRESS_HPP
