// SPDX-License-Identifier: BSL-1.0

// Fetches many pages, a limited number at a time, and counts what came of it. Each connect is by
// name, retried and limited in time; reading the answer has a limit of its own; Ctrl-C ends all of
// it at once. Without URLs it fetches pages of servers of its own.

#include "crawl_summary.hpp"
#include "http_page.hpp"
#include "local_page.hpp"
#include "local_server.hpp"

#include <connectex/connectex.hpp>

#include <CLI/CLI.hpp>
#include <boost/asio.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>

#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdlib>
#include <deque>
#include <exception>
#include <fstream>
#include <iostream>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using example::http_page;
using std::chrono::milliseconds;
using namespace asio::experimental::awaitable_operators;

struct settings
{
  std::vector<std::string> urls;
  std::string list;
  unsigned parallel = 20;
  unsigned retries = 5;
  unsigned attempt_timeout = 5000; // Windows takes 2 s to refuse a connect to itself.
  unsigned total_timeout = 20000;
  unsigned read_timeout = 10000;
  bool verbose = false;
};

asio::awaitable<error_code> read_answer(tcp::socket& socket, std::string& answer)
{
  constexpr std::size_t longest = 1 << 20;
  error_code end;
  co_await asio::async_read(socket, asio::dynamic_buffer(answer, longest),
      asio::redirect_error(asio::use_awaitable, end));
  co_return end == asio::error::eof ? error_code() : end;
}

/// @returns The status of the answer, or what went wrong.
asio::awaitable<std::string> fetch(
    const http_page& page, const settings& chosen, connectex::connect_report& report)
{
  const auto executor = co_await asio::this_coro::executor;
  const std::string request = "GET " + page.path + " HTTP/1.0\r\nHost: " + page.host + "\r\n\r\n";

  connectex::connect_options options;
  options.retry.max_attempts = chosen.retries + 1;
  options.attempt_timeout = milliseconds(chosen.attempt_timeout);
  options.total_timeout = milliseconds(chosen.total_timeout);
  options.report = &report;
  tcp::socket socket(executor);
  const auto [error, peer, sent] = co_await connectex::async_connect_ex(socket, page.host,
      page.port, asio::buffer(request), options, asio::as_tuple(asio::use_awaitable));
  if (error)
    co_return "connect: " + example::name_of(error);

  // total_timeout has ended with the first flight, so the answer has a limit of its own: for all of
  // it, because a server may send a byte now and then.
  std::string answer;
  asio::steady_timer limit(executor, milliseconds(chosen.read_timeout));
  const auto read = co_await (read_answer(socket, answer) || limit.async_wait(asio::use_awaitable));
  if (read.index() == 1)
    co_return "read: timed_out";
  if (const error_code broken = std::get<0>(read))
    co_return "read: " + example::name_of(broken);
  co_return answer.starts_with("HTTP/1.") ? answer.substr(0, 12) : "read: no HTTP";
}

/// The pages, and what came of them. All workers use it, on one thread.
struct crawl
{
  /// The page to fetch next; null if there is none, or after an interrupt.
  const http_page* next()
  {
    return interrupted() || started == pages.size() ? nullptr : &pages[started++];
  }

  bool interrupted() const { return signal != 0; }

  std::vector<http_page> pages;
  std::size_t started = 0;

  /// Of the interrupt; 0: none.
  int signal = 0;

  example::crawl_summary summary = {};
};

/// Fetches page after page. As many of these run as pages may be fetched at a time.
asio::awaitable<void> work(crawl& all, const settings& chosen)
{
  while (const http_page* const page = all.next())
  {
    connectex::connect_report report;
    std::string result;
    try
    {
      result = co_await fetch(*page, chosen, report);
    }
    catch (const boost::system::system_error& error)
    {
      // Reading that would begin after the cancellation throws instead.
      result = "read: " + example::name_of(error.code());
    }
    all.summary.add(result, report);
    if (chosen.verbose)
      std::clog << result << "  " << page->host << ':' << page->port << page->path << std::endl;
  }
}

