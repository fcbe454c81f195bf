// SPDX-License-Identifier: BSL-1.0

// The headers after <windows.h> with all its macros, and before it.

#define UNICODE
#define _UNICODE

#include <winsock2.h>
#include <windows.h>

#if defined(__MINGW32__)
// In C++ this <windows.h> leaves out two macros that Microsoft's has: libstdc++ cannot bear them.
#include <boost/asio.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/websocket.hpp>

#include <bits/stdc++.h>

#define max(a, b) (((a) > (b)) ? (a) : (b))
#define min(a, b) (((a) < (b)) ? (a) : (b))
#endif

#include <connectex/beast.hpp>
#include <connectex/connectex.hpp>

#undef max
#undef min

#include <windows.h>
