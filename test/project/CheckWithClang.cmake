# SPDX-License-Identifier: BSL-1.0
#
# cmake -DCOMPILER=... -DSTANDARD=... -DSOURCE_DIR=... -P CheckWithClang.cmake
# Compiles each public header alone, and each source, with warnings as errors.

file(GLOB inputs "${SOURCE_DIR}/include/connectex/*.hpp"
  "${SOURCE_DIR}/include/connectex/socket_options/*.hpp" "${SOURCE_DIR}/src/*/*.cpp")
if(NOT inputs)
  message(FATAL_ERROR "there is nothing to compile in ${SOURCE_DIR}")
endif()

foreach(input IN LISTS inputs)
  execute_process(
    COMMAND "${COMPILER}" -x c++ -std=c++${STANDARD} -fsyntax-only
      -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wundef -Werror -Wno-pragma-once-outside-header
      -I "${SOURCE_DIR}/include" "${input}"
    RESULT_VARIABLE status)
  if(NOT status EQUAL 0)
    message(SEND_ERROR "${input} does not compile as C++${STANDARD}")
  endif()
endforeach()
