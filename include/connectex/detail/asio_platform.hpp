// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_DETAIL_ASIO_PLATFORM_HPP
#define CONNECTEX_DETAIL_ASIO_PLATFORM_HPP

// The only header that asks for Asio's version and back end. Each macro is always defined, as 0 or
// 1.

#include <connectex/detail/platform.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/version.hpp>

// A socket can be connected by ConnectEx: Asio serves it by a completion port, and the program has
// not told Asio to do without ConnectEx.
#if defined(BOOST_ASIO_HAS_WINDOWS_OVERLAPPED_PTR) && !defined(BOOST_ASIO_DISABLE_CONNECTEX)
#define CONNECTEX_DETAIL_HAS_CONNECT_EX 1
#else
#define CONNECTEX_DETAIL_HAS_CONNECT_EX 0
#endif

// Asio waits for sockets by io_uring, which needs no non-blocking mode.
#if defined(BOOST_ASIO_HAS_IO_URING) && defined(BOOST_ASIO_DISABLE_EPOLL)
#define CONNECTEX_DETAIL_HAS_IO_URING 1
#else
#define CONNECTEX_DETAIL_HAS_IO_URING 0
#endif

// Handlers have an associated immediate executor: Asio 1.27, which came with Boost 1.82.
#if BOOST_ASIO_VERSION >= 102700
#define CONNECTEX_DETAIL_HAS_IMMEDIATE_EXECUTOR 1
#else
#define CONNECTEX_DETAIL_HAS_IMMEDIATE_EXECUTOR 0
#endif

#endif // CONNECTEX_DETAIL_ASIO_PLATFORM_HPP
