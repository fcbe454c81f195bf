// SPDX-License-Identifier: BSL-1.0

#include <connectex/detail/attempt/linux_connect.hpp>

#if CONNECTEX_DETAIL_LINUX

#include <connectex/detail/attempt/preconditions.hpp>
#include <connectex/detail/system/linux.hpp>

#include <cerrno>
#include <sys/socket.h>

namespace connectex::detail
{

namespace
{

using progress = linux_connect::progress;

using remains = linux_connect::remains;

progress pending(std::size_t sent_with_syn) noexcept
{
  return {true, 0, sent_with_syn, sent_with_syn, remains::a_connect};
}

progress connected(std::size_t sent, std::size_t sent_with_syn) noexcept
{
  return {false, 0, sent, sent_with_syn};
}

progress failed(native_error error, std::size_t sent_with_syn, remains left) noexcept
{
  return {false, error, sent_with_syn, sent_with_syn, left};
}

} // namespace

progress linux_connect::start(bool is_new) const noexcept
{
  // After a signal the connect goes on as if it had not been waited for.
  const native_error error = connect();
  if (error == EINPROGRESS || error == EINTR)
    return send_or_wait();
  if (error != 0)
    return failed(explain_failure(handle_, family(), error), 0, remains::nothing);
  if (family() == AF_UNIX || is_new)
    return flight_.empty() ? connected(0, 0) : send();

  // TCP_FASTOPEN_CONNECT may have deferred the SYN to the first send, be it one of nothing, so the
  // connection is asked for again after it.
  const progress first = send();
  return first.error == 0 && !first.pending ? query_connect(first.sent) : first;
}

progress linux_connect::start_fast_open(bool is_new, native_error& refusal) const noexcept
{
  std::size_t sent = 0;
  const native_error error = send_with_syn(sent);
  if (error == 0)
    return query_connect(sent);

  // The kernel has no cookie of this peer yet, and has sent a SYN that asks for one.
  if (error == EINPROGRESS)
    return send_or_wait();

  // Which number means "no fast open" depends on the kernel. A plain connect shows any real
  // failure.
  refusal = error;
  return start(is_new);
}

progress linux_connect::resume(std::size_t sent_with_syn) const noexcept
{
  if (flight_.empty() || sent_with_syn != 0)
    return query_connect(sent_with_syn);

  // A stale readiness event of this socket may wake us before the handshake is over.
  const progress now = send();
  return now.pending ? query_connect(0) : now;
}

bool linux_connect::disconnect(native_socket handle, remains left) noexcept
{
  return left == remains::a_connect ? os::disconnect(handle) == 0 : left != remains::nothing;
}

bool linux_connect::may_have_connected(native_error error) noexcept
{
  return error == ECONNRESET || error == EPIPE;
}

native_error linux_connect::write(
    native_socket handle, const iovec_view& blocks, std::size_t& sent) noexcept
{
  return os::send(handle, blocks.blocks, blocks.count, sent);
}

bool linux_connect::is_syn_data_acknowledged(native_socket handle) noexcept
{
  bool acknowledged = false;
  return os::get_syn_data_acknowledged(handle, acknowledged) == 0 && acknowledged;
}

/// The kernel spends the first connect after a failure that another operation has left behind on
/// reporting it once more.
native_error linux_connect::connect() const noexcept
{
  const native_error error = os::connect(handle_, peer_, peer_size_);
  return error == ECONNABORTED ? os::connect(handle_, peer_, peer_size_) : error;
}

/// The same for a connect by a send.
native_error linux_connect::send_with_syn(std::size_t& sent) const noexcept
{
  const auto call = [&]
  { return os::send_with_syn(handle_, peer_, peer_size_, flight_.blocks, flight_.count, sent); };
  const native_error error = call();
  return error == ECONNABORTED ? call() : error;
}

progress linux_connect::send_or_wait() const noexcept
{
  return flight_.empty() ? query_connect(0) : send();
}

progress linux_connect::send() const noexcept
{
  std::size_t sent = 0;
  const native_error error = os::send(handle_, flight_.blocks, flight_.count, sent);
  if (error == EAGAIN || error == EINPROGRESS)
    return pending(0);

  // A send takes the error from the socket, and the kernel's connect does not learn of it.
  return error == 0 ? connected(sent, 0) : failed(error, 0, remains::a_connect);
}

/// A second connect tells how the first is getting on, and takes its error from the socket.
progress linux_connect::query_connect(std::size_t sent_with_syn) const noexcept
{
  const native_error error = os::connect(handle_, peer_, peer_size_);
  if (error == 0 || error == EISCONN)
    return connected(sent_with_syn, sent_with_syn);
  if (error == EALREADY || error == EINPROGRESS || error == EINTR)
    return pending(sent_with_syn);
  return failed(error, sent_with_syn, remains::a_disconnected_socket);
}

int linux_connect::family() const noexcept
{
  return static_cast<const sockaddr*>(peer_)->sa_family;
}

} // namespace connectex::detail

#endif // CONNECTEX_DETAIL_LINUX
