// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_EXAMPLE_CONNECT_PROBE_PROBE_HPP
#define CONNECTEX_EXAMPLE_CONNECT_PROBE_PROBE_HPP

#include "outcome.hpp"
#include "settings.hpp"

#include <boost/asio/io_context.hpp>

/// Connects as the settings say; ends early after an interrupt from the terminal.
outcome run_probe(boost::asio::io_context& context, const settings& chosen);

#endif // CONNECTEX_EXAMPLE_CONNECT_PROBE_PROBE_HPP
