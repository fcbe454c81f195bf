# SPDX-License-Identifier: BSL-1.0

include(GNUInstallDirs)

# Warnings are for our own builds only: a consumer's compiler may be newer than any we have tried.
function(connectex_enable_warnings target)
  if(NOT CONNECTEX_TOP_LEVEL)
    return()
  endif()
  if(MSVC)
    target_compile_options(${target} PRIVATE /W4 /permissive-)
  else()
    target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Wshadow -Wconversion)
  endif()
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # GCC inlines one half of how Asio allocates the frame of a coroutine, and finds that the other does not fit.
    target_compile_options(${target} PRIVATE -Wno-mismatched-new-delete)
  endif()
endfunction()

# The tests build the library a second time from other sources, so its properties are said here once.
function(connectex_add_library target)
  add_library(${target} ${ARGN})
  target_compile_features(${target} PUBLIC cxx_std_17)
  target_include_directories(${target} PUBLIC
    "$<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>"
    "$<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>")
  target_link_libraries(${target} PUBLIC Boost::headers Threads::Threads)
  if(WIN32)
    target_link_libraries(${target} PUBLIC ws2_32 mswsock)
  endif()

  get_target_property(type ${target} TYPE)
  if(type STREQUAL "SHARED_LIBRARY")
    target_compile_definitions(${target} PUBLIC CONNECTEX_SHARED PRIVATE CONNECTEX_SOURCE)
  endif()

  # While the major version is 0, each minor version may break the binary interface.
  set_target_properties(${target} PROPERTIES
    CXX_EXTENSIONS OFF
    CXX_VISIBILITY_PRESET hidden
    VISIBILITY_INLINES_HIDDEN ON
    VERSION ${PROJECT_VERSION}
    SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR})
  connectex_enable_warnings(${target})
endfunction()
