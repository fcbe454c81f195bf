// SPDX-License-Identifier: BSL-1.0

#include <connectex/detail/platform.hpp>

#if CONNECTEX_DETAIL_WINDOWS
#if !defined(WIN32_LEAN_AND_MEAN)
#define WIN32_LEAN_AND_MEAN
#endif
#if !defined(NOMINMAX)
#define NOMINMAX
#endif
#include <winsock2.h>
#include <mswsock.h>
#include <ws2spi.h>
#include <ws2tcpip.h>
#else
#include <cerrno>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/uio.h>
#endif

#include <connectex/detail/system/catalogue_entry.hpp>
#include <connectex/detail/system/socket_name.hpp>
#include <connectex/detail/system/tcp_info.hpp>
#include <connectex/detail/system/types.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

// The library's own sources in another namespace, so that both seams fit into one program. All that
// they include has been included above, where the macro cannot touch it.
#define os real_os
#include "../../src/system/linux.cpp"
#include "../../src/system/posix.cpp"
#include "../../src/system/winsock.cpp"
#include "../../src/system/winsock_catalogue.cpp"
