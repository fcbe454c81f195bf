// SPDX-License-Identifier: BSL-1.0

#include "outcome.hpp"
#include "provider_report.hpp"
#include "versions.hpp"

#include <connectex/error.hpp>

#include <nlohmann/json.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace
{

using boost::system::error_code;
using ordered_json = nlohmann::ordered_json;

double to_milliseconds(std::chrono::steady_clock::duration time)
{
  return std::chrono::duration<double, std::milli>(time).count();
}

ordered_json error_json(const error_code& error)
{
  if (!error)
    return nullptr;
  const std::string_view name = connectex::error_name(error);
  return {{"name", name.empty() ? ordered_json(nullptr) : ordered_json(name)},
      {"conditions", conditions_of(error)}, {"message", error.message()},
      {"category", error.category().name()}, {"value", error.value()}};
}

ordered_json look_up_json(const outcome& result)
{
  if (!has_look_up(result))
    return nullptr;
  return {{"ms", to_milliseconds(result.report.resolve_elapsed)},
      {"error", error_json(result.report.resolve_error)}, {"addresses", addresses_found(result)}};
}

ordered_json round_trip_json(const std::optional<std::chrono::microseconds>& time)
{
  if (!time)
    return nullptr;
  return to_milliseconds(*time);
}

template <typename Number>
ordered_json number_json(const std::optional<Number>& number)
{
  if (!number)
    return nullptr;
  return *number;
}

/// Null for an attempt that has not connected, and where the system does not tell.
ordered_json statistics_json(const std::optional<connectex::connection_statistics>& statistics)
{
  if (!statistics)
    return nullptr;
  return {{"round_trip_ms", round_trip_json(statistics->round_trip_time)},
      {"minimum_round_trip_ms", round_trip_json(statistics->minimum_round_trip_time)},
      {"syn_retransmissions", number_json(statistics->syn_retransmissions)},
      {"bytes_retransmitted", number_json(statistics->bytes_retransmitted)},
      {"bytes_sent", number_json(statistics->bytes_sent)},
      {"bytes_received", number_json(statistics->bytes_received)}};
}

ordered_json native_code_json(const connectex::connect_attempt& attempt)
{
  if (attempt.error && !has_native_reason(attempt))
    return nullptr;
  return attempt.native_error;
}

ordered_json attempts_json(const outcome& result)
{
  ordered_json attempts = ordered_json::array();
  for (const connectex::connect_attempt& made : result.report.attempts)
  {
    attempts.push_back({{"attempt", attempts.size() + 1},
        {"endpoint", connectex::to_string(made.endpoint)},
        {"outcome", connectex::to_string(made.outcome)}, {"error", error_json(made.error)},
        {"native_code", native_code_json(made)}, {"started_ms", to_milliseconds(made.started)},
        {"ms", to_milliseconds(made.elapsed)}, {"statistics", statistics_json(made.statistics)}});
  }
  return attempts;
}

ordered_json first_flight_json(const settings& chosen, const outcome& result)
{
  const connectex::connect_report& report = result.report;
  return {{"path", connectex::to_string(report.first_flight)}, {"bytes", chosen.data.size()},
      {"bytes_sent", result.bytes_sent}, {"bytes_in_connect", report.bytes_in_connect},
      {"maybe_delivered", report.maybe_delivered},
      {"fast_open_error", error_json(report.fast_open_error)}};
}

/// Null where there is no connection.
ordered_json endpoint_json(const outcome& result, const boost::asio::ip::tcp::endpoint& endpoint)
{
  if (result.error)
    return nullptr;
  return connectex::to_string(endpoint);
}

ordered_json versions_json()
{
  const versions used = get_versions();
  return {{"connectex", used.connectex}, {"boost", used.boost}, {"compiler", used.compiler},
      {"system", used.system}};
}

} // namespace

std::string to_json_text(const settings& chosen, const outcome& result)
{
  ordered_json report = {{"host", chosen.host}, {"port", chosen.port}, {"connected", !result.error},
      {"exit_code", static_cast<int>(to_exit_code(result.error))},
      {"error", error_json(result.error)}, {"peer", endpoint_json(result, result.peer)},
      {"local", endpoint_json(result, result.local)}, {"look_up", look_up_json(result)},
      {"attempts", attempts_json(result)}, {"not_tried", endpoints_not_tried(result)},
      {"elapsed_ms", to_milliseconds(result.report.elapsed)},
      {"first_flight", first_flight_json(chosen, result)}};
  if (chosen.provider)
    report["provider"] = provider_json(protocol_of(result));
  report["versions"] = versions_json();

  // The system's messages need not be UTF-8.
  return report.dump(2, ' ', false, ordered_json::error_handler_t::replace) + '\n';
}
