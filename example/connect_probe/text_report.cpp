// SPDX-License-Identifier: BSL-1.0

#include "outcome.hpp"
#include "provider_report.hpp"

#include <connectex/error.hpp>

#include <chrono>
#include <iomanip>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace
{

std::string joined(const std::vector<std::string>& items)
{
  std::string text;
  for (const std::string& item : items)
    text += (text.empty() ? "" : ", ") + item;
  return text;
}

/// A line, if there is something to tell.
std::string line_of(const std::string& heading, const std::string& content)
{
  return content.empty() ? "" : heading + ": " + content + '\n';
}

/// The name is the same on every system.
std::string text_of_error(const boost::system::error_code& error)
{
  const std::string_view name = connectex::error_name(error);
  return (name.empty() ? "" : std::string(name) + ": ") + error.message();
}

std::string look_up_text(const settings& chosen, const outcome& result)
{
  if (!has_look_up(result))
    return {};
  const connectex::connect_report& report = result.report;
  const std::chrono::duration<double, std::milli> time = report.resolve_elapsed;
  std::ostringstream took;
  took << " (" << std::fixed << std::setprecision(1) << time.count() << " ms)";
  if (report.resolve_error)
    return chosen.host + " failed" + took.str() + ": " + text_of_error(report.resolve_error);
  return chosen.host + " is " + joined(addresses_found(result)) + took.str();
}

/// The library's table and its last lines, without what has a line of its own here.
std::string table_text(const outcome& result)
{
  connectex::connect_report report = result.report;
  report.not_tried = 0;
  report.resolve_error = {};
  report.resolve_elapsed = {};
  return to_string(report) + '\n';
}

std::string handed_over_text(const settings& chosen, const outcome& result)
{
  if (chosen.data.empty())
    return {};
  return std::to_string(result.bytes_sent) + " of " + std::to_string(chosen.data.size()) + " bytes";
}

} // namespace

std::string to_text(const settings& chosen, const outcome& result)
{
  const bool has_connected = !result.error;
  std::string text = line_of("look-up", look_up_text(chosen, result)) + table_text(result)
      + line_of("not tried", joined(endpoints_not_tried(result)));
  if (has_connected)
    text += line_of("local endpoint", connectex::to_string(result.local));
  text += line_of("handed over", handed_over_text(chosen, result));
  if (chosen.provider)
    text += provider_text(protocol_of(result));
  return text + line_of("result", has_connected ? "connected" : text_of_error(result.error))
      + line_of("conditions", joined(conditions_of(result.error)));
}
