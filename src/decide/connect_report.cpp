// SPDX-License-Identifier: BSL-1.0

#include <connectex/detail/platform.hpp>

#if CONNECTEX_DETAIL_WINDOWS
// Boost.System may include <windows.h>, before which <winsock2.h> must come.
#if !defined(WIN32_LEAN_AND_MEAN)
#define WIN32_LEAN_AND_MEAN
#endif
#if !defined(NOMINMAX)
#define NOMINMAX
#endif
#include <winsock2.h>
#include <ws2tcpip.h>
#else
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#endif

#include <connectex/detail/report_text.hpp>
#include <connectex/error.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstring>
#include <iterator>
#include <ostream>

namespace connectex::detail
{

namespace
{

using boost::system::error_code;

// In floating point, where the sum of two long durations does not wrap around.
using seconds = std::chrono::duration<double>;

bool is_control(char c) noexcept
{
  const auto byte = static_cast<unsigned char>(c);
  return byte < 0x20 || byte == 0x7F;
}

/// Keeps a line one line.
std::string without_control_characters(std::string text)
{
  std::replace_if(text.begin(), text.end(), is_control, '?');
  return text;
}

/// A name rather than the message, which is long and translated on Windows.
std::string text_of(const error_code& error)
{
  const std::string_view name = error_name(error);

  // The message says the same, and that bytes may have been delivered.
  if (!name.empty() && error.category() != after_delivery_category())
    return std::string(name);
  return without_control_characters(error.message());
}

/// Nothing for success.
std::string text_of(const error_code& error, std::uint32_t native_error)
{
  std::string text;
  if (error)
    text = text_of(error);
  if (native_error != 0)
    text += (text.empty() ? "(" : " (") + std::to_string(native_error) + ')';
  return text;
}

std::string text_of(const enumerator_view& value)
{
  if (!value.name.empty())
    return std::string(value.name);
  return std::string(value.type) + '(' + std::to_string(value.value) + ')';
}

// Durations

struct unit
{
  std::string_view name;
  double seconds;
  unsigned decimals;
};

constexpr unit units[] = {{"us", 1e-6, 1}, {"ms", 1e-3, 1}, {"s", 1, 3}};

/// In the smallest unit that leaves less than a thousand, as rounded. printf would write the
/// decimal point of the program's locale.
std::string text_of(seconds value)
{
  std::uint64_t scale = 1;
  std::uint64_t scaled = 0;
  const unit* chosen = std::begin(units);
  for (;; ++chosen)
  {
    scale = chosen->decimals == 1 ? 10 : 1000;
    const double scaled_value =
        std::abs(value.count()) / chosen->seconds * static_cast<double>(scale);
    scaled = static_cast<std::uint64_t>(std::round(scaled_value));
    if (scaled < 1000 * scale || chosen + 1 == std::end(units))
      break;
  }
  std::string text = value < seconds::zero() && scaled != 0 ? "-" : "";
  text += std::to_string(scaled / scale) + '.';
  const std::string decimals = std::to_string(scaled % scale);
  text.append(chosen->decimals - decimals.size(), '0');
  return (text + decimals + ' ').append(chosen->name);
}

std::string offset_of(seconds value)
{
  return (value < seconds::zero() ? "" : "+") + text_of(value);
}

// Endpoints

constexpr std::size_t address_header = offsetof(sockaddr, sa_data);

template <typename Address>
Address read(const address_view& address) noexcept
{
  Address result;
  std::memcpy(&result, address.data, sizeof(result));
  return result;
}

std::string port_of(unsigned short network_order)
{
  return ':' + std::to_string(ntohs(network_order));
}

std::string text_of_ipv4(const address_view& address)
{
  const auto v4 = read<sockaddr_in>(address);
  char text[INET_ADDRSTRLEN] = "";
  ::inet_ntop(AF_INET, &v4.sin_addr, text, sizeof(text));
  return text + port_of(v4.sin_port);
}

/// The scope stays a number, because its name belongs to the machine and to the time of the
/// attempt.
std::string text_of_ipv6(const address_view& address)
{
  const auto v6 = read<sockaddr_in6>(address);
  char text[INET6_ADDRSTRLEN] = "";
  ::inet_ntop(AF_INET6, &v6.sin6_addr, text, sizeof(text));
  std::string result = '[' + std::string(text);
  if (v6.sin6_scope_id != 0)
    result += '%' + std::to_string(v6.sin6_scope_id);
  return result + ']' + port_of(v6.sin6_port);
}

/// A path may be followed by zeros; an abstract name begins with one, and each of its bytes counts.
std::string text_of_local(const address_view& address)
{
  std::string name(
      static_cast<const char*>(address.data) + address_header, address.size - address_header);
  if (name.find_first_not_of('\0') == std::string::npos)
    return "(unnamed)";
  if (name.front() == '\0')
    name.front() = '@';
  else
    name.resize((std::min)(name.find('\0'), name.size()));
  return without_control_characters(name);
}

int family_of(const address_view& address) noexcept
{
  if (address.size < address_header)
    return AF_UNSPEC;
  sockaddr name{};
  std::memcpy(&name, address.data, address_header);
  return name.sa_family;
}

// The time line

constexpr std::size_t time_line_width = 30;

seconds end_of(const attempt_view& attempt) noexcept
{
  return seconds(attempt.started) + seconds(attempt.elapsed);
}

/// The end of the operation, or of its last attempt: the report of an operation under way has no
/// end yet.
seconds end_of(const report_view& report) noexcept
{
  seconds end = report.elapsed;
  for (const attempt_view& attempt : report.attempts)
    end = (std::max)(end, end_of(attempt));
  return end;
}

/// Rounded, so that of two attempts one after the other the second begins in the column after the
/// first.
std::size_t column_of(seconds at, seconds total) noexcept
{
  if (!(at > seconds::zero() && total > seconds::zero()))
    return 0;
  const double fraction = (std::min)(at / total, 1.0);
  return static_cast<std::size_t>(std::round(fraction * time_line_width));
}

std::string bar_of(const attempt_view& attempt, seconds total)
{
  const std::size_t first = (std::min)(column_of(attempt.started, total), time_line_width - 1);
  const std::size_t end = (std::max)(column_of(end_of(attempt), total), first + 1);
  return std::string(first, ' ') + std::string(end - first - 1, '=') + '|';
}

std::string axis_of(seconds total)
{
  const std::string end = "> " + text_of(total);
  std::string axis = "0 ";
  if (axis.size() + end.size() < time_line_width)
    axis.append(time_line_width - axis.size() - end.size(), '-');
  return axis + end;
}

// The table

enum class alignment
{
  left,
  right
};

struct column
{
  std::string_view heading;
  alignment side;
};

constexpr std::size_t columns = 7;

constexpr column table[columns] = {
    {"#", alignment::right},
    {"endpoint", alignment::left},
    {"outcome", alignment::left},
    {"error", alignment::left},
    {"started", alignment::right},
    {"took", alignment::right},
    {"", alignment::left},
};

// A field that is longer, such as a path, makes its own line longer, and not every line.
constexpr std::size_t widest = 48;

using row = std::array<std::string, columns>;

/// Two letters of unit, so that numbers stand below each other.
std::string cell_of(std::string text)
{
  if (text.size() >= 2 && text[text.size() - 2] == ' ')
    text += ' ';
  return text;
}

void append_row(std::string& text, const row& cells, const std::array<std::size_t, columns>& widths)
{
  for (std::size_t i = 0; i != columns; ++i)
  {
    const std::size_t size = cells[i].size();
    const std::size_t padding = size < widths[i] ? widths[i] - size : 0;
    const std::string_view gap = i == 0 ? "" : "  ";
    text += gap;
    text.append(table[i].side == alignment::right ? padding : 0, ' ');
    text += cells[i];
    text.append(table[i].side == alignment::left && i + 1 != columns ? padding : 0, ' ');
  }
  text += '\n';
}

void append_table(std::string& text, const report_view& report)
{
  const seconds total = end_of(report);

  std::vector<row> rows(report.attempts.size() + 1);
  for (std::size_t i = 0; i != columns; ++i)
    rows[0][i] = table[i].heading;
  rows[0][columns - 1] = axis_of(total);
  for (std::size_t i = 0; i != report.attempts.size(); ++i)
  {
    const attempt_view& attempt = report.attempts[i];
    row& cells = rows[i + 1];
    cells[0] = std::to_string(i + 1);
    cells[1] = text_of(attempt.endpoint);
    cells[2] = text_of(attempt.outcome);
    cells[3] = text_of(attempt.error, attempt.native_error);
    cells[4] = cell_of(offset_of(attempt.started));
    cells[5] = cell_of(text_of(attempt.elapsed));
    cells[6] = bar_of(attempt, total);
  }

  std::array<std::size_t, columns> widths{};
  for (const row& cells : rows)
  {
    for (std::size_t i = 0; i != columns; ++i)
    {
      if (cells[i].size() <= widest)
        widths[i] = (std::max)(widths[i], cells[i].size());
    }
  }
  for (const row& cells : rows)
    append_row(text, cells, widths);
}

void append_summary(std::string& text, const report_view& report)
{
  text += "elapsed: " + text_of(report.elapsed);
  text += ", first flight: " + text_of(report.first_flight);
  text += ", bytes in connect: " + std::to_string(report.bytes_in_connect);
  if (!report.unusual_call.type.empty())
    text += ", call: " + text_of(report.unusual_call);
  if (report.fast_open_error)
    text += ", fast open: " + text_of(report.fast_open_error);
  if (report.maybe_delivered)
    text += ", maybe delivered";
  if (report.not_tried != 0)
    text += ", not tried: " + std::to_string(report.not_tried);
  if (report.resolve_elapsed.count() != 0)
    text += ", look-up: " + text_of(report.resolve_elapsed);
  if (report.resolve_error)
    text += ", look-up error: " + text_of(report.resolve_error);
}

std::string text_of_value(std::chrono::microseconds value) { return text_of(seconds(value)); }
std::string text_of_value(std::uint64_t value) { return std::to_string(value); }

/// Nothing where it is not known.
template <typename Value>
void append_value(std::string& text, std::string_view name, const std::optional<Value>& value)
{
  if (!value)
    return;
  text += text.empty() ? "" : ", ";
  (text += name) += text_of_value(*value);
}

/// Of one attempt at most: no other has connected.
void append_statistics(std::string& text, const report_view& report)
{
  for (const attempt_view& attempt : report.attempts)
  {
    if (attempt.statistics)
      text += "\nconnection: " + detail::text_of(*attempt.statistics);
  }
}

} // namespace

std::string text_of(const address_view& address)
{
  const int family = family_of(address);
  if (family == AF_INET && address.size >= sizeof(sockaddr_in))
    return text_of_ipv4(address);
  if (family == AF_INET6 && address.size >= sizeof(sockaddr_in6))
    return text_of_ipv6(address);
  if (family == AF_UNIX)
    return text_of_local(address);
  return "family " + std::to_string(family);
}

std::string text_of(const connection_statistics& statistics)
{
  std::string text;
  append_value(text, "round trip ", statistics.round_trip_time);
  append_value(text, "minimum ", statistics.minimum_round_trip_time);
  append_value(text, "SYN retransmissions ", statistics.syn_retransmissions);
  append_value(text, "bytes retransmitted ", statistics.bytes_retransmitted);
  append_value(text, "bytes sent ", statistics.bytes_sent);
  append_value(text, "bytes received ", statistics.bytes_received);
  return text.empty() ? "nothing known" : text;
}

std::string text_of(const attempt_view& attempt)
{
  std::string text = text_of(attempt.endpoint) + ' ' + text_of(attempt.outcome);
  if (const std::string error = text_of(attempt.error, attempt.native_error); !error.empty())
    text += ": " + error;
  text += ", started " + offset_of(attempt.started) + ", took " + text_of(attempt.elapsed);
  if (attempt.statistics)
    text += ", " + text_of(*attempt.statistics);
  return text;
}

std::string text_of(const report_view& report)
{
  std::string text;
  if (report.attempts.empty())
    text += "no attempts\n";
  else
    append_table(text, report);
  append_summary(text, report);
  append_statistics(text, report);
  return text;
}

std::ostream& write(std::ostream& out, const enumerator_view& value)
{
  if (!value.name.empty())
    return out << value.name;
  return out << text_of(value);
}

std::ostream& write(std::ostream& out, const connection_statistics& statistics)
{
  return out << text_of(statistics);
}

std::ostream& write(std::ostream& out, const attempt_view& attempt)
{
  return out << text_of(attempt);
}

std::ostream& write(std::ostream& out, const report_view& report)
{
  // A width is meant for one field, and would move the first line of the table away from the
  // others.
  out.width(0);
  return out << text_of(report);
}

} // namespace connectex::detail
