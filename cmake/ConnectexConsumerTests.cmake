# SPDX-License-Identifier: BSL-1.0
#
# What a user of the library does with it, as tests: depend on the installed package, depend on the
# source folder, or compile everything by hand.

set(consumer_source "${PROJECT_SOURCE_DIR}/test/consumer")
set(consumer_build "${CMAKE_CURRENT_BINARY_DIR}/consumer")
set(consumer_prefix "${consumer_build}/prefix")

# Handed over as a file because no quoting on a command line survives both lists and spaces.
set(consumer_cache "${consumer_build}/cache.cmake")
set(cache_content)
foreach(variable IN ITEMS
    BUILD_SHARED_LIBS
    Boost_DIR
    CMAKE_BUILD_TYPE
    CMAKE_CXX_COMPILER
    CMAKE_CXX_FLAGS
    CMAKE_CXX_FLAGS_RELWITHDEBINFO
    CMAKE_MAKE_PROGRAM
    CMAKE_TOOLCHAIN_FILE
    CONNECTEX_HOST_INCLUDE_DIR)
  # The toolchain file finds these two for itself, where the consumer's build lies.
  if(CMAKE_CROSSCOMPILING AND variable MATCHES "^(Boost_DIR|CMAKE_CXX_COMPILER)$")
    continue()
  endif()
  if(NOT "${${variable}}" STREQUAL "")
    string(APPEND cache_content "set(${variable} [==[${${variable}}]==] CACHE STRING \"\")\n")
  endif()
endforeach()
file(GENERATE OUTPUT "${consumer_cache}" CONTENT "${cache_content}")

function(connectex_add_consumer_test name)
  set(platform)
  if(CMAKE_GENERATOR_PLATFORM)
    set(platform --build-generator-platform "${CMAKE_GENERATOR_PLATFORM}")
  endif()
  add_test(NAME consumer.${name}
    COMMAND "${CMAKE_CTEST_COMMAND}"
      --build-and-test "${consumer_source}" "${consumer_build}/${name}"
      --build-generator "${CMAKE_GENERATOR}" ${platform}
      --build-config $<CONFIG>
      --build-noclean
      --build-options -C "${consumer_cache}" ${ARGN}
      --test-command "${CMAKE_CTEST_COMMAND}" -C $<CONFIG> --no-tests=error --output-on-failure)
  # Compiling Asio takes its time, more so with a sanitizer on a small machine.
  set_tests_properties(consumer.${name} PROPERTIES TIMEOUT 600)
endfunction()

if(CONNECTEX_INSTALL)
  # What an earlier run has installed must not hide that a file is no longer installed.
  add_test(NAME consumer.clean
    COMMAND "${CMAKE_COMMAND}" -E rm -rf "${consumer_prefix}")
  add_test(NAME consumer.install
    COMMAND "${CMAKE_COMMAND}" --install "${PROJECT_BINARY_DIR}" --prefix "${consumer_prefix}" --config $<CONFIG>)
  set_tests_properties(consumer.clean PROPERTIES FIXTURES_SETUP consumer_clean)
  set_tests_properties(consumer.install PROPERTIES
    FIXTURES_REQUIRED consumer_clean
    FIXTURES_SETUP consumer_prefix)
  connectex_add_consumer_test(find_package
    "-DCMAKE_PREFIX_PATH=${consumer_prefix}"
    "-DCONNECTEX_VERSION=${PROJECT_VERSION}")
  set_tests_properties(consumer.find_package PROPERTIES FIXTURES_REQUIRED consumer_prefix)
endif()

connectex_add_consumer_test(add_subdirectory "-DCONNECTEX_SOURCE_DIR=${PROJECT_SOURCE_DIR}")

# No CMake between the user and the compiler: one command, with nothing but folders and sources.
if(NOT MSVC)
  set(program "${consumer_build}/coroutine${CMAKE_EXECUTABLE_SUFFIX}")
  get_target_property(boost_include_dirs Boost::headers INTERFACE_INCLUDE_DIRECTORIES)
  set(system_includes)
  foreach(folder IN LISTS boost_include_dirs)
    if(NOT folder IN_LIST CMAKE_CXX_IMPLICIT_INCLUDE_DIRECTORIES)
      list(APPEND system_includes -isystem "${folder}")
    endif()
  endforeach()
  if(WIN32)
    set(libraries -lws2_32 -lmswsock -static)
  else()
    set(libraries -pthread)
  endif()
  add_test(NAME consumer.compile_by_hand
    COMMAND "${CMAKE_CXX_COMPILER}" -std=c++20
      -I "${PROJECT_SOURCE_DIR}/include" ${system_includes}
      "${consumer_source}/coroutine.cpp" ${CONNECTEX_SOURCES} ${CONNECTEX_SYSTEM_SOURCES}
      ${libraries} -o "${program}")
  add_test(NAME consumer.run_compiled_by_hand
    COMMAND ${CMAKE_CROSSCOMPILING_EMULATOR} "${program}")
  set_tests_properties(consumer.compile_by_hand PROPERTIES
    FIXTURES_SETUP consumer_by_hand
    TIMEOUT 600)
  set_tests_properties(consumer.run_compiled_by_hand PROPERTIES FIXTURES_REQUIRED consumer_by_hand)
endif()
