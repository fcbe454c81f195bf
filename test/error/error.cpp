// SPDX-License-Identifier: BSL-1.0

#include "../../src/error/tables.hpp"

#include <connectex/detail/decide/after_delivery.hpp>
#include <connectex/error.hpp>

#if defined(_WIN32)
#define WIN32_NO_STATUS
#include <winsock2.h>

#include <windows.h>
#include <winternl.h>
#undef WIN32_NO_STATUS
#include <ntstatus.h>
#endif

#include "support/catch.hpp"

#include <boost/asio/error.hpp>
#include <boost/system/errc.hpp>
#include <boost/system/generic_category.hpp>
#include <boost/system/system_category.hpp>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace asio = boost::asio;
namespace errc = boost::system::errc;

using boost::system::error_code;
using connectex::condition;
using connectex::error_name;

namespace
{

// On Windows the literals are held against the official headers; elsewhere the name is only for the
// reader.
#if defined(_WIN32)

template <std::uint32_t Official, std::uint32_t Literal>
constexpr std::uint32_t official()
{
  static_assert(Official == Literal, "the literal is not the official number");
  return Literal;
}

#define STATUS(name, literal) official<static_cast<std::uint32_t>(STATUS_##name), literal>()
#define ERROR_(name, literal) official<static_cast<std::uint32_t>(ERROR_##name), literal>()
#define WSA(name, literal) official<static_cast<std::uint32_t>(WSA##name), literal>()

#else

#define STATUS(name, literal)                                                                      \
  std::uint32_t { literal }
#define ERROR_(name, literal)                                                                      \
  std::uint32_t { literal }
#define WSA(name, literal)                                                                         \
  std::uint32_t { literal }

#endif

// Codes that Asio has no name for.
#if defined(_WIN32)
#define SYSTEM_CODE(winsock_name, errno_name)                                                      \
  error_code(winsock_name, boost::system::system_category())
#else
#define SYSTEM_CODE(winsock_name, errno_name)                                                      \
  error_code(errno_name, boost::system::system_category())
#endif

const error_code address_not_available = SYSTEM_CODE(WSAEADDRNOTAVAIL, EADDRNOTAVAIL);
const error_code host_down = SYSTEM_CODE(WSAEHOSTDOWN, EHOSTDOWN);
const error_code protocol_not_supported = SYSTEM_CODE(WSAEPROTONOSUPPORT, EPROTONOSUPPORT);
const error_code wrong_protocol_type = SYSTEM_CODE(WSAEPROTOTYPE, EPROTOTYPE);

error_code win32_code(std::uint32_t code)
{
  return {static_cast<int>(code), connectex::win32_category()};
}

error_code ntstatus_code(std::uint32_t status)
{
  return {static_cast<int>(status), connectex::ntstatus_category()};
}

error_code graceful_disconnect() { return win32_code(10101); }

error_code not_initialised() { return win32_code(10093); }

struct expectation
{
  std::uint32_t native;
  error_code portable;
};

std::vector<expectation> win32_expectations()
{
  return {
      {ERROR_(INVALID_FUNCTION, 1), asio::error::operation_not_supported},
      {ERROR_(FILE_NOT_FOUND, 2), asio::error::network_down},
      {ERROR_(PATH_NOT_FOUND, 3), asio::error::network_down},
      {ERROR_(ACCESS_DENIED, 5), asio::error::access_denied},
      {ERROR_(INVALID_HANDLE, 6), asio::error::not_socket},
      {ERROR_(NOT_ENOUGH_MEMORY, 8), asio::error::no_buffer_space},
      {ERROR_(NOT_READY, 21), asio::error::would_block},
      {ERROR_(GEN_FAILURE, 31), asio::error::invalid_argument},
      {ERROR_(SHARING_VIOLATION, 32), asio::error::address_in_use},
      {ERROR_(NOT_SUPPORTED, 50), asio::error::operation_not_supported},
      {ERROR_(REM_NOT_LIST, 51), asio::error::connection_refused},
      {ERROR_(DUP_NAME, 52), asio::error::address_in_use},
      {ERROR_(BAD_NETPATH, 53), asio::error::network_unreachable},
      {ERROR_(NETWORK_BUSY, 54), asio::error::network_down},
      {ERROR_(BAD_NET_RESP, 58), asio::error::network_down},
      {ERROR_(UNEXP_NET_ERR, 59), asio::error::network_down},
      {ERROR_(NETNAME_DELETED, 64), asio::error::connection_reset},
      {ERROR_(TOO_MANY_NAMES, 68), asio::error::address_in_use},
      {ERROR_(REQ_NOT_ACCEP, 71), asio::error::would_block},
      {ERROR_(INVALID_PARAMETER, 87), asio::error::invalid_argument},
      {ERROR_(BROKEN_PIPE, 109), asio::error::broken_pipe},
      {ERROR_(SEM_TIMEOUT, 121), asio::error::timed_out},
      {ERROR_(INSUFFICIENT_BUFFER, 122), asio::error::fault},
      {ERROR_(PIPE_NOT_CONNECTED, 233), asio::error::shut_down},
      {ERROR_(MORE_DATA, 234), asio::error::message_size},
      {433, asio::error::network_down}, // ERROR_NO_SUCH_DEVICE is not in every winerror.h
      {ERROR_(INVALID_ADDRESS, 487), asio::error::no_buffer_space},
      {ERROR_(OPERATION_ABORTED, 995), asio::error::operation_aborted},
      {ERROR_(IO_INCOMPLETE, 996), asio::error::in_progress},
      {ERROR_(IO_PENDING, 997), asio::error::in_progress},
      {ERROR_(NOACCESS, 998), asio::error::fault},
      {ERROR_(INVALID_NETNAME, 1214), address_not_available},
      {ERROR_(CONNECTION_REFUSED, 1225), asio::error::connection_refused},
      {ERROR_(GRACEFUL_DISCONNECT, 1226), graceful_disconnect()},
      {ERROR_(ADDRESS_ALREADY_ASSOCIATED, 1227), asio::error::address_in_use},
      {ERROR_(CONNECTION_INVALID, 1229), asio::error::not_connected},
      {ERROR_(CONNECTION_ACTIVE, 1230), asio::error::already_connected},
      {ERROR_(NETWORK_UNREACHABLE, 1231), asio::error::network_unreachable},
      {ERROR_(HOST_UNREACHABLE, 1232), asio::error::host_unreachable},
      {ERROR_(PROTOCOL_UNREACHABLE, 1233), asio::error::network_unreachable},
      {ERROR_(PORT_UNREACHABLE, 1234), asio::error::connection_reset},
      {ERROR_(REQUEST_ABORTED, 1235), asio::error::operation_aborted},
      {ERROR_(CONNECTION_ABORTED, 1236), asio::error::connection_aborted},
      {ERROR_(HOST_DOWN, 1256), host_down},
      {ERROR_(NO_SYSTEM_RESOURCES, 1450), asio::error::no_buffer_space},
      {ERROR_(WORKING_SET_QUOTA, 1453), asio::error::no_buffer_space},
      {ERROR_(PAGEFILE_QUOTA, 1454), asio::error::no_buffer_space},
      {ERROR_(COMMITMENT_LIMIT, 1455), asio::error::no_buffer_space},
      {ERROR_(TIMEOUT, 1460), asio::error::timed_out},
      {ERROR_(INVALID_USER_BUFFER, 1784), asio::error::message_size},
      {ERROR_(NOT_ENOUGH_QUOTA, 1816), asio::error::no_buffer_space},
      {ERROR_(NOT_CONNECTED, 2250), asio::error::not_connected},
  };
}

std::vector<expectation> ntstatus_expectations()
{
  return {
      {STATUS(TIMEOUT, 0x00000102), asio::error::timed_out},
      {STATUS(PENDING, 0x00000103), asio::error::in_progress},
      {STATUS(BUFFER_OVERFLOW, 0x80000005), asio::error::message_size},
      {STATUS(UNSUCCESSFUL, 0xC0000001), asio::error::invalid_argument},
      {STATUS(NOT_IMPLEMENTED, 0xC0000002), asio::error::operation_not_supported},
      {STATUS(ACCESS_VIOLATION, 0xC0000005), asio::error::fault},
      {STATUS(PAGEFILE_QUOTA, 0xC0000007), asio::error::no_buffer_space},
      {STATUS(INVALID_HANDLE, 0xC0000008), asio::error::not_socket},
      {STATUS(INVALID_PARAMETER, 0xC000000D), asio::error::invalid_argument},
      {STATUS(NO_SUCH_DEVICE, 0xC000000E), asio::error::network_down},
      {STATUS(NO_SUCH_FILE, 0xC000000F), asio::error::network_down},
      {STATUS(NO_MEMORY, 0xC0000017), asio::error::no_buffer_space},
      {STATUS(CONFLICTING_ADDRESSES, 0xC0000018), asio::error::no_buffer_space},
      {STATUS(ACCESS_DENIED, 0xC0000022), asio::error::access_denied},
      {STATUS(BUFFER_TOO_SMALL, 0xC0000023), asio::error::fault},
      {STATUS(OBJECT_TYPE_MISMATCH, 0xC0000024), asio::error::not_socket},
      {STATUS(OBJECT_NAME_NOT_FOUND, 0xC0000034), asio::error::network_down},
      {STATUS(OBJECT_PATH_NOT_FOUND, 0xC000003A), asio::error::network_down},
      {STATUS(SHARING_VIOLATION, 0xC0000043), asio::error::address_in_use},
      {STATUS(QUOTA_EXCEEDED, 0xC0000044), asio::error::no_buffer_space},
      {STATUS(TOO_MANY_PAGING_FILES, 0xC0000097), asio::error::no_buffer_space},
      {STATUS(INSUFFICIENT_RESOURCES, 0xC000009A), asio::error::no_buffer_space},
      {STATUS(WORKING_SET_QUOTA, 0xC00000A1), asio::error::no_buffer_space},
      {STATUS(DEVICE_NOT_READY, 0xC00000A3), asio::error::would_block},
      {STATUS(PIPE_DISCONNECTED, 0xC00000B0), asio::error::shut_down},
      {STATUS(IO_TIMEOUT, 0xC00000B5), asio::error::timed_out},
      {STATUS(FILE_FORCED_CLOSED, 0xC00000B6), asio::error::connection_aborted},
      {STATUS(NOT_SUPPORTED, 0xC00000BB), asio::error::operation_not_supported},
      {STATUS(REMOTE_NOT_LISTENING, 0xC00000BC), asio::error::connection_refused},
      {STATUS(BAD_NETWORK_PATH, 0xC00000BE), asio::error::network_unreachable},
      {STATUS(NETWORK_BUSY, 0xC00000BF), asio::error::network_down},
      {STATUS(INVALID_NETWORK_RESPONSE, 0xC00000C3), asio::error::network_down},
      {STATUS(UNEXPECTED_NETWORK_ERROR, 0xC00000C4), asio::error::network_down},
      {STATUS(REQUEST_NOT_ACCEPTED, 0xC00000D0), asio::error::would_block},
      {STATUS(CANCELLED, 0xC0000120), asio::error::operation_aborted},
      {STATUS(COMMITMENT_LIMIT, 0xC000012D), asio::error::no_buffer_space},
      {STATUS(LOCAL_DISCONNECT, 0xC000013B), asio::error::connection_aborted},
      {STATUS(REMOTE_DISCONNECT, 0xC000013C), asio::error::connection_reset},
      {STATUS(REMOTE_RESOURCES, 0xC000013D), asio::error::no_buffer_space},
      {STATUS(LINK_FAILED, 0xC000013E), asio::error::connection_reset},
      {STATUS(LINK_TIMEOUT, 0xC000013F), asio::error::timed_out},
      {STATUS(INVALID_CONNECTION, 0xC0000140), asio::error::not_connected},
      {STATUS(INVALID_ADDRESS, 0xC0000141), address_not_available},
      {STATUS(INVALID_BUFFER_SIZE, 0xC0000206), asio::error::message_size},
      {STATUS(INVALID_ADDRESS_COMPONENT, 0xC0000207), address_not_available},
      {STATUS(TOO_MANY_ADDRESSES, 0xC0000209), asio::error::address_in_use},
      {STATUS(ADDRESS_ALREADY_EXISTS, 0xC000020A), asio::error::address_in_use},
      {STATUS(ADDRESS_CLOSED, 0xC000020B), asio::error::connection_aborted},
      {STATUS(CONNECTION_DISCONNECTED, 0xC000020C), asio::error::connection_reset},
      {STATUS(CONNECTION_RESET, 0xC000020D), asio::error::connection_reset},
      {STATUS(TRANSACTION_ABORTED, 0xC000020F), asio::error::connection_aborted},
      {STATUS(CONNECTION_REFUSED, 0xC0000236), asio::error::connection_refused},
      {STATUS(GRACEFUL_DISCONNECT, 0xC0000237), graceful_disconnect()},
      {STATUS(ADDRESS_ALREADY_ASSOCIATED, 0xC0000238), asio::error::address_in_use},
      {STATUS(CONNECTION_INVALID, 0xC000023A), asio::error::not_connected},
      {STATUS(CONNECTION_ACTIVE, 0xC000023B), asio::error::already_connected},
      {STATUS(NETWORK_UNREACHABLE, 0xC000023C), asio::error::network_unreachable},
      {STATUS(HOST_UNREACHABLE, 0xC000023D), asio::error::host_unreachable},
      {STATUS(PROTOCOL_UNREACHABLE, 0xC000023E), asio::error::network_unreachable},
      {STATUS(PORT_UNREACHABLE, 0xC000023F), asio::error::connection_reset},
      {STATUS(REQUEST_ABORTED, 0xC0000240), asio::error::operation_aborted},
      {STATUS(CONNECTION_ABORTED, 0xC0000241), asio::error::connection_aborted},
      {STATUS(HOST_DOWN, 0xC0000350), host_down},
      {STATUS(HOPLIMIT_EXCEEDED, 0xC000A012), asio::error::network_reset},
  };
}

std::vector<expectation> winsock_expectations()
{
  return {
      {WSA(EINTR, 10004), asio::error::interrupted},
      {WSA(EBADF, 10009), asio::error::bad_descriptor},
      {WSA(EACCES, 10013), asio::error::access_denied},
      {WSA(EFAULT, 10014), asio::error::fault},
      {WSA(EINVAL, 10022), asio::error::invalid_argument},
      {WSA(EMFILE, 10024), asio::error::no_descriptors},
      {WSA(EWOULDBLOCK, 10035), asio::error::would_block},
      {WSA(EINPROGRESS, 10036), asio::error::in_progress},
      {WSA(EALREADY, 10037), asio::error::already_started},
      {WSA(ENOTSOCK, 10038), asio::error::not_socket},
      {WSA(EDESTADDRREQ, 10039), SYSTEM_CODE(WSAEDESTADDRREQ, EDESTADDRREQ)},
      {WSA(EMSGSIZE, 10040), asio::error::message_size},
      {WSA(EPROTOTYPE, 10041), wrong_protocol_type},
      {WSA(ENOPROTOOPT, 10042), asio::error::no_protocol_option},
      {WSA(EPROTONOSUPPORT, 10043), protocol_not_supported},
      {WSA(ESOCKTNOSUPPORT, 10044), SYSTEM_CODE(WSAESOCKTNOSUPPORT, ESOCKTNOSUPPORT)},
      {WSA(EOPNOTSUPP, 10045), asio::error::operation_not_supported},
      {WSA(EPFNOSUPPORT, 10046), SYSTEM_CODE(WSAEPFNOSUPPORT, EPFNOSUPPORT)},
      {WSA(EAFNOSUPPORT, 10047), asio::error::address_family_not_supported},
      {WSA(EADDRINUSE, 10048), asio::error::address_in_use},
      {WSA(EADDRNOTAVAIL, 10049), address_not_available},
      {WSA(ENETDOWN, 10050), asio::error::network_down},
      {WSA(ENETUNREACH, 10051), asio::error::network_unreachable},
      {WSA(ENETRESET, 10052), asio::error::network_reset},
      {WSA(ECONNABORTED, 10053), asio::error::connection_aborted},
      {WSA(ECONNRESET, 10054), asio::error::connection_reset},
      {WSA(ENOBUFS, 10055), asio::error::no_buffer_space},
      {WSA(EISCONN, 10056), asio::error::already_connected},
      {WSA(ENOTCONN, 10057), asio::error::not_connected},
      {WSA(ESHUTDOWN, 10058), asio::error::shut_down},
      {WSA(ETOOMANYREFS, 10059), SYSTEM_CODE(WSAETOOMANYREFS, ETOOMANYREFS)},
      {WSA(ETIMEDOUT, 10060), asio::error::timed_out},
      {WSA(ECONNREFUSED, 10061), asio::error::connection_refused},
      {WSA(ELOOP, 10062), SYSTEM_CODE(WSAELOOP, ELOOP)},
      {WSA(ENAMETOOLONG, 10063), asio::error::name_too_long},
      {WSA(EHOSTDOWN, 10064), host_down},
      {WSA(EHOSTUNREACH, 10065), asio::error::host_unreachable},
      {WSA(ENOTEMPTY, 10066), SYSTEM_CODE(WSAENOTEMPTY, ENOTEMPTY)},
      {WSA(EUSERS, 10068), SYSTEM_CODE(WSAEUSERS, EUSERS)},
      {WSA(EDQUOT, 10069), SYSTEM_CODE(WSAEDQUOT, EDQUOT)},
      {WSA(ESTALE, 10070), SYSTEM_CODE(WSAESTALE, ESTALE)},
      {WSA(EREMOTE, 10071), SYSTEM_CODE(WSAEREMOTE, EREMOTE)},
  };
}

void check_win32(const std::vector<expectation>& expectations)
{
  for (const expectation& expected : expectations)
  {
    CAPTURE(expected.native);
    CHECK(connectex::portable_error_from_win32(expected.native) == expected.portable);
  }
}

constexpr condition all_conditions[] = {condition::retryable, condition::refused_or_unreachable,
    condition::timed_out, condition::broken, condition::local_exhaustion, condition::aborted,
    condition::misuse};

bool contains(const std::vector<condition>& conditions, condition value)
{
  return std::find(conditions.begin(), conditions.end(), value) != conditions.end();
}

void check_conditions(const error_code& code, const std::vector<condition>& expected)
{
  CAPTURE(code);
  for (const condition value : all_conditions)
  {
    CAPTURE(make_error_condition(value).message());
    CHECK((code == value) == contains(expected, value));
    CHECK((code != value) != contains(expected, value));
  }
}

struct classification
{
  error_code code;
  std::vector<condition> conditions;
};

error_code generic(errc::errc_t value) { return make_error_code(value); }

// After these, and no others, Winsock lets the same socket connect again.
struct retryable_error
{
  asio::error::basic_errors plain;
  errc::errc_t meaning;
  std::uint32_t win32;
  std::uint32_t ntstatus;
  std::vector<condition> conditions_after_delivery;
};

std::vector<retryable_error> retryable_errors()
{
  return {
      {asio::error::connection_refused, errc::connection_refused, ERROR_(CONNECTION_REFUSED, 1225),
          STATUS(CONNECTION_REFUSED, 0xC0000236), {condition::refused_or_unreachable}},
      {asio::error::network_unreachable, errc::network_unreachable,
          ERROR_(NETWORK_UNREACHABLE, 1231), STATUS(NETWORK_UNREACHABLE, 0xC000023C),
          {condition::refused_or_unreachable}},
      {asio::error::timed_out, errc::timed_out, ERROR_(SEM_TIMEOUT, 121),
          STATUS(IO_TIMEOUT, 0xC00000B5), {condition::timed_out}},
  };
}

} // namespace

