// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_TEST_SUPPORT_SCRIPTED_SYSTEM_HPP
#define CONNECTEX_TEST_SUPPORT_SCRIPTED_SYSTEM_HPP

#include <connectex/detail/system/types.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

/// A seam that does what the test says, and otherwise what the system does.
namespace test::scripted
{

using connectex::detail::native_error;

enum class call
{
  get_socket_kind,
  bind_to_wildcard,
  get_local_port,
  set_reuse_unicast_port,
  set_fast_open,
  set_initial_rto,
  get_connect_time,
  get_windows_build,
  get_connect_ex,
  connect_ex,
  update_connect_context,
  cancel_overlapped,
  get_connected,
  get_listening,
  disconnect,
  connect,
  send,
  send_with_syn,
  get_syn_data_acknowledged
};

const char* name_of(call which);

inline std::ostream& operator<<(std::ostream& out, call which) { return out << name_of(which); }

/// What to answer instead of making the call; nothing lets the call happen.
using answer = std::function<std::optional<native_error>(call which, std::size_t index)>;

/// Installs an answer for its own lifetime and keeps the calls that were made in it.
class session
{
public:
  explicit session(answer reply = {});
  ~session();

  session(const session&) = delete;
  session& operator=(const session&) = delete;

  const std::vector<call>& calls() const { return calls_; }
  std::size_t count(call which) const;

  /// Called by the seam.
  std::optional<native_error> on(call which);

  /// What the calls of these names tell; nothing lets the system tell it.
  std::optional<std::uint32_t> connect_time;
  std::optional<std::uint32_t> windows_build;

  /// What the last set_initial_rto was given.
  std::uint16_t initial_rtt = 0;
  std::uint8_t max_syn_retransmissions = 0;

#if defined(_WIN32)
  /// Where the last ConnectEx wants its packet.
  _OVERLAPPED* overlapped = nullptr;

  /// What each ConnectEx was given to send, in order.
  std::vector<std::string> flights;
#else
  /// What a call that is answered with success is said to have done; nothing: all of it.
  std::optional<std::size_t> sent;
  std::optional<bool> syn_data_acknowledged;
#endif

private:
  answer reply_;
  std::vector<call> calls_;
};

} // namespace test::scripted

#endif // CONNECTEX_TEST_SUPPORT_SCRIPTED_SYSTEM_HPP
