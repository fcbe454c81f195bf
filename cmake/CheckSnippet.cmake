# SPDX-License-Identifier: BSL-1.0
#
# cmake -DDOCUMENT=... -DPROGRAM=... -P CheckSnippet.cmake: fails unless the document shows the program,
# but for its licence line, as it is compiled.

file(READ "${DOCUMENT}" document)
file(READ "${PROGRAM}" program)
string(REGEX REPLACE "^// SPDX-License-Identifier:[^\n]*\n\n" "" program "${program}")
string(FIND "${document}" "```cpp\n${program}```\n" position)
if(position EQUAL -1)
  message(FATAL_ERROR "${DOCUMENT} does not show ${PROGRAM} as it is.")
endif()