void run(crawl& all, const settings& chosen)
{
  // A slot leads to one operation, so each worker has a signal. The signals must outlive them.
  std::deque<asio::cancellation_signal> stops(chosen.parallel);
  asio::io_context context;
  asio::signal_set interrupts(context, SIGINT, SIGTERM);
  interrupts.async_wait(
      [&](const error_code& error, int signal)
      {
        if (error)
          return;

        // A second interrupt is the system's again, and ends the program at once.
        interrupts.clear();
        all.signal = signal;
        for (asio::cancellation_signal& stop : stops)
          stop.emit(asio::cancellation_type::terminal);
      });

  std::size_t running = stops.size();
  const auto on_end = [&](std::exception_ptr error)
  {
    if (error)
      std::rethrow_exception(error);

    // Else an interrupted look-up would still be waited for, because nothing ends it.
    if (--running == 0)
      context.stop();
  };
  for (asio::cancellation_signal& stop : stops)
    asio::co_spawn(context, work(all, chosen), asio::bind_cancellation_slot(stop.slot(), on_end));
  context.run();

  std::cout << all.started << " of " << all.pages.size() << " pages\n";
  all.summary.print(std::cout);
  if (all.interrupted())
  {
    // The destructor of the context would wait for the look-up, too. The code is what a shell makes
    // of an interrupt.
    std::cout.flush();
    std::_Exit(128 + all.signal);
  }
}

std::vector<http_page> read_pages(const settings& chosen)
{
  std::vector<http_page> pages;
  for (const std::string& url : chosen.urls)
    pages.push_back(example::to_page(url));
  std::ifstream list(chosen.list);
  for (std::string url; list >> url;)
    pages.push_back(example::to_page(url));
  return pages;
}

/// Reads the request and says nothing.
asio::awaitable<void> serve_silence(tcp::socket socket)
{
  std::string request;
  co_await asio::async_read(socket, asio::dynamic_buffer(request), asio::use_awaitable);
}

bool crawl_own_servers(const settings& chosen)
{
  const example::local_server silent(serve_silence);
  const example::local_server web(example::serve_page);
  const example::local_server late(example::serve_page, milliseconds(100));

  // Bound, but not listening: whoever connects is refused.
  asio::io_context context;
  const tcp::socket closed(context, tcp::endpoint(asio::ip::address_v4::loopback(), 0));

  const auto page_of = [](const tcp::endpoint& server) {
    return http_page{server.address().to_string(), std::to_string(server.port()), "/"};
  };
  crawl all{{page_of(silent.endpoint()), page_of(closed.local_endpoint())}};
  all.pages.insert(all.pages.end(), 10, page_of(late.endpoint()));
  all.pages.insert(all.pages.end(), 90, page_of(web.endpoint()));
  run(all, chosen);

  const example::crawl_summary::counts expected = {
      {"HTTP/1.0 200", 100}, {"connect: connection_refused", 1}, {"read: timed_out", 1}};
  return all.summary.results() == expected && all.summary.attempts() > all.pages.size();
}

void describe_options(CLI::App& app, settings& chosen)
{
  // CLI11 would otherwise read /x as an option on Windows, and only there.
  app.allow_windows_style_options(false);
  app.add_option("URL", chosen.urls, "http://HOST[:PORT][/PATH]");
  app.add_option("--list", chosen.list, "A file of URLs")->check(CLI::ExistingFile);
  const auto add_number = [&](const char* name, unsigned& value, unsigned min, const char* text)
  { app.add_option(name, value, text)->check(CLI::Range(min, 1'000'000u))->capture_default_str(); };
  add_number("--parallel", chosen.parallel, 1, "How many pages at a time");
  add_number("--retries", chosen.retries, 0, "Further attempts to connect");
  add_number("--attempt-timeout", chosen.attempt_timeout, 1, "For one attempt, in ms");
  add_number("--total-timeout", chosen.total_timeout, 1, "For all of them, in ms");
  add_number("--read-timeout", chosen.read_timeout, 1, "For the answer, in ms");
  app.add_flag("--verbose", chosen.verbose, "Write a line for each page to the standard error");
}

int main(int argc, char* argv[])
{
  settings chosen;
  CLI::App app("Fetches many pages by HTTP, and counts what came of it.", "crawler");
  describe_options(app, chosen);
  try
  {
    app.parse(argc, argv);
    crawl all{read_pages(chosen)};
    if (all.pages.empty())
      return crawl_own_servers(chosen) ? EXIT_SUCCESS : EXIT_FAILURE;
    run(all, chosen);
    return EXIT_SUCCESS;
  }
  catch (const CLI::Success& help)
  {
    return app.exit(help);
  }
  catch (const std::exception& error)
  {
    std::cerr << "crawler: " << error.what() << '\n';
    return EXIT_FAILURE;
  }
}
