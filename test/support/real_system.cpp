// SPDX-License-Identifier: BSL-1.0

#if defined(_WIN32)
#define WIN32_LEAN_AND_MEAN
#define NOMINMAX
#include <winsock2.h>
#include <mswsock.h>
#include <ws2tcpip.h>
#else
#include <cerrno>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/uio.h>
#endif

#include <connectex/detail/system/types.hpp>

#include <cstddef>
#include <cstdint>

#define os real_os
#include "../../src/system/linux.cpp"
#include "../../src/system/posix.cpp"
#include "../../src/system/winsock.cpp"
