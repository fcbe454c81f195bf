// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_DETAIL_PLATFORM_HPP
#define CONNECTEX_DETAIL_PLATFORM_HPP

// The only header that asks for the operating system. Each macro is always defined, as 0 or 1.
// It sees no header of Asio, because the compiled sources include it; asio_platform.hpp asks Asio.

#include <boost/config.hpp>

#if defined(_WIN32)
#define CONNECTEX_DETAIL_WINDOWS 1
#else
#define CONNECTEX_DETAIL_WINDOWS 0
#endif

#if defined(__linux__)
#define CONNECTEX_DETAIL_LINUX 1
#else
#define CONNECTEX_DETAIL_LINUX 0
#endif

// Every system but Windows has the calls of POSIX.
#if CONNECTEX_DETAIL_WINDOWS
#define CONNECTEX_DETAIL_POSIX 0
#else
#define CONNECTEX_DETAIL_POSIX 1
#endif

// Marks what the compiled part of the library exports.
#if !defined(CONNECTEX_SHARED)
#define CONNECTEX_DECL
#elif defined(CONNECTEX_SOURCE)
#define CONNECTEX_DECL BOOST_SYMBOL_EXPORT
#else
#define CONNECTEX_DECL BOOST_SYMBOL_IMPORT
#endif

#endif // CONNECTEX_DETAIL_PLATFORM_HPP
