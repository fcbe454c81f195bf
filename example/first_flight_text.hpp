// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_EXAMPLE_FIRST_FLIGHT_TEXT_HPP
#define CONNECTEX_EXAMPLE_FIRST_FLIGHT_TEXT_HPP

#include <connectex/connect_report.hpp>

#include <string>

namespace example
{

/// How the first bytes travelled, for people.
inline std::string first_flight_text(const connectex::connect_report& report)
{
  switch (report.first_flight)
  {
  case connectex::first_flight_path::in_connect:
    return "in the connect (" + std::to_string(report.bytes_in_connect) + " bytes)";
  case connectex::first_flight_path::in_syn:
    return "in the SYN (" + std::to_string(report.bytes_in_connect) + " bytes)";
  case connectex::first_flight_path::after_connect:
    return "right behind the connect";
  case connectex::first_flight_path::none:
    break;
  }
  return "not with the connect";
}

} // namespace example

#endif // CONNECTEX_EXAMPLE_FIRST_FLIGHT_TEXT_HPP
