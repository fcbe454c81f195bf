# SPDX-License-Identifier: BSL-1.0
#
# What the toolchain files for Windows share: builds on Linux with mingw-w64, for CMAKE_SYSTEM_PROCESSOR, and runs the
# result under Wine.

set(CMAKE_SYSTEM_NAME Windows)
set(target "${CMAKE_SYSTEM_PROCESSOR}-w64-mingw32")

# The win32-threads variant of this compiler has no std::thread and no std::mutex.
set(CMAKE_C_COMPILER ${target}-gcc-posix)
set(CMAKE_CXX_COMPILER ${target}-g++-posix)
set(CMAKE_RC_COMPILER ${target}-windres)

# A program that needs no DLL of the compiler's runs under Wine from wherever it lies.
set(CMAKE_EXE_LINKER_FLAGS_INIT -static)
set(CMAKE_SHARED_LINKER_FLAGS_INIT -static)

# What CMAKE_PREFIX_PATH names is there to be found, and was built for Windows.
set(CMAKE_FIND_ROOT_PATH /usr/${target} ${CMAKE_PREFIX_PATH})
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)

include("${CMAKE_CURRENT_LIST_DIR}/HostHeaders.cmake")

set(CMAKE_CROSSCOMPILING_EMULATOR "${CMAKE_CURRENT_LIST_DIR}/run-under-wine")
