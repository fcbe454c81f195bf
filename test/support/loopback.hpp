// SPDX-License-Identifier: BSL-1.0

// All that a test with connections on this machine needs.

#ifndef CONNECTEX_TEST_SUPPORT_LOOPBACK_HPP
#define CONNECTEX_TEST_SUPPORT_LOOPBACK_HPP

#include "addresses.hpp"
#include "asio_names.hpp"
#include "bytes.hpp"
#include "outcome.hpp"
#include "peers.hpp"
#include "run.hpp"

#include <boost/asio/write.hpp>

#endif // CONNECTEX_TEST_SUPPORT_LOOPBACK_HPP
