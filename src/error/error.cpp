// SPDX-License-Identifier: BSL-1.0

#include "tables.hpp"
#include "winsock_codes.hpp"

#include <connectex/detail/platform.hpp>
#include <connectex/error.hpp>

#include <boost/system/errc.hpp>
#include <boost/system/generic_category.hpp>
#include <boost/system/system_category.hpp>

#if CONNECTEX_DETAIL_POSIX
#include <netdb.h>
#endif

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <string>
#include <string_view>

namespace connectex
{
namespace
{

namespace wsa = detail::wsa;

using boost::system::error_category;
using boost::system::error_code;
using boost::system::error_condition;

// The tables without their text.

struct translation
{
  std::uint32_t from;
  int to;
};

struct membership
{
  condition value;
  wsa::code member;
};

constexpr translation without_text(const detail::code_row& row)
{
  return {static_cast<std::uint32_t>(row.value), row.errno_value};
}

constexpr translation without_text(const detail::number_row& row)
{
  return {row.number, row.portable};
}

constexpr membership without_text(const detail::condition_row& row)
{
  return {row.value, row.member};
}

template <typename Row, std::size_t Size>
constexpr auto without_text(const Row (&rows)[Size])
{
  std::array<decltype(without_text(rows[0])), Size> result{};
  for (std::size_t i = 0; i < Size; ++i)
    result[i] = without_text(rows[i]);
  return result;
}

constexpr auto errno_translations = without_text(detail::code_rows);
constexpr auto win32_translations = without_text(detail::win32_rows);
constexpr auto ntstatus_translations = without_text(detail::ntstatus_rows);
constexpr auto memberships = without_text(detail::condition_rows);

constexpr bool has_row(int code)
{
  for (const detail::code_row& row : detail::code_rows)
  {
    if (row.value == code)
      return true;
  }
  return false;
}

template <std::size_t Size>
constexpr bool have_rows(const std::array<translation, Size>& translations)
{
  for (const translation& candidate : translations)
  {
    if (!has_row(candidate.to))
      return false;
  }
  return true;
}

template <std::size_t Size>
constexpr bool have_rows(const std::array<membership, Size>& all)
{
  for (const membership& candidate : all)
  {
    if (!has_row(candidate.member))
      return false;
  }
  return true;
}

static_assert(have_rows(win32_translations), "a number becomes a code that has a row");
static_assert(have_rows(ntstatus_translations), "a status becomes a code that has a row");
static_assert(have_rows(memberships), "a condition's member has a row");

template <std::size_t Size>
const translation* find(
    const std::array<translation, Size>& translations, std::uint32_t from) noexcept
{
  for (const translation& candidate : translations)
  {
    if (candidate.from == from)
      return &candidate;
  }
  return nullptr;
}

error_code portable_error_from_winsock(int number) noexcept
{
  if constexpr (CONNECTEX_DETAIL_POSIX)
  {
    const translation* found = find(errno_translations, static_cast<std::uint32_t>(number));
    if (found && found->to != 0)
      return {found->to, boost::system::system_category()};
  }
  return {number, win32_category()};
}

// Of a code in after_delivery_category().
error_code plain_twin(int value) noexcept { return {value, boost::system::system_category()}; }

bool is(const error_code& code, wsa::code member) noexcept
{
  const error_code portable = to_portable(member);
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
  if (code.category() == after_delivery_category())
    return portable == plain_twin(code.value());
  return portable == code;
}

// Names of codes that have no row in the tables

struct asio_name
{
  const char* category;
  int value;
  std::string_view name;
};

// This file sees no header of Asio, and so knows its categories by their names.
constexpr asio_name asio_names[] = {
    {"asio.misc", 1, "already_open"},
    {"asio.misc", 2, "eof"},
    {"asio.misc", 3, "not_found"},
    {"asio.misc", 4, "fd_set_failure"},
#if CONNECTEX_DETAIL_POSIX
    {"asio.netdb", HOST_NOT_FOUND, "host_not_found"},
    {"asio.netdb", TRY_AGAIN, "host_not_found_try_again"},
    {"asio.netdb", NO_RECOVERY, "no_recovery"},
    {"asio.netdb", NO_DATA, "no_data"},
    {"asio.addrinfo", EAI_SERVICE, "service_not_found"},
    {"asio.addrinfo", EAI_SOCKTYPE, "socket_type_not_supported"},
#else
    {"system", 10109, "service_not_found"},
    {"system", 11001, "host_not_found"},
    {"system", 11002, "host_not_found_try_again"},
    {"system", 11003, "no_recovery"},
    {"system", 11004, "no_data"},
#endif
};

struct generic_name
{
  boost::system::errc::errc_t value;
  std::string_view name;
};

constexpr generic_name generic_names[] = {
    {boost::system::errc::function_not_supported, "function_not_supported"},
    {boost::system::errc::no_such_file_or_directory, "no_such_file_or_directory"},
    {boost::system::errc::not_enough_memory, "no_memory"},
    {boost::system::errc::not_supported, "operation_not_supported"},
    {boost::system::errc::operation_not_permitted, "no_permission"},
    {boost::system::errc::protocol_error, "protocol_error"},
    {boost::system::errc::resource_unavailable_try_again, "try_again"},
    {boost::system::errc::too_many_files_open_in_system, "no_descriptors_in_system"},
};

/// A condition says too little of a code in a category that is not the system's.
bool has_generic_meaning(const error_code& ec) noexcept
{
  return ec.category() == boost::system::system_category()
      || ec.category() == boost::system::generic_category();
}

/// Of the codes that have no twin in Winsock.
bool is_local_exhaustion(const error_code& code) noexcept
{
  return has_generic_meaning(code)
      && (code == boost::system::errc::not_enough_memory
          || code == boost::system::errc::too_many_files_open_in_system);
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

class after_delivery_category_impl final : public error_category
{
public:
  constexpr after_delivery_category_impl() noexcept : error_category(0x5c1e9a07d3b8642f) {}

  const char* name() const noexcept override { return "connectex.after_delivery"; }

  std::string message(int value) const override
  {
    return plain_twin(value).message() + " (after bytes may have been delivered)";
  }

  error_condition default_error_condition(int value) const noexcept override
  {
    return plain_twin(value).default_error_condition();
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
    case condition::timed_out:
      return "the time was up";
    case condition::broken:
      return "the connection broke";
    case condition::local_exhaustion:
      return "out of local ports, sockets or memory";
    case condition::aborted:
      return "the operation was cancelled";
    case condition::misuse:
      return "the connect was called wrongly";
    }
    return "unknown connect condition";
  }

  bool equivalent(const error_code& code, int value) const noexcept override
  {
    const auto wanted = static_cast<condition>(value);
    if (wanted == condition::retryable && code.category() == after_delivery_category())
      return false;
    if (wanted == condition::local_exhaustion && is_local_exhaustion(code))
      return true;

    for (const membership& candidate : memberships)
    {
      if (candidate.value == wanted && is(code, candidate.member))
        return true;
    }
    return false;
  }
};

} // namespace

error_code detail::wsa::to_portable(code number) noexcept
{
  return portable_error_from_winsock(number);
}

error_code portable_error_from_win32(std::uint32_t code) noexcept
{
  if (code == 0)
    return {};
  if (const translation* found = find(win32_translations, code))
    return portable_error_from_winsock(found->to);
  return portable_error_from_winsock(static_cast<int>(code));
}

error_code portable_error_from_ntstatus(std::uint32_t status) noexcept
{
  if (const translation* found = find(ntstatus_translations, status))
    return portable_error_from_winsock(found->to);

  constexpr std::uint32_t first_warning = 0x80000000;
  if (status < first_warning)
    return {};

  // FACILITY_NTWIN32: a Win32 number that was wrapped. Wrapped zero is still a failure.
  constexpr std::uint32_t wrapped_win32 = 0xC0070000;
  if (status > wrapped_win32 && status - wrapped_win32 <= 0xFFFF)
    return portable_error_from_win32(status - wrapped_win32);

  return {static_cast<int>(status), ntstatus_category()};
}

std::string_view error_name(const error_code& ec) noexcept
{
  for (const detail::code_row& row : detail::code_rows)
  {
    if (is(ec, row.value))
      return row.name;
  }
  for (const asio_name& row : asio_names)
  {
    if (ec.value() == row.value && std::strcmp(ec.category().name(), row.category) == 0)
      return row.name;
  }
  for (const generic_name& row : generic_names)
  {
    if (has_generic_meaning(ec) && ec.default_error_condition() == row.value)
      return row.name;
  }
  return {};
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

const error_category& after_delivery_category() noexcept
{
  static const after_delivery_category_impl instance;
  return instance;
}

const error_category& condition_category() noexcept
{
  static const condition_category_impl instance;
  return instance;
}

} // namespace connectex
