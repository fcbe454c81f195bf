# SPDX-License-Identifier: BSL-1.0
#
# cmake -DVERSION=... -DSOURCE_DIR=... -P CheckVersion.cmake: fails unless the files that repeat the version of
# CMakeLists.txt say the same.

# check(FILE PATTERN): every match has the version, and there is one. The number stands in the only parentheses.
function(check file pattern)
  file(READ "${SOURCE_DIR}/${file}" text)
  string(REGEX MATCHALL "${pattern}" matches "${text}")
  if(NOT matches)
    message(SEND_ERROR "${file} names no version: it has nothing like ${pattern}")
  endif()
  foreach(match IN LISTS matches)
    string(REGEX REPLACE "${pattern}" "\\1" found "${match}")
    if(NOT found STREQUAL VERSION)
      message(SEND_ERROR "${file} says '${match}', but CMakeLists.txt has version ${VERSION}")
    endif()
  endforeach()
endfunction()

check(vcpkg.json "\"version[a-z-]*\": *\"([^\"]*)\"")
check(tools/vcpkg/connectex/vcpkg.json "\"version[a-z-]*\": *\"([^\"]*)\"")
check(README.md "connectex/([0-9][0-9.]*[0-9])")

# The newest entry comes first, after the title; the ones below it are of earlier versions.
file(READ "${SOURCE_DIR}/CHANGELOG.md" changes)
string(REGEX MATCH "\n## ([0-9.]+)" entry "${changes}")
if(NOT CMAKE_MATCH_1 STREQUAL VERSION)
  message(SEND_ERROR "CHANGELOG.md begins with version '${CMAKE_MATCH_1}', but CMakeLists.txt has ${VERSION}")
endif()

# Conan reads CMakeLists.txt, and a number here would take its place.
file(READ "${SOURCE_DIR}/conanfile.py" recipe)
if(NOT recipe MATCHES "def set_version" OR recipe MATCHES "\n *version *= *[\"']")
  message(SEND_ERROR "conanfile.py does not take the version from CMakeLists.txt")
endif()
