// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_CONNECTEX_HPP
#define CONNECTEX_CONNECTEX_HPP

// So that this one header is all that a program needs; async_connect_ex.hpp takes less of Asio.
#include <boost/asio.hpp>

#include <connectex/async_connect_ex.hpp>
#include <connectex/connect_options.hpp>
#include <connectex/error.hpp>
#include <connectex/retry_policy.hpp>
#include <connectex/socket_options.hpp>

#endif // CONNECTEX_CONNECTEX_HPP