TEST_CASE("every Win32 number of a completion packet becomes its portable code")
{
  check_win32(win32_expectations());
}

TEST_CASE("every NTSTATUS of a connect becomes its portable code")
{
  for (const expectation& expected : ntstatus_expectations())
  {
    CAPTURE(expected.native);
    CHECK(connectex::portable_error_from_ntstatus(expected.native) == expected.portable);
  }
}

TEST_CASE("every Winsock number becomes the system's own code for the same error")
{
  check_win32(winsock_expectations());
}

TEST_CASE("the fifteen error codes of the ConnectEx page are portable")
{
  check_win32({
      {WSA(NOTINITIALISED, 10093), not_initialised()},
      {WSA(ENETDOWN, 10050), asio::error::network_down},
      {WSA(EADDRINUSE, 10048), asio::error::address_in_use},
      {WSA(EALREADY, 10037), asio::error::already_started},
      {WSA(EADDRNOTAVAIL, 10049), address_not_available},
      {WSA(EAFNOSUPPORT, 10047), asio::error::address_family_not_supported},
      {WSA(ECONNREFUSED, 10061), asio::error::connection_refused},
      {WSA(EFAULT, 10014), asio::error::fault},
      {WSA(EINVAL, 10022), asio::error::invalid_argument},
      {WSA(EISCONN, 10056), asio::error::already_connected},
      {WSA(ENETUNREACH, 10051), asio::error::network_unreachable},
      {WSA(EHOSTUNREACH, 10065), asio::error::host_unreachable},
      {WSA(ENOBUFS, 10055), asio::error::no_buffer_space},
      {WSA(ENOTSOCK, 10038), asio::error::not_socket},
      {WSA(ETIMEDOUT, 10060), asio::error::timed_out},
  });
}

