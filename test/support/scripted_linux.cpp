// SPDX-License-Identifier: BSL-1.0

#include "scripted_seam.hpp"

#include <connectex/detail/system/linux.hpp>

#include <sys/uio.h>

namespace connectex::detail::os
{

using test::scripted::answer_or;
using test::scripted::ask_script;
using test::scripted::call;
using test::scripted::session;
using test::scripted::tell_or;

namespace
{

template <typename Call>
native_error answer_send_or(
    call which, const iovec* blocks, std::size_t count, std::size_t& sent, Call make)
{
  std::string flight;
  std::vector<std::size_t> sizes;
  for (std::size_t i = 0; i != count; ++i)
  {
    flight.append(static_cast<const char*>(blocks[i].iov_base), blocks[i].iov_len);
    sizes.push_back(blocks[i].iov_len);
  }
  std::size_t told = 0;
  const std::optional<native_error> reply = ask_script(which,
      [&](session& current)
      {
        told = current.sent.value_or(flight.size());
        current.flights.push_back(flight);
        current.buffer_sizes = sizes;
      });
  if (!reply)
    return make();
  if (*reply == 0)
    sent = told;
  return *reply;
}

} // namespace

native_error send(
    native_socket socket, const iovec* blocks, std::size_t count, std::size_t& sent) noexcept
{
  return answer_send_or(
      call::send, blocks, count, sent, [&] { return real_os::send(socket, blocks, count, sent); });
}

native_error send_with_syn(native_socket socket, const void* peer, std::size_t peer_size,
    const iovec* blocks, std::size_t count, std::size_t& sent) noexcept
{
  return answer_send_or(call::send_with_syn, blocks, count, sent,
      [&] { return real_os::send_with_syn(socket, peer, peer_size, blocks, count, sent); });
}

native_error get_tcp_state(native_socket socket, int& state) noexcept
{
  return answer_or(call::get_tcp_state, [&] { return real_os::get_tcp_state(socket, state); });
}

native_error get_syn_data_acknowledged(native_socket socket, bool& acknowledged) noexcept
{
  return tell_or(call::get_syn_data_acknowledged, &session::syn_data_acknowledged, acknowledged,
      [&] { return real_os::get_syn_data_acknowledged(socket, acknowledged); });
}

native_error get_tcp_info(native_socket socket, linux_tcp_info& info, std::size_t& size) noexcept
{
  std::optional<linux_tcp_info> told;
  std::size_t told_size = 0;
  const std::optional<native_error> reply = ask_script(call::get_tcp_info,
      [&](session& current)
      {
        told = current.tcp_info;
        told_size = current.tcp_info_size;
      });
  if (reply)
    return *reply;
  if (!told)
    return real_os::get_tcp_info(socket, info, size);
  info = *told;
  size = told_size;
  return 0;
}

} // namespace connectex::detail::os
