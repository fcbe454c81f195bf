# SPDX-License-Identifier: BSL-1.0
#
# cmake -DINCLUDE_DIR=... -DPROGRAM=... -P CheckHeaderExamples.cmake: fails unless each example in the comments of the
# headers is a part of the program, but for white space.
#
# An example begins in the line below @code. What begins in the line of @code itself is the signature of a handler.

include("${CMAKE_CURRENT_LIST_DIR}/Blocks.cmake")

# without_space(RESULT TEXT)
function(without_space result text)
  string(REGEX REPLACE "[ \t\r\n]+" "" text "${text}")
  set(${result} "${text}" PARENT_SCOPE)
endfunction()

file(READ "${PROGRAM}" text)
without_space(compiled "${text}")

file(GLOB_RECURSE headers "${INCLUDE_DIR}/*.hpp")
set(examples 0)
foreach(header IN LISTS headers)
  find_blocks(block "${header}" "@code" "@endcode")
  set(number 0)
  while(number LESS block_count)
    set(block "${block_${number}}")
    set(place "${header}:${block_line_${number}}")
    math(EXPR number "${number} + 1")

    if(block MATCHES "^({\\.cpp})?[ \t]*\n")
      string(REGEX REPLACE "^({\\.cpp})?[ \t]*\n" "\n" block "${block}")
      string(REGEX REPLACE "\n *(\\*|///) ?" "\n" block "${block}")
      without_space(part "${block}")
      string(FIND "${compiled}" "${part}" position)
      if(position EQUAL -1)
        string(STRIP "${block}" block)
        string(REPLACE "\n" "\n  " block "${block}")
        message(SEND_ERROR
          "${place}: this example is not compiled. Put it, as it stands, into a function of ${PROGRAM} that has "
          "the names it uses, or bring the two into line:\n  ${block}")
      endif()
      math(EXPR examples "${examples} + 1")
    elseif(NOT block MATCHES "^( *void *(handler)?\\(|{\\.(sh|text|unparsed)})")
      message(SEND_ERROR
        "${place}: begin an example in the line below @code, so that it is compared with ${PROGRAM}; only the "
        "signature of a handler stands beside @code.")
    endif()
  endwhile()
endforeach()
if(examples EQUAL 0)
  message(SEND_ERROR "No header in ${INCLUDE_DIR} has an example.")
endif()
