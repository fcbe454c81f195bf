# SPDX-License-Identifier: BSL-1.0
#
# cmake -DDOCUMENT=... -DPROGRAM=... [-DPARTS=ON] -P CheckSnippet.cmake: fails unless the document shows the
# program, but for its licence line, as it is compiled; or, with PARTS, unless each block of C++ in the
# document is a part of the program.

file(READ "${DOCUMENT}" document)
file(READ "${PROGRAM}" program)
string(REGEX REPLACE "^// SPDX-License-Identifier:[^\n]*\n\n" "" program "${program}")

set(fence "```cpp\n")
if(NOT PARTS)
  string(FIND "${document}" "${fence}${program}```\n" position)
  if(position EQUAL -1)
    message(FATAL_ERROR "${DOCUMENT} does not show ${PROGRAM} as it is.")
  endif()
  return()
endif()

set(blocks 0)
string(FIND "${document}" "${fence}" begin)
while(NOT begin EQUAL -1)
  string(LENGTH "${fence}" length)
  math(EXPR begin "${begin} + ${length}")
  string(SUBSTRING "${document}" ${begin} -1 document)
  string(FIND "${document}" "```\n" end)
  string(SUBSTRING "${document}" 0 ${end} block)
  string(FIND "${program}" "${block}" position)
  if(position EQUAL -1)
    message(FATAL_ERROR "${DOCUMENT} shows what is not in ${PROGRAM}:\n${block}")
  endif()
  math(EXPR blocks "${blocks} + 1")
  string(FIND "${document}" "${fence}" begin)
endwhile()
if(blocks EQUAL 0)
  message(FATAL_ERROR "${DOCUMENT} shows no part of ${PROGRAM}.")
endif()