TEST_CASE("the further error codes of WSAConnect and LPWSPConnect are portable")
{
  check_win32({
      {WSA(EINTR, 10004), asio::error::interrupted},
      {WSA(EACCES, 10013), asio::error::access_denied},
      {WSA(EWOULDBLOCK, 10035), asio::error::would_block},
      {WSA(EINPROGRESS, 10036), asio::error::in_progress},
      {WSA(EPROTONOSUPPORT, 10043), protocol_not_supported},
      {WSA(EOPNOTSUPP, 10045), asio::error::operation_not_supported},
      {WSA(ENOTCONN, 10057), asio::error::not_connected},
  });
}

TEST_CASE("the return codes of WskConnectEx are portable")
{
  using connectex::portable_error_from_ntstatus;

  CHECK(portable_error_from_ntstatus(STATUS(SUCCESS, 0)) == error_code());
  CHECK(portable_error_from_ntstatus(STATUS(PENDING, 0x103)) == asio::error::in_progress);
  CHECK(portable_error_from_ntstatus(STATUS(FILE_FORCED_CLOSED, 0xC00000B6))
      == asio::error::connection_aborted);
  CHECK(portable_error_from_ntstatus(STATUS(INVALID_PARAMETER, 0xC000000D))
      == asio::error::invalid_argument);
  CHECK(portable_error_from_ntstatus(STATUS(BUFFER_OVERFLOW, 0x80000005))
      == asio::error::message_size);
}

