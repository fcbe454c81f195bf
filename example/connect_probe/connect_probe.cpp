// SPDX-License-Identifier: BSL-1.0

// A command-line tool that tells how a connect goes: attempt by attempt, with native error numbers
// and times, and with an exit code that scripts can act upon.

#include "outcome.hpp"
#include "probe.hpp"
#include "settings.hpp"

#include <boost/asio.hpp>

#include <cstdlib>
#include <exception>
#include <iostream>
#include <optional>
#include <stdexcept>

namespace
{

/// Whether the system may still be looking the name up. It cannot be told to stop.
bool is_still_resolving(const connectex::connect_report& report)
{
  return report.resolve_error == boost::asio::error::operation_aborted
      || report.resolve_error == boost::asio::error::timed_out;
}

} // namespace

int main(int argc, char* argv[])
{
  try
  {
    settings chosen;
    if (const std::optional<int> code = read_command_line(argc, argv, chosen))
      return *code;

    boost::asio::io_context context;
    const outcome result = run_probe(context, chosen);
    std::cout << (chosen.json ? to_json_text : to_text)(chosen, result);
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
