// SPDX-License-Identifier: BSL-1.0

// connect_probe_document_test PROBE SOURCES: holds the documents about connect_probe against what
// it prints: doc/connect_probe.txt, doc/connect_probe.md and the manual page.

#include "outcome.hpp"

#include <boost/asio.hpp>
#include <nlohmann/json.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <iostream>
#include <iterator>
#include <regex>
#include <set>
#include <stdexcept>
#include <string>

namespace asio = boost::asio;
using asio::ip::tcp;
using connectex::attempt_outcome;
using connectex::connect_attempt;
using std::chrono::microseconds;
using names = std::set<std::string>;

namespace
{

bool all_good = true;

void check(bool good, const std::string& what, const std::string& seen)
{
  std::cout << (good ? "good:  " : "WRONG: ") << what << '\n';
  if (!good)
    std::cout << seen << '\n';
  all_good = all_good && good;
}

void check_same(const names& left, const names& right, const std::string& what)
{
  std::string difference;
  for (const std::string& name : left)
    difference += right.count(name) ? "" : "only the first: " + name + '\n';
  for (const std::string& name : right)
    difference += left.count(name) ? "" : "only the second: " + name + '\n';
  check(!left.empty() && left == right, what, difference);
}

std::string read_file(const std::string& name)
{
  std::ifstream file(name);
  if (!file)
    throw std::runtime_error(name + " cannot be read");
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string read_output(const std::string& line)
{
  std::FILE* const pipe = ::popen(line.c_str(), "r");
  if (!pipe)
    throw std::runtime_error("the shell cannot be run");
  std::string output;
  for (int c = std::fgetc(pipe); c != EOF; c = std::fgetc(pipe))
    output += static_cast<char>(c);
  if (::pclose(pipe) != 0)
    throw std::runtime_error(line + " failed");
  return output;
}

/// From a heading of the guide to the next.
std::string section_of(const std::string& guide, const std::string& heading)
{
  const std::size_t begin = guide.find("\n## " + heading + '\n');
  if (begin == std::string::npos)
    throw std::runtime_error("the guide has no section " + heading);
  return guide.substr(begin, guide.find("\n## ", begin + 1) - begin);
}

/// The first group of each match.
names find_all(const std::string& text, const std::string& pattern)
{
  const std::regex expression(pattern);
  names found;
  for (std::sregex_iterator match(text.begin(), text.end(), expression), end; match != end; ++match)
    found.insert((*match)[1]);
  return found;
}

tcp::endpoint endpoint_of(const char* address, unsigned short port)
{
  return {asio::ip::make_address(address), port};
}

connect_attempt attempt_on(const tcp::endpoint& peer, attempt_outcome how,
    const boost::system::error_code& error, int started, int elapsed)
{
  connect_attempt made;
  made.endpoint = peer;
  made.outcome = how;
  made.error = error;
  made.native_error = static_cast<std::uint32_t>(error.value());
  made.started = microseconds(started);
  made.elapsed = microseconds(elapsed);
  return made;
}

settings sample_settings()
{
  settings chosen;
  chosen.host = "www.example.com";
  chosen.port = 80;
  chosen.data = "HEAD / HTTP/1.0\r\n\r\n";
  return chosen;
}

/// The run whose output doc/connect_probe.txt shows.
outcome sample_outcome()
{
  const tcp::endpoint silent = endpoint_of("2001:db8::2", 80);
  const tcp::endpoint server = endpoint_of("198.51.100.2", 80);

  outcome result;
  result.peer = server;
  result.local = endpoint_of("198.51.100.1", 36272);
  result.bytes_sent = 19;
  connectex::connect_report& report = result.report;
  report.endpoints = {silent, server, endpoint_of("198.51.100.3", 80)};
  report.not_tried = 1;
  report.resolve_elapsed = microseconds(10400);
  report.elapsed = microseconds(301400);
  report.first_flight = connectex::first_flight_path::after_connect;
  report.attempts = {
      attempt_on(silent, attempt_outcome::lost, asio::error::operation_aborted, 10500, 290900),
      attempt_on(server, attempt_outcome::connected, {}, 260700, 40600)};
  connectex::connection_statistics& statistics = report.attempts[1].statistics.emplace();
  statistics.round_trip_time = microseconds(40300);
  statistics.minimum_round_trip_time = microseconds(40300);
  statistics.syn_retransmissions = 0;
  statistics.bytes_retransmitted = 0;
  statistics.bytes_sent = 0;
  statistics.bytes_received = 0;
  return result;
}

void check_sample(const std::string& sample, const std::string& guide)
{
  const std::size_t end_of_command = sample.find('\n') + 1;
  const std::string printed = to_text(sample_settings(), sample_outcome());
  check(sample.substr(end_of_command) == printed, "the sample is what is printed", printed);
  check(guide.find("```text\n" + sample + "```\n") != std::string::npos, "the guide shows it",
      "doc/connect_probe.txt and doc/connect_probe.md differ");
}

/// The members of an object by their paths. An error looks the same wherever it stands.
void add_fields(const nlohmann::json& object, const std::string& path, names& fields)
{
  for (const auto& [name, value] : object.items())
  {
    const std::string place = path + name;
    const bool is_inner_error = !path.empty() && place.find("error") != std::string::npos;
    fields.insert(place);
    if (value.is_object() && !is_inner_error)
      add_fields(value, place + '.', fields);
    else if (value.is_array() && !value.empty() && value[0].is_object())
      add_fields(value[0], place + "[].", fields);
  }
}

void check_fields(const std::string& guide)
{
  settings chosen = sample_settings();
  chosen.provider = true;
  outcome result = sample_outcome();
  result.error = asio::error::timed_out;
  result.report.attempts[0].statistics = result.report.attempts[1].statistics;
  names fields;
  add_fields(nlohmann::json::parse(to_json_text(chosen, result)), "", fields);
  check_same(fields, find_all(section_of(guide, "For scripts"), "\n\\| `([a-z_.\\[\\]]+)` \\|"),
      "the fields of the JSON");
}

void check_manual(const std::string& help, const std::string& manual)
{
  check_same(find_all(help, "\n  (?:-h,)?--([a-z-]+)"),
      find_all(manual, "\n\\.It (?:Fl h , )?Fl -([a-z-]+)"), "the options of --help and manual");
  check_same(find_all(help, "\n  ([0-9])  "), find_all(manual, "\n\\.It ([0-9])\n"),
      "the exit codes of --help and manual");
}

void check_exit_codes(const std::string& help, const std::string& guide)
{
  check_same(find_all(help, "\n  ([0-9]  [^\n]+)"),
      find_all(section_of(guide, "Exit codes"), "\n([0-9]  [^\n]+)"),
      "the exit codes of --help and guide");
}

} // namespace

int main(int argc, char* argv[])
{
  if (argc != 3)
  {
    std::cerr << "usage: connect_probe_document_test PROBE SOURCES\n";
    return EXIT_FAILURE;
  }

  try
  {
    const std::string sources = argv[2];
    const std::string guide = read_file(sources + "/doc/connect_probe.md");
    const std::string help = read_output('\'' + std::string(argv[1]) + "' --help");
    check_sample(read_file(sources + "/doc/connect_probe.txt"), guide);
    check_fields(guide);
    check_manual(help, read_file(sources + "/example/connect_probe/connect_probe.1"));
    check_exit_codes(help, guide);
    return all_good ? EXIT_SUCCESS : EXIT_FAILURE;
  }
  catch (const std::exception& error)
  {
    std::cerr << error.what() << '\n';
    return EXIT_FAILURE;
  }
}