TEST_CASE("an address that cannot be connected to has the generic meaning as well")
{
  CHECK(connectex::portable_error_from_win32(10049) == errc::address_not_available);
  CHECK(connectex::portable_error_from_win32(1214) == errc::address_not_available);
  CHECK(connectex::portable_error_from_ntstatus(0xC0000141) == errc::address_not_available);
}

TEST_CASE("a status is more exact than the Win32 number that Windows makes of it")
{
  // RtlNtStatusToDosError gives 59 for all six.
  CHECK(connectex::portable_error_from_win32(59) == asio::error::network_down);
  CHECK(connectex::portable_error_from_ntstatus(0xC00000C4) == asio::error::network_down);
  CHECK(connectex::portable_error_from_ntstatus(0xC000013E) == asio::error::connection_reset);
  CHECK(connectex::portable_error_from_ntstatus(0xC000013F) == asio::error::timed_out);
  CHECK(connectex::portable_error_from_ntstatus(0xC0000140) == asio::error::not_connected);
  CHECK(connectex::portable_error_from_ntstatus(0xC0000141) == address_not_available);
  CHECK(connectex::portable_error_from_ntstatus(0xC000020F) == asio::error::connection_aborted);
}

TEST_CASE("zero is success")
{
  CHECK(connectex::portable_error_from_win32(0) == error_code());
  CHECK_FALSE(connectex::portable_error_from_win32(0).failed());
  CHECK(connectex::portable_error_from_ntstatus(0) == error_code());
  CHECK_FALSE(connectex::portable_error_from_ntstatus(0).failed());
}

