// SPDX-License-Identifier: BSL-1.0

// A command-line tool that tells how a connect goes: attempt by attempt, with native error numbers
// and times, and with an exit code that scripts can act upon.

#include "provider_report.hpp"

#include <connectex/connectex.hpp>

#include <CLI/CLI.hpp>
#include <boost/asio.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using steady_clock = std::chrono::steady_clock;

namespace
{

enum class exit_code
{
  connected = 0,
  other_failure = 1,
  usage_error = 2,
  refused_or_unreachable = 3,
  timed_out = 4,
  local_exhaustion = 5,
  misuse = 6
};

struct settings
{
  std::string host;

  // What the host is, if it is several addresses.
  std::vector<asio::ip::address> addresses;

  unsigned short port = 0;
  std::string data;
  unsigned retries = 0;
  steady_clock::duration timeout = std::chrono::seconds(10);
  std::optional<steady_clock::duration> attempt_timeout;
  connectex::race_policy race;
  bool fast_open = false;
  bool provider = false;
  bool json = false;
};

struct outcome
{
  error_code error;
  tcp::endpoint peer;
  std::size_t bytes_sent = 0;
  connectex::connect_report report;
};

exit_code to_exit_code(const error_code& error)
{
  if (!error)
    return exit_code::connected;
  if (error == connectex::condition::timed_out)
    return exit_code::timed_out;
  if (error == connectex::condition::refused_or_unreachable)
    return exit_code::refused_or_unreachable;
  if (error == connectex::condition::local_exhaustion)
    return exit_code::local_exhaustion;
  if (error == connectex::condition::misuse)
    return exit_code::misuse;
  return exit_code::other_failure;
}

// The command line

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_hex_digit(char c)
{
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

// CLI11's own conversion takes 010 for 8.
unsigned to_whole_number(
    const std::string& name, const std::string& text, unsigned min, unsigned max)
{
  std::uint64_t value = 0;
  for (const char c : text)
    value = std::min<std::uint64_t>(value * 10 + static_cast<unsigned char>(c - '0'), max + 1ull);
  const bool digits = !text.empty() && std::all_of(text.begin(), text.end(), is_digit);
  if (!digits || value < min || value > max)
  {
    throw CLI::ValidationError(name,
        "'" + text + "' is not a whole number from " + std::to_string(min) + " to "
            + std::to_string(max));
  }
  return static_cast<unsigned>(value);
}

// CLI11's own conversion takes nan, inf and 0x10.
steady_clock::duration to_seconds(
    const std::string& name, const std::string& text, const std::string& min = "0.001")
{
  const bool decimal = std::count(text.begin(), text.end(), '.') <= 1
      && std::any_of(text.begin(), text.end(), is_digit)
      && std::all_of(text.begin(), text.end(), [](char c) { return is_digit(c) || c == '.'; });
  const double value = decimal ? std::strtod(text.c_str(), nullptr) : 0;
  if (value < std::strtod(min.c_str(), nullptr) || value > 1'000'000)
  {
    throw CLI::ValidationError(
        name, "'" + text + "' is not a number of seconds from " + min + " to 1000000");
  }
  return std::chrono::duration_cast<steady_clock::duration>(std::chrono::duration<double>(value));
}

std::vector<asio::ip::address> to_addresses(const std::string& name, const std::string& text)
{
  std::vector<asio::ip::address> addresses;
  std::istringstream list(text);
  for (std::string item; std::getline(list, item, ',');)
  {
    error_code error;
    addresses.push_back(asio::ip::make_address(item, error));
    if (error)
      throw CLI::ValidationError(name, "'" + item + "' is not an address, and a list has no names");
  }
  return addresses;
}

std::string unescape(const std::string& name, const std::string& text)
{
  static const std::string kinds = "rnt\\";
  static const std::string values = "\r\n\t\\";
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i)
  {
    if (text[i] != '\\')
    {
      result += text[i];
      continue;
    }
    const std::string escape = text.substr(i + 1, 3);
    const std::size_t kind = escape.empty() ? std::string::npos : kinds.find(escape[0]);
    if (kind != std::string::npos)
    {
      result += values[kind];
      i += 1;
    }
    else if (escape.size() == 3 && escape[0] == 'x' && is_hex_digit(escape[1])
        && is_hex_digit(escape[2]))
    {
      result += static_cast<char>(std::stoi(escape.substr(1), nullptr, 16));
      i += 3;
    }
    else
    {
      throw CLI::ValidationError(name,
          "the backslash at position " + std::to_string(i + 1)
              + " begins none of \\r \\n \\t \\\\ \\xNN");
    }
  }
  return result;
}

/// Describes the options to @p app, which writes what it reads to @p chosen.
void describe_options(CLI::App& app, settings& chosen)
{
  using text = const std::string&;

  // CLI11 would otherwise read /x as an option on Windows, and only there.
  app.allow_windows_style_options(false);

  app.add_option_function<std::string>(
         "HOST",
         [&](text value)
         {
           if (value.empty())
             throw CLI::ValidationError("HOST", "must not be empty");
           chosen.host = value;
           if (value.find(',') != std::string::npos)
             chosen.addresses = to_addresses("HOST", value);
         },
         "Name, address, or several addresses with commas between them; of several, one attempt "
         "starts after the other until one has connected")
      ->type_name("")
      ->required();
  app.add_option_function<std::string>(
         "PORT",
         [&](text value)
         { chosen.port = static_cast<unsigned short>(to_whole_number("PORT", value, 1, 65535)); },
         "1 to 65535")
      ->type_name("")
      ->required();
  CLI::Option* const data = app.add_option_function<std::string>(
      "--data", [&](text value) { chosen.data = unescape("--data", value); },
      "What to send with the connect; \\r \\n \\t \\\\ and \\xNN stand for bytes");
  data->type_name("TEXT");
  app.add_option_function<std::string>(
         "--retries",
         [&](text value) { chosen.retries = to_whole_number("--retries", value, 0, 1'000'000); },
         "Further attempts on all addresses if they refuse, time out or have no network (0)")
      ->type_name("N");
  app.add_option_function<std::string>(
         "--timeout", [&](text value) { chosen.timeout = to_seconds("--timeout", value); },
         "For everything, the look-up of a name included (10)")
      ->type_name("SECONDS");
  app.add_option_function<std::string>(
         "--attempt-timeout",
         [&](text value) { chosen.attempt_timeout = to_seconds("--attempt-timeout", value); },
         "For each attempt (the system's own)")
      ->type_name("SECONDS");
  CLI::Option* const sequential = app.add_flag_callback(
      "--sequential", [&] { chosen.race.mode = connectex::race_mode::sequential; },
      "Try the next address only when the one before has failed");
  app.add_option_function<std::string>(
         "--attempt-delay",
         [&](text value)
         { chosen.race.attempt_delay = to_seconds("--attempt-delay", value, "0.01"); },
         "From the start of one attempt to that of the next, unless it fails earlier (0.25)")
      ->type_name("SECONDS")
      ->excludes(sequential);
  app.add_flag("--fast-open", chosen.fast_open,
         "Let the data travel in the SYN; the peer may then see it twice")
      ->needs(data);
  app.add_flag("--provider", chosen.provider,
      "Tell which Winsock provider the connect goes through, and which layers there are");
  app.add_flag("--json", chosen.json, "Print one JSON object instead of a table");
  app.footer("Exit codes:\n"
             "  0  connected, and all data handed over\n"
             "  1  any other failure, such as an unknown name, or interrupted\n"
             "  2  wrong usage\n"
             "  3  refused or unreachable\n"
             "  4  timed out\n"
             "  5  no local port or memory left\n"
             "  6  a connect that cannot be, such as one to 0.0.0.0\n"
             "If several addresses failed, the first that this machine has a way to decides.");
}

// The probe

connectex::connect_options make_options(const settings& chosen, connectex::connect_report& report)
{
  connectex::connect_options options;
  options.retry.max_attempts = chosen.retries + 1;
  options.race = chosen.race;
  options.attempt_timeout = chosen.attempt_timeout;
  options.total_timeout = chosen.timeout;
  if (chosen.fast_open)
    options.fast_open = connectex::fast_open_mode::idempotent_data;
  options.report = &report;
  options.statistics = true;
  return options;
}

template <typename Handler>
void start_connect(tcp::socket& socket, const settings& chosen,
    const connectex::connect_options& options, Handler handler)
{
  const auto data = asio::buffer(chosen.data);
  if (chosen.addresses.empty())
  {
    return connectex::async_connect_ex(
        socket, chosen.host, std::to_string(chosen.port), data, options, std::move(handler));
  }
  std::vector<tcp::endpoint> endpoints;
  for (const asio::ip::address& address : chosen.addresses)
    endpoints.emplace_back(address, chosen.port);
  connectex::async_connect_ex(socket, endpoints, data, options, std::move(handler));
}

outcome run_probe(asio::io_context& context, const settings& chosen)
{
  outcome result;
  asio::cancellation_signal cancellation;
  asio::signal_set interrupts(context, SIGINT, SIGTERM);
  interrupts.async_wait(
      [&](const error_code& error, int)
      {
        if (error)
          return;

        // A second interrupt is the system's again, and ends the program at once.
        interrupts.clear();
        cancellation.emit(asio::cancellation_type::terminal);
      });

  tcp::socket socket(context);
  start_connect(socket, chosen, make_options(chosen, result.report),
      asio::bind_cancellation_slot(cancellation.slot(),
          [&](const error_code& error, const tcp::endpoint& peer, std::size_t bytes_sent)
          {
            result.error = error;
            result.peer = peer;
            result.bytes_sent = bytes_sent;
            context.stop();
          }));
  context.run();
  return result;
}

/// Whether the system may still be looking the name up. It cannot be told to stop.
bool is_still_resolving(const connectex::connect_report& report)
{
  return report.resolve_error == asio::error::operation_aborted
      || report.resolve_error == asio::error::timed_out;
}

// The report

double to_milliseconds(steady_clock::duration time)
{
  return std::chrono::duration<double, std::milli>(time).count();
}

nlohmann::ordered_json to_json(const error_code& error)
{
  if (!error)
    return nullptr;
  return {{"message", error.message()}, {"category", error.category().name()},
      {"value", error.value()}};
}

#if defined(_WIN32)
/// The provider of sockets like the one that has connected, or that was tried last.
provider_report provider_of(const outcome& result)
{
  const auto& attempts = result.report.attempts;
  if (!result.error || attempts.empty())
    return find_provider(result.peer.protocol());
  const bool is_v6 = attempts.back().endpoint.protocol().family() == tcp::v6().family();
  return find_provider(is_v6 ? tcp::v6() : tcp::v4());
}

std::string provider_text(const outcome& result) { return to_text(provider_of(result)); }

nlohmann::ordered_json provider_json(const outcome& result) { return to_json(provider_of(result)); }
#else
std::string provider_text(const outcome&) { return "no Winsock providers here\n"; }

nlohmann::ordered_json provider_json(const outcome&) { return nullptr; }
#endif

nlohmann::ordered_json look_up_json(const connectex::connect_report& report)
{
  if (report.resolve_elapsed == steady_clock::duration::zero())
    return nullptr;
  return {
      {"ms", to_milliseconds(report.resolve_elapsed)}, {"error", to_json(report.resolve_error)}};
}

nlohmann::ordered_json round_trip_json(const std::optional<std::chrono::microseconds>& time)
{
  if (!time)
    return nullptr;
  return to_milliseconds(*time);
}

template <typename Number>
nlohmann::ordered_json number_json(const std::optional<Number>& number)
{
  if (!number)
    return nullptr;
  return *number;
}

/// Null for an attempt that has not connected, and where the system does not tell.
nlohmann::ordered_json statistics_json(
    const std::optional<connectex::connection_statistics>& statistics)
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

nlohmann::ordered_json peer_json(const outcome& result)
{
  if (result.error)
    return nullptr;
  return connectex::to_string(result.peer);
}

void print_json(const settings& chosen, const outcome& result)
{
  using json = nlohmann::ordered_json;
  json attempts = json::array();
  for (const connectex::connect_attempt& made : result.report.attempts)
  {
    const bool has_number = !made.error || made.native_error != 0;
    attempts.push_back(
        {{"attempt", attempts.size() + 1}, {"endpoint", connectex::to_string(made.endpoint)},
            {"outcome", connectex::to_string(made.outcome)}, {"error", to_json(made.error)},
            {"native_code", has_number ? json(made.native_error) : json(nullptr)},
            {"started_ms", to_milliseconds(made.started)}, {"ms", to_milliseconds(made.elapsed)},
            {"statistics", statistics_json(made.statistics)}});
  }
  json report = {{"host", chosen.host}, {"port", chosen.port}, {"connected", !result.error},
      {"exit_code", static_cast<int>(to_exit_code(result.error))}, {"error", to_json(result.error)},
      {"peer", peer_json(result)}, {"look_up", look_up_json(result.report)}, {"attempts", attempts},
      {"not_tried", result.report.not_tried},
      {"elapsed_ms", to_milliseconds(result.report.elapsed)},
      {"first_flight",
          {{"path", connectex::to_string(result.report.first_flight)},
              {"bytes", chosen.data.size()}, {"bytes_sent", result.bytes_sent},
              {"bytes_in_connect", result.report.bytes_in_connect},
              {"maybe_delivered", result.report.maybe_delivered},
              {"fast_open_error", to_json(result.report.fast_open_error)}}}};
  if (chosen.provider)
    report["provider"] = provider_json(result);

  // The system's messages need not be UTF-8.
  std::cout << report.dump(2, ' ', false, json::error_handler_t::replace) << '\n';
}

void print_table(const settings& chosen, const outcome& result)
{
  std::cout << result.report << '\n';
  if (!chosen.data.empty())
    std::cout << "handed over: " << result.bytes_sent << " of " << chosen.data.size() << " bytes\n";
  if (chosen.provider)
    std::cout << provider_text(result);
  std::cout << "result: " << (result.error ? result.error.message() : "connected") << '\n';
}

} // namespace

int main(int argc, char* argv[])
{
  settings chosen;
  CLI::App app(
      "Connects to a TCP port, sends the first bytes with the connect, and tells how it went.",
      "connect_probe");
  describe_options(app, chosen);
  try
  {
    app.parse(argc, argv);
  }
  catch (const CLI::ParseError& error)
  {
    const bool is_help = app.exit(error) == 0;
    return static_cast<int>(is_help ? exit_code::connected : exit_code::usage_error);
  }

  try
  {
    asio::io_context context;
    const outcome result = run_probe(context, chosen);
    (chosen.json ? print_json : print_table)(chosen, result);
    if (!std::cout.flush())
      throw std::runtime_error("the report could not be written");
    const int code = static_cast<int>(to_exit_code(result.error));

    // The destructor of the context would wait until the system has given up the name.
    if (is_still_resolving(result.report))
      std::_Exit(code);
    return code;
  }
  catch (const std::exception& error)
  {
    std::cerr << "connect_probe: " << error.what() << '\n';
    return static_cast<int>(exit_code::other_failure);
  }
}
