# SPDX-License-Identifier: BSL-1.0
#
# What a user of the library does with it, as tests: depend on the installed package by CMake or by
# pkg-config, on the source folder, or compile everything by hand; with a static library and with a shared
# one.

set(consumer_source "${PROJECT_SOURCE_DIR}/test/project/consumer")
set(consumer_build "${CMAKE_CURRENT_BINARY_DIR}/consumer")
set(consumer_prefix "${consumer_build}/prefix")

# Handed over as a file because no quoting on a command line survives both lists and spaces.
set(consumer_cache "${consumer_build}/cache.cmake")
set(cache_content)
foreach(variable IN ITEMS
    Boost_DIR
    CMAKE_BUILD_TYPE
    CMAKE_CXX_COMPILER
    CMAKE_CXX_FLAGS
    CMAKE_CXX_FLAGS_RELWITHDEBINFO
    CMAKE_MAKE_PROGRAM
    CMAKE_TOOLCHAIN_FILE
    CMAKE_UNITY_BUILD
    CONNECTEX_HOST_INCLUDE_DIR)
  # The toolchain file finds these two for itself, where the consumer's build lies.
  if(CMAKE_CROSSCOMPILING AND variable MATCHES "^(Boost_DIR|CMAKE_CXX_COMPILER)$")
    continue()
  endif()
  set(value "${${variable}}")
  if(variable STREQUAL "CMAKE_CXX_FLAGS_RELWITHDEBINFO")
    string(REPLACE ";" " " test_options "${CONNECTEX_TEST_COMPILE_OPTIONS}")
    string(STRIP "${value} ${test_options}" value)
  endif()
  if(NOT value STREQUAL "")
    string(APPEND cache_content "set(${variable} [==[${value}]==] CACHE STRING \"\")\n")
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
  # What takes longest has to start first.
  set_tests_properties(consumer.${name} PROPERTIES TIMEOUT 600 COST 90)
endfunction()

if(BUILD_SHARED_LIBS)
  set(same_kind -DBUILD_SHARED_LIBS=ON)
  set(other_kind -DBUILD_SHARED_LIBS=OFF)
else()
  set(same_kind -DBUILD_SHARED_LIBS=OFF)
  set(other_kind -DBUILD_SHARED_LIBS=ON)
endif()

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

  # The library is built once more, as the other kind.
  set(other_prefix "${consumer_build}/other_prefix")
  add_test(NAME consumer.install_other_kind
    COMMAND "${CMAKE_CTEST_COMMAND}"
      --build-and-test "${PROJECT_SOURCE_DIR}" "${consumer_build}/install_other_kind"
      --build-generator "${CMAKE_GENERATOR}"
      --build-config $<CONFIG>
      --build-target install
      --build-options -C "${consumer_cache}" ${other_kind}
        "-DCMAKE_INSTALL_PREFIX=${other_prefix}"
        -DCONNECTEX_BUILD_TESTS=OFF
        -DCONNECTEX_BUILD_EXAMPLES=OFF)
  set_tests_properties(consumer.install_other_kind PROPERTIES
    FIXTURES_SETUP consumer_other_prefix
    TIMEOUT 600
    COST 100)
  connectex_add_consumer_test(find_package_other_kind
    "-DCMAKE_PREFIX_PATH=${other_prefix}"
    "-DCONNECTEX_VERSION=${PROJECT_VERSION}")
  set_tests_properties(consumer.find_package_other_kind PROPERTIES
    FIXTURES_REQUIRED consumer_other_prefix)

  find_program(CONNECTEX_PKG_CONFIG pkg-config)
  mark_as_advanced(CONNECTEX_PKG_CONFIG)
  if(CONNECTEX_PKG_CONFIG AND NOT CMAKE_CROSSCOMPILING AND NOT MSVC)
    foreach(kind IN ITEMS prefix other_prefix)
      add_test(NAME consumer.pkg_config_${kind}
        COMMAND "${CMAKE_COMMAND}"
          "-DPKG_CONFIG=${CONNECTEX_PKG_CONFIG}"
          "-DPREFIX=${consumer_build}/${kind}"
          "-DLIBDIR=${CMAKE_INSTALL_LIBDIR}"
          "-DCOMPILER=${CMAKE_CXX_COMPILER}"
          "-DSOURCE=${consumer_source}/main.cpp"
          "-DPROGRAM=${consumer_build}/pkg_config_${kind}"
          -P "${PROJECT_SOURCE_DIR}/test/project/CheckPkgConfig.cmake")
      set_tests_properties(consumer.pkg_config_${kind} PROPERTIES
        FIXTURES_REQUIRED consumer_${kind}
        TIMEOUT 600)
    endforeach()
  endif()
