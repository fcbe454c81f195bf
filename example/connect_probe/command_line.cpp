// SPDX-License-Identifier: BSL-1.0

#include "outcome.hpp"
#include "settings.hpp"
#include "versions.hpp"

#include <CLI/CLI.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using steady_clock = std::chrono::steady_clock;

namespace
{

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

asio::ip::address to_address(const std::string& text, error_code& error)
{
  // Winsock would read brackets and a port as well.
  const bool has_port = std::count(text.begin(), text.end(), ':') == 1;
  if (has_port || text.find_first_of("[]") != std::string::npos)
  {
    error = asio::error::invalid_argument;
    return {};
  }
  return asio::ip::make_address(text, error);
}

/// Whether it is an IPv6 address. A scope may follow it that only the system can judge.
bool is_v6(const std::string& text)
{
  error_code error;
  return to_address(text.substr(0, text.find('%')), error).is_v6() && !error;
}

std::string without_brackets(const std::string& text)
{
  if (text.empty() || (text.front() != '[' && text.back() != ']'))
    return text;
  const std::string inside = text.size() < 2 ? "" : text.substr(1, text.size() - 2);
  if (text.front() != '[' || text.back() != ']' || !is_v6(inside))
  {
    throw CLI::ValidationError(
        "HOST", "'" + text + "' is not an IPv6 address in brackets, such as [::1]");
  }
  return inside;
}

/// Where a port is told from the host, if one follows it.
std::size_t find_port(const std::string& text)
{
  const std::size_t bracket = text.rfind("]:");
  if (bracket != std::string::npos)
    return bracket + 1;
  return std::count(text.begin(), text.end(), ':') == 1 ? text.find(':') : std::string::npos;
}

std::vector<asio::ip::address> to_addresses(const std::string& text)
{
  std::vector<asio::ip::address> addresses;
  std::istringstream list(text);
  for (std::string item; std::getline(list, item, ',');)
  {
    error_code error;
    addresses.push_back(to_address(without_brackets(item), error));
    if (error)
    {
      throw CLI::ValidationError(
          "HOST", "'" + item + "' is not an address; a list has no names, and one port after it");
    }
  }
  return addresses;
}

void read_host(const std::string& text, settings& chosen)
{
  if (text.empty())
    throw CLI::ValidationError("HOST", "must not be empty");
  chosen.host = text;
  if (text.find(',') != std::string::npos)
  {
    chosen.addresses = to_addresses(text);
    return;
  }
  chosen.host = without_brackets(text);
  if (chosen.host.find(':') != std::string::npos && !is_v6(chosen.host))
  {
    throw CLI::ValidationError(
        "HOST", "'" + text + "' is not an IPv6 address, and nothing else has several colons");
  }
}

/// As RFC 6335 has it: letters, digits and hyphens, and no number.
bool is_service_name(const std::string& text)
{
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  return std::any_of(text.begin(), text.end(), is_letter)
      && std::all_of(text.begin(), text.end(),
          [&](char c) { return is_letter(c) || is_digit(c) || c == '-'; });
}

unsigned short to_port(const std::string& text)
{
  if (!is_service_name(text))
    return static_cast<unsigned short>(to_whole_number("PORT", text, 1, 65535));

  asio::io_context context;
  error_code error;
  const auto found =
      tcp::resolver(context).resolve(tcp::v4(), "", text, tcp::resolver::passive, error);
  if (error || found.empty())
  {
    throw CLI::ValidationError("PORT",
        "'" + text + "' is not a whole number from 1 to 65535, nor a service that is known here");
  }
  return found.begin()->endpoint().port();
}

/// Reads HOST PORT, or HOST:PORT, of which @p port is empty.
void read_peer(const std::string& host, const std::optional<std::string>& port, settings& chosen)
{
  const std::size_t colon = find_port(host);
  read_host(host.substr(0, colon), chosen);
  if (colon == std::string::npos && !port)
    throw CLI::RequiredError("PORT");
  if (colon != std::string::npos && port)
  {
    throw CLI::ValidationError(
        "PORT", "'" + *port + "' is one too many, because '" + host + "' has a port");
  }
  chosen.port = to_port(port ? *port : host.substr(colon + 1));
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

constexpr const char* usage =
    "Usage: connect_probe [OPTIONS] HOST PORT\n"
    "       connect_probe [OPTIONS] HOST:PORT\n"
    "\n"
    "Connects to a TCP port, sends the first bytes with the connect, and tells how it\n"
    "went: what the name stands for, each attempt with its error and its place in\n"
    "time, and the connection.\n";

constexpr const char* footer =
    "Exit codes:\n"
    "  0  connected, and all data handed over\n"
    "  1  any other failure, such as an unknown name, or interrupted\n"
    "  2  wrong usage\n"
    "  3  refused or unreachable\n"
    "  4  timed out\n"
    "  5  no local port, socket or memory left\n"
    "  6  a connect that cannot be, such as one to 0.0.0.0\n"
    "If several addresses failed, the first that this machine has a way to decides.\n"
    "\n"
    "Examples:\n"
    "  connect_probe example.com https\n"
    "  connect_probe [::1]:8080 --data 'GET / HTTP/1.0\\r\\n\\r\\n'\n"
    "  connect_probe 192.0.2.1,2001:db8::1 443 --attempt-delay 0.1 --json\n"
    "\n"
    "A report of a defect should have the output with --json, which names the\n"
    "versions and the system.";

/// Says of an option no more than its name and its value; its description says the rest.
class help_formatter : public CLI::Formatter
{
public:
  std::string make_usage(const CLI::App*, std::string) const override { return usage; }

  std::string make_option_opts(const CLI::Option* option) const override
  {
    const std::string type = option->get_type_name();
    return type.empty() ? type : ' ' + type;
  }
};

/// What the command line says of the peer.
struct peer_text
{
  std::string host;
  std::optional<std::string> port;
};

void describe_peer(CLI::App& app, peer_text& peer)
{
  app.add_option("HOST", peer.host,
         "A name, an address, or several addresses with\n"
         "commas between them. Of several, attempts start one\n"
         "after the other until one has connected. Before\n"
         ":PORT an IPv6 address has brackets: [::1]:80")
      ->type_name("")
      ->required();
  app.add_option_function<std::string>(
         "PORT", [&](const std::string& value) { peer.port = value; },
         "1 to 65535, or the name of a service such as https")
      ->type_name("");
}

void describe_attempts(CLI::App& app, settings& chosen)
{
  using text = const std::string&;
  const char* const group = "Attempts";

  app.add_option_function<std::string>(
         "--timeout", [&](text value) { chosen.timeout = to_seconds("--timeout", value); },
         "For everything, the look-up of a name included (10)")
      ->type_name("SECONDS")
      ->group(group);
  app.add_option_function<std::string>(
         "--attempt-timeout",
         [&](text value) { chosen.attempt_timeout = to_seconds("--attempt-timeout", value); },
         "For each attempt (the system's own)")
      ->type_name("SECONDS")
      ->group(group);
  app.add_option_function<std::string>(
         "--retries",
         [&](text value) { chosen.retries = to_whole_number("--retries", value, 0, 1'000'000); },
         "Further attempts on all addresses if they refuse,\n"
         "time out or have no network (0)")
      ->type_name("N")
      ->group(group);
  CLI::Option* const sequential = app.add_flag_callback(
      "--sequential", [&] { chosen.race.mode = connectex::race_mode::sequential; },
      "Try the next address only when the one before has\n"
      "failed; not with --attempt-delay");
  sequential->group(group);
  app.add_option_function<std::string>(
         "--attempt-delay",
         [&](text value)
         { chosen.race.attempt_delay = to_seconds("--attempt-delay", value, "0.01"); },
         "From the start of one attempt to that of the next,\n"
         "unless it fails earlier (0.25)")
      ->type_name("SECONDS")
      ->excludes(sequential)
      ->group(group);
}

void describe_data(CLI::App& app, settings& chosen)
{
  CLI::Option* const data = app.add_option_function<std::string>(
      "--data", [&](const std::string& value) { chosen.data = unescape("--data", value); },
      "What to send with the connect; \\r \\n \\t \\\\ and\n"
      "\\xNN stand for bytes");
  data->type_name("TEXT")->group("Data");
  app.add_flag("--fast-open", chosen.fast_open,
         "Let the data travel in the SYN, where the peer may\n"
         "see it twice; needs --data")
      ->needs(data)
      ->group("Data");
}

void describe_output(CLI::App& app, settings& chosen)
{
  app.add_flag("--json", chosen.json, "Print one JSON object instead of a table")->group("Output");
  app.add_flag("--provider", chosen.provider,
         "Tell which Winsock provider the connect goes\n"
         "through, and which layers there are")
      ->group("Output");
}

std::string version_text()
{
  const versions used = get_versions();
  return "connect_probe " + used.connectex + ", Boost " + used.boost + ", " + used.compiler + ", "
      + used.system;
}

} // namespace

std::optional<int> read_command_line(int argc, char* argv[], settings& chosen)
{
  CLI::App app("", "connect_probe");

  // CLI11 would otherwise read /x as an option on Windows, and only there.
  app.allow_windows_style_options(false);
  app.formatter(std::make_shared<help_formatter>());
  app.get_formatter()->column_width(28);
  app.set_help_flag("-h,--help", "Print this, and exit");
  app.set_version_flag("--version", version_text(), "Print the versions, and exit");

  peer_text peer;
  describe_peer(app, peer);
  describe_attempts(app, chosen);
  describe_data(app, chosen);
  describe_output(app, chosen);
  app.footer(footer);
  app.callback([&] { read_peer(peer.host, peer.port, chosen); });
  try
  {
    app.parse(argc, argv);
  }
  catch (const CLI::ParseError& error)
  {
    const bool is_answer = app.exit(error) == 0;
    return static_cast<int>(is_answer ? exit_code::connected : exit_code::usage_error);
  }
  return std::nullopt;
}
