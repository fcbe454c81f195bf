# SPDX-License-Identifier: BSL-1.0
#
# cmake -DPKG_CONFIG=... -DPREFIX=... -DLIBDIR=... -DCOMPILER=... -DSOURCE=... -DPROGRAM=... -P CheckPkgConfig.cmake
# Compiles a program with nothing but what pkg-config says of the installed library, and runs it.

set(ENV{PKG_CONFIG_PATH} "${PREFIX}/${LIBDIR}/pkgconfig")
execute_process(COMMAND "${PKG_CONFIG}" --validate connectex RESULT_VARIABLE status)
if(NOT status EQUAL 0)
  message(FATAL_ERROR "pkg-config finds fault with connectex.pc in ${PREFIX}")
endif()
execute_process(
  COMMAND "${PKG_CONFIG}" --cflags --libs connectex
  OUTPUT_VARIABLE flags
  RESULT_VARIABLE status)
if(NOT status EQUAL 0)
  message(FATAL_ERROR "pkg-config does not find connectex in ${PREFIX}")
endif()
separate_arguments(flags UNIX_COMMAND "${flags}")
list(FIND flags "-lconnectex" library)
if(library EQUAL -1)
  message(FATAL_ERROR "pkg-config does not name the library: ${flags}")
endif()

execute_process(
  COMMAND "${COMPILER}" -std=c++17 "${SOURCE}" -o "${PROGRAM}" ${flags} "-Wl,-rpath,${PREFIX}/${LIBDIR}"
  RESULT_VARIABLE status)
if(NOT status EQUAL 0)
  message(FATAL_ERROR "the program does not compile with: ${flags}")
endif()

execute_process(COMMAND "${PROGRAM}" RESULT_VARIABLE status)
if(NOT status EQUAL 0)
  message(FATAL_ERROR "the program failed: ${status}")
endif()
