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
set(connectex_link "${CONNECTEX_CLANG}" "--target=${CMAKE_SYSTEM_PROCESSOR}-w64-mingw32" "--ld-path=${CONNECTEX_LLD}"
  "-L${connectex_gcc_folder}")
set(connectex_standard_libraries -lstdc++ -lwinpthread)

# A Clang that is too old does not know how to be told of a linker, and a linker may be one of another system only.
set(connectex_trial "${CMAKE_BINARY_DIR}/CMakeFiles/link_with_lld")
file(WRITE "${connectex_trial}.cpp" "#include <iostream>\nint main() { std::cout << std::endl; }\n")
execute_process(
  COMMAND "${CMAKE_CXX_COMPILER}" -c "${connectex_trial}.cpp" -o "${connectex_trial}.obj"
  COMMAND_ERROR_IS_FATAL ANY)
execute_process(
  COMMAND ${connectex_link} "${connectex_trial}.obj" -o "${connectex_trial}.exe" ${connectex_standard_libraries}
  RESULT_VARIABLE connectex_failure OUTPUT_QUIET ERROR_QUIET)
if(connectex_failure)
  message(STATUS "Programs are linked by GNU's linker, which takes long: LLVM's does not link a small program")
  return()
endif()

list(JOIN connectex_link "\" \"" connectex_link)
list(JOIN connectex_standard_libraries " " connectex_standard_libraries)
string(CONCAT CMAKE_CXX_LINK_EXECUTABLE
  "\"${connectex_link}\" <CMAKE_CXX_LINK_FLAGS> <LINK_FLAGS> <OBJECTS> -o <TARGET> <LINK_LIBRARIES>"
  " ${connectex_standard_libraries}")
