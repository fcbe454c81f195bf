# SPDX-License-Identifier: BSL-1.0
#
# Catch2::Catch2, of release 2.13 or 3, unless there is none, and in CONNECTEX_CATCH2_ARGUMENTS what makes its programs take
# file names for tags and fail when no test has the tag that was asked for.

find_package(Catch2 QUIET CONFIG)

if(NOT TARGET Catch2::Catch2)
  # Release 2 is a header that needs no package, and a cross build is lent only that.
  find_path(CONNECTEX_CATCH2_INCLUDE_DIR catch2/catch.hpp)
  mark_as_advanced(CONNECTEX_CATCH2_INCLUDE_DIR)
  if(NOT CONNECTEX_CATCH2_INCLUDE_DIR)
    message(WARNING "The tests of connectex are left out: they need Catch2 2.13 or 3")
    return()
  endif()
  add_library(Catch2::Catch2 INTERFACE IMPORTED)
  set_target_properties(Catch2::Catch2 PROPERTIES
    INTERFACE_INCLUDE_DIRECTORIES "${CONNECTEX_CATCH2_INCLUDE_DIR}")
  set(Catch2_VERSION 2.13)
endif()

set(CONNECTEX_CATCH2_ARGUMENTS --filenames-as-tags)
if(Catch2_VERSION VERSION_LESS 3)
  # Release 3 fails by itself in that case and no longer knows this warning.
  list(APPEND CONNECTEX_CATCH2_ARGUMENTS --warn NoTests)
endif()
