# SPDX-License-Identifier: BSL-1.0
#
# cmake -DDOCUMENT=... -DPROGRAMS=... -P CheckSnippet.cmake: fails unless each block of C++ in the document is a part of
# one of the programs, but for indentation. PROGRAMS are separated by commas.

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

file(READ "${DOCUMENT}" document)
set(fence "```cpp\n")
set(blocks 0)
string(FIND "${document}" "${fence}" begin)
while(NOT begin EQUAL -1)
  string(LENGTH "${fence}" length)
  math(EXPR begin "${begin} + ${length}")
  string(SUBSTRING "${document}" ${begin} -1 document)
  string(FIND "${document}" "```\n" end)
  string(SUBSTRING "${document}" 0 ${end} block)
  unindented(part "${block}")
  string(FIND "${compiled}" "\n${part}" position)
  if(position EQUAL -1)
    message(FATAL_ERROR "${DOCUMENT} shows what is in none of ${PROGRAMS}:\n${block}")
  endif()
  math(EXPR blocks "${blocks} + 1")
  string(FIND "${document}" "${fence}" begin)
endwhile()
if(blocks EQUAL 0)
  message(FATAL_ERROR "${DOCUMENT} shows no part of ${PROGRAMS}.")
endif()
