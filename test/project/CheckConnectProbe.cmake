# SPDX-License-Identifier: BSL-1.0
#
# cmake -DBUILD_DIR=... -DCONFIG=... -DEMULATOR=... -DPROGRAM=... -DMANUAL=... -DVERSION=... -DSHARED=... -DWORK_DIR=...
# -P CheckConnectProbe.cmake: fails unless the component connect_probe installs the program and its manual, which are
# PROGRAM and MANUAL below the prefix, and nothing else, and the program runs where it is installed.

file(REMOVE_RECURSE "${WORK_DIR}")
execute_process(
  COMMAND "${CMAKE_COMMAND}" --install "${BUILD_DIR}" --component connect_probe --prefix "${WORK_DIR}"
    --config "${CONFIG}"
  RESULT_VARIABLE status
  OUTPUT_QUIET)
if(NOT status EQUAL 0)
  message(FATAL_ERROR "the component connect_probe cannot be installed: ${status}")
endif()

file(GLOB_RECURSE installed RELATIVE "${WORK_DIR}" "${WORK_DIR}/*")
list(SORT installed)
if(NOT installed STREQUAL "${PROGRAM};${MANUAL}")
  message(SEND_ERROR "the component installs: ${installed}")
endif()

# The library is no part of the component, and the program needs a shared one.
if(SHARED OR NOT EXISTS "${WORK_DIR}/${PROGRAM}")
  return()
endif()
execute_process(
  COMMAND ${EMULATOR} "${WORK_DIR}/${PROGRAM}" --version
  OUTPUT_VARIABLE output
  RESULT_VARIABLE status)
string(FIND "${output}" "connect_probe ${VERSION}, " position)
if(NOT status EQUAL 0 OR NOT position EQUAL 0)
  message(SEND_ERROR "the installed program said (${status}): ${output}")
endif()