TEST_CASE("success and informational statuses are success")
{
  for (const std::uint32_t status :
      {0x00000001u, 0x00000080u, 0x00000101u, 0x00000104u, 0x3FFFFFFFu, 0x40000025u, 0x7FFFFFFFu})
  {
    CAPTURE(status);
    CHECK(connectex::portable_error_from_ntstatus(status) == error_code());
  }
}

TEST_CASE("an unknown Win32 number stays as it is")
{
  for (const std::uint32_t code : {4u, 7u, 38u, 55u, 65u, 108u, 110u, 994u, 999u, 1168u, 1223u,
           1228u, 1237u, 2249u, 2251u, 9999u, 12000u, 0x7FFFFFFFu, 0x80000000u, 0xFFFFFFFFu})
  {
    CAPTURE(code);
    const error_code portable = connectex::portable_error_from_win32(code);
    CHECK(portable.value() == static_cast<int>(code));
    CHECK(portable.category() == connectex::win32_category());
    CHECK(portable.failed());
  }
}

TEST_CASE("a Winsock number without a POSIX twin stays as it is")
{
  for (const std::uint32_t code : {10000u, 10067u, 10091u, 10092u, 10093u, 10101u, 10103u, 10107u,
           11001u, 11002u, 11003u, 11004u, 11031u, 11999u})
  {
    CAPTURE(code);
    CHECK(connectex::portable_error_from_win32(code) == win32_code(code));
  }
}

TEST_CASE("an unknown failure status stays as it is")
{
  for (const std::uint32_t status : {0x80000000u, 0x80000006u, 0xC0000000u, 0xC0000003u,
           0xC0000123u, 0xC0000239u, 0xC0070000u, 0xC0080000u, 0xC008274Du, 0xFFFFFFFFu})
  {
    CAPTURE(status);
    const error_code portable = connectex::portable_error_from_ntstatus(status);
    CHECK(portable.value() == static_cast<int>(status));
    CHECK(portable.category() == connectex::ntstatus_category());
    CHECK(portable.failed());
  }
}

TEST_CASE("a status that wraps a Win32 number is that number")
{
  using connectex::portable_error_from_ntstatus;

  CHECK(portable_error_from_ntstatus(0xC007274D) == asio::error::connection_refused);
  CHECK(portable_error_from_ntstatus(0xC00704C9) == asio::error::connection_refused);
  CHECK(portable_error_from_ntstatus(0xC0070001) == asio::error::operation_not_supported);
  CHECK(portable_error_from_ntstatus(0xC007FFFF) == win32_code(0xFFFF));
}

TEST_CASE("the category of what is unknown says whose number it is")
{
#if defined(_WIN32)
  CHECK(connectex::win32_category() == boost::system::system_category());
#else
  CHECK(connectex::win32_category() != boost::system::system_category());
  CHECK(connectex::win32_category().name() == std::string("connectex.win32"));
  CHECK(win32_code(10101).message() == "Win32 error 10101");
  CHECK(win32_code(0xFFFFFFFF).message() == "Win32 error 4294967295");
#endif
  CHECK(connectex::ntstatus_category().name() == std::string("connectex.ntstatus"));
  CHECK(ntstatus_code(0xC0000123).message() == "NTSTATUS 0xC0000123");
  CHECK(ntstatus_code(0x80000005).message() == "NTSTATUS 0x80000005");
  CHECK(ntstatus_code(0x103).message() == "NTSTATUS 0x00000103");
}

