// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_DETAIL_ATTEMPT_LINUX_CONNECT_HPP
#define CONNECTEX_DETAIL_ATTEMPT_LINUX_CONNECT_HPP

#include <connectex/detail/platform.hpp>

#if CONNECTEX_DETAIL_LINUX

#include <connectex/detail/system/types.hpp>

#include <cstddef>
#include <sys/uio.h>

namespace connectex::detail
{

/// A few blocks of memory in the form that the kernel takes.
struct iovec_view
{
  const iovec* blocks;
  std::size_t count;

  bool empty() const noexcept { return count == 0; }
};

/// One connect by the kernel's own calls.
/**
 * A send is tried as soon as the connect has begun: between sockets of one machine the handshake is
 * over by then, and the send tells how it has ended in any case. There is a wait only if it has not
 * ended yet. On a socket in blocking mode the connect waits by itself.
 *
 * Fast open is asked for by MSG_FASTOPEN and not by TCP_FASTOPEN_CONNECT: it is one call instead of
 * three, it leaves nothing behind on the socket, and a connect without data cannot be put off by it
 * until a write that never comes. The two must not be mixed on a socket.
 */
class linux_connect
{
public:
  /// What a failure leaves in the kernel.
  enum class remains : unsigned char
  {
    /// It has not begun to connect, so the socket is as it was.
    nothing,

    /// It may still be connecting, or it answers the next connect for this one.
    a_connect,

    /// It has disconnected the socket when it reported the failure.
    a_disconnected_socket
  };

  /// How far it has come.
  struct progress
  {
    bool pending = false;
    native_error error = 0;

    /// What the kernel has taken of the first flight, and what of that it was given with the
    /// connect.
    std::size_t sent = 0;
    std::size_t sent_with_syn = 0;

    /// Should it fail, now or later.
    remains left = remains::nothing;
  };

  linux_connect(native_socket handle, const void* peer, std::size_t peer_size,
      const iovec_view& flight) noexcept
    : handle_(handle), peer_(peer), peer_size_(peer_size), flight_(flight)
  {
  }

  /// @param is_new The socket has no option that a caller could have set.
  CONNECTEX_DECL progress start(bool is_new) const noexcept;

  /// @param refusal Receives why fast open could not be asked for; the connect has then begun
  /// without.
  CONNECTEX_DECL progress start_fast_open(bool is_new, native_error& refusal) const noexcept;

  /// Called when a pending connect's socket has become writable.
  /// @param sent_with_syn As its progress had it.
  CONNECTEX_DECL progress resume(std::size_t sent_with_syn) const noexcept;

  /// Makes the kernel forget a connect that has failed or was stopped.
  /**
   * That resets a few options of TCP and gives up a local port that the kernel had chosen, so it is
   * not called where there is nothing to forget.
   *
   * @returns Whether there was something, and is no more.
   */
  CONNECTEX_DECL static bool disconnect(native_socket handle, remains left) noexcept;

  /// Whether the peer may have seen a failed connect succeed: while it lasts, a reset reads as
  /// "refused".
  CONNECTEX_DECL static bool may_have_connected(native_error error) noexcept;

  /// Never waits. Sets @p sent only if it succeeds.
  CONNECTEX_DECL static native_error write(
      native_socket handle, const iovec_view& blocks, std::size_t& sent) noexcept;

  /// Whether a connected socket had sent data in its SYN, and the peer has acknowledged them there.
  CONNECTEX_DECL static bool is_syn_data_acknowledged(native_socket handle) noexcept;

private:
  native_error connect() const noexcept;
  native_error send_with_syn(std::size_t& sent) const noexcept;
  progress send() const noexcept;
  progress send_or_wait() const noexcept;
  int family() const noexcept;
  progress query_connect(std::size_t sent_with_syn) const noexcept;

  native_socket handle_;
  const void* peer_;
  std::size_t peer_size_;
  iovec_view flight_;
};

} // namespace connectex::detail

#endif // CONNECTEX_DETAIL_LINUX

#endif // CONNECTEX_DETAIL_ATTEMPT_LINUX_CONNECT_HPP
