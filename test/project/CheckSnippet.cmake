# SPDX-License-Identifier: BSL-1.0
#
# cmake -DDOCUMENT=... -DPROGRAMS=... -P CheckSnippet.cmake: fails unless each block of C++ in the document is a part of
# one of the programs, but for indentation. PROGRAMS are separated by commas.

include("${CMAKE_CURRENT_LIST_DIR}/Blocks.cmake")

string(REPLACE "," ";" programs "${PROGRAMS}")

# unindented(RESULT TEXT)
function(unindented result text)
  string(REGEX REPLACE "(^|\n) +" "\\1" text "${text}")
  set(${result} "${text}" PARENT_SCOPE)
endfunction()

set(compiled)
foreach(program IN LISTS programs)
  file(READ "${program}" text)
  unindented(text "${text}")
  string(APPEND compiled "\n${text}")
endforeach()

find_blocks(block "${DOCUMENT}" "```cpp\n" "```\n")
if(block_count EQUAL 0)
  message(FATAL_ERROR "${DOCUMENT} shows no part of ${PROGRAMS}.")
endif()

math(EXPR last "${block_count} - 1")
foreach(number RANGE ${last})
  unindented(part "${block_${number}}")
  string(FIND "${compiled}" "\n${part}" position)
  if(position EQUAL -1)
    string(REPLACE "\n" "\n  " block "${block_${number}}")
    message(SEND_ERROR
      "${DOCUMENT}:${block_line_${number}}: shows what is in none of ${PROGRAMS}:\n  ${block}")
  endif()
endforeach()
