// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_DETAIL_LINUX_ATTEMPT_HPP
#define CONNECTEX_DETAIL_LINUX_ATTEMPT_HPP

#include <connectex/detail/platform.hpp>

#if CONNECTEX_DETAIL_LINUX

#include <connectex/detail/system/types.hpp>

#include <boost/asio/buffer.hpp>

#include <array>
#include <cerrno>
#include <cstddef>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/uio.h>

namespace connectex::detail
{

/// A few buffers in the form that the kernel takes.
class io_vectors
{
public:
  template <typename ConstBufferSequence>
  explicit io_vectors(const ConstBufferSequence& buffers) noexcept
  {
    const auto end = boost::asio::buffer_sequence_end(buffers);
    for (auto next = boost::asio::buffer_sequence_begin(buffers);
         next != end && count_ != blocks_.size(); ++next)
    {
      const boost::asio::const_buffer buffer(*next);
      if (buffer.size() != 0)
        blocks_[count_++] = {const_cast<void*>(buffer.data()), buffer.size()};
    }
  }

  const iovec* data() const noexcept { return blocks_.data(); }
  std::size_t size() const noexcept { return count_; }
  bool empty() const noexcept { return count_ == 0; }

private:
  // As many as a buffer_window has.
  std::array<iovec, 8> blocks_;
  std::size_t count_ = 0;
};

/// One attempt on one endpoint by the kernel's own calls.
/**
 * A send is tried as soon as the connect has begun: between sockets of one machine the handshake is
 * over by then, and the send tells how it has ended in any case. There is a wait only if it has not
 * ended yet. The socket must be in non-blocking mode.
 *
 * Fast open is asked for by MSG_FASTOPEN and not by TCP_FASTOPEN_CONNECT: it is one call instead of
 * three, it leaves nothing behind on the socket, and a connect without data cannot be put off by it
 * until a write that never comes. The two must not be mixed on a socket.
 */
class linux_attempt
{
public:
  /// How far it has come.
  struct progress
  {
    bool pending = false;
    native_error error = 0;

    /// What the kernel has taken of the first flight, and what of that it was given with the connect.
    std::size_t sent = 0;
    std::size_t sent_with_syn = 0;
  };

  linux_attempt(native_socket handle, const void* peer, std::size_t peer_size,
      const io_vectors& flight) noexcept
    : handle_(handle), peer_(peer), peer_size_(peer_size), flight_(flight)
  {
  }

  /// On other protocols a send that succeeds does not say that the connection stands.
  template <typename Protocol>
  static bool serves(const Protocol& protocol) noexcept
  {
    return is_tcp(protocol) || protocol.family() == AF_UNIX;
  }

  template <typename Protocol>
  static bool can_fast_open(const Protocol& protocol) noexcept
  {
    return is_tcp(protocol);
  }

  CONNECTEX_DECL progress start() const noexcept;

  /// @param refusal Receives why fast open could not be asked for; the connect has then begun without.
  CONNECTEX_DECL progress start_fast_open(native_error& refusal) const noexcept;

  /// Called when a pending attempt's socket has become writable.
  /// @param sent_with_syn As its progress had it.
  CONNECTEX_DECL progress resume(std::size_t sent_with_syn) const noexcept;

  /// Whether the peer may have seen a failed attempt succeed: while it lasts, a reset reads as "refused".
  static bool may_have_connected(native_error error) noexcept
  {
    return error == ECONNRESET || error == EPIPE;
  }

  /// Whether no local port is left to reach the peer from, for which bind() and other systems have
  /// another number. (The peer's address has been checked.)
  static bool is_out_of_ports(native_error error) noexcept { return error == EADDRNOTAVAIL; }

private:
  template <typename Protocol>
  static bool is_tcp(const Protocol& protocol) noexcept
  {
    return (protocol.family() == AF_INET || protocol.family() == AF_INET6)
        && (protocol.protocol() == IPPROTO_TCP || protocol.protocol() == 0);
  }

  progress send() const noexcept;
  progress send_or_wait() const noexcept;
  progress ask(std::size_t sent_with_syn) const noexcept;

  native_socket handle_;
  const void* peer_;
  std::size_t peer_size_;
  const io_vectors& flight_;
};

} // namespace connectex::detail

#endif // CONNECTEX_DETAIL_LINUX

#endif // CONNECTEX_DETAIL_LINUX_ATTEMPT_HPP
