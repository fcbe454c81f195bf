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
#include <memory>
#include <optional>
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
  unsigned short port = 0;
  std::string data;
  unsigned retries = 0;
  steady_clock::duration timeout = std::chrono::seconds(10);
  std::optional<steady_clock::duration> attempt_timeout;
  bool fast_open = false;
  bool provider = false;
  bool json = false;
};

struct outcome
{
  error_code error;
  bool still_resolving = false;

  // Of the endpoint that was tried last.
  std::size_t bytes_sent = 0;

  // The attempts on all endpoints, counted from the start of the probe; the rest is of the endpoint
  // that was tried last.
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
steady_clock::duration to_seconds(const std::string& name, const std::string& text)
{
  const bool decimal = std::count(text.begin(), text.end(), '.') <= 1
      && std::any_of(text.begin(), text.end(), is_digit)
      && std::all_of(text.begin(), text.end(), [](char c) { return is_digit(c) || c == '.'; });
  const double value = decimal ? std::strtod(text.c_str(), nullptr) : 0;
  if (value < 0.001 || value > 1'000'000)
  {
    throw CLI::ValidationError(
        name, "'" + text + "' is not a number of seconds from 0.001 to 1000000");
  }
  return std::chrono::duration_cast<steady_clock::duration>(std::chrono::duration<double>(value));
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
         },
         "Address or name; of a name, all addresses are tried in turn until one connects")
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
         "Further attempts for each address that refuses, times out or has no network (0)")
      ->type_name("N");
  app.add_option_function<std::string>(
         "--timeout", [&](text value) { chosen.timeout = to_seconds("--timeout", value); },
         "For everything, resolving the name included (10)")
      ->type_name("SECONDS");
  app.add_option_function<std::string>(
         "--attempt-timeout",
         [&](text value) { chosen.attempt_timeout = to_seconds("--attempt-timeout", value); },
         "For each attempt (the system's own)")
      ->type_name("SECONDS");
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
             "If several addresses failed, the last one decides.");
}

// The probe

/// Resolves the host by @p deadline. The system cannot be told to stop, so this may leave it at
/// work.
asio::awaitable<std::vector<tcp::endpoint>> resolve(
    const settings& chosen, steady_clock::time_point deadline, outcome& result)
{
  struct lookup
  {
    explicit lookup(const asio::any_io_executor& executor) : resolver(executor), finished(executor)
    {
    }

    tcp::resolver resolver;
    asio::steady_timer finished;
    error_code error;
    tcp::resolver::results_type found;
    bool is_finished = false;
  };

  const auto shared = std::make_shared<lookup>(co_await asio::this_coro::executor);
  shared->resolver.async_resolve(chosen.host, "",
      [shared](const error_code& error, tcp::resolver::results_type found)
      {
        shared->error = error;
        shared->found = std::move(found);
        shared->is_finished = true;
        shared->finished.cancel();
      });
  shared->finished.expires_at(deadline);
  error_code wait;
  co_await shared->finished.async_wait(asio::redirect_error(asio::use_awaitable, wait));

  result.still_resolving = !shared->is_finished;
  result.error =
      shared->is_finished ? shared->error : (wait ? wait : error_code(asio::error::timed_out));
  std::vector<tcp::endpoint> endpoints;
  for (const auto& entry : shared->found)
    endpoints.emplace_back(entry.endpoint().address(), chosen.port);
  if (endpoints.empty() && !result.error)
    result.error = asio::error::host_not_found;
  co_return endpoints;
}

asio::awaitable<void> connect(const settings& chosen, const tcp::endpoint& peer,
    steady_clock::time_point begin, outcome& result)
{
  tcp::socket socket(co_await asio::this_coro::executor);
  const auto started = steady_clock::now() - begin;
  connectex::connect_report report;
  connectex::connect_options options;
  options.retry.max_attempts = chosen.retries + 1;
  options.attempt_timeout = chosen.attempt_timeout;
  options.total_timeout = chosen.timeout - started;
  if (chosen.fast_open)
    options.fast_open = connectex::fast_open_mode::idempotent_data;
  options.report = &report;

  result.bytes_sent = co_await connectex::async_connect_ex(socket, peer, asio::buffer(chosen.data),
      options, asio::redirect_error(asio::use_awaitable, result.error));

  // An endpoint of which the system was not asked has a line of the report, too.
  if (report.attempts.empty())
    report.attempts.push_back({peer, result.error, 0, {}, report.elapsed});
  for (connectex::connect_attempt& made : report.attempts)
    made.started += started;
  report.attempts.insert(
      report.attempts.begin(), result.report.attempts.begin(), result.report.attempts.end());
  result.report = std::move(report);
}

asio::awaitable<void> probe(const settings& chosen, steady_clock::time_point begin, outcome& result)
{
  const std::vector<tcp::endpoint> endpoints =
      co_await resolve(chosen, begin + chosen.timeout, result);

  // Once the time is up, each further endpoint ends at once.
  for (const tcp::endpoint& peer : endpoints)
  {
    co_await connect(chosen, peer, begin, result);
    if (!result.error || result.error == connectex::condition::aborted)
      break;
  }
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

  const auto begin = steady_clock::now();
  std::exception_ptr failure;
  asio::co_spawn(context, probe(chosen, begin, result),
      asio::bind_cancellation_slot(cancellation.slot(),
          [&](std::exception_ptr thrown)
          {
            failure = thrown;
            context.stop();
          }));
  context.run();
  result.report.elapsed = steady_clock::now() - begin;
  try
  {
    if (failure)
      std::rethrow_exception(failure);
  }
  catch (const boost::system::system_error& error)
  {
    result.error = error.code();
  }
  return result;
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
/// The provider of sockets like the one that was tried last.
provider_report provider_of(const outcome& result)
{
  const auto& attempts = result.report.attempts;
  const bool is_v6 =
      !attempts.empty() && attempts.back().endpoint.protocol().family() == tcp::v6().family();
  return find_provider(is_v6 ? tcp::v6() : tcp::v4());
}

std::string provider_text(const outcome& result) { return to_text(provider_of(result)); }

nlohmann::ordered_json provider_json(const outcome& result) { return to_json(provider_of(result)); }
#else
std::string provider_text(const outcome&) { return "no Winsock providers here\n"; }

nlohmann::ordered_json provider_json(const outcome&) { return nullptr; }
#endif

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
            {"started_ms", to_milliseconds(made.started)}, {"ms", to_milliseconds(made.elapsed)}});
  }
  json report = {{"host", chosen.host}, {"port", chosen.port}, {"connected", !result.error},
      {"exit_code", static_cast<int>(to_exit_code(result.error))}, {"error", to_json(result.error)},
      {"attempts", attempts}, {"elapsed_ms", to_milliseconds(result.report.elapsed)},
      {"first_flight",
          {{"path", connectex::to_string(result.report.first_flight)},
              {"bytes", chosen.data.size()}, {"bytes_sent", result.bytes_sent},
              {"bytes_in_connect", result.report.bytes_in_connect},
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
    if (result.still_resolving)
      std::_Exit(code);
    return code;
  }
  catch (const std::exception& error)
  {
    std::cerr << "connect_probe: " << error.what() << '\n';
    return static_cast<int>(exit_code::other_failure);
  }
}
