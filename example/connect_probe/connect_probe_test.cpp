// SPDX-License-Identifier: BSL-1.0

// Runs connect_probe, which its only argument names, against ports of this process.

#include "../full_listener.hpp"
#include "provider_report.hpp"

#include <connectex/connect_report.hpp>

#include <boost/asio.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <iostream>
#include <stdexcept>
#include <string>
#include <vector>

#if !defined(_WIN32)
#include <sys/wait.h>
#endif

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using arguments = std::vector<std::string>;

namespace
{

struct outcome
{
  int exit_code = -1;
  std::string output;
};

std::string quoted(const std::string& text)
{
#if defined(_WIN32)
  // A backslash just before the closing quote would quote that.
  const std::size_t tail = text.find_last_not_of('\\') + 1;
  return '"' + text + text.substr(tail) + '"';
#else
  return '\'' + text + '\'';
#endif
}

/// Gives a line to the system's shell; the output is that of both streams.
outcome run_shell(const std::string& line)
{
#if defined(_WIN32)
  // cmd.exe takes away the first quote and the last.
  std::FILE* const pipe = ::_popen(('"' + line + " 2>&1\"").c_str(), "r");
#else
  std::FILE* const pipe = ::popen(("{ " + line + "; } 2>&1").c_str(), "r");
#endif
  if (!pipe)
    throw std::runtime_error("the shell cannot be run");

  outcome result;
  for (int c = std::fgetc(pipe); c != EOF; c = std::fgetc(pipe))
  {
    if (c != '\r')
      result.output += static_cast<char>(c);
  }
#if defined(_WIN32)
  result.exit_code = ::_pclose(pipe);
#else
  const int status = ::pclose(pipe);
  result.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
#endif
  return result;
}

class checker
{
public:
  explicit checker(const std::string& program)
    : program_(std::filesystem::absolute(program).make_preferred().string())
  {
  }

  bool all_good() const { return all_good_; }
  std::string program() const { return quoted(program_); }

  void check(bool good, const std::string& what)
  {
    std::cout << (good ? "good:  " : "WRONG: ") << what << '\n';
    if (!good)
      std::cout << "exit code " << last_.exit_code << ", output:\n" << last_.output << '\n';
    all_good_ = all_good_ && good;
  }

  /// Whether the probe ends with @p exit_code and its output has each of @p parts.
  outcome run(const arguments& options, int exit_code, const arguments& parts)
  {
    std::string line = program();
    std::string shown;
    for (const std::string& option : options)
    {
      line += ' ' + quoted(option);
      shown += quoted(option) + ' ';
    }
    last_ = run_shell(line);
    check(last_.exit_code == exit_code, shown + "ends with " + std::to_string(exit_code));
    for (const std::string& part : parts)
      check(last_.output.find(part) != std::string::npos, shown + "says " + part);
    return last_;
  }

  /// The same with --json, and gives what it printed; a missing member is null.
  nlohmann::json run_json(arguments options, int exit_code)
  {
    options.push_back("--json");
    const outcome result = run(options, exit_code, {});
    auto report = nlohmann::json::parse(result.output, nullptr, false);
    check(report.is_object() && report["exit_code"] == exit_code, "one object, the same exit code");
    return report.is_object() ? report : nlohmann::json::object();
  }

