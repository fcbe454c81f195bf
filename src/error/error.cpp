// SPDX-License-Identifier: BSL-1.0

#include <connectex/error.hpp>

#include <boost/system/generic_category.hpp>
#include <boost/system/system_category.hpp>

#include <connectex/detail/platform.hpp>

#if CONNECTEX_DETAIL_POSIX
#include <cerrno>
#endif

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <string>

namespace connectex
{
namespace
{

using boost::system::error_category;
using boost::system::error_code;

// Winsock's numbers are the language of the tables on every system: all sources speak it.
namespace wsa
{

enum code : int
{
  operation_aborted = 995, // WSA_OPERATION_ABORTED
  interrupted = 10004, // WSAEINTR
  bad_descriptor = 10009, // WSAEBADF
  access_denied = 10013, // WSAEACCES
  fault = 10014, // WSAEFAULT
  invalid_argument = 10022, // WSAEINVAL
  no_descriptors = 10024, // WSAEMFILE
  would_block = 10035, // WSAEWOULDBLOCK
  in_progress = 10036, // WSAEINPROGRESS
  already_started = 10037, // WSAEALREADY
  not_socket = 10038, // WSAENOTSOCK
  destination_required = 10039, // WSAEDESTADDRREQ
  message_size = 10040, // WSAEMSGSIZE
  wrong_protocol_type = 10041, // WSAEPROTOTYPE
  no_protocol_option = 10042, // WSAENOPROTOOPT
  protocol_not_supported = 10043, // WSAEPROTONOSUPPORT
  socket_type_not_supported = 10044, // WSAESOCKTNOSUPPORT
  operation_not_supported = 10045, // WSAEOPNOTSUPP
  protocol_family_not_supported = 10046, // WSAEPFNOSUPPORT
  address_family_not_supported = 10047, // WSAEAFNOSUPPORT
  address_in_use = 10048, // WSAEADDRINUSE
  address_not_available = 10049, // WSAEADDRNOTAVAIL
  network_down = 10050, // WSAENETDOWN
  network_unreachable = 10051, // WSAENETUNREACH
  network_reset = 10052, // WSAENETRESET
  connection_aborted = 10053, // WSAECONNABORTED
  connection_reset = 10054, // WSAECONNRESET
  no_buffer_space = 10055, // WSAENOBUFS
  already_connected = 10056, // WSAEISCONN
  not_connected = 10057, // WSAENOTCONN
  shut_down = 10058, // WSAESHUTDOWN
  too_many_references = 10059, // WSAETOOMANYREFS
  timed_out = 10060, // WSAETIMEDOUT
  connection_refused = 10061, // WSAECONNREFUSED
  too_many_links = 10062, // WSAELOOP
  name_too_long = 10063, // WSAENAMETOOLONG
  host_down = 10064, // WSAEHOSTDOWN
  host_unreachable = 10065, // WSAEHOSTUNREACH
  directory_not_empty = 10066, // WSAENOTEMPTY
  too_many_users = 10068, // WSAEUSERS
  quota_exceeded = 10069, // WSAEDQUOT
  stale_handle = 10070, // WSAESTALE
  remote_object = 10071, // WSAEREMOTE
  not_initialised = 10093, // WSANOTINITIALISED
  graceful_disconnect = 10101 // WSAEDISCON
};

} // namespace wsa

struct row
{
  std::uint32_t native;
  int portable;
};

// Which number stands for which error: Winsock's own translation of the NTSTATUS behind it, unless
// the row says otherwise. That translation falls back to WSAEINVAL for what it does not know; a row
// then goes by the name of the status, because WSAEINVAL would blame the caller.
//
// Winsock's own numbers need no row: 10000 to 11999, and 995 (our CancelIoEx), which is the same in
// Win32 and in Winsock. libuv takes a cancelled operation for an interrupted call (10004) instead.

constexpr row win32_rows[] = {
    {1, wsa::operation_not_supported}, // ERROR_INVALID_FUNCTION: NOT_IMPLEMENTED
    {2, wsa::network_down}, // ERROR_FILE_NOT_FOUND: the transport's device is not there
    {3, wsa::network_down}, // ERROR_PATH_NOT_FOUND: the transport's device is not there
    {5, wsa::access_denied}, // ERROR_ACCESS_DENIED: a firewall or a filter said no
    {6, wsa::not_socket}, // ERROR_INVALID_HANDLE
    {8, wsa::no_buffer_space}, // ERROR_NOT_ENOUGH_MEMORY
    {21, wsa::would_block}, // ERROR_NOT_READY: DEVICE_NOT_READY
    {31, wsa::invalid_argument}, // ERROR_GEN_FAILURE: UNSUCCESSFUL, which has no better word
    {32, wsa::address_in_use}, // ERROR_SHARING_VIOLATION: the local port is another socket's
    {50, wsa::operation_not_supported}, // ERROR_NOT_SUPPORTED
    {51, wsa::connection_refused}, // ERROR_REM_NOT_LIST: rarely REMOTE_RESOURCES (10055) instead
    {52, wsa::address_in_use}, // ERROR_DUP_NAME: ADDRESS_ALREADY_EXISTS
    {53, wsa::network_unreachable}, // ERROR_BAD_NETPATH
    {54, wsa::network_down}, // ERROR_NETWORK_BUSY
    {58, wsa::network_down}, // ERROR_BAD_NET_RESP
    {59, wsa::network_down}, // ERROR_UNEXP_NET_ERR: UNEXPECTED_NETWORK_ERROR; five more share it
    {64, wsa::connection_reset}, // ERROR_NETNAME_DELETED: the peer's doing in most of its origins
    {68, wsa::address_in_use}, // ERROR_TOO_MANY_NAMES: out of ports, as libuv; Wine says 10055
    {71, wsa::would_block}, // ERROR_REQ_NOT_ACCEP
    {87, wsa::invalid_argument}, // ERROR_INVALID_PARAMETER
    {121, wsa::timed_out}, // ERROR_SEM_TIMEOUT: what an unanswered SYN ends in
    {122, wsa::fault}, // ERROR_INSUFFICIENT_BUFFER: BUFFER_TOO_SMALL
    {233, wsa::shut_down}, // ERROR_PIPE_NOT_CONNECTED: PIPE_DISCONNECTED
    {234, wsa::message_size}, // ERROR_MORE_DATA: BUFFER_OVERFLOW
    {433, wsa::network_down}, // ERROR_NO_SUCH_DEVICE
    {487, wsa::no_buffer_space}, // ERROR_INVALID_ADDRESS: CONFLICTING_ADDRESSES
    {996, wsa::in_progress}, // ERROR_IO_INCOMPLETE: not finished, therefore no failure yet
    {997, wsa::in_progress}, // ERROR_IO_PENDING: not finished, therefore no failure yet
    {998, wsa::fault}, // ERROR_NOACCESS: ACCESS_VIOLATION
    {1214, wsa::address_not_available}, // ERROR_INVALID_NETNAME: INVALID_ADDRESS_COMPONENT
    {1225, wsa::connection_refused}, // ERROR_CONNECTION_REFUSED
    {1226, wsa::graceful_disconnect}, // ERROR_GRACEFUL_DISCONNECT
    {1227, wsa::address_in_use}, // ERROR_ADDRESS_ALREADY_ASSOCIATED: by name; Winsock says 10022
    {1229, wsa::not_connected}, // ERROR_CONNECTION_INVALID: by name; WSAEINVAL measured (Wine)
    {1230, wsa::already_connected}, // ERROR_CONNECTION_ACTIVE
    {1231, wsa::network_unreachable}, // ERROR_NETWORK_UNREACHABLE
    {1232, wsa::host_unreachable}, // ERROR_HOST_UNREACHABLE
    {1233, wsa::network_unreachable}, // ERROR_PROTOCOL_UNREACHABLE
    {1234, wsa::connection_reset}, // ERROR_PORT_UNREACHABLE: reads like refused, measured as reset
    {1235, wsa::operation_aborted}, // ERROR_REQUEST_ABORTED: cancelled here; Winsock says 10004
    {1236, wsa::connection_aborted}, // ERROR_CONNECTION_ABORTED
    {1256, wsa::host_down}, // ERROR_HOST_DOWN
    {1450, wsa::no_buffer_space}, // ERROR_NO_SYSTEM_RESOURCES
    {1453, wsa::no_buffer_space}, // ERROR_WORKING_SET_QUOTA
    {1454, wsa::no_buffer_space}, // ERROR_PAGEFILE_QUOTA
    {1455, wsa::no_buffer_space}, // ERROR_COMMITMENT_LIMIT
    {1460, wsa::timed_out}, // ERROR_TIMEOUT
    {1784, wsa::message_size}, // ERROR_INVALID_USER_BUFFER: INVALID_BUFFER_SIZE
    {1816, wsa::no_buffer_space}, // ERROR_NOT_ENOUGH_QUOTA
    {2250, wsa::not_connected}, // ERROR_NOT_CONNECTED
};

constexpr row ntstatus_rows[] = {
    {0x00000102, wsa::timed_out}, // STATUS_TIMEOUT: a success by its bits, not to a caller
    {0x00000103, wsa::in_progress}, // STATUS_PENDING: a success by its bits, not to a caller
    {0x80000005, wsa::message_size}, // STATUS_BUFFER_OVERFLOW: first flight above WSK's 65,535
    {0xC0000001, wsa::invalid_argument}, // STATUS_UNSUCCESSFUL: has no better word
    {0xC0000002, wsa::operation_not_supported}, // STATUS_NOT_IMPLEMENTED
    {0xC0000005, wsa::fault}, // STATUS_ACCESS_VIOLATION
    {0xC0000007, wsa::no_buffer_space}, // STATUS_PAGEFILE_QUOTA
    {0xC0000008, wsa::not_socket}, // STATUS_INVALID_HANDLE
    {0xC000000D, wsa::invalid_argument}, // STATUS_INVALID_PARAMETER
    {0xC000000E, wsa::network_down}, // STATUS_NO_SUCH_DEVICE: the transport is not there
    {0xC000000F, wsa::network_down}, // STATUS_NO_SUCH_FILE: the transport is not there
    {0xC0000017, wsa::no_buffer_space}, // STATUS_NO_MEMORY
    {0xC0000018, wsa::no_buffer_space}, // STATUS_CONFLICTING_ADDRESSES: of memory; libuv says 10049
    {0xC0000022, wsa::access_denied}, // STATUS_ACCESS_DENIED
    {0xC0000023, wsa::fault}, // STATUS_BUFFER_TOO_SMALL
    {0xC0000024, wsa::not_socket}, // STATUS_OBJECT_TYPE_MISMATCH
    {0xC0000034, wsa::network_down}, // STATUS_OBJECT_NAME_NOT_FOUND: the transport is not there
    {0xC000003A, wsa::network_down}, // STATUS_OBJECT_PATH_NOT_FOUND: the transport is not there
    {0xC0000043, wsa::address_in_use}, // STATUS_SHARING_VIOLATION
    {0xC0000044, wsa::no_buffer_space}, // STATUS_QUOTA_EXCEEDED
    {0xC0000097, wsa::no_buffer_space}, // STATUS_TOO_MANY_PAGING_FILES
    {0xC000009A, wsa::no_buffer_space}, // STATUS_INSUFFICIENT_RESOURCES
    {0xC00000A1, wsa::no_buffer_space}, // STATUS_WORKING_SET_QUOTA
    {0xC00000A3, wsa::would_block}, // STATUS_DEVICE_NOT_READY
    {0xC00000B0, wsa::shut_down}, // STATUS_PIPE_DISCONNECTED
    {0xC00000B5, wsa::timed_out}, // STATUS_IO_TIMEOUT
    {0xC00000B6, wsa::connection_aborted}, // STATUS_FILE_FORCED_CLOSED: the stack took the socket
    {0xC00000BB, wsa::operation_not_supported}, // STATUS_NOT_SUPPORTED
    {0xC00000BC, wsa::connection_refused}, // STATUS_REMOTE_NOT_LISTENING
    {0xC00000BE, wsa::network_unreachable}, // STATUS_BAD_NETWORK_PATH
    {0xC00000BF, wsa::network_down}, // STATUS_NETWORK_BUSY
    {0xC00000C3, wsa::network_down}, // STATUS_INVALID_NETWORK_RESPONSE
    {0xC00000C4, wsa::network_down}, // STATUS_UNEXPECTED_NETWORK_ERROR
    {0xC00000D0, wsa::would_block}, // STATUS_REQUEST_NOT_ACCEPTED
    {0xC0000120, wsa::operation_aborted}, // STATUS_CANCELLED: libuv says 10004, Winsock 995
    {0xC000012D, wsa::no_buffer_space}, // STATUS_COMMITMENT_LIMIT
    {0xC000013B, wsa::connection_aborted}, // STATUS_LOCAL_DISCONNECT: this end; Win32 64 hides it
    {0xC000013C, wsa::connection_reset}, // STATUS_REMOTE_DISCONNECT
    {0xC000013D, wsa::no_buffer_space}, // STATUS_REMOTE_RESOURCES: Win32 51 hides it
    {0xC000013E, wsa::connection_reset}, // STATUS_LINK_FAILED: Win32 59 hides it
    {0xC000013F, wsa::timed_out}, // STATUS_LINK_TIMEOUT: Win32 59 hides it
    {0xC0000140, wsa::not_connected}, // STATUS_INVALID_CONNECTION: Win32 59 hides it
    {0xC0000141, wsa::address_not_available}, // STATUS_INVALID_ADDRESS: Win32 59 hides it
    {0xC0000206, wsa::message_size}, // STATUS_INVALID_BUFFER_SIZE
    {0xC0000207, wsa::address_not_available}, // STATUS_INVALID_ADDRESS_COMPONENT
    {0xC0000209, wsa::address_in_use}, // STATUS_TOO_MANY_ADDRESSES: as Win32 68
    {0xC000020A, wsa::address_in_use}, // STATUS_ADDRESS_ALREADY_EXISTS
    {0xC000020B, wsa::connection_aborted}, // STATUS_ADDRESS_CLOSED: by name; Winsock says 10022
    {0xC000020C, wsa::connection_reset}, // STATUS_CONNECTION_DISCONNECTED
    {0xC000020D, wsa::connection_reset}, // STATUS_CONNECTION_RESET
    {0xC000020F, wsa::connection_aborted}, // STATUS_TRANSACTION_ABORTED: Win32 59 hides it
    {0xC0000236, wsa::connection_refused}, // STATUS_CONNECTION_REFUSED
    {0xC0000237, wsa::graceful_disconnect}, // STATUS_GRACEFUL_DISCONNECT
    {0xC0000238, wsa::address_in_use}, // STATUS_ADDRESS_ALREADY_ASSOCIATED: as Win32 1227
    {0xC000023A, wsa::not_connected}, // STATUS_CONNECTION_INVALID: as Win32 1229
    {0xC000023B, wsa::already_connected}, // STATUS_CONNECTION_ACTIVE
    {0xC000023C, wsa::network_unreachable}, // STATUS_NETWORK_UNREACHABLE
    {0xC000023D, wsa::host_unreachable}, // STATUS_HOST_UNREACHABLE
    {0xC000023E, wsa::network_unreachable}, // STATUS_PROTOCOL_UNREACHABLE
    {0xC000023F, wsa::connection_reset}, // STATUS_PORT_UNREACHABLE: as Win32 1234
    {0xC0000240, wsa::operation_aborted}, // STATUS_REQUEST_ABORTED: as Win32 1235
    {0xC0000241, wsa::connection_aborted}, // STATUS_CONNECTION_ABORTED
    {0xC0000350, wsa::host_down}, // STATUS_HOST_DOWN
    {0xC000A012, wsa::network_reset}, // STATUS_HOPLIMIT_EXCEEDED: 10052 is for this; libuv: 10054
};

#if CONNECTEX_DETAIL_POSIX

// What is missing here has no errno of its own and keeps its Winsock number.
constexpr row errno_rows[] = {
    {wsa::operation_aborted, ECANCELED},
    {wsa::interrupted, EINTR},
    {wsa::bad_descriptor, EBADF},
    {wsa::access_denied, EACCES},
    {wsa::fault, EFAULT},
    {wsa::invalid_argument, EINVAL},
    {wsa::no_descriptors, EMFILE},
    {wsa::would_block, EWOULDBLOCK},
    {wsa::in_progress, EINPROGRESS},
    {wsa::already_started, EALREADY},
    {wsa::not_socket, ENOTSOCK},
    {wsa::destination_required, EDESTADDRREQ},
    {wsa::message_size, EMSGSIZE},
    {wsa::wrong_protocol_type, EPROTOTYPE},
    {wsa::no_protocol_option, ENOPROTOOPT},
    {wsa::protocol_not_supported, EPROTONOSUPPORT},
    {wsa::socket_type_not_supported, ESOCKTNOSUPPORT},
    {wsa::operation_not_supported, EOPNOTSUPP},
    {wsa::protocol_family_not_supported, EPFNOSUPPORT},
    {wsa::address_family_not_supported, EAFNOSUPPORT},
    {wsa::address_in_use, EADDRINUSE},
    {wsa::address_not_available, EADDRNOTAVAIL},
    {wsa::network_down, ENETDOWN},
    {wsa::network_unreachable, ENETUNREACH},
    {wsa::network_reset, ENETRESET},
    {wsa::connection_aborted, ECONNABORTED},
    {wsa::connection_reset, ECONNRESET},
    {wsa::no_buffer_space, ENOBUFS},
    {wsa::already_connected, EISCONN},
    {wsa::not_connected, ENOTCONN},
    {wsa::shut_down, ESHUTDOWN},
    {wsa::too_many_references, ETOOMANYREFS},
    {wsa::timed_out, ETIMEDOUT},
    {wsa::connection_refused, ECONNREFUSED},
    {wsa::too_many_links, ELOOP},
    {wsa::name_too_long, ENAMETOOLONG},
    {wsa::host_down, EHOSTDOWN},
    {wsa::host_unreachable, EHOSTUNREACH},
    {wsa::directory_not_empty, ENOTEMPTY},
    {wsa::too_many_users, EUSERS},
    {wsa::quota_exceeded, EDQUOT},
    {wsa::stale_handle, ESTALE},
    {wsa::remote_object, EREMOTE},
};

#endif // CONNECTEX_DETAIL_POSIX

struct condition_row
{
  condition value;
  wsa::code member;
};

constexpr condition_row condition_rows[] = {
    {condition::retryable, wsa::connection_refused},
    {condition::retryable, wsa::network_unreachable},
    {condition::retryable, wsa::timed_out},
    {condition::refused_or_unreachable, wsa::connection_refused},
    {condition::refused_or_unreachable, wsa::network_unreachable},
    {condition::refused_or_unreachable, wsa::host_unreachable},
    {condition::refused_or_unreachable, wsa::host_down},
    {condition::local_exhaustion, wsa::address_in_use},
    {condition::local_exhaustion, wsa::no_buffer_space},
    {condition::aborted, wsa::operation_aborted},
    {condition::misuse, wsa::bad_descriptor},
    {condition::misuse, wsa::fault},
    {condition::misuse, wsa::invalid_argument},
    {condition::misuse, wsa::already_started},
    {condition::misuse, wsa::not_socket},
    {condition::misuse, wsa::wrong_protocol_type},
    {condition::misuse, wsa::operation_not_supported},
    {condition::misuse, wsa::address_family_not_supported},
    {condition::misuse, wsa::address_not_available},
    {condition::misuse, wsa::already_connected},
    {condition::misuse, wsa::not_initialised},
};

template <std::size_t Size>
constexpr bool strictly_ascending(const row (&rows)[Size])
{
  for (std::size_t i = 1; i < Size; ++i)
  {
    if (rows[i - 1].native >= rows[i].native)
      return false;
  }
  return true;
}

static_assert(strictly_ascending(win32_rows), "a number has one row");
static_assert(strictly_ascending(ntstatus_rows), "a status has one row");

template <std::size_t Size>
const row* find(const row (&rows)[Size], std::uint32_t native) noexcept
{
  for (const row& candidate : rows)
  {
    if (candidate.native == native)
      return &candidate;
  }
  return nullptr;
}

error_code portable_error_from_winsock(int number) noexcept
{
#if CONNECTEX_DETAIL_POSIX
  if (const row* found = find(errno_rows, static_cast<std::uint32_t>(number)))
    return {found->portable, boost::system::system_category()};
#endif
  return {number, win32_category()};
}

// Fixed identifiers keep a category equal to itself when the library is linked into several modules
// of one program.

#if CONNECTEX_DETAIL_POSIX

class win32_category_impl final : public error_category
{
public:
  constexpr win32_category_impl() noexcept : error_category(0xf32d64857f571d6f) {}

