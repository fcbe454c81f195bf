# SPDX-License-Identifier: BSL-1.0
#
# Has the programs of a MinGW build linked by LLVM's linker, where it and Clang are there. GNU's takes 38 seconds for
# the largest test program and LLVM's one, but GCC for MinGW starts none but GNU's. Clang therefore takes its place.

find_program(CONNECTEX_CLANG NAMES clang++-14 clang++-19 clang++-18 clang++)
find_program(CONNECTEX_LLD NAMES ld.lld-14 ld.lld-19 ld.lld-18 ld.lld)
mark_as_advanced(CONNECTEX_CLANG CONNECTEX_LLD)
if(NOT CONNECTEX_CLANG OR NOT CONNECTEX_LLD)
  message(STATUS "Programs are linked by GNU's linker, which takes long: LLVM's, or Clang, is not there")
  return()
endif()

execute_process(
  COMMAND "${CMAKE_CXX_COMPILER}" -print-file-name=libstdc++.a
  OUTPUT_VARIABLE connectex_gcc_library OUTPUT_STRIP_TRAILING_WHITESPACE)
get_filename_component(connectex_gcc_folder "${connectex_gcc_library}" DIRECTORY)
string(CONCAT CMAKE_CXX_LINK_EXECUTABLE
  "${CONNECTEX_CLANG} --target=${CMAKE_SYSTEM_PROCESSOR}-w64-mingw32 --ld-path=${CONNECTEX_LLD}"
  " -L${connectex_gcc_folder} <CMAKE_CXX_LINK_FLAGS> <LINK_FLAGS> <OBJECTS> -o <TARGET> <LINK_LIBRARIES>"
  " -lstdc++ -lwinpthread")