  outcome run_line(const std::string& line) { return last_ = run_shell(line); }

private:
  std::string program_;
  outcome last_;
  bool all_good_ = true;
};

tcp::endpoint loopback() { return {asio::ip::address_v4::loopback(), 0}; }

std::string port_of(const tcp::endpoint& endpoint) { return std::to_string(endpoint.port()); }

bool resolves(const char* name)
{
  asio::io_context context;
  error_code error;
  tcp::resolver(context).resolve(name, "", error);
  return !error;
}

/// What the probe has sent. It has ended by now, and its connection waits in the backlog.
std::string received(tcp::acceptor& acceptor)
{
  acceptor.non_blocking(true);
  error_code error;
  tcp::socket peer = acceptor.accept(error);
  std::string data;
  if (!error)
    asio::read(peer, asio::dynamic_buffer(data), error);
  return data;
}

#if defined(_WIN32)
bool is_wine()
{
  return ::GetProcAddress(::GetModuleHandleA("ntdll.dll"), "wine_get_version") != nullptr;
}
#else
bool is_wine() { return false; }
#endif

void check_help(checker& probe)
{
  probe.run({"--help"}, 0,
      {"HOST", "PORT", "--data", "--retries", "--timeout", "--attempt-timeout", "--sequential",
          "--attempt-delay", "--fast-open", "--provider", "--json", "--version", "Exit codes",
          "HOST:PORT", "several"});
}

void check_version(checker& probe)
{
  probe.run({"--version"}, 0, {"connect_probe " CONNECTEX_VERSION ", Boost 1."});
  const auto versions = probe.run_json({"0.0.0.0", "80"}, 6)["versions"];
  probe.check(versions["connectex"] == CONNECTEX_VERSION, "the library's version");
  const std::string boost = versions["boost"];
  const std::string system = versions["system"];
  probe.run({"--version"}, 0, {", Boost " + boost + ", ", ", " + system + '\n'});
#if defined(_WIN32)
  probe.check(system.rfind("Windows ", 0) == 0
          && is_wine() == (system.find(" by Wine ") != std::string::npos),
      "the name of the system");
#else
  probe.check(!system.empty() && system != "unknown", "the name of the system");
#endif
}

void check_usage(checker& probe)
{
  probe.run({}, 2, {"HOST is required"});
  probe.run({"127.0.0.1"}, 2, {"PORT is required"});
  probe.run({"", "80"}, 2, {"HOST"});
  probe.run({"127.0.0.1", "80", "81"}, 2, {"81"});
  probe.run({"127.0.0.1", "80", "--unknown"}, 2, {"--unknown"});
  probe.run({"127.0.0.1", "80", "--fast-open"}, 2, {"--fast-open requires --data"});
  probe.run({"127.0.0.1", "80", "--timeout", "1", "--timeout", "2"}, 2, {"--timeout"});
  for (const std::string port : {"0", "65536", "4294967376", "-1", "0x50", "80 ", "", "no-service"})
    probe.run({"127.0.0.1", port}, 2, {"PORT: '" + port + "' is not a whole number"});
  for (const std::string host : {"127.0.0.1", "localhost", "[::1]", "[::1],127.0.0.1,[::1]"})
    probe.run({host + ":65536"}, 2, {"PORT: '65536' is not a whole number"});
  for (const std::string host : {"::1", "127.0.0.1,127.0.0.2"})
    probe.run({host}, 2, {"PORT is required"});
  for (const std::string host : {":80", "[]:80"})
    probe.run({host}, 2, {"HOST: "});
  for (const std::string host : {"[::1", "::1]", "[127.0.0.1]", "[::1]80", "[[::1]]"})
    probe.run({host, "80"}, 2, {"HOST: '" + host + "' is not an IPv6 address in brackets"});
  probe.run({"a:b:c", "80"}, 2, {"HOST: 'a:b:c' is not an IPv6 address"});
  probe.run({"127.0.0.1:80", "81"}, 2, {"PORT: '81' is one too many"});
  probe.run({"[::1]:80", "81"}, 2, {"PORT: '81' is one too many"});
  probe.run({"127.0.0.1:80,127.0.0.2:80", "80"}, 2, {"HOST: '127.0.0.1:80' is not an address"});
  for (const std::string number : {"-1", "1.5", "many", ""})
    probe.run({"127.0.0.1", "80", "--retries", number}, 2, {"--retries: '" + number + "' is not"});
  for (const std::string number : {"0", "-1", "nan", "inf", "1e3", "1.2.3", "."})
    probe.run({"127.0.0.1", "80", "--timeout", number}, 2, {"--timeout: '" + number + "' is not"});
  probe.run({"127.0.0.1", "80", "--attempt-timeout", "0"}, 2, {"--attempt-timeout: '0' is not"});
  probe.run({"127.0.0.1", "80", "--attempt-delay", ".009"}, 2, {"'.009' is not", "from 0.01 to"});
  probe.run({"127.0.0.1", "80", "--attempt-delay", "1", "--sequential"}, 2, {"excludes"});
  probe.run({"127.0.0.1,localhost", "80"}, 2, {"HOST: 'localhost' is not an address"});
  for (const std::string data : {"\\q", "ab\\", "\\x", "\\x4", "\\x4g"})
    probe.run({"127.0.0.1", "80", "--data", data}, 2, {"--data: the backslash at position"});
}

void check_success(checker& probe)
{
  asio::io_context context;
  tcp::acceptor acceptor(context, loopback());
  const std::string port = port_of(acceptor.local_endpoint());

  probe.run({"127.0.0.1", port}, 0, {"outcome", "127.0.0.1:" + port, "result: connected"});
  probe.check(received(acceptor).empty(), "nothing was sent");

  probe.run({"127.0.0.1", port, "--data", "PING\\r\\n"}, 0, {"handed over: 6 of 6 bytes"});
  probe.check(received(acceptor) == "PING\r\n", "escapes stand for bytes");

  auto report = probe.run_json({"127.0.0.1", port, "--data", "a\\t\\\\\\x00\\xfF-"}, 0);
  probe.check(received(acceptor) == std::string("a\t\\\0\xff-", 6), "all escapes stand for bytes");
  probe.check(report["connected"] == true && report["error"].is_null(), "the result");
  probe.check(report["attempts"].size() == 1
          && report["attempts"][0]["endpoint"] == "127.0.0.1:" + port
          && report["attempts"][0]["outcome"] == "connected"
          && report["attempts"][0]["error"].is_null() && report["attempts"][0]["native_code"] == 0,
      "the attempt");
  probe.check(report["first_flight"]["bytes_sent"] == 6 && report["first_flight"]["path"] != "none",
      "the first flight");

  probe.run({"127.0.0.1", port, "--data=x", "--fast-open", "--timeout", "20"}, 0, {});
  probe.check(received(acceptor) == "x", "fast open or not, the data arrives");

  // A machine need not have the name. Where it is ::1 as well, that is refused first.
  if (!resolves("localhost"))
    return;
  report = probe.run_json({"localhost", port, "--data", "by name"}, 0);
  probe.check(received(acceptor) == "by name", "a name does as well");
  probe.check(report["peer"] == "127.0.0.1:" + port, "the address that has connected");
  auto& look_up = report["look_up"];
  const auto& found = look_up["addresses"];
  probe.check(look_up.is_object() && look_up["ms"] > 0 && look_up["error"].is_null()
          && std::find(found.begin(), found.end(), "127.0.0.1") != found.end(),
      "the look-up");
  probe.run({"localhost", port}, 0, {"look-up: localhost is ", "127.0.0.1", " ms)\n"});
}

/// Whether the probe connects to that endpoint.
void check_peer(checker& probe, const arguments& words, const std::string& endpoint)
{
  auto report = probe.run_json(words, 0);
  probe.check(report["peer"] == endpoint && report["attempts"][0]["endpoint"] == endpoint,
      "the peer is " + endpoint);
}

void check_ways_to_write_the_peer(checker& probe)
{
  asio::io_context context;
  tcp::acceptor v4(context, loopback());
  const std::string port = port_of(v4.local_endpoint());
  for (const arguments& words : std::vector<arguments>{{"127.0.0.1", port}, {"127.0.0.1:" + port},
           {"127.0.0.1,127.0.0.1", port}, {"127.0.0.1,127.0.0.1:" + port}})
    check_peer(probe, words, "127.0.0.1:" + port);
  if (resolves("localhost"))
  {
    auto report = probe.run_json({"localhost:" + port}, 0);
    probe.check(report["host"] == "localhost" && report["port"] == v4.local_endpoint().port(),
        "a name and a port in one word");
  }

  // A machine need not know the service.
  error_code error;
  tcp::resolver(context).resolve(tcp::v4(), "", "https", tcp::resolver::passive, error);
  if (!error)
  {
    for (const arguments& words : std::vector<arguments>{{"0.0.0.0", "https"}, {"0.0.0.0:https"}})
      probe.check(probe.run_json(words, 6)["port"] == 443, "the port of a service");
  }

  tcp::acceptor v6(context);
  v6.open(tcp::v6(), error);
  if (!error)
    v6.bind({asio::ip::address_v6::loopback(), 0}, error);
  if (error)
    return;
  v6.listen();
  const std::string v6_port = port_of(v6.local_endpoint());
  for (const arguments& words : std::vector<arguments>{{"::1", v6_port}, {"[::1]", v6_port},
           {"[::1]:" + v6_port}, {"[::1],[::1]:" + v6_port}, {"::1,[::1]", v6_port}})
    check_peer(probe, words, "[::1]:" + v6_port);
}

void check_local_endpoint(checker& probe)
{
  asio::io_context context;
  tcp::acceptor acceptor(context, loopback());
  const std::string port = port_of(acceptor.local_endpoint());
  auto report = probe.run_json({"127.0.0.1", port}, 0);
  const tcp::socket accepted = acceptor.accept();
  probe.check(
      report["local"] == connectex::to_string(accepted.remote_endpoint()), "the local endpoint");
  probe.run({"127.0.0.1", port}, 0, {"\nlocal endpoint: 127.0.0.1:"});
  report = probe.run_json({"0.0.0.0", port}, 6);
  probe.check(report["local"].is_null() && report["peer"].is_null(), "no connection, no endpoints");
}

void check_statistics(checker& probe)
{
  asio::io_context context;
  tcp::acceptor acceptor(context, loopback());
  const std::string port = port_of(acceptor.local_endpoint());

  const auto text = probe.run({"127.0.0.1", port, "--data", "12345"}, 0, {}).output;
  const bool told = text.find("\nconnection: round trip ") != std::string::npos
      && text.find(", SYN retransmissions 0, ") != std::string::npos
      && text.find(", bytes received 0\n") != std::string::npos;
  probe.check(told == !is_wine(), "the line about the connection");

  auto statistics =
      probe.run_json({"127.0.0.1", port, "--data", "12345"}, 0)["attempts"][0]["statistics"];
  if (is_wine())
    return probe.check(statistics.is_null(), "no statistics under Wine");
  probe.check(statistics["round_trip_ms"] > 0 && statistics["minimum_round_trip_ms"] > 0
          && statistics["syn_retransmissions"] == 0 && statistics["bytes_retransmitted"] == 0
          && statistics["bytes_sent"] == 5 && statistics["bytes_received"] == 0,
      "the statistics");

  auto failed = probe.run_json({"0.0.0.0", port}, 6)["attempts"][0];
  probe.check(failed.contains("statistics") && failed["statistics"].is_null(),
      "no statistics of an attempt that has failed");
}

void check_unknown_name(checker& probe)
{
  // Too long to be asked of any name server.
  auto report = probe.run_json({std::string(80, 'x'), "80"}, 1);
  probe.check(report["attempts"].empty() && report["look_up"]["error"] == report["error"],
      "why the look-up has failed");
  probe.check(report["error"]["name"] == "host_not_found" && report["error"]["conditions"].empty()
          && report["look_up"]["addresses"].empty(),
      "an unknown name");
  probe.run({std::string(80, 'x'), "80"}, 1,
      {"look-up: x", " failed (", "): host_not_found: ", "\nresult: host_not_found: "});
}

/// By what is the same on every system.
bool is_refusal(const nlohmann::json& error)
{
  return error.is_object() && error.value("name", "") == "connection_refused"
      && error["conditions"] == nlohmann::json({"retryable", "refused_or_unreachable"});
}

void check_refusal(checker& probe)
{
  asio::io_context context;

  // Bound but not listening, so that nobody else can get the port.
  const tcp::socket guard(context, loopback());
  const std::string port = port_of(guard.local_endpoint());
#if defined(_WIN32)
  const int refused = 1225;
#else
  const int refused = ECONNREFUSED;
#endif

  probe.run({"127.0.0.1", port, "--data", "lost"}, 3,
      {"127.0.0.1:" + port, "connection_refused (" + std::to_string(refused) + ')',
          "handed over: 0 of 4 bytes",
          "\nresult: connection_refused: ", "\nconditions: retryable, refused_or_unreachable\n"});
  auto report = probe.run_json({"127.0.0.1", port, "--retries", "2", "--timeout", "30"}, 3);
  probe.check(report["connected"] == false && is_refusal(report["error"]), "the result");
  probe.check(report["attempts"].size() == 3, "the retries");
  double last = -1;
  for (auto& attempt : report["attempts"])
  {
    probe.check(
        attempt["native_code"] == refused && attempt["ms"] >= 0 && is_refusal(attempt["error"]),
        "the attempt");
    probe.check(attempt["started_ms"] > last, "the attempts come in their order");
    last = attempt["started_ms"];
  }
}

void check_time_limit(checker& probe)
{
  asio::io_context context;
  const example::full_listener silent(context);
  const std::string port = port_of(silent.endpoint());

  auto report = probe.run_json(
      {"127.0.0.1", port, "--attempt-timeout", ".1", "--timeout", "2", "--retries", "1000"}, 4);
  probe.check(report["attempts"].size() >= 2, "the time limit of an attempt");
  probe.check(report["elapsed_ms"] >= 2000, "the time limit of all");
  auto& attempt = report["attempts"][0];
  probe.check(attempt["outcome"] == "given_up" && attempt["native_code"].is_null()
          && attempt["error"]["name"] == "timed_out"
          && attempt["error"]["conditions"] == nlohmann::json({"retryable", "timed_out"}),
      "an attempt that a limit has ended");
  const auto text =
      probe.run({"127.0.0.1", port, "--attempt-timeout", ".1"}, 4, {"given_up  timed_out "});
  probe.check(text.output.find("timed_out (") == std::string::npos,
      "no number of a cancellation stands behind it");
}

/// Whether the attempt at that place was on that endpoint, and ended so.
bool is_attempt(nlohmann::json& report, std::size_t place, const std::string& endpoint,
    const std::string& outcome)
{
  auto& attempt = report["attempts"][place];
  return attempt["endpoint"] == endpoint && attempt["outcome"] == outcome;
}

void check_several_addresses(checker& probe)
{
  asio::io_context context;
  const example::full_listener silent(context);
  const std::string port = port_of(silent.endpoint());
  tcp::acceptor acceptor(context, {asio::ip::make_address("127.0.0.2"), silent.endpoint().port()});
  const std::string dead = "127.0.0.1:" + port;
  const std::string alive = "127.0.0.2:" + port;

  auto report = probe.run_json({"127.0.0.1,127.0.0.2,127.0.0.3", port, "--data", "once"}, 0);
  probe.check(received(acceptor) == "once", "the winner gets the data");
  probe.check(report["attempts"].size() == 2 && is_attempt(report, 0, dead, "lost")
          && is_attempt(report, 1, alive, "connected"),
      "the second address wins");
  probe.check(report["attempts"][1]["started_ms"] >= 250, "and was started after the delay");
  probe.check(report["peer"] == alive
          && report["not_tried"] == nlohmann::json({"127.0.0.3:" + port})
          && report["look_up"].is_null(),
      "what the race came to");
  probe.check(report["attempts"][0]["native_code"].is_null(), "the loser has no reason");
  probe.run({"127.0.0.1,127.0.0.2,127.0.0.3,127.0.0.4", port}, 0,
      {"\nnot tried: 127.0.0.3:" + port + ", 127.0.0.4:" + port + '\n'});

  report = probe.run_json({"127.0.0.1,127.0.0.2", port, "--attempt-delay", ".4"}, 0);
  probe.check(report["attempts"][1]["started_ms"] >= 400, "another delay");

  report =
      probe.run_json({"127.0.0.1,127.0.0.2", port, "--sequential", "--attempt-timeout", ".3"}, 0);
  probe.check(is_attempt(report, 0, dead, "given_up") && report["attempts"][1]["started_ms"] >= 300,
      "in sequential mode the first ends before the second begins");

  // An address that no connect can have does not hide what the other one has met.
  probe.run({"0.0.0.0,127.0.0.3", port}, 3, {"0.0.0.0:" + port, "127.0.0.3:" + port});
}

void check_misuse(checker& probe)
{
  auto report = probe.run_json({"0.0.0.0", "80"}, 6);
  probe.check(report["attempts"].size() == 1 && report["attempts"][0]["native_code"].is_null(),
      "the system was not asked");
}

#if defined(_WIN32)
/// A layer that breaks all that a layer can break.
provider_report layered_report()
{
  provider_report report;
  report.provider.name = "Foobar over [MSAFD Tcpip [TCP/IP]]";
  report.provider.path = "C:\\Program Files\\Foobar\\foobar.dll";
  report.provider.id = {0x67, 0x45, 0x23, 0x01, 0xAB, 0x89, 0xEF, 0xCD, 1, 2, 3, 4, 5, 6, 7, 8};
  report.provider.entry = 1042;
  report.provider.service_flags = 0x66;
  report.provider.chain = {1041, 1001};
  report.provider.layered = true;
  report.provider.own_connect_ex = true;
  report.provider.connect_ex_path = report.provider.path;
  report.base.error = 10014;

  connectex::provider_info hidden = report.provider;
  hidden.name = "Foobar";
  hidden.entry = 1041;
  hidden.chain.clear();
  report.layers = {hidden, report.provider};
  return report;
}

void check_provider_text(checker& probe)
{
  provider_report report = layered_report();
  probe.check(to_text(report)
          == "provider    Foobar over [MSAFD Tcpip [TCP/IP]]   entry 1042, chain 1041 > 1001, "
             "layered\n"
             "            {01234567-89AB-CDEF-0102-030405060708}  "
             "C:\\Program Files\\Foobar\\foobar.dll\n"
             "            IFS handles: no (cancelling may not work)   connect data: no\n"
             "ConnectEx   its own (foobar.dll), not the system's: the first flight is written "
             "after the connect\n"
             "base        refused with 10014: a layer may hide it\n"
             "layers      1041 Foobar (hidden), 1042 Foobar over [MSAFD Tcpip [TCP/IP]]\n",
      "the text about a layer");

  auto json = to_json(report);
  probe.check(json["layered"] == true && json["chain"] == nlohmann::ordered_json({1041, 1001})
          && json["own_connect_ex"] == true && json["base_is_this_socket"].is_null()
          && json["base_error"] == 10014 && json["layers"].size() == 2
          && json["layers"][0]["chain"].empty(),
      "the JSON about a layer");

  report.base = {};
  probe.check(to_text(report).find("base        another socket\n") != std::string::npos,
      "a layer with sockets of its own");
  report.error = asio::error::not_socket;
  probe.check(to_text(report).find("provider    unknown: ") == 0 && to_json(report).size() == 1,
      "a provider that is not to be found out");
}

/// Golden lines, but for what Windows and Wine answer differently.
void check_provider(checker& probe)
{
  asio::io_context context;
  tcp::acceptor acceptor(context, loopback());
  const std::string port = port_of(acceptor.local_endpoint());

  const bool wine = is_wine();
  if (wine)
  {
    probe.run({"127.0.0.1", port, "--provider"}, 0,
        {"\nprovider    TCP/IP   entry 1001, chain 1001, base\n"
         "            {E70F1AA0-AB8B-11CF-8CA3-00805F48A192}  path unknown\n"
         "            IFS handles: yes   connect data: no\n"
         "ConnectEx   the system's (WS2_32.dll)\n"
         "base        this socket\n"
         "layers      none\n"
         "result: connected\n"});
    probe.run({"::", port, "--provider"}, 6,
        {"\nprovider    TCP/IPv6   entry 1004, chain 1004, base\n"
         "            {F9EAB0C0-26D4-11D0-BBBF-00AA006C34E4}  path unknown\n"});
  }

  auto report = probe.run_json({"127.0.0.1", port, "--provider"}, 0);
  auto& provider = report["provider"];
  probe.check(provider.is_object() && !provider["name"].empty() && provider["chain"].size() >= 1
          && provider["id"].is_string() && provider["layers"].is_array(),
      "the provider");
  if (wine)
  {
    probe.check(provider["name"] == "TCP/IP" && provider["entry"] == 1001
            && provider["chain"] == nlohmann::json({1001}) && provider["layered"] == false
            && provider["path"].is_null() && provider["service_flags"] == 0x20066
            && provider["ifs_handles"] == true && provider["connect_data"] == false
            && provider["own_connect_ex"] == false && provider["base_is_this_socket"] == true
            && provider["base_error"].is_null() && provider["layers"].empty(),
        "the provider under Wine");
  }
}
#else
void check_provider_text(checker&) {}

void check_provider(checker& probe)
{
  asio::io_context context;
  tcp::acceptor acceptor(context, loopback());
  const std::string port = port_of(acceptor.local_endpoint());
  probe.run(
      {"127.0.0.1", port, "--provider"}, 0, {"\nno Winsock providers here\nresult: connected\n"});
  probe.run({"0.0.0.0", "80", "--provider"}, 6, {"no Winsock providers here\n"});
  auto report = probe.run_json({"127.0.0.1", port, "--provider"}, 0);
  probe.check(report.contains("provider") && report["provider"].is_null(), "no provider");
}
#endif

void check_no_provider(checker& probe)
{
  auto report = probe.run_json({"0.0.0.0", "80"}, 6);
  probe.check(!report.contains("provider"), "nothing about providers unless it is asked for");
}

#if !defined(_WIN32)
void check_interrupt(checker& probe)
{
  asio::io_context context;
  const tcp::socket guard(context, loopback());
  const std::string options = " 127.0.0.1 " + port_of(guard.local_endpoint())
      + " --retries 1000000 --timeout 1000 --json & sleep ";

  // A probe that has not yet begun to listen for the signal dies of it, and needs more time. SIGINT
  // would not do: a shell lets programs in the background ignore that.
  outcome result;
  for (const std::string time : {"0.5", "2", "8"})
  {
    result = probe.run_line(probe.program() + options + time + "; kill -TERM $!; wait $!");
    if (result.exit_code < 128)
      break;
  }
  const auto report = nlohmann::json::parse(result.output, nullptr, false);
  probe.check(result.exit_code == 1, "an interrupt ends with 1");
  probe.check(report.is_object() && report["attempts"].size() > 1, "and is reported");
}
#endif

} // namespace

int main(int argc, char* argv[])
{
  if (argc != 2)
  {
    std::cerr << "usage: connect_probe_test PROBE\n";
    return EXIT_FAILURE;
  }

  try
  {
    checker probe(argv[1]);
    check_help(probe);
    check_version(probe);
    check_usage(probe);
    check_success(probe);
    check_ways_to_write_the_peer(probe);
    check_local_endpoint(probe);
    check_refusal(probe);
    check_statistics(probe);
    check_unknown_name(probe);
    check_time_limit(probe);
    check_several_addresses(probe);
    check_misuse(probe);
    check_provider_text(probe);
    check_provider(probe);
    check_no_provider(probe);
#if !defined(_WIN32)
    check_interrupt(probe);
#endif
    return probe.all_good() ? EXIT_SUCCESS : EXIT_FAILURE;
  }
  catch (const std::exception& error)
  {
    std::cerr << error.what() << '\n';
    return EXIT_FAILURE;
  }
}
