// SPDX-License-Identifier: BSL-1.0

#include "scripted_seam.hpp"

#include <connectex/detail/system/winsock.hpp>

namespace connectex::detail::os
{

using test::scripted::answer_or;
using test::scripted::ask_script;
using test::scripted::call;
using test::scripted::session;
using test::scripted::tell_or;

native_error bind_to_wildcard(native_socket socket, int family) noexcept
{
  return answer_or(
      call::bind_to_wildcard, [&] { return real_os::bind_to_wildcard(socket, family); });
}

native_error get_no_delay(native_socket socket, bool& no_delay) noexcept
{
  return answer_or(call::get_no_delay, [&] { return real_os::get_no_delay(socket, no_delay); });
}

native_error get_local_address(native_socket socket, int& family, std::uint16_t& port) noexcept
{
  return answer_or(
      call::get_local_address, [&] { return real_os::get_local_address(socket, family, port); });
}

native_error set_reuse_unicast_port(native_socket socket) noexcept
{
  return answer_or(
      call::set_reuse_unicast_port, [&] { return real_os::set_reuse_unicast_port(socket); });
}

native_error set_fast_open(native_socket socket) noexcept
{
  return answer_or(call::set_fast_open, [&] { return real_os::set_fast_open(socket); });
}

native_error set_initial_rto(
    native_socket socket, std::uint16_t initial_rtt, std::uint8_t max_syn_retransmissions) noexcept
{
  return answer_or(
      call::set_initial_rto,
      [&](session& current)
      {
        current.initial_rtt = initial_rtt;
        current.max_syn_retransmissions = max_syn_retransmissions;
      },
      [&] { return real_os::set_initial_rto(socket, initial_rtt, max_syn_retransmissions); });
}

native_error get_connect_time(native_socket socket, std::uint32_t& seconds) noexcept
{
  return tell_or(call::get_connect_time, &session::connect_time, seconds,
      [&] { return real_os::get_connect_time(socket, seconds); });
}

native_error get_tcp_info(native_socket socket, tcp_info_v0& info) noexcept
{
  return tell_or(call::get_tcp_info, &session::tcp_info, info,
      [&] { return real_os::get_tcp_info(socket, info); });
}

native_error get_windows_build(std::uint32_t& build) noexcept
{
  return answer_or(call::get_windows_build, [&] { return real_os::get_windows_build(build); });
}

native_error get_connect_ex(native_socket socket, connect_ex_function& function) noexcept
{
  return tell_or(call::get_connect_ex, &session::connect_ex, function,
      [&] { return real_os::get_connect_ex(socket, function); });
}

native_error connect_ex(connect_ex_function function, native_socket socket, const void* peer,
    std::size_t peer_size, const void* data, std::size_t data_size,
    _OVERLAPPED* overlapped) noexcept
{
  return answer_or(
      call::connect_ex,
      [&](session& current)
      {
        current.overlapped = overlapped;
        current.flights.emplace_back(static_cast<const char*>(data), data_size);
        current.buffer_sizes = {data_size};
      },
      [&] {
        return real_os::connect_ex(function, socket, peer, peer_size, data, data_size, overlapped);
      });
}

native_error update_connect_context(native_socket socket) noexcept
{
  return answer_or(
      call::update_connect_context, [&] { return real_os::update_connect_context(socket); });
}

native_error get_readable(native_socket socket, bool& readable) noexcept
{
  return answer_or(call::get_readable, [&] { return real_os::get_readable(socket, readable); });
}

native_error discard_datagram(native_socket socket) noexcept
{
  return answer_or(call::discard_datagram, [&] { return real_os::discard_datagram(socket); });
}

native_error cancel_overlapped(native_socket socket, _OVERLAPPED* overlapped) noexcept
{
  return answer_or(
      call::cancel_overlapped, [&] { return real_os::cancel_overlapped(socket, overlapped); });
}

native_error get_overlapped_result(
    native_socket socket, _OVERLAPPED* overlapped, std::size_t& bytes) noexcept
{
  return answer_or(call::get_overlapped_result,
      [&] { return real_os::get_overlapped_result(socket, overlapped, bytes); });
}

native_error create_event(void*& event) noexcept
{
  return answer_or(call::create_event, [&] { return real_os::create_event(event); });
}

void reset_event(void* event) noexcept { real_os::reset_event(event); }

void close_event(void* event) noexcept
{
  ask_script(call::close_event);
  real_os::close_event(event);
}

native_error wait_for_event(
    void* const* events, std::size_t count, int milliseconds, std::size_t& signalled) noexcept
{
  return answer_or(call::wait_for_event,
      [&] { return real_os::wait_for_event(events, count, milliseconds, signalled); });
}

} // namespace connectex::detail::os