endif()

connectex_add_consumer_test(add_subdirectory ${same_kind} "-DCONNECTEX_SOURCE_DIR=${PROJECT_SOURCE_DIR}")
connectex_add_consumer_test(fetch_content ${other_kind} "-DCONNECTEX_FETCHED_FROM=${PROJECT_SOURCE_DIR}"
  -DCONNECTEX_CONSUMER=coroutine.cpp -DCMAKE_CXX_STANDARD=20 -DCMAKE_CXX_EXTENSIONS=OFF)

# Boost's folders, where the compiler does not look for itself.
if(NOT MSVC)
  get_target_property(boost_include_dirs Boost::headers INTERFACE_INCLUDE_DIRECTORIES)
  set(system_includes)
  foreach(folder IN LISTS boost_include_dirs)
    if(NOT folder IN_LIST CMAKE_CXX_IMPLICIT_INCLUDE_DIRECTORIES)
      list(APPEND system_includes -isystem "${folder}")
    endif()
  endforeach()
endif()

# No CMake between the user and the compiler: one command, with nothing but folders and sources. Elsewhere
# documentation.install has the README's command compile as much.
if(MINGW)
  set(program "${consumer_build}/coroutine${CMAKE_EXECUTABLE_SUFFIX}")
  set(libraries -lws2_32 -lmswsock -static)
  add_test(NAME consumer.compile_by_hand
    COMMAND "${CMAKE_CXX_COMPILER}" -std=c++20
      -I "${PROJECT_SOURCE_DIR}/include" ${system_includes}
      "${consumer_source}/coroutine.cpp" ${CONNECTEX_SOURCES} ${CONNECTEX_SYSTEM_SOURCES}
      ${libraries} -o "${program}")
  add_test(NAME consumer.run_compiled_by_hand
    COMMAND ${CMAKE_CROSSCOMPILING_EMULATOR} "${program}")
  set_tests_properties(consumer.compile_by_hand PROPERTIES
    FIXTURES_SETUP consumer_by_hand
    TIMEOUT 600
    COST 90)
  set_tests_properties(consumer.run_compiled_by_hand PROPERTIES FIXTURES_REQUIRED consumer_by_hand)
endif()

# 32-bit Windows has calling conventions of its own. Nothing here runs it.
if(MINGW)
  find_program(CONNECTEX_I686_COMPILER i686-w64-mingw32-g++-posix)
  mark_as_advanced(CONNECTEX_I686_COMPILER)
  if(CONNECTEX_I686_COMPILER)
    # As one source, which takes an eighth of the time.
    set(all_sources ${CONNECTEX_SOURCES} ${CONNECTEX_SYSTEM_SOURCES} "${consumer_source}/main.cpp")
    list(TRANSFORM all_sources REPLACE "(.+)" "#include \"\\1\"\n")
    string(JOIN "" all_sources ${all_sources})
    file(GENERATE OUTPUT "${consumer_build}/main_32_bit.cpp" CONTENT "${all_sources}")
    add_test(NAME consumer.compile_for_32_bit
      COMMAND "${CONNECTEX_I686_COMPILER}" -std=c++17 -Wall -Wextra -Werror
        -I "${PROJECT_SOURCE_DIR}/include" ${system_includes}
        "${consumer_build}/main_32_bit.cpp"
        ${libraries} -o "${consumer_build}/main_32_bit.exe")
    set_tests_properties(consumer.compile_for_32_bit PROPERTIES TIMEOUT 600)
  else()
    message(STATUS "The compile for 32-bit Windows is left out: there is no i686-w64-mingw32-g++-posix")
  endif()
endif()