#if defined(_WIN32)

TEST_CASE("translating a portable code's value again changes nothing")
{
  std::vector<expectation> all = win32_expectations();
  for (const auto& more : {ntstatus_expectations(), winsock_expectations()})
    all.insert(all.end(), more.begin(), more.end());

  for (const expectation& expected : all)
  {
    CAPTURE(expected.native);
    const auto value = static_cast<std::uint32_t>(expected.portable.value());
    CHECK(connectex::portable_error_from_win32(value) == expected.portable);
  }
}

TEST_CASE("on Windows a portable code is its Winsock number")
{
  for (const expectation& expected : winsock_expectations())
    CHECK(expected.portable.value() == static_cast<int>(expected.native));
  CHECK(connectex::portable_error_from_win32(1225).value() == 10061);
  CHECK(connectex::portable_error_from_win32(995).value() == 995);
}

#endif // defined(_WIN32)

TEST_CASE("conditions group the portable codes by what a program can do")
{
  constexpr condition retryable = condition::retryable;
  constexpr condition unreachable = condition::refused_or_unreachable;
  constexpr condition timed_out = condition::timed_out;
  constexpr condition broken = condition::broken;
  constexpr condition exhaustion = condition::local_exhaustion;
  constexpr condition aborted = condition::aborted;
  constexpr condition misuse = condition::misuse;

  const classification classifications[] = {
      {asio::error::connection_refused, {retryable, unreachable}},
      {asio::error::network_unreachable, {retryable, unreachable}},
      {asio::error::timed_out, {retryable, timed_out}},
      {asio::error::host_unreachable, {unreachable}},
      {host_down, {unreachable}},
      {asio::error::broken_pipe, {broken}},
      {asio::error::connection_aborted, {broken}},
      {asio::error::connection_reset, {broken}},
      {asio::error::network_reset, {broken}},
      {asio::error::not_connected, {broken}},
      {asio::error::shut_down, {broken}},
      {graceful_disconnect(), {broken}},
      {asio::error::address_in_use, {exhaustion}},
      {asio::error::no_buffer_space, {exhaustion}},
      {asio::error::no_descriptors, {exhaustion}},
      {asio::error::no_memory, {exhaustion}},
      {asio::error::operation_aborted, {aborted}},
      {asio::error::bad_descriptor, {misuse}},
      {asio::error::fault, {misuse}},
      {asio::error::invalid_argument, {misuse}},
      {asio::error::already_started, {misuse}},
      {asio::error::not_socket, {misuse}},
      {wrong_protocol_type, {misuse}},
      {asio::error::operation_not_supported, {misuse}},
      {asio::error::address_family_not_supported, {misuse}},
      {address_not_available, {misuse}},
      {asio::error::already_connected, {misuse}},
      {not_initialised(), {misuse}},
      {error_code(), {}},
      {asio::error::access_denied, {}},
      {asio::error::eof, {}},
      {asio::error::host_not_found, {}},
      {asio::error::in_progress, {}},
      {asio::error::interrupted, {}},
      {asio::error::message_size, {}},
      {asio::error::name_too_long, {}},
      {asio::error::network_down, {}},
      {asio::error::no_protocol_option, {}},
      {asio::error::would_block, {}},
      {protocol_not_supported, {}},
  };

  for (const classification& expected : classifications)
    check_conditions(expected.code, expected.conditions);

  // These have no name in Asio.
  for (const std::uint32_t code :
      {10039u, 10044u, 10046u, 10059u, 10062u, 10066u, 10068u, 10069u, 10070u, 10071u})
    check_conditions(connectex::portable_error_from_win32(code), {});
}

TEST_CASE("a raw Win32 number matches the conditions of its portable twin")
{
  check_conditions(win32_code(1225), {condition::retryable, condition::refused_or_unreachable});
  check_conditions(win32_code(1231), {condition::retryable, condition::refused_or_unreachable});
  check_conditions(win32_code(121), {condition::retryable, condition::timed_out});
  check_conditions(win32_code(1232), {condition::refused_or_unreachable});
  check_conditions(win32_code(1256), {condition::refused_or_unreachable});
  for (const std::uint32_t code : {52u, 68u, 1227u, 1450u, 1453u, 1455u, 1816u, 10048u, 10055u})
    check_conditions(win32_code(code), {condition::local_exhaustion});
  check_conditions(win32_code(995), {condition::aborted});
  check_conditions(win32_code(1235), {condition::aborted});
  check_conditions(win32_code(87), {condition::misuse});
  check_conditions(win32_code(10041), {condition::misuse});
  check_conditions(win32_code(10093), {condition::misuse});
  for (const std::uint32_t code : {64u, 109u, 233u, 1226u, 1229u, 1234u, 1236u, 2250u, 10052u,
           10053u, 10054u, 10057u, 10058u, 10101u})
    check_conditions(win32_code(code), {condition::broken});
  check_conditions(win32_code(59), {});
  check_conditions(win32_code(0), {});
}

TEST_CASE("a raw status matches the conditions of its portable twin")
{
  check_conditions(
      ntstatus_code(0xC0000236), {condition::retryable, condition::refused_or_unreachable});
  check_conditions(ntstatus_code(0xC00000B5), {condition::retryable, condition::timed_out});
  check_conditions(ntstatus_code(0xC000023D), {condition::refused_or_unreachable});
  check_conditions(ntstatus_code(0xC0000209), {condition::local_exhaustion});
  check_conditions(ntstatus_code(0xC0000120), {condition::aborted});
  check_conditions(ntstatus_code(0xC0000141), {condition::misuse});
  check_conditions(ntstatus_code(0xC0000241), {condition::broken});
  check_conditions(ntstatus_code(0xC000020D), {condition::broken});
  check_conditions(ntstatus_code(0xC000A012), {condition::broken});
  check_conditions(ntstatus_code(0xC0000123), {});
  check_conditions(ntstatus_code(0x103), {});
  check_conditions(ntstatus_code(0), {});
}