  const char* name() const noexcept override { return "connectex.win32"; }

  std::string message(int value) const override
  {
    return "Win32 error " + std::to_string(static_cast<std::uint32_t>(value));
  }
};

#endif // CONNECTEX_DETAIL_POSIX

class ntstatus_category_impl final : public error_category
{
public:
  constexpr ntstatus_category_impl() noexcept : error_category(0x831b54b4e95e4d29) {}

  const char* name() const noexcept override { return "connectex.ntstatus"; }

  std::string message(int value) const override
  {
    char text[sizeof("NTSTATUS 0x00000000")];
    std::snprintf(text, sizeof(text), "NTSTATUS 0x%08X", static_cast<unsigned>(value));
    return text;
  }
};

class condition_category_impl final : public error_category
{
public:
  constexpr condition_category_impl() noexcept : error_category(0xace9d4f33b299a24) {}

  const char* name() const noexcept override { return "connectex.condition"; }

  std::string message(int value) const override
  {
    switch (static_cast<condition>(value))
    {
    case condition::retryable:
      return "the connect can be tried again";
    case condition::refused_or_unreachable:
      return "the peer refused or cannot be reached";
    case condition::local_exhaustion:
      return "out of local ports or buffers";
    case condition::aborted:
      return "the operation was cancelled";
    case condition::misuse:
      return "the connect was called wrongly";
    }
    return "unknown connect condition";
  }

