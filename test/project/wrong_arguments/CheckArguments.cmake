# SPDX-License-Identifier: BSL-1.0
#
# cmake -DCOMPILER=... -DSTANDARD=... -DSOURCE_DIR=... -P CheckArguments.cmake
# Right calls compile without a warning. Each wrong one is refused by a single error, which says what is wrong, in a
# few lines.

# The errors are known by the word.
set(ENV{LC_ALL} C)

# Clang would stop after twenty.
set(all_errors)
execute_process(COMMAND "${COMPILER}" --version OUTPUT_VARIABLE version)
if(version MATCHES "clang")
  set(all_errors -ferror-limit=0)
endif()

# With each wrong call the compiler may write so many lines on average, of the error and of how it came to it.
set(most_lines_each 18)

# compile(SOURCE OPTION...): sets status and diagnostics.
function(compile source)
  execute_process(
    COMMAND "${COMPILER}" -std=c++${STANDARD} -fsyntax-only ${ARGN}
      -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror
      -I "${SOURCE_DIR}/include" "${SOURCE_DIR}/test/project/wrong_arguments/${source}"
    RESULT_VARIABLE status
    ERROR_VARIABLE diagnostics
    OUTPUT_QUIET)
  set(status "${status}" PARENT_SCOPE)
  set(diagnostics "${diagnostics}" PARENT_SCOPE)
endfunction()

# to_lines(OUT TEXT): a list of them. What means something to CMake's lists is replaced.
function(to_lines out text)
  string(REPLACE "[" "(" text "${text}")
  string(REPLACE "]" ")" text "${text}")
  string(REPLACE "\\" "/" text "${text}")
  string(REPLACE ";" "," text "${text}")
  string(REPLACE "\n" ";" text "${text}")
  set(${out} "${text}" PARENT_SCOPE)
endfunction()

# Sets calls to the numbers of the lines before wrong calls, and expected_NUMBER to what has to be said of each.
macro(read_wrong_calls)
  file(READ "${SOURCE_DIR}/test/project/wrong_arguments/wrong.cpp" source)
  to_lines(source_lines "${source}")
  set(calls)
  set(number 0)
  foreach(line IN LISTS source_lines)
    math(EXPR number "${number} + 1")
    if(line MATCHES "^ *// error: (.+)$")
      list(APPEND calls ${number})
      set(expected_${number} "${CMAKE_MATCH_1}")
    endif()
  endforeach()
endmacro()

# add_error(LINE MESSAGE): appends to said_NUMBER of the call that this line of wrong.cpp belongs to.
macro(add_error line message)
  set(call 0)
  foreach(number IN LISTS calls)
    if(number LESS "${line}")
      set(call ${number})
    endif()
  endforeach()
  list(APPEND said_${call} "${message}")
endmacro()

# GCC tells the line of the call before the error, and Clang in a note after it.
macro(read_errors)
  to_lines(diagnostic_lines "${diagnostics}")
  set(line_before 0)
  set(message "")
  foreach(line IN LISTS diagnostic_lines)
    if(line MATCHES "wrong\\.cpp:([0-9]+):[0-9]+: +required from here")
      set(line_before ${CMAKE_MATCH_1})
    elseif(line MATCHES "wrong\\.cpp:([0-9]+):[0-9]+: (fatal )?error: (.*)$")
      add_error(${CMAKE_MATCH_1} "${CMAKE_MATCH_3}")
    elseif(line MATCHES "error: (.*)$")
      set(message "${CMAKE_MATCH_1}")
      if(line_before)
        add_error(${line_before} "${message}")
        set(line_before 0)
        set(message "")
      endif()
    elseif(NOT message STREQUAL "" AND line MATCHES "wrong\\.cpp:([0-9]+):[0-9]+: note: in instantiation")
      add_error(${CMAKE_MATCH_1} "${message}")
      set(message "")
    endif()
  endforeach()
  if(NOT message STREQUAL "")
    list(APPEND said_0 "${message}")
  endif()
endmacro()

compile(right.cpp)
if(NOT status EQUAL 0 OR NOT diagnostics STREQUAL "")
  message(SEND_ERROR "C++${STANDARD}: right calls do not compile:\n${diagnostics}")
endif()

read_wrong_calls()
compile(wrong.cpp ${all_errors})
read_errors()
foreach(call IN LISTS calls)
  list(LENGTH said_${call} count)
  string(FIND "${said_${call}}" "${expected_${call}}" position)
  if(NOT count EQUAL 1 OR position EQUAL -1)
    message(SEND_ERROR "C++${STANDARD}: wrong.cpp:${call}: expected one error,\n"
      "${expected_${call}}\ninstead of ${count}:\n${said_${call}}")
  endif()
endforeach()
if(said_0)
  message(SEND_ERROR "C++${STANDARD}: errors that belong to no wrong call:\n${said_0}")
endif()

list(LENGTH calls call_count)
math(EXPR most_lines "${call_count} * ${most_lines_each}")
string(REGEX MATCHALL "\n" lines "${diagnostics}")
list(LENGTH lines line_count)
if(line_count GREATER most_lines)
  message(SEND_ERROR "C++${STANDARD}: ${line_count} lines for ${call_count} wrong calls:\n${diagnostics}")
endif()
