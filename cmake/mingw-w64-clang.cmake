# SPDX-License-Identifier: BSL-1.0
#
# As mingw-w64-x86_64.cmake, but Clang compiles, with the headers and libraries of the GCC there.

include("${CMAKE_CURRENT_LIST_DIR}/mingw-w64-x86_64.cmake")
include("${CMAKE_CURRENT_LIST_DIR}/clang.cmake")
set(CMAKE_CXX_COMPILER_TARGET x86_64-w64-mingw32)

file(GLOB gcc_folder /usr/lib/gcc/x86_64-w64-mingw32/*-posix)
# GCC's library has its variables of threads, and the comparison of types, in the way of GCC, which defines so itself.
set(CMAKE_CXX_FLAGS_INIT "-nostdinc++ -femulated-tls -D__GXX_TYPEINFO_EQUALITY_INLINE=0")
foreach(folder IN ITEMS c++ c++/x86_64-w64-mingw32 c++/backward)
  string(APPEND CMAKE_CXX_FLAGS_INIT " -isystem ${gcc_folder}/include/${folder}")
endforeach()
set(CMAKE_EXE_LINKER_FLAGS_INIT "-static -L${gcc_folder} -Wno-unused-command-line-argument")
set(CMAKE_SHARED_LINKER_FLAGS_INIT "${CMAKE_EXE_LINKER_FLAGS_INIT}")

# In this order: the first needs the second.
set(CMAKE_CXX_STANDARD_LIBRARIES "-lstdc++ -lwinpthread" CACHE STRING "")
