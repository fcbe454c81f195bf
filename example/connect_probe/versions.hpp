// SPDX-License-Identifier: BSL-1.0

// What a report of a defect has to name.

#ifndef CONNECTEX_EXAMPLE_CONNECT_PROBE_VERSIONS_HPP
#define CONNECTEX_EXAMPLE_CONNECT_PROBE_VERSIONS_HPP

#include <string>

struct versions
{
  std::string connectex;
  std::string boost;
  std::string compiler;

  /// That the program runs on.
  std::string system;
};

versions get_versions();

#endif // CONNECTEX_EXAMPLE_CONNECT_PROBE_VERSIONS_HPP
