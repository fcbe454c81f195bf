# SPDX-License-Identifier: BSL-1.0
#
# cmake -DCOMPILER=... -DSTANDARD=... -DSOURCE_DIR=... -P CheckArguments.cmake
# Right calls compile without a warning. Each wrong one is refused by a single error, which says what is wrong, in a
# few lines.

# The errors are counted by the word.
set(ENV{LC_ALL} C)

# compile(SOURCE): sets status and diagnostics.
function(compile source)
  execute_process(
    COMMAND "${COMPILER}" -std=c++${STANDARD} -fsyntax-only
      -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror
      -I "${SOURCE_DIR}/include" "${SOURCE_DIR}/test/project/wrong_arguments/${source}"
    RESULT_VARIABLE status
    ERROR_VARIABLE diagnostics
    OUTPUT_QUIET)
  set(status "${status}" PARENT_SCOPE)
  set(diagnostics "${diagnostics}" PARENT_SCOPE)
endfunction()

# expect(COUNT WHAT REGEX): there are so many of them in the diagnostics.
function(expect count what regex)
  string(REGEX MATCHALL "${regex}" found "${diagnostics}")
  list(LENGTH found found_count)
  if(NOT found_count EQUAL count)
    message(SEND_ERROR "C++${STANDARD}: ${found_count} ${what} instead of ${count}:\n${diagnostics}")
  endif()
endfunction()

compile(right.cpp)
if(NOT status EQUAL 0 OR NOT diagnostics STREQUAL "")
  message(SEND_ERROR "C++${STANDARD}: right calls do not compile:\n${diagnostics}")
endif()

compile(wrong.cpp)
set(refused "error: static[^\n]*async_connect_ex")
expect(5 "sockets refused" "${refused} connects a boost::asio::basic_stream_socket")
expect(5 "buffers refused" "${refused} takes the first flight as a buffer sequence")
expect(8 "tokens refused" "${refused}[^\n]* calls its handler as handler.boost::system::error_code, std::size_t.")
expect(18 "errors" "error: ")

# Where a token is refused inside Asio, its own functions are named on the way there.
math(EXPR most_lines "18 * 15")
string(REGEX MATCHALL "\n" lines "${diagnostics}")
list(LENGTH lines line_count)
if(line_count GREATER most_lines)
  message(SEND_ERROR "C++${STANDARD}: ${line_count} lines for 18 wrong calls:\n${diagnostics}")
endif()
