// SPDX-License-Identifier: BSL-1.0

// The numbers that Windows tells, by the names of Asio's errors where it has one.

#ifndef CONNECTEX_TEST_SUPPORT_WINDOWS_NUMBERS_HPP
#define CONNECTEX_TEST_SUPPORT_WINDOWS_NUMBERS_HPP

#include <cstdint>

namespace test::winsock
{

inline constexpr std::uint32_t access_denied = 10013;
inline constexpr std::uint32_t fault = 10014;
inline constexpr std::uint32_t invalid_argument = 10022;
inline constexpr std::uint32_t already_started = 10037;
inline constexpr std::uint32_t not_socket = 10038;
inline constexpr std::uint32_t no_protocol_option = 10042;
inline constexpr std::uint32_t operation_not_supported = 10045;
inline constexpr std::uint32_t address_family_not_supported = 10047;
inline constexpr std::uint32_t address_in_use = 10048;
inline constexpr std::uint32_t address_not_available = 10049;
inline constexpr std::uint32_t network_down = 10050;
inline constexpr std::uint32_t network_unreachable = 10051;
inline constexpr std::uint32_t connection_aborted = 10053;
inline constexpr std::uint32_t connection_reset = 10054;
inline constexpr std::uint32_t no_buffer_space = 10055;
inline constexpr std::uint32_t already_connected = 10056;
inline constexpr std::uint32_t not_connected = 10057;
inline constexpr std::uint32_t timed_out = 10060;
inline constexpr std::uint32_t connection_refused = 10061;
inline constexpr std::uint32_t host_down = 10064;
inline constexpr std::uint32_t host_unreachable = 10065;
inline constexpr std::uint32_t not_initialised = 10093;

} // namespace test::winsock

namespace test::win32
{

inline constexpr std::uint32_t semaphore_timeout = 121;
inline constexpr std::uint32_t operation_aborted = 995;
inline constexpr std::uint32_t io_pending = 997;
inline constexpr std::uint32_t not_found = 1168;
inline constexpr std::uint32_t connection_refused = 1225;

} // namespace test::win32

/// The statuses of completion packets, by their own names.
namespace test::nt
{

inline constexpr std::uint32_t success = 0;
inline constexpr std::uint32_t invalid_parameter = 0xC000000D;
inline constexpr std::uint32_t access_denied = 0xC0000022;
inline constexpr std::uint32_t insufficient_resources = 0xC000009A;
inline constexpr std::uint32_t io_timeout = 0xC00000B5;
inline constexpr std::uint32_t cancelled = 0xC0000120;
inline constexpr std::uint32_t local_disconnect = 0xC000013B;
inline constexpr std::uint32_t too_many_addresses = 0xC0000209;
inline constexpr std::uint32_t address_already_exists = 0xC000020A;
inline constexpr std::uint32_t connection_reset = 0xC000020D;
inline constexpr std::uint32_t connection_refused = 0xC0000236;
inline constexpr std::uint32_t network_unreachable = 0xC000023C;
inline constexpr std::uint32_t host_unreachable = 0xC000023D;
inline constexpr std::uint32_t connection_aborted = 0xC0000241;

// Winsock's own numbers in the form of a status, as a layer may pass them on.
inline constexpr std::uint32_t winsock_timed_out = 0xC007274C;
inline constexpr std::uint32_t winsock_connection_refused = 0xC007274D;

} // namespace test::nt

#endif // CONNECTEX_TEST_SUPPORT_WINDOWS_NUMBERS_HPP
