// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_TEST_SUPPORT_SCRIPTED_SYSTEM_HPP
#define CONNECTEX_TEST_SUPPORT_SCRIPTED_SYSTEM_HPP

#include <connectex/detail/platform.hpp>
#include <connectex/detail/system/catalogue_entry.hpp>
#include <connectex/detail/system/tcp_info.hpp>
#include <connectex/detail/system/types.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

struct _OVERLAPPED;

/// A seam that does what the test says, and otherwise what the system does.
namespace test::scripted
{

using connectex::detail::native_error;

enum class call
{
  get_socket_kind,
  get_local_name,
  get_peer_name,
  bind,
  bind_to_wildcard,
  get_no_delay,
  get_local_address,
  set_reuse_unicast_port,
  set_fast_open,
  set_initial_rto,
  get_connect_time,
  get_tcp_info,
  get_windows_build,
  get_connect_ex,
  connect_ex,
  update_connect_context,
  get_socket_error,
  wait_writable,
  get_readable,
  discard_datagram,
  cancel_overlapped,
  get_overlapped_result,
  create_event,
  close_event,
  wait_for_event,
  get_catalogue_entry,
  get_catalogue,
  get_service_flags,
  open_socket,
  close_socket,
  get_base_socket,
  get_provider_path,
  expand_environment,
  get_module_of,
  to_utf8,
  get_connected,
  get_listening,
  disconnect,
  connect,
  send,
  send_with_syn,
  get_tcp_state,
  get_syn_data_acknowledged
};

const char* name_of(call which);

inline std::ostream& operator<<(std::ostream& out, call which) { return out << name_of(which); }

/// What to answer instead of making a call; nothing lets the call happen.
/**
 * @param index How many calls were made before.
 */
using script = std::function<std::optional<native_error>(call which, std::size_t index)>;

/// Installs a script for its own lifetime and keeps the calls that were made in it.
class session
{
public:
  explicit session(script answers = {});
  ~session();

  session(const session&) = delete;
  session& operator=(const session&) = delete;

  const std::vector<call>& calls() const { return calls_; }
  std::size_t count(call which) const;

  /// Called by the seam.
  std::optional<native_error> on(call which);

  /// What get_connect_time tells; nothing lets the system tell it.
  std::optional<std::uint32_t> connect_time;

  /// What get_syn_data_acknowledged tells; nothing lets the system tell it.
  std::optional<bool> syn_data_acknowledged;

  /// How much a send that is answered with success is said to have taken; nothing: all of it.
  std::optional<std::size_t> sent;

  /// What each call that sends was handed, in order.
  std::vector<std::string> flights;

  /// The sizes of the buffers that the last of them was handed.
  std::vector<std::size_t> buffer_sizes;

  /// Where the last ConnectEx wants its packet.
  _OVERLAPPED* overlapped = nullptr;

  /// What the last set_initial_rto was given.
  std::uint16_t initial_rtt = 0;
  std::uint8_t max_syn_retransmissions = 0;

#if CONNECTEX_DETAIL_LINUX
  /// What get_tcp_info tells, and how much of that is filled; nothing lets the system tell it.
  std::optional<connectex::detail::linux_tcp_info> tcp_info;
  std::size_t tcp_info_size = sizeof(connectex::detail::linux_tcp_info);
#endif

#if CONNECTEX_DETAIL_WINDOWS
  /// What these calls tell; nothing lets the system tell it.
  std::optional<connectex::detail::tcp_info_v0> tcp_info;
  std::optional<connectex::detail::connect_ex_function> connect_ex;
  std::optional<connectex::detail::catalogue_entry> catalogue_entry;
  std::optional<std::vector<connectex::detail::catalogue_entry>> catalogue;
  std::optional<std::uint32_t> service_flags;
  std::optional<connectex::detail::native_socket> opened_socket;
  std::optional<connectex::detail::native_socket> base_socket;
  std::optional<std::wstring> provider_path;
  std::optional<std::wstring> module;

  /// The entry that the last open_socket was given.
  std::uint32_t opened_entry = 0;

  /// The sockets that close_socket was given.
  std::vector<connectex::detail::native_socket> closed_sockets;
#endif

private:
  script answers_;
  std::vector<call> calls_;
};

} // namespace test::scripted

#endif // CONNECTEX_TEST_SUPPORT_SCRIPTED_SYSTEM_HPP
