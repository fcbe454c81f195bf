# SPDX-License-Identifier: BSL-1.0
#
# Builds for 32-bit Windows on Linux with mingw-w64 and runs the result under Wine.

set(CMAKE_SYSTEM_PROCESSOR i686)
include("${CMAKE_CURRENT_LIST_DIR}/mingw-w64.cmake")
