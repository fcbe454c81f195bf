// SPDX-License-Identifier: BSL-1.0

#include "scripted_system.hpp"

#include "real_system.hpp"

#include <connectex/detail/system/linux.hpp>
#include <connectex/detail/system/winsock.hpp>

#if defined(__linux__)
#include <sys/uio.h>
#endif

#include <algorithm>
#include <mutex>
#include <utility>

namespace test::scripted
{

namespace
{

session* current = nullptr;
std::mutex mutex;

template <typename Exchange>
std::optional<native_error> scripted_answer(call which, Exchange exchange)
{
  const std::lock_guard<std::mutex> lock(mutex);
  if (!current)
    return std::nullopt;
  exchange(*current);
  return current->on(which);
}

std::optional<native_error> scripted_answer(call which)
{
  return scripted_answer(which, [](session&) {});
}

} // namespace

const char* name_of(call which)
{
  switch (which)
  {
  case call::get_socket_kind:
    return "get_socket_kind";
  case call::bind_to_wildcard:
    return "bind_to_wildcard";
  case call::get_local_port:
    return "get_local_port";
  case call::set_reuse_unicast_port:
    return "set_reuse_unicast_port";
  case call::set_fast_open:
    return "set_fast_open";
  case call::set_initial_rto:
    return "set_initial_rto";
  case call::get_connect_time:
    return "get_connect_time";
  case call::get_windows_build:
    return "get_windows_build";
  case call::get_connect_ex:
    return "get_connect_ex";
  case call::connect_ex:
    return "connect_ex";
  case call::update_connect_context:
    return "update_connect_context";
  case call::cancel_overlapped:
    return "cancel_overlapped";
  case call::get_connected:
    return "get_connected";
  case call::get_listening:
    return "get_listening";
  case call::disconnect:
    return "disconnect";
  case call::connect:
    return "connect";
  case call::send:
    return "send";
  case call::send_with_syn:
    return "send_with_syn";
  case call::get_syn_data_acknowledged:
    return "get_syn_data_acknowledged";
  }
  return "?";
}

session::session(answer reply) : reply_(std::move(reply))
{
  const std::lock_guard<std::mutex> lock(mutex);
  current = this;
}

session::~session()
{
  const std::lock_guard<std::mutex> lock(mutex);
  current = nullptr;
}

std::size_t session::count(call which) const
{
  return static_cast<std::size_t>(std::count(calls_.begin(), calls_.end(), which));
}

std::optional<native_error> session::on(call which)
{
  const std::size_t index = calls_.size();
  calls_.push_back(which);
  return reply_ ? reply_(which, index) : std::nullopt;
}

} // namespace test::scripted

