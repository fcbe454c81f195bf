# SPDX-License-Identifier: BSL-1.0
#
# Has a MinGW build assembled by Clang, where it is there. GNU's assembler takes longer the more functions there are,
# each of which is a section: 36 seconds for four tests that are not optimised, where Clang's takes four. Of some it
# says "file too big". With Clang's, tests are not optimised, and twice as many go into one batch.

find_program(CONNECTEX_CLANG NAMES clang++-14 clang++-19 clang++-18 clang++)
find_program(CONNECTEX_AWK NAMES awk)
mark_as_advanced(CONNECTEX_CLANG CONNECTEX_AWK)
if(NOT CONNECTEX_CLANG OR NOT CONNECTEX_AWK)
  message(STATUS "Programs are assembled by GNU's assembler, which takes long: Clang, or awk, is not there")
  return()
endif()

set(connectex_target "${CMAKE_SYSTEM_PROCESSOR}-w64-mingw32")
set(connectex_assembler "${CMAKE_BINARY_DIR}/CMakeFiles/assemble-with-clang")
configure_file("${CMAKE_CURRENT_LIST_DIR}/assemble-with-clang.in" "${connectex_assembler}" @ONLY
  FILE_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE)

set(connectex_trial "${CMAKE_BINARY_DIR}/CMakeFiles/assemble_with_clang")
file(WRITE "${connectex_trial}.cpp" "#include <iostream>\nint main() { std::cout << std::endl; }\n")
execute_process(
  COMMAND "${CMAKE_CXX_COMPILER}" -wrapper "${connectex_assembler}" -c "${connectex_trial}.cpp"
    -o "${connectex_trial}.obj"
  RESULT_VARIABLE connectex_failure OUTPUT_QUIET ERROR_QUIET)
if(connectex_failure)
  message(STATUS "Programs are assembled by GNU's assembler, which takes long: Clang's does not take a small program")
  return()
endif()

string(APPEND CMAKE_CXX_FLAGS " -wrapper \"${connectex_assembler}\"")
list(APPEND CONNECTEX_TEST_COMPILE_OPTIONS -O0)
set(CMAKE_UNITY_BUILD_BATCH_SIZE 8)
