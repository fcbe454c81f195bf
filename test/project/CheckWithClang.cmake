# SPDX-License-Identifier: BSL-1.0
#
# cmake -DCOMPILER=... -DSTANDARD=... -DSOURCE_DIR=... -DWORK_DIR=... -P CheckWithClang.cmake
# Compiles the public headers and the sources with warnings as errors, all together, which takes a tenth of the time: that
# each can stand alone is asked of the other compiler.

file(GLOB inputs "${SOURCE_DIR}/include/connectex/*.hpp"
  "${SOURCE_DIR}/include/connectex/socket_options/*.hpp" "${SOURCE_DIR}/src/*/*.cpp")
if(NOT inputs)
  message(FATAL_ERROR "there is nothing to compile in ${SOURCE_DIR}")
endif()

list(TRANSFORM inputs REPLACE "(.+)" "#include \"\\1\"\n")
string(JOIN "" all ${inputs})
set(source "${WORK_DIR}/with_clang_${STANDARD}.cpp")
file(WRITE "${source}" "${all}")

execute_process(
  COMMAND "${COMPILER}" -std=c++${STANDARD} -fsyntax-only
    -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wundef -Werror
    -I "${SOURCE_DIR}/include" "${source}"
  RESULT_VARIABLE status)
if(NOT status EQUAL 0)
  message(SEND_ERROR "The library does not compile as C++${STANDARD}")
endif()
