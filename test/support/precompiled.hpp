// SPDX-License-Identifier: BSL-1.0

// Most test sources include these, so they are compiled once for all. The library's own headers
// stay out, so that none is missed unseen, and so do Asio's free functions: they overload those of
// the tests.

#ifndef CONNECTEX_TEST_SUPPORT_PRECOMPILED_HPP
#define CONNECTEX_TEST_SUPPORT_PRECOMPILED_HPP

#include "catch.hpp"

#include <boost/asio/bind_allocator.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <functional>
#include <future>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <set>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#endif // CONNECTEX_TEST_SUPPORT_PRECOMPILED_HPP
