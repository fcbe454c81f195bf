// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_OPENED_SOCKET_HPP
#define CONNECTEX_OPENED_SOCKET_HPP

#include <connectex/detail/system/types.hpp>

#include <boost/asio/error.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/system/error_code.hpp>

#include <cstddef>
#include <cstring>

namespace connectex
{

/// A socket that an operation has just opened, as connect_options::prepare gets it.
/**
 * It is a view of the operation's socket, of whatever protocol and executor that is, and does not
 * own it. It is valid during the call that it is handed to.
 *
 * @par Thread Safety
 * @e Distinct @e objects: Safe.@n
 * @e Shared @e objects: Unsafe.
 *
 * @par Example
 * @code
 * options.prepare = [](connectex::opened_socket& socket, boost::system::error_code& ec)
 * {
 *   socket.set_option(tcp::no_delay(true), ec);
 *   if (!ec)
 *     socket.bind(tcp::endpoint(asio::ip::make_address("127.0.0.2"), 0), ec);
 * }; @endcode
 *
 * @par Source
 * The library's own; no vendor page.
 */
class opened_socket
{
public:
  /// The system's type of a socket: an `int`, or an integer as wide as SOCKET on Windows.
  using native_handle_type = detail::native_socket;

  /// An address of any family. A `tcp::endpoint` and a `local::stream_protocol::endpoint` convert
  /// to it.
  using endpoint_type = boost::asio::generic::stream_protocol::endpoint;

  /// Views a socket. Operations do this; a program needs it only to test its own functions.
  /**
   * @param socket An open stream socket, such as a `tcp::socket`. It must outlive the view.
   *
   * @param peer The endpoint that it is about to be connected to, of the family that it was opened
   * for.
   */
  template <typename Socket>
  opened_socket(Socket& socket, const typename Socket::endpoint_type& peer)
    : socket_(&socket),
      native_handle_(static_cast<native_handle_type>(socket.native_handle())),
      peer_(peer),
      set_option_(&call_set_option<Socket>),
      bind_(&call_bind<Socket>)
  {
  }

  /// The socket's native handle, for what Asio has no option for.
  /**
   * @returns The handle. It still belongs to the operation's socket.
   */
  native_handle_type native_handle() const noexcept { return native_handle_; }

  /// The endpoint that the socket is about to be connected to.
  /**
   * @returns The endpoint. It compares equal to the one that was passed to the operation.
   */
  const endpoint_type& peer() const noexcept { return peer_; }

  /// Sets an option of the socket.
  /**
   * @param option Any option that Asio's sockets take, Asio's own and those of `socket_options.hpp`
   * included.
   *
   * @param ec Set to what went wrong, or to success.
   *
   * @par Errors
   * What the system says; the socket stays as it was.
   */
  template <typename SettableSocketOption>
  void set_option(const SettableSocketOption& option, boost::system::error_code& ec)
  {
    const auto protocol = peer_.protocol();
    set_option_(socket_,
        {option.level(protocol), option.name(protocol), option.data(protocol),
            option.size(protocol)},
        ec);
  }

  /// Binds the socket to a local address.
  /**
   * @param local The address, of the peer's family. Port 0 lets the system choose one.
   *
   * @param ec Set to what went wrong, or to success.
   *
   * @par Errors
   * `address_family_not_supported` for another family than the peer's; `invalid_argument` for an
   * endpoint that is too long or too short for its family, and for a socket that is bound already;
   * `address_in_use`, `address_not_available`, `access_denied` and whatever else the system says.
   * The socket stays as it was.
   */
  void bind(const endpoint_type& local, boost::system::error_code& ec)
  {
    if (local.protocol().family() != peer_.protocol().family())
      ec = boost::asio::error::address_family_not_supported;
    else
      bind_(socket_, local, ec);
  }

private:
  /// A socket option of which nothing but its bytes is known.
  class erased_option
  {
  public:
    erased_option(int level, int name, const void* data, std::size_t size) noexcept
      : level_(level), name_(name), data_(data), size_(size)
    {
    }

    template <typename Protocol>
    int level(const Protocol&) const noexcept
    {
      return level_;
    }

    template <typename Protocol>
    int name(const Protocol&) const noexcept
    {
      return name_;
    }

    template <typename Protocol>
    const void* data(const Protocol&) const noexcept
    {
      return data_;
    }

    template <typename Protocol>
    std::size_t size(const Protocol&) const noexcept
    {
      return size_;
    }

  private:
    int level_;
    int name_;
    const void* data_;
    std::size_t size_;
  };

  // Through Asio's socket and not past it: Asio keeps account of some options, such as linger.
  template <typename Socket>
  static void call_set_option(
      void* socket, const erased_option& option, boost::system::error_code& ec)
  {
    static_cast<Socket*>(socket)->set_option(option, ec);
  }

  template <typename Socket>
  static void call_bind(void* socket, const endpoint_type& local, boost::system::error_code& ec)
  {
    typename Socket::endpoint_type own;
    if (local.size() > own.capacity())
    {
      ec = boost::asio::error::invalid_argument;
      return;
    }
    std::memcpy(own.data(), local.data(), local.size());
    own.resize(local.size());
    // The system would be told of bytes that were never given.
    if (own.size() > local.size())
    {
      ec = boost::asio::error::invalid_argument;
      return;
    }
    static_cast<Socket*>(socket)->bind(own, ec);
  }

  void* socket_;
  native_handle_type native_handle_;
  endpoint_type peer_;
  void (*set_option_)(void*, const erased_option&, boost::system::error_code&);
  void (*bind_)(void*, const endpoint_type&, boost::system::error_code&);
};

} // namespace connectex

#endif // CONNECTEX_OPENED_SOCKET_HPP
