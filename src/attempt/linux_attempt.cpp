// SPDX-License-Identifier: BSL-1.0

#include <connectex/detail/attempt/linux_attempt.hpp>

#if CONNECTEX_DETAIL_LINUX

#include <connectex/detail/system/linux.hpp>

#include <cerrno>

namespace connectex::detail
{

namespace
{

using progress = linux_attempt::progress;

progress pending(std::size_t sent_with_syn) noexcept
{
  return {true, 0, sent_with_syn, sent_with_syn};
}

progress connected(std::size_t sent, std::size_t sent_with_syn) noexcept
{
  return {false, 0, sent, sent_with_syn};
}

progress failed(native_error error) noexcept { return {false, error, 0, 0}; }

} // namespace

progress linux_attempt::start() const noexcept
{
  const native_error error = os::connect(handle_, peer_, peer_size_);
  if (error == EINPROGRESS)
    return send_or_wait();
  if (error != 0)
    return failed(error);
  if (flight_.empty())
    return connected(0, 0);

  // TCP says this at once only of a socket whose owner has put off its SYN until there is something to
  // send with it (TCP_FASTOPEN_CONNECT).
  const progress first = send();
  return first.error == 0 && !first.pending ? ask(first.sent) : first;
}

progress linux_attempt::start_fast_open(native_error& refusal) const noexcept
{
  std::size_t sent = 0;
  const native_error error =
      os::send_with_syn(handle_, peer_, peer_size_, flight_.data(), flight_.size(), sent);
  if (error == 0)
    return ask(sent);

  // The kernel has no cookie of this peer yet, and has sent a SYN that asks for one.
  if (error == EINPROGRESS)
    return send_or_wait();

  // It depends on kernel and provider how they say that they cannot. If it is something else, a plain
  // connect fails for the same reason.
  refusal = error;
  return start();
}

progress linux_attempt::resume(std::size_t sent_with_syn) const noexcept
{
  if (flight_.empty() || sent_with_syn != 0)
    return ask(sent_with_syn);

  // What is woken by a former event of this socket finds nothing to send on yet.
  const progress now = send();
  return now.pending ? ask(0) : now;
}

progress linux_attempt::send_or_wait() const noexcept { return flight_.empty() ? ask(0) : send(); }

progress linux_attempt::send() const noexcept
{
  std::size_t sent = 0;
  const native_error error = os::send(handle_, flight_.data(), flight_.size(), sent);
  if (error == EAGAIN || error == EINPROGRESS)
    return pending(0);
  return error == 0 ? connected(sent, 0) : failed(error);
}

/// A second connect tells how the first is getting on, and takes its error from the socket.
progress linux_attempt::ask(std::size_t sent_with_syn) const noexcept
{
  const native_error error = os::connect(handle_, peer_, peer_size_);
  if (error == 0 || error == EISCONN)
    return connected(sent_with_syn, sent_with_syn);
  if (error == EALREADY || error == EINPROGRESS)
    return pending(sent_with_syn);
  return failed(error);
}

} // namespace connectex::detail

#endif // CONNECTEX_DETAIL_LINUX