namespace connectex::detail::os
{

using test::scripted::call;
using test::scripted::scripted_answer;

native_error get_socket_kind(native_socket socket, socket_kind& kind) noexcept
{
  const auto answer = scripted_answer(call::get_socket_kind);
  return answer ? *answer : real_os::get_socket_kind(socket, kind);
}

#if defined(_WIN32)

native_error bind_to_wildcard(native_socket socket, int family) noexcept
{
  const auto answer = scripted_answer(call::bind_to_wildcard);
  return answer ? *answer : real_os::bind_to_wildcard(socket, family);
}

native_error get_local_port(native_socket socket, std::uint16_t& port) noexcept
{
  const auto answer = scripted_answer(call::get_local_port);
  return answer ? *answer : real_os::get_local_port(socket, port);
}

native_error set_reuse_unicast_port(native_socket socket) noexcept
{
  const auto answer = scripted_answer(call::set_reuse_unicast_port);
  return answer ? *answer : real_os::set_reuse_unicast_port(socket);
}

native_error set_fast_open(native_socket socket) noexcept
{
  const auto answer = scripted_answer(call::set_fast_open);
  return answer ? *answer : real_os::set_fast_open(socket);
}

native_error set_initial_rto(
    native_socket socket, std::uint16_t initial_rtt, std::uint8_t max_syn_retransmissions) noexcept
{
  const auto answer = scripted_answer(call::set_initial_rto,
      [&](test::scripted::session& current)
      {
        current.initial_rtt = initial_rtt;
        current.max_syn_retransmissions = max_syn_retransmissions;
      });
  return answer ? *answer : real_os::set_initial_rto(socket, initial_rtt, max_syn_retransmissions);
}

native_error get_connect_time(native_socket socket, std::uint32_t& seconds) noexcept
{
  std::optional<std::uint32_t> told;
  const auto answer = scripted_answer(call::get_connect_time,
      [&](test::scripted::session& current) { told = current.connect_time; });
  if (told && !answer)
  {
    seconds = *told;
    return 0;
  }
  return answer ? *answer : real_os::get_connect_time(socket, seconds);
}

native_error get_windows_build(std::uint32_t& build) noexcept
{
  std::optional<std::uint32_t> told;
  const auto answer = scripted_answer(call::get_windows_build,
      [&](test::scripted::session& current) { told = current.windows_build; });
  if (told && !answer)
  {
    build = *told;
    return 0;
  }
  return answer ? *answer : real_os::get_windows_build(build);
}

native_error get_connect_ex(native_socket socket, connect_ex_function& function) noexcept
{
  const auto answer = scripted_answer(call::get_connect_ex);
  return answer ? *answer : real_os::get_connect_ex(socket, function);
}

native_error connect_ex(connect_ex_function function, native_socket socket, const void* peer,
    std::size_t peer_size, const void* data, std::size_t data_size,
    _OVERLAPPED* overlapped) noexcept
{
  const auto answer = scripted_answer(call::connect_ex,
      [&](test::scripted::session& current)
      {
        current.overlapped = overlapped;
        current.flights.emplace_back(static_cast<const char*>(data), data_size);
      });
  return answer
      ? *answer
      : real_os::connect_ex(function, socket, peer, peer_size, data, data_size, overlapped);
}

native_error update_connect_context(native_socket socket) noexcept
{
  const auto answer = scripted_answer(call::update_connect_context);
  return answer ? *answer : real_os::update_connect_context(socket);
}

native_error cancel_overlapped(native_socket socket, _OVERLAPPED* overlapped) noexcept
{
  const auto answer = scripted_answer(call::cancel_overlapped);
  return answer ? *answer : real_os::cancel_overlapped(socket, overlapped);
}

#else

native_error get_connected(native_socket socket, bool& connected) noexcept
{
  const auto answer = scripted_answer(call::get_connected);
  return answer ? *answer : real_os::get_connected(socket, connected);
}

native_error get_listening(native_socket socket, bool& listening) noexcept
{
  const auto answer = scripted_answer(call::get_listening);
  return answer ? *answer : real_os::get_listening(socket, listening);
}

native_error disconnect(native_socket socket) noexcept
{
  const auto answer = scripted_answer(call::disconnect);
  return answer ? *answer : real_os::disconnect(socket);
}

#if defined(__linux__)

namespace
{

std::size_t size_of(const iovec* blocks, std::size_t count)
{
  std::size_t size = 0;
  for (std::size_t i = 0; i != count; ++i)
    size += blocks[i].iov_len;
  return size;
}

} // namespace

native_error connect(native_socket socket, const void* peer, std::size_t peer_size) noexcept
{
  const auto answer = scripted_answer(call::connect);
  return answer ? *answer : real_os::connect(socket, peer, peer_size);
}

native_error send(
    native_socket socket, const iovec* blocks, std::size_t count, std::size_t& sent) noexcept
{
  std::size_t told = 0;
  const auto answer = scripted_answer(call::send,
      [&](test::scripted::session& current)
      { told = current.sent.value_or(size_of(blocks, count)); });
  if (!answer)
    return real_os::send(socket, blocks, count, sent);
  if (*answer == 0)
    sent = told;
  return *answer;
}

native_error send_with_syn(native_socket socket, const void* peer, std::size_t peer_size,
    const iovec* blocks, std::size_t count, std::size_t& sent) noexcept
{
  std::size_t told = 0;
  const auto answer = scripted_answer(call::send_with_syn,
      [&](test::scripted::session& current)
      { told = current.sent.value_or(size_of(blocks, count)); });
  if (!answer)
    return real_os::send_with_syn(socket, peer, peer_size, blocks, count, sent);
  if (*answer == 0)
    sent = told;
  return *answer;
}

native_error get_syn_data_acknowledged(native_socket socket, bool& acknowledged) noexcept
{
  std::optional<bool> told;
  const auto answer = scripted_answer(call::get_syn_data_acknowledged,
      [&](test::scripted::session& current) { told = current.syn_data_acknowledged; });
  if (told && !answer)
  {
    acknowledged = *told;
    return 0;
  }
  return answer ? *answer : real_os::get_syn_data_acknowledged(socket, acknowledged);
}

#endif // defined(__linux__)

#endif

} // namespace connectex::detail::os