TEST_CASE("a generic code matches the conditions of its system twin")
{
  const classification classifications[] = {
      {generic(errc::connection_refused),
          {condition::retryable, condition::refused_or_unreachable}},
      {generic(errc::network_unreachable),
          {condition::retryable, condition::refused_or_unreachable}},
      {generic(errc::timed_out), {condition::retryable, condition::timed_out}},
      {generic(errc::host_unreachable), {condition::refused_or_unreachable}},
      {generic(errc::broken_pipe), {condition::broken}},
      {generic(errc::connection_aborted), {condition::broken}},
      {generic(errc::connection_reset), {condition::broken}},
      {generic(errc::network_reset), {condition::broken}},
      {generic(errc::not_connected), {condition::broken}},
      {generic(errc::address_in_use), {condition::local_exhaustion}},
      {generic(errc::no_buffer_space), {condition::local_exhaustion}},
      {generic(errc::too_many_files_open), {condition::local_exhaustion}},
      {generic(errc::too_many_files_open_in_system), {condition::local_exhaustion}},
      {generic(errc::not_enough_memory), {condition::local_exhaustion}},
      {generic(errc::operation_canceled), {condition::aborted}},
      {generic(errc::bad_file_descriptor), {condition::misuse}},
      {generic(errc::bad_address), {condition::misuse}},
      {generic(errc::invalid_argument), {condition::misuse}},
      {generic(errc::connection_already_in_progress), {condition::misuse}},
      {generic(errc::not_a_socket), {condition::misuse}},
      {generic(errc::wrong_protocol_type), {condition::misuse}},
      {generic(errc::operation_not_supported), {condition::misuse}},
      {generic(errc::address_family_not_supported), {condition::misuse}},
      {generic(errc::address_not_available), {condition::misuse}},
      {generic(errc::already_connected), {condition::misuse}},
      {generic(errc::success), {}},
      {generic(errc::interrupted), {}},
      {generic(errc::network_down), {}},
      {generic(errc::permission_denied), {}},
  };

  for (const classification& expected : classifications)
    check_conditions(expected.code, expected.conditions);

#if !defined(_WIN32)
  check_conditions(error_code(EHOSTDOWN, boost::system::generic_category()),
      {condition::refused_or_unreachable});
#endif
}

TEST_CASE("a code of another category matches no condition, whatever its number")
{
  for (const int value : {1, 2, 52, 995, 1225, 10048, 10060, 10061, ECONNREFUSED, ETIMEDOUT})
    check_conditions(error_code(value, asio::error::get_misc_category()), {});

#if !defined(_WIN32)
  for (const int value : {52, 1225, 10061})
    check_conditions(error_code(value, boost::system::system_category()), {});
#endif
}

TEST_CASE("no code matches a number that is not a condition")
{
  for (const int value : {-1, 0, 8, 10061})
  {
    CAPTURE(value);
    const boost::system::error_condition unknown(value, connectex::condition_category());
    CHECK(error_code() != unknown);
    CHECK(error_code(asio::error::connection_refused) != unknown);
    CHECK(unknown.message() == "unknown connect condition");
  }
}

TEST_CASE("every condition has a value from one on and a message of its own")
{
  CHECK(connectex::condition_category().name() == std::string("connectex.condition"));

  std::vector<std::string> messages;
  int value = 0;
  for (const condition each : all_conditions)
  {
    const boost::system::error_condition made = each;
    CHECK(made.value() == ++value);
    CHECK(made.category() == connectex::condition_category());
    messages.push_back(made.message());
  }

  const std::vector<std::string> expected = {"the connect can be tried again",
      "the peer refused or cannot be reached", "the time was up", "the connection broke",
      "out of local ports, sockets or memory", "the operation was cancelled",
      "the connect was called wrongly"};
  CHECK(messages == expected);
}

TEST_CASE("every condition has the name of its enumerator")
{
  std::size_t count = 0;
  for (const connectex::detail::condition_name& row : connectex::detail::condition_names)
  {
    CHECK(to_string(row.value) == row.name);
    CHECK(row.value == all_conditions[count++]);
  }
  CHECK(count == std::size(all_conditions));
  CHECK(to_string(static_cast<condition>(0)).empty());
  static_assert(to_string(condition::retryable) == "retryable");
}

TEST_CASE("every code of the tables has its name, on every system and however it is written")
{
  namespace detail = connectex::detail;
  for (const detail::code_row& row : detail::code_rows)
  {
    CAPTURE(row.name);
    CHECK(error_name(to_portable(row.value)) == row.name);
    CHECK(error_name(win32_code(static_cast<std::uint32_t>(row.value))) == row.name);
  }
  for (const detail::number_row& row : detail::win32_rows)
  {
    CAPTURE(row.name);
    const std::string_view name = error_name(to_portable(row.portable));
    CHECK(error_name(connectex::portable_error_from_win32(row.number)) == name);
    CHECK(error_name(win32_code(row.number)) == name);
  }
  for (const detail::number_row& row : detail::ntstatus_rows)
  {
    CAPTURE(row.name);
    const std::string_view name = error_name(to_portable(row.portable));
    CHECK(error_name(connectex::portable_error_from_ntstatus(row.number)) == name);
    CHECK(error_name(ntstatus_code(row.number)) == name);
  }
}

