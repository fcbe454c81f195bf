// SPDX-License-Identifier: BSL-1.0

#if defined(_WIN32)
#define WIN32_LEAN_AND_MEAN
#define NOMINMAX
#include <winsock2.h>
#include <mswsock.h>
#include <ws2tcpip.h>
#else
#include <cerrno>
#include <sys/socket.h>
#endif

#include <connectex/detail/native_types.hpp>

#include <cstddef>
#include <cstdint>

#define os real_os
#include "../../src/posix.cpp"
#include "../../src/winsock.cpp"
