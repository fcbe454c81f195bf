// SPDX-License-Identifier: BSL-1.0

#include "scripted_seam.hpp"

#include "asio_names.hpp"

#include <connectex/detail/attempt/system_connect_ex.hpp>
#include <connectex/detail/system/common.hpp>

#include <algorithm>
#include <mutex>
#include <utility>

namespace test::scripted
{

namespace
{

session* current = nullptr;
std::mutex mutex;

} // namespace

namespace
{

/// Makes the calls that the library makes once per process, so that no script meets them.
void ask_once_per_process()
{
#if CONNECTEX_DETAIL_WINDOWS
  const auto some_function = reinterpret_cast<connectex::detail::connect_ex_function>(&name_of);
  connectex::detail::is_system_connect_ex(some_function, asio::ip::tcp::v4().family());
  connectex::detail::is_system_connect_ex(some_function, asio::ip::tcp::v6().family());
#endif
}

} // namespace

std::optional<native_error> ask_script(call which, const std::function<void(session&)>& exchange)
{
  const std::lock_guard<std::mutex> lock(mutex);
  if (!current)
    return std::nullopt;
  if (exchange)
    exchange(*current);
  return current->on(which);
}

const char* name_of(call which)
{
  switch (which)
  {
  case call::get_socket_kind:
    return "get_socket_kind";
  case call::get_local_name:
    return "get_local_name";
  case call::get_peer_name:
    return "get_peer_name";
  case call::bind:
    return "bind";
  case call::bind_to_wildcard:
    return "bind_to_wildcard";
  case call::get_no_delay:
    return "get_no_delay";
  case call::get_local_address:
    return "get_local_address";
  case call::set_reuse_unicast_port:
    return "set_reuse_unicast_port";
  case call::set_fast_open:
    return "set_fast_open";
  case call::set_initial_rto:
    return "set_initial_rto";
  case call::get_connect_time:
    return "get_connect_time";
  case call::get_tcp_info:
    return "get_tcp_info";
  case call::get_windows_build:
    return "get_windows_build";
  case call::get_connect_ex:
    return "get_connect_ex";
  case call::connect_ex:
    return "connect_ex";
  case call::update_connect_context:
    return "update_connect_context";
  case call::get_socket_error:
    return "get_socket_error";
  case call::wait_writable:
    return "wait_writable";
  case call::get_readable:
    return "get_readable";
  case call::discard_datagram:
    return "discard_datagram";
  case call::cancel_overlapped:
    return "cancel_overlapped";
  case call::get_overlapped_result:
    return "get_overlapped_result";
  case call::create_event:
    return "create_event";
  case call::close_event:
    return "close_event";
  case call::wait_for_event:
    return "wait_for_event";
  case call::get_catalogue_entry:
    return "get_catalogue_entry";
  case call::get_catalogue:
    return "get_catalogue";
  case call::get_service_flags:
    return "get_service_flags";
  case call::open_socket:
    return "open_socket";
  case call::close_socket:
    return "close_socket";
  case call::get_base_socket:
    return "get_base_socket";
  case call::get_provider_path:
    return "get_provider_path";
  case call::expand_environment:
    return "expand_environment";
  case call::get_module_of:
    return "get_module_of";
  case call::to_utf8:
    return "to_utf8";
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
  case call::get_tcp_state:
    return "get_tcp_state";
  case call::get_syn_data_acknowledged:
    return "get_syn_data_acknowledged";
  }
  return "?";
}

session::session(script answers) : answers_(std::move(answers))
{
  ask_once_per_process();
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
  return answers_ ? answers_(which, index) : std::nullopt;
}

} // namespace test::scripted

namespace connectex::detail::os
{

using test::scripted::answer_or;
using test::scripted::call;

native_error get_socket_kind(native_socket socket, socket_kind& kind) noexcept
{
  return answer_or(call::get_socket_kind, [&] { return real_os::get_socket_kind(socket, kind); });
}

native_error get_local_name(native_socket socket, socket_name& name) noexcept
{
  return answer_or(call::get_local_name, [&] { return real_os::get_local_name(socket, name); });
}

native_error get_peer_name(native_socket socket, socket_name& name) noexcept
{
  return answer_or(call::get_peer_name, [&] { return real_os::get_peer_name(socket, name); });
}

native_error bind(native_socket socket, const socket_name& name) noexcept
{
  return answer_or(call::bind, [&] { return real_os::bind(socket, name); });
}

native_error connect(native_socket socket, const void* peer, std::size_t peer_size) noexcept
{
  return answer_or(call::connect, [&] { return real_os::connect(socket, peer, peer_size); });
}

native_error get_socket_error(native_socket socket, native_error& result) noexcept
{
  return answer_or(
      call::get_socket_error, [&] { return real_os::get_socket_error(socket, result); });
}

native_error wait_writable(socket_wait* sockets, std::size_t count, int milliseconds) noexcept
{
  return answer_or(
      call::wait_writable, [&] { return real_os::wait_writable(sockets, count, milliseconds); });
}

void sleep(int milliseconds) noexcept { real_os::sleep(milliseconds); }

} // namespace connectex::detail::os
