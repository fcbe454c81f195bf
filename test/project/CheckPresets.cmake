# SPDX-License-Identifier: BSL-1.0
#
# cmake -DSOURCE_DIR=... -P CheckPresets.cmake: fails unless CMake can read the presets, each preset for tests has one for
# the build with the same name, and each for Windows a workflow, which the document and the hosted tests name.

cmake_minimum_required(VERSION 3.25)

execute_process(
  COMMAND "${CMAKE_COMMAND}" --list-presets=all
  WORKING_DIRECTORY "${SOURCE_DIR}"
  OUTPUT_QUIET
  COMMAND_ERROR_IS_FATAL ANY)

# preset_names(RESULT TEXT KIND): those that are not hidden.
function(preset_names result text kind)
  set(names)
  string(JSON count ERROR_VARIABLE ignored LENGTH "${text}" ${kind})
  if(count GREATER 0)
    math(EXPR last "${count} - 1")
    foreach(number RANGE ${last})
      string(JSON hidden ERROR_VARIABLE missing GET "${text}" ${kind} ${number} hidden)
      if(NOT hidden STREQUAL "ON")
        string(JSON name GET "${text}" ${kind} ${number} name)
        list(APPEND names "${name}")
      endif()
    endforeach()
  endif()
  set(${result} "${names}" PARENT_SCOPE)
endfunction()

# check_names(WHAT NAMES OTHERS): each of the names is one of the others.
function(check_names what names others)
  foreach(name IN LISTS names)
    if(NOT name IN_LIST others)
      message(SEND_ERROR "${what} ${name}")
    endif()
  endforeach()
endfunction()

foreach(file IN ITEMS CMakePresets.json cmake/presets/windows.json)
  file(READ "${SOURCE_DIR}/${file}" text)
  preset_names(tests "${text}" testPresets)
  preset_names(builds "${text}" buildPresets)
  if(NOT tests)
    message(SEND_ERROR "${file} has no preset for tests")
  endif()
  check_names("${file}: there is no preset for the build of" "${tests}" "${builds}")
endforeach()

preset_names(configurations "${text}" configurePresets)
preset_names(workflows "${text}" workflowPresets)
check_names("There are no tests of" "${configurations}" "${tests}")
check_names("There is no workflow for" "${configurations}" "${workflows}")
foreach(file IN ITEMS doc/windows.md .github/workflows/tests.yml)
  file(READ "${SOURCE_DIR}/${file}" text)
  foreach(name IN LISTS workflows)
    if(NOT text MATCHES "${name}")
      message(SEND_ERROR "${file} does not name ${name}")
    endif()
  endforeach()
endforeach()