  bool equivalent(const error_code& code, int value) const noexcept override
  {
    for (const condition_row& candidate : condition_rows)
    {
      if (static_cast<int>(candidate.value) == value && is(code, candidate.member))
        return true;
    }
    return false;
  }

private:
  static bool is(const error_code& code, wsa::code member) noexcept
  {
    const error_code portable = portable_error_from_winsock(member);
    if (code.category() == boost::system::generic_category())
    {
#if CONNECTEX_DETAIL_WINDOWS
      return portable.default_error_condition() == code.default_error_condition();
#else
      return portable == error_code(code.value(), boost::system::system_category());
#endif
    }
    if (code.category() == win32_category())
      return portable == portable_error_from_win32(static_cast<std::uint32_t>(code.value()));
    if (code.category() == ntstatus_category())
      return portable == portable_error_from_ntstatus(static_cast<std::uint32_t>(code.value()));
    return portable == code;
  }
};

} // namespace

error_code portable_error_from_win32(std::uint32_t code) noexcept
{
  if (code == 0)
    return {};
  if (const row* found = find(win32_rows, code))
    return portable_error_from_winsock(found->portable);
  return portable_error_from_winsock(static_cast<int>(code));
}

error_code portable_error_from_ntstatus(std::uint32_t status) noexcept
{
  if (const row* found = find(ntstatus_rows, status))
    return portable_error_from_winsock(found->portable);

  constexpr std::uint32_t first_warning = 0x80000000;
  if (status < first_warning)
    return {};

  // FACILITY_NTWIN32: a Win32 number that was wrapped. Wrapped zero is still a failure.
  constexpr std::uint32_t wrapped_win32 = 0xC0070000;
  if (status > wrapped_win32 && status - wrapped_win32 <= 0xFFFF)
    return portable_error_from_win32(status - wrapped_win32);

  return {static_cast<int>(status), ntstatus_category()};
}

const error_category& win32_category() noexcept
{
#if CONNECTEX_DETAIL_WINDOWS
  return boost::system::system_category();
#else
  static const win32_category_impl instance;
  return instance;
#endif
}

const error_category& ntstatus_category() noexcept
{
  static const ntstatus_category_impl instance;
  return instance;
}

const error_category& condition_category() noexcept
{
  static const condition_category_impl instance;
  return instance;
}

} // namespace connectex
