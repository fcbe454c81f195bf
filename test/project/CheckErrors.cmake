# SPDX-License-Identifier: BSL-1.0
#
# cmake -DPROGRAM=connectex_error_document -DDOCUMENT=doc/errors.md [-DWRITE=ON] -P CheckErrors.cmake: fails unless
# the document is what the program makes of it. With WRITE it becomes that.

execute_process(
  COMMAND "${PROGRAM}" "${DOCUMENT}"
  OUTPUT_VARIABLE made
  RESULT_VARIABLE result)
if(NOT made)
  message(FATAL_ERROR "${PROGRAM} made nothing of ${DOCUMENT}: ${result}")
endif()

file(READ "${DOCUMENT}" written)
if(WRITE)
  file(WRITE "${DOCUMENT}" "${made}")
elseif(NOT made STREQUAL written)
  message(SEND_ERROR
    "${DOCUMENT} does not have the tables that the library has. To put them in:\n"
    "  cmake -DPROGRAM=${PROGRAM} -DDOCUMENT=${DOCUMENT} -DWRITE=ON -P ${CMAKE_CURRENT_LIST_FILE}")
endif()

if(NOT result EQUAL 0)
  message(SEND_ERROR "The sentences of ${DOCUMENT} want mending, as said above.")
endif()
