// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_SOCKET_OPTIONS_HPP
#define CONNECTEX_SOCKET_OPTIONS_HPP

// Each of these is empty on another system than its own.
#include <connectex/socket_options/linux.hpp>
#include <connectex/socket_options/retransmission_limit.hpp>
#include <connectex/socket_options/windows.hpp>

#endif // CONNECTEX_SOCKET_OPTIONS_HPP
