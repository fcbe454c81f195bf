// SPDX-License-Identifier: BSL-1.0

// Asio's TLS, and whether there is any: the build for Windows on Linux has no OpenSSL.

#ifndef CONNECTEX_TEST_PROJECT_OPTIONAL_SSL_HPP
#define CONNECTEX_TEST_PROJECT_OPTIONAL_SSL_HPP

#if __has_include(<openssl/ssl.h>)
#include <boost/asio/ssl.hpp>
#define HAS_OPENSSL 1
#else
#define HAS_OPENSSL 0
#endif

#endif // CONNECTEX_TEST_PROJECT_OPTIONAL_SSL_HPP