TEST_CASE("a code that is in no table has the name that Asio gives it")
{
  struct row
  {
    error_code error;
    const char* name;
  };
  const row rows[] = {
      {asio::error::shut_down, "shut_down"},
      {asio::error::name_too_long, "name_too_long"},
      {asio::error::no_memory, "no_memory"},
      {asio::error::no_permission, "no_permission"},
      {asio::error::already_open, "already_open"},
      {asio::error::eof, "eof"},
      {asio::error::not_found, "not_found"},
      {asio::error::fd_set_failure, "fd_set_failure"},
      {asio::error::host_not_found, "host_not_found"},
      {asio::error::host_not_found_try_again, "host_not_found_try_again"},
      {asio::error::no_data, "no_data"},
      {asio::error::no_recovery, "no_recovery"},
      {asio::error::service_not_found, "service_not_found"},
      {asio::error::socket_type_not_supported, "socket_type_not_supported"},
      {generic(errc::timed_out), "timed_out"},
      {generic(errc::operation_not_permitted), "no_permission"},
      {generic(errc::function_not_supported), "function_not_supported"},
  };
  for (const row& r : rows)
  {
    CAPTURE(r.error);
#if defined(_WIN32)
    // The number is ERROR_ACCESS_DENIED, which the tables call by another name.
    if (r.error == asio::error::no_permission)
      continue;
#endif
    CHECK(error_name(r.error) == r.name);
  }
}

TEST_CASE("an error after delivery has the name of its plain twin")
{
  for (const retryable_error& error : retryable_errors())
  {
    const error_code plain = error.plain;
    CHECK(error_name(connectex::detail::after_delivery(plain)) == error_name(plain));
    CHECK_FALSE(error_name(plain).empty());
  }
}

TEST_CASE("success, an unknown number and a number of a strange category have no name")
{
  CHECK(error_name(error_code()).empty());
  CHECK(error_name(win32_code(19999)).empty());
  CHECK(error_name(ntstatus_code(0xC0001234)).empty());
  CHECK(error_name(error_code(4711, asio::error::get_misc_category())).empty());
  const error_code refused = asio::error::connection_refused;
  CHECK(error_name(error_code(refused.value(), asio::error::get_misc_category())).empty());
}

TEST_CASE("a retryable error after delivery keeps its number and its meaning")
{
  using connectex::detail::after_delivery;

  for (const retryable_error& each : retryable_errors())
  {
    const error_code plain = each.plain;
    const error_code delivered = after_delivery(plain);
    CAPTURE(plain);

    CHECK(delivered.failed());
    CHECK(delivered.value() == plain.value());
    CHECK(delivered.category() == connectex::after_delivery_category());
    CHECK(delivered.default_error_condition() == plain.default_error_condition());
    CHECK(delivered == each.meaning);
    CHECK(each.meaning == delivered);
    CHECK(delivered.message() == plain.message() + " (after bytes may have been delivered)");
  }
}

TEST_CASE("an error after delivery is another code than its plain twin")
{
  for (const retryable_error& each : retryable_errors())
  {
    const error_code delivered = connectex::detail::after_delivery(each.plain);
    CAPTURE(delivered);

    CHECK(delivered != each.plain);
    CHECK(each.plain != delivered);
    CHECK(delivered != error_code(each.plain));
    CHECK(delivered != generic(each.meaning));
  }
}

TEST_CASE("an error after delivery matches the conditions of its plain twin but is not retryable")
{
  for (const retryable_error& each : retryable_errors())
  {
    std::vector<condition> plain_conditions = each.conditions_after_delivery;
    plain_conditions.push_back(condition::retryable);

    check_conditions(each.plain, plain_conditions);
    check_conditions(connectex::detail::after_delivery(each.plain), each.conditions_after_delivery);
  }
}

TEST_CASE("an error after delivery keeps its meaning as a code of the standard library")
{
  for (const retryable_error& each : retryable_errors())
  {
    const std::error_code delivered = connectex::detail::after_delivery(each.plain);
    CAPTURE(delivered.message());

    CHECK(delivered == static_cast<std::errc>(each.meaning));
    CHECK(delivered != std::error_code(error_code(each.plain)));
    CHECK(
        delivered != static_cast<std::error_condition>(make_error_condition(condition::retryable)));
    for (const condition expected : each.conditions_after_delivery)
      CHECK(delivered == static_cast<std::error_condition>(make_error_condition(expected)));
  }
}

TEST_CASE("marking an error as after delivery twice changes nothing")
{
  using connectex::detail::after_delivery;

  for (const retryable_error& each : retryable_errors())
  {
    const error_code once = after_delivery(each.plain);
    CHECK(after_delivery(once) == once);
  }
}

TEST_CASE("an error that is not retryable is the same after delivery")
{
  using connectex::detail::after_delivery;

  std::vector<error_code> all = {error_code(), asio::error::eof, asio::error::already_open,
      asio::error::host_not_found, asio::error::try_again, ntstatus_code(0xC0000123),
      generic(errc::connection_reset), win32_code(64), ntstatus_code(0xC000020D)};
  for (const auto& more : {win32_expectations(), ntstatus_expectations(), winsock_expectations()})
  {
    for (const expectation& expected : more)
      all.push_back(expected.portable);
  }

  for (const error_code& error : all)
  {
    if (error == condition::retryable)
      continue;
    CAPTURE(error);
    CHECK(after_delivery(error) == error);
  }
}

TEST_CASE("the category of errors after delivery has a name")
{
  CHECK(connectex::after_delivery_category().name() == std::string("connectex.after_delivery"));
  CHECK(connectex::after_delivery_category() != boost::system::system_category());
  CHECK(connectex::after_delivery_category() != connectex::win32_category());
}
