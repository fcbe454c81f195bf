// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_SRC_ERROR_TABLES_HPP
#define CONNECTEX_SRC_ERROR_TABLES_HPP

// The numbers of Windows, what they become, and why. Of the text the library keeps the names that
// error_name gives, and takes only the numbers otherwise; doc/errors.md is made from all of it.

#include "winsock_codes.hpp"

#include <connectex/detail/platform.hpp>
#include <connectex/error.hpp>

#if CONNECTEX_DETAIL_POSIX
#include <cerrno>
#endif

#include <cstddef>
#include <cstdint>

namespace connectex::detail
{

struct code_row
{
  wsa::code value;
  const char* name;
  const char* official_name;
  int errno_value; // 0 on Windows, and where errno has no twin.
  const char* errno_name;
};

#if CONNECTEX_DETAIL_POSIX
#define ROW(name, official, twin)                                                                  \
  {                                                                                                \
    wsa::name, #name, #official, twin, #twin                                                       \
  }
#else
#define ROW(name, official, twin)                                                                  \
  {                                                                                                \
    wsa::name, #name, #official, 0, #twin                                                          \
  }
#endif
#define ROW_WITHOUT_ERRNO(name, official)                                                          \
  {                                                                                                \
    wsa::name, #name, #official, 0, nullptr                                                        \
  }

// The names are those of asio::error where it has one. A code without a twin in errno keeps its
// Winsock number everywhere.
inline constexpr code_row code_rows[] = {
    ROW(broken_pipe, ERROR_BROKEN_PIPE, EPIPE),
    ROW(operation_aborted, WSA_OPERATION_ABORTED, ECANCELED),
    ROW(interrupted, WSAEINTR, EINTR),
    ROW(bad_descriptor, WSAEBADF, EBADF),
    ROW(access_denied, WSAEACCES, EACCES),
    ROW(fault, WSAEFAULT, EFAULT),
    ROW(invalid_argument, WSAEINVAL, EINVAL),
    ROW(no_descriptors, WSAEMFILE, EMFILE),
    ROW(would_block, WSAEWOULDBLOCK, EWOULDBLOCK),
    ROW(in_progress, WSAEINPROGRESS, EINPROGRESS),
    ROW(already_started, WSAEALREADY, EALREADY),
    ROW(not_socket, WSAENOTSOCK, ENOTSOCK),
    ROW(destination_required, WSAEDESTADDRREQ, EDESTADDRREQ),
    ROW(message_size, WSAEMSGSIZE, EMSGSIZE),
    ROW(wrong_protocol_type, WSAEPROTOTYPE, EPROTOTYPE),
    ROW(no_protocol_option, WSAENOPROTOOPT, ENOPROTOOPT),
    ROW(protocol_not_supported, WSAEPROTONOSUPPORT, EPROTONOSUPPORT),
    ROW(socket_type_not_supported, WSAESOCKTNOSUPPORT, ESOCKTNOSUPPORT),
    ROW(operation_not_supported, WSAEOPNOTSUPP, EOPNOTSUPP),
    ROW(protocol_family_not_supported, WSAEPFNOSUPPORT, EPFNOSUPPORT),
    ROW(address_family_not_supported, WSAEAFNOSUPPORT, EAFNOSUPPORT),
    ROW(address_in_use, WSAEADDRINUSE, EADDRINUSE),
    ROW(address_not_available, WSAEADDRNOTAVAIL, EADDRNOTAVAIL),
    ROW(network_down, WSAENETDOWN, ENETDOWN),
    ROW(network_unreachable, WSAENETUNREACH, ENETUNREACH),
    ROW(network_reset, WSAENETRESET, ENETRESET),
    ROW(connection_aborted, WSAECONNABORTED, ECONNABORTED),
    ROW(connection_reset, WSAECONNRESET, ECONNRESET),
    ROW(no_buffer_space, WSAENOBUFS, ENOBUFS),
    ROW(already_connected, WSAEISCONN, EISCONN),
    ROW(not_connected, WSAENOTCONN, ENOTCONN),
    ROW(shut_down, WSAESHUTDOWN, ESHUTDOWN),
    ROW(too_many_references, WSAETOOMANYREFS, ETOOMANYREFS),
    ROW(timed_out, WSAETIMEDOUT, ETIMEDOUT),
    ROW(connection_refused, WSAECONNREFUSED, ECONNREFUSED),
    ROW(too_many_links, WSAELOOP, ELOOP),
    ROW(name_too_long, WSAENAMETOOLONG, ENAMETOOLONG),
    ROW(host_down, WSAEHOSTDOWN, EHOSTDOWN),
    ROW(host_unreachable, WSAEHOSTUNREACH, EHOSTUNREACH),
    ROW(directory_not_empty, WSAENOTEMPTY, ENOTEMPTY),
    ROW(too_many_users, WSAEUSERS, EUSERS),
    ROW(quota_exceeded, WSAEDQUOT, EDQUOT),
    ROW(stale_handle, WSAESTALE, ESTALE),
    ROW(remote_object, WSAEREMOTE, EREMOTE),
    ROW_WITHOUT_ERRNO(not_initialised, WSANOTINITIALISED),
    ROW_WITHOUT_ERRNO(graceful_disconnect, WSAEDISCON),
};

#undef ROW_WITHOUT_ERRNO
#undef ROW

struct number_row
{
  std::uint32_t number;
  wsa::code portable;
  const char* name;
  const char* reason;
};

// Winsock itself translates the NTSTATUS behind a number, and a row goes by that unless its reason
// says otherwise. For a status that it does not know Winsock says WSAEINVAL, which would blame the
// caller; a row then goes by the name of the status.
inline constexpr const char* by_winsock = "as Winsock translates it";

// The numbers of wsa::code need no row: they mean the same in Win32 and in Winsock. For 995, which
// CancelIoEx ends in, libuv says that a call was interrupted (10004) instead.
inline constexpr number_row win32_rows[] = {
    {1, wsa::operation_not_supported, "ERROR_INVALID_FUNCTION", "means STATUS_NOT_IMPLEMENTED"},
    {2, wsa::network_down, "ERROR_FILE_NOT_FOUND", "the transport's device is missing"},
    {3, wsa::network_down, "ERROR_PATH_NOT_FOUND", "the transport's device is missing"},
    {5, wsa::access_denied, "ERROR_ACCESS_DENIED", "a firewall or a filter said no"},
    {6, wsa::not_socket, "ERROR_INVALID_HANDLE", by_winsock},
    {8, wsa::no_buffer_space, "ERROR_NOT_ENOUGH_MEMORY", by_winsock},
    {21, wsa::would_block, "ERROR_NOT_READY", "means STATUS_DEVICE_NOT_READY"},
    {31, wsa::invalid_argument, "ERROR_GEN_FAILURE", "means STATUS_UNSUCCESSFUL, no more"},
    {32, wsa::address_in_use, "ERROR_SHARING_VIOLATION", "the local port is another socket's"},
    {50, wsa::operation_not_supported, "ERROR_NOT_SUPPORTED", by_winsock},
    {51, wsa::connection_refused, "ERROR_REM_NOT_LIST", "or rarely STATUS_REMOTE_RESOURCES"},
    {52, wsa::address_in_use, "ERROR_DUP_NAME", "means STATUS_ADDRESS_ALREADY_EXISTS"},
    {53, wsa::network_unreachable, "ERROR_BAD_NETPATH", by_winsock},
    {54, wsa::network_down, "ERROR_NETWORK_BUSY", by_winsock},
    {58, wsa::network_down, "ERROR_BAD_NET_RESP", by_winsock},
    {59, wsa::network_down, "ERROR_UNEXP_NET_ERR", "the most general of six statuses"},
    {64, wsa::connection_reset, "ERROR_NETNAME_DELETED", "most often it is the peer's doing"},
    {68, wsa::address_in_use, "ERROR_TOO_MANY_NAMES", "out of ports, as libuv; Wine: 10055"},
    {71, wsa::would_block, "ERROR_REQ_NOT_ACCEP", by_winsock},
    {87, wsa::invalid_argument, "ERROR_INVALID_PARAMETER", by_winsock},
    {121, wsa::timed_out, "ERROR_SEM_TIMEOUT", "an unanswered SYN ends in it"},
    {122, wsa::fault, "ERROR_INSUFFICIENT_BUFFER", "means STATUS_BUFFER_TOO_SMALL"},
    {233, wsa::shut_down, "ERROR_PIPE_NOT_CONNECTED", "means STATUS_PIPE_DISCONNECTED"},
    {234, wsa::message_size, "ERROR_MORE_DATA", "means STATUS_BUFFER_OVERFLOW"},
    {433, wsa::network_down, "ERROR_NO_SUCH_DEVICE", by_winsock},
    {487, wsa::no_buffer_space, "ERROR_INVALID_ADDRESS", "means STATUS_CONFLICTING_ADDRESSES"},
    {996, wsa::in_progress, "ERROR_IO_INCOMPLETE", "not finished, therefore no failure yet"},
    {997, wsa::in_progress, "ERROR_IO_PENDING", "not finished, therefore no failure yet"},
    {998, wsa::fault, "ERROR_NOACCESS", "means STATUS_ACCESS_VIOLATION"},
    {1214, wsa::address_not_available, "ERROR_INVALID_NETNAME", "the address has a bad part"},
    {1225, wsa::connection_refused, "ERROR_CONNECTION_REFUSED", by_winsock},
    {1226, wsa::graceful_disconnect, "ERROR_GRACEFUL_DISCONNECT", by_winsock},
    {1227, wsa::address_in_use, "ERROR_ADDRESS_ALREADY_ASSOCIATED", "by its name; Winsock: 10022"},
    {1229, wsa::not_connected, "ERROR_CONNECTION_INVALID", "by its name; Wine gives 10022"},
    {1230, wsa::already_connected, "ERROR_CONNECTION_ACTIVE", by_winsock},
    {1231, wsa::network_unreachable, "ERROR_NETWORK_UNREACHABLE", by_winsock},
    {1232, wsa::host_unreachable, "ERROR_HOST_UNREACHABLE", by_winsock},
    {1233, wsa::network_unreachable, "ERROR_PROTOCOL_UNREACHABLE", by_winsock},
    {1234, wsa::connection_reset, "ERROR_PORT_UNREACHABLE", "not a refusal: Winsock says 10054"},
    {1235, wsa::operation_aborted, "ERROR_REQUEST_ABORTED", "cancelled here; Winsock says 10004"},
    {1236, wsa::connection_aborted, "ERROR_CONNECTION_ABORTED", by_winsock},
    {1256, wsa::host_down, "ERROR_HOST_DOWN", by_winsock},
    {1450, wsa::no_buffer_space, "ERROR_NO_SYSTEM_RESOURCES", by_winsock},
    {1453, wsa::no_buffer_space, "ERROR_WORKING_SET_QUOTA", by_winsock},
    {1454, wsa::no_buffer_space, "ERROR_PAGEFILE_QUOTA", by_winsock},
    {1455, wsa::no_buffer_space, "ERROR_COMMITMENT_LIMIT", by_winsock},
    {1460, wsa::timed_out, "ERROR_TIMEOUT", by_winsock},
    {1784, wsa::message_size, "ERROR_INVALID_USER_BUFFER", "means STATUS_INVALID_BUFFER_SIZE"},
    {1816, wsa::no_buffer_space, "ERROR_NOT_ENOUGH_QUOTA", by_winsock},
    {2250, wsa::not_connected, "ERROR_NOT_CONNECTED", by_winsock},
};

inline constexpr number_row ntstatus_rows[] = {
    {0x00000102, wsa::timed_out, "STATUS_TIMEOUT", "a success by its bits, not to a caller"},
    {0x00000103, wsa::in_progress, "STATUS_PENDING", "a success by its bits, not to a caller"},
    {0x80000005, wsa::message_size, "STATUS_BUFFER_OVERFLOW", "more than WSK's 65,535 bytes"},
    {0xC0000001, wsa::invalid_argument, "STATUS_UNSUCCESSFUL", "it says no more"},
    {0xC0000002, wsa::operation_not_supported, "STATUS_NOT_IMPLEMENTED", by_winsock},
    {0xC0000005, wsa::fault, "STATUS_ACCESS_VIOLATION", by_winsock},
    {0xC0000007, wsa::no_buffer_space, "STATUS_PAGEFILE_QUOTA", by_winsock},
    {0xC0000008, wsa::not_socket, "STATUS_INVALID_HANDLE", by_winsock},
    {0xC000000D, wsa::invalid_argument, "STATUS_INVALID_PARAMETER", by_winsock},
    {0xC000000E, wsa::network_down, "STATUS_NO_SUCH_DEVICE", "the transport is missing"},
    {0xC000000F, wsa::network_down, "STATUS_NO_SUCH_FILE", "the transport is missing"},
    {0xC0000017, wsa::no_buffer_space, "STATUS_NO_MEMORY", by_winsock},
    {0xC0000018, wsa::no_buffer_space, "STATUS_CONFLICTING_ADDRESSES", "of memory; libuv: 10049"},
    {0xC0000022, wsa::access_denied, "STATUS_ACCESS_DENIED", by_winsock},
    {0xC0000023, wsa::fault, "STATUS_BUFFER_TOO_SMALL", by_winsock},
    {0xC0000024, wsa::not_socket, "STATUS_OBJECT_TYPE_MISMATCH", by_winsock},
    {0xC0000034, wsa::network_down, "STATUS_OBJECT_NAME_NOT_FOUND", "the transport is missing"},
    {0xC000003A, wsa::network_down, "STATUS_OBJECT_PATH_NOT_FOUND", "the transport is missing"},
    {0xC0000043, wsa::address_in_use, "STATUS_SHARING_VIOLATION", by_winsock},
    {0xC0000044, wsa::no_buffer_space, "STATUS_QUOTA_EXCEEDED", by_winsock},
    {0xC0000097, wsa::no_buffer_space, "STATUS_TOO_MANY_PAGING_FILES", by_winsock},
    {0xC000009A, wsa::no_buffer_space, "STATUS_INSUFFICIENT_RESOURCES", by_winsock},
    {0xC00000A1, wsa::no_buffer_space, "STATUS_WORKING_SET_QUOTA", by_winsock},
    {0xC00000A3, wsa::would_block, "STATUS_DEVICE_NOT_READY", by_winsock},
    {0xC00000B0, wsa::shut_down, "STATUS_PIPE_DISCONNECTED", by_winsock},
    {0xC00000B5, wsa::timed_out, "STATUS_IO_TIMEOUT", by_winsock},
    {0xC00000B6, wsa::connection_aborted, "STATUS_FILE_FORCED_CLOSED", "the stack took the socket"},
    {0xC00000BB, wsa::operation_not_supported, "STATUS_NOT_SUPPORTED", by_winsock},
    {0xC00000BC, wsa::connection_refused, "STATUS_REMOTE_NOT_LISTENING", by_winsock},
    {0xC00000BE, wsa::network_unreachable, "STATUS_BAD_NETWORK_PATH", by_winsock},
    {0xC00000BF, wsa::network_down, "STATUS_NETWORK_BUSY", by_winsock},
    {0xC00000C3, wsa::network_down, "STATUS_INVALID_NETWORK_RESPONSE", by_winsock},
    {0xC00000C4, wsa::network_down, "STATUS_UNEXPECTED_NETWORK_ERROR", by_winsock},
    {0xC00000D0, wsa::would_block, "STATUS_REQUEST_NOT_ACCEPTED", by_winsock},
    {0xC0000120, wsa::operation_aborted, "STATUS_CANCELLED", "cancelled here; libuv says 10004"},
    {0xC000012D, wsa::no_buffer_space, "STATUS_COMMITMENT_LIMIT", by_winsock},
    {0xC000013B, wsa::connection_aborted, "STATUS_LOCAL_DISCONNECT", "Win32 64 hides it"},
    {0xC000013C, wsa::connection_reset, "STATUS_REMOTE_DISCONNECT", by_winsock},
    {0xC000013D, wsa::no_buffer_space, "STATUS_REMOTE_RESOURCES", "Win32 51 hides it"},
    {0xC000013E, wsa::connection_reset, "STATUS_LINK_FAILED", "Win32 59 hides it"},
    {0xC000013F, wsa::timed_out, "STATUS_LINK_TIMEOUT", "Win32 59 hides it"},
    {0xC0000140, wsa::not_connected, "STATUS_INVALID_CONNECTION", "Win32 59 hides it"},
    {0xC0000141, wsa::address_not_available, "STATUS_INVALID_ADDRESS", "Win32 59 hides it"},
    {0xC0000206, wsa::message_size, "STATUS_INVALID_BUFFER_SIZE", by_winsock},
    {0xC0000207, wsa::address_not_available, "STATUS_INVALID_ADDRESS_COMPONENT", by_winsock},
    {0xC0000209, wsa::address_in_use, "STATUS_TOO_MANY_ADDRESSES", "as Win32 68"},
    {0xC000020A, wsa::address_in_use, "STATUS_ADDRESS_ALREADY_EXISTS", by_winsock},
    {0xC000020B, wsa::connection_aborted, "STATUS_ADDRESS_CLOSED", "by its name; Winsock: 10022"},
    {0xC000020C, wsa::connection_reset, "STATUS_CONNECTION_DISCONNECTED", by_winsock},
    {0xC000020D, wsa::connection_reset, "STATUS_CONNECTION_RESET", by_winsock},
    {0xC000020F, wsa::connection_aborted, "STATUS_TRANSACTION_ABORTED", "Win32 59 hides it"},
    {0xC0000236, wsa::connection_refused, "STATUS_CONNECTION_REFUSED", by_winsock},
    {0xC0000237, wsa::graceful_disconnect, "STATUS_GRACEFUL_DISCONNECT", by_winsock},
    {0xC0000238, wsa::address_in_use, "STATUS_ADDRESS_ALREADY_ASSOCIATED", "as Win32 1227"},
    {0xC000023A, wsa::not_connected, "STATUS_CONNECTION_INVALID", "as Win32 1229"},
    {0xC000023B, wsa::already_connected, "STATUS_CONNECTION_ACTIVE", by_winsock},
    {0xC000023C, wsa::network_unreachable, "STATUS_NETWORK_UNREACHABLE", by_winsock},
    {0xC000023D, wsa::host_unreachable, "STATUS_HOST_UNREACHABLE", by_winsock},
    {0xC000023E, wsa::network_unreachable, "STATUS_PROTOCOL_UNREACHABLE", by_winsock},
    {0xC000023F, wsa::connection_reset, "STATUS_PORT_UNREACHABLE", "as Win32 1234"},
    {0xC0000240, wsa::operation_aborted, "STATUS_REQUEST_ABORTED", "as Win32 1235"},
    {0xC0000241, wsa::connection_aborted, "STATUS_CONNECTION_ABORTED", by_winsock},
    {0xC0000350, wsa::host_down, "STATUS_HOST_DOWN", by_winsock},
    {0xC000A012, wsa::network_reset, "STATUS_HOPLIMIT_EXCEEDED", "10052 is for this; libuv: 10054"},
};

struct condition_name
{
  condition value;
  const char* name;
};

#define ROW(name)                                                                                  \
  {                                                                                                \
    condition::name, #name                                                                         \
  }

inline constexpr condition_name condition_names[] = {
    ROW(retryable),
    ROW(refused_or_unreachable),
    ROW(timed_out),
    ROW(broken),
    ROW(local_exhaustion),
    ROW(aborted),
    ROW(misuse),
};

#undef ROW

struct condition_row
{
  condition value;
  wsa::code member;
  const char* reason;
};

inline constexpr const char* same_socket = "Winsock promises that another connect may follow";

inline constexpr condition_row condition_rows[] = {
    {condition::retryable, wsa::network_unreachable, same_socket},
    {condition::retryable, wsa::timed_out, same_socket},
    {condition::retryable, wsa::connection_refused, same_socket},
    {condition::refused_or_unreachable, wsa::network_unreachable, "no route leads there"},
    {condition::refused_or_unreachable, wsa::connection_refused, "nothing listens there"},
    {condition::refused_or_unreachable, wsa::host_down, "its network says that it is down"},
    {condition::refused_or_unreachable, wsa::host_unreachable, "it does not answer in its network"},
    {condition::timed_out, wsa::timed_out, "the time was up, the system's or the program's"},
    {condition::broken, wsa::broken_pipe, "written to after the connection had ended"},
    {condition::broken, wsa::network_reset, "keep-alive or the hop limit ended it"},
    {condition::broken, wsa::connection_aborted, "the system of this machine gave it up"},
    {condition::broken, wsa::connection_reset, "the peer or its system tore it down"},
    {condition::broken, wsa::not_connected, "it had gone before the next call on it"},
    {condition::broken, wsa::shut_down, "its sending side had been shut down"},
    {condition::broken, wsa::graceful_disconnect, "the peer ended it in an orderly way"},
    {condition::local_exhaustion, wsa::no_descriptors, "the program may open no more sockets"},
    {condition::local_exhaustion, wsa::address_in_use, "no local port is free"},
    {condition::local_exhaustion, wsa::no_buffer_space, "no memory or no quota is left"},
    {condition::aborted, wsa::operation_aborted, "CancelIoEx and closesocket end in it"},
    {condition::misuse, wsa::bad_descriptor, "the handle is not open"},
    {condition::misuse, wsa::fault, "memory that is not the program's"},
    {condition::misuse, wsa::invalid_argument, "a listening socket, or an option out of range"},
    {condition::misuse, wsa::already_started, "another connect is under way on the socket"},
    {condition::misuse, wsa::not_socket, "the handle is something else"},
    {condition::misuse, wsa::wrong_protocol_type, "the socket is not of the protocol's type"},
    {condition::misuse, wsa::operation_not_supported, "not on a socket of this kind"},
    {condition::misuse, wsa::address_family_not_supported, "socket and peer differ in family"},
    {condition::misuse, wsa::address_not_available, "the unspecified address, or port 0"},
    {condition::misuse, wsa::already_connected, "the socket has a peer"},
    {condition::misuse, wsa::not_initialised, "no WSAStartup has been called"},
};

constexpr std::uint32_t key_of(const code_row& row)
{
  return static_cast<std::uint32_t>(row.value);
}

constexpr std::uint32_t key_of(const number_row& row) { return row.number; }

constexpr std::uint32_t key_of(const condition_name& row)
{
  return static_cast<std::uint32_t>(row.value);
}

constexpr std::uint32_t key_of(const condition_row& row)
{
  constexpr std::uint32_t number_limit = 0x10000;
  return static_cast<std::uint32_t>(row.value) * number_limit
      + static_cast<std::uint32_t>(row.member);
}

template <typename Row, std::size_t Size>
constexpr bool strictly_ascending(const Row (&rows)[Size])
{
  for (std::size_t i = 1; i < Size; ++i)
  {
    if (key_of(rows[i - 1]) >= key_of(rows[i]))
      return false;
  }
  return true;
}

static_assert(strictly_ascending(code_rows), "a code has one row");
static_assert(strictly_ascending(win32_rows), "a number has one row");
static_assert(strictly_ascending(ntstatus_rows), "a status has one row");
static_assert(strictly_ascending(condition_names), "a condition has one name");
static_assert(strictly_ascending(condition_rows), "a condition has a member once");

} // namespace connectex::detail

#endif // CONNECTEX_SRC_ERROR_TABLES_HPP
