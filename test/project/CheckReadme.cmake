# SPDX-License-Identifier: BSL-1.0
#
# cmake -DSOURCE_DIR=... -DWORK_DIR=... -DCOMPILER=... -DGENERATOR=... -P CheckReadme.cmake: does what the README
# tells a user to do. In a copy of the sources it runs the command that compiles the README's program, and those that
# install the library; then, in an empty folder with nothing but the installed prefix, its lines for a project.

include("${CMAKE_CURRENT_LIST_DIR}/Blocks.cmake")

# find_block(RESULT LANGUAGE WORDS): the block of code in that language that has these words.
function(find_block result language words)
  find_blocks(block "${SOURCE_DIR}/README.md" "```${language}\n" "```\n")
  set(number 0)
  while(number LESS block_count)
    string(FIND "${block_${number}}" "${words}" position)
    if(NOT position EQUAL -1)
      set(${result} "${block_${number}}" PARENT_SCOPE)
      return()
    endif()
    math(EXPR number "${number} + 1")
  endwhile()
  message(FATAL_ERROR "the README has no block of ${language} with '${words}'")
endfunction()

function(run)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE status)
  if(NOT status EQUAL 0)
    message(FATAL_ERROR "failed (${status}): ${ARGN}")
  endif()
endfunction()

file(REMOVE_RECURSE "${WORK_DIR}")
file(MAKE_DIRECTORY "${WORK_DIR}/checkout" "${WORK_DIR}/project")
foreach(item IN ITEMS CMakeLists.txt LICENSE cmake example/http_get.cpp include src)
  get_filename_component(folder "${item}" DIRECTORY)
  file(COPY "${SOURCE_DIR}/${item}" DESTINATION "${WORK_DIR}/checkout/${folder}")
endforeach()
set(ENV{CXX} "${COMPILER}")
set(ENV{CMAKE_GENERATOR} "${GENERATOR}")

# Nothing listens on this port of the loopback network, where only a privileged program could.
function(check_program program)
  execute_process(COMMAND "${program}" 127.0.0.1 1 ERROR_VARIABLE errors RESULT_VARIABLE status)
  if(NOT status EQUAL 1 OR NOT errors MATCHES "worth another try")
    message(FATAL_ERROR "the README's program said (${status}): ${errors}")
  endif()
endfunction()

find_block(commands sh "src/*/*.cpp")
string(REGEX MATCH "^g[+][+] [^\n]*" compile "${commands}")
string(REGEX REPLACE "^g[+][+]" "\"${COMPILER}\"" compile "${compile}")
file(WRITE "${WORK_DIR}/compile.sh" "${compile}")
execute_process(
  COMMAND sh -e "${WORK_DIR}/compile.sh"
  WORKING_DIRECTORY "${WORK_DIR}/checkout"
  RESULT_VARIABLE status)
if(NOT status EQUAL 0)
  message(FATAL_ERROR "the README's command failed (${status}): ${compile}")
endif()
check_program("${WORK_DIR}/checkout/http_get")

find_block(commands sh "cmake --install")
string(REPLACE "PREFIX" "\"${WORK_DIR}/prefix\"" commands "${commands}")
file(WRITE "${WORK_DIR}/install.sh" "${commands}")
execute_process(
  COMMAND sh -e "${WORK_DIR}/install.sh"
  WORKING_DIRECTORY "${WORK_DIR}/checkout"
  RESULT_VARIABLE status)
if(NOT status EQUAL 0)
  message(FATAL_ERROR "the README's commands failed (${status}): ${commands}")
endif()
file(REMOVE_RECURSE "${WORK_DIR}/checkout")

find_block(lines cmake "find_package(connectex")
file(WRITE "${WORK_DIR}/project/CMakeLists.txt"
"cmake_minimum_required(VERSION 3.16)
project(program LANGUAGES CXX)
set(CMAKE_CXX_STANDARD 20)
add_executable(program program.cpp)
${lines}")
configure_file("${SOURCE_DIR}/example/http_get.cpp" "${WORK_DIR}/project/program.cpp" COPYONLY)
run("${CMAKE_COMMAND}" -S "${WORK_DIR}/project" -B "${WORK_DIR}/build" "-DCMAKE_PREFIX_PATH=${WORK_DIR}/prefix")
run("${CMAKE_COMMAND}" --build "${WORK_DIR}/build")

check_program("${WORK_DIR}/build/program")
