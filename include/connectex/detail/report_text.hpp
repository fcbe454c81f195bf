// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_DETAIL_REPORT_TEXT_HPP
#define CONNECTEX_DETAIL_REPORT_TEXT_HPP

#include <connectex/connection_info.hpp>
#include <connectex/detail/platform.hpp>

#include <boost/system/error_code.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// The values that a report is printed from. The compiled sources see no header of Asio, so the
// public headers hand over an endpoint as its bytes, and an enumerator as its name.

namespace connectex::detail
{

/// A value of an enumeration; one that has no name is printed as its type and its number.
struct enumerator_view
{
  std::string_view type;
  std::string_view name;
  int value = 0;
};

/// A sockaddr.
struct address_view
{
  const void* data = nullptr;
  std::size_t size = 0;
};

struct attempt_view
{
  address_view endpoint;
  enumerator_view outcome;
  boost::system::error_code error;
  std::uint32_t native_error = 0;
  std::chrono::steady_clock::duration started{};
  std::chrono::steady_clock::duration elapsed{};
  std::optional<connection_statistics> statistics;
};

struct report_view
{
  std::vector<attempt_view> attempts;
  std::chrono::steady_clock::duration elapsed{};
  enumerator_view first_flight;
  std::size_t bytes_in_connect = 0;
  boost::system::error_code fast_open_error;

  bool maybe_delivered = false;
  std::size_t not_tried = 0;

  boost::system::error_code resolve_error;
  std::chrono::steady_clock::duration resolve_elapsed{};

  /// Without a type where there is nothing to say of it.
  enumerator_view unusual_call;
};

CONNECTEX_DECL std::string text_of(const address_view& address);
CONNECTEX_DECL std::string text_of(const attempt_view& attempt);
CONNECTEX_DECL std::string text_of(const report_view& report);

CONNECTEX_DECL std::ostream& write(std::ostream& out, const enumerator_view& value);
CONNECTEX_DECL std::ostream& write(std::ostream& out, const attempt_view& attempt);
CONNECTEX_DECL std::ostream& write(std::ostream& out, const report_view& report);

} // namespace connectex::detail

#endif // CONNECTEX_DETAIL_REPORT_TEXT_HPP
