# SPDX-License-Identifier: BSL-1.0
#
# Lends the host's header-only libraries to a cross build. The whole of /usr/include in the search path
# would hide the headers of the target's C library, so they are reached through a folder that holds
# nothing but links to them.

set(CONNECTEX_HOST_INCLUDE_DIR /usr/include CACHE PATH
  "Where the headers lie that the cross build borrows")

get_property(in_try_compile GLOBAL PROPERTY IN_TRY_COMPILE)
if(in_try_compile)
  return()
endif()

set(host_headers "${CMAKE_BINARY_DIR}/host-headers")
list(APPEND CMAKE_FIND_ROOT_PATH "${host_headers}")

file(MAKE_DIRECTORY "${host_headers}/include")
foreach(library boost catch2 CLI nlohmann)
  file(REMOVE "${host_headers}/include/${library}")
  if(IS_DIRECTORY "${CONNECTEX_HOST_INCLUDE_DIR}/${library}")
    file(CREATE_LINK "${CONNECTEX_HOST_INCLUDE_DIR}/${library}" "${host_headers}/include/${library}" SYMBOLIC)
  endif()
endforeach()

# The host's own BoostConfig.cmake would offer its Linux libraries, and newer releases of CMake do
# without FindBoost: so a package of the headers alone.
set(boost_version_header "${host_headers}/include/boost/version.hpp")
if(EXISTS "${boost_version_header}")
  file(STRINGS "${boost_version_header}" boost_version REGEX "^#define BOOST_VERSION [0-9]+")
  string(REGEX REPLACE "[^0-9]" "" boost_version "${boost_version}")
  math(EXPR boost_major "${boost_version} / 100000")
  math(EXPR boost_minor "${boost_version} / 100 % 1000")
  math(EXPR boost_patch "${boost_version} % 100")

  file(WRITE "${host_headers}/lib/cmake/Boost/BoostConfig.cmake" [[
get_filename_component(Boost_INCLUDE_DIRS "${CMAKE_CURRENT_LIST_DIR}/../../../include" ABSOLUTE)
if(NOT TARGET Boost::headers)
  add_library(Boost::headers INTERFACE IMPORTED)
  set_target_properties(Boost::headers PROPERTIES INTERFACE_INCLUDE_DIRECTORIES "${Boost_INCLUDE_DIRS}")
endif()
foreach(component IN LISTS Boost_FIND_COMPONENTS)
  if(component STREQUAL "headers")
    set(Boost_headers_FOUND TRUE)
  elseif(Boost_FIND_REQUIRED_${component})
    set(Boost_FOUND FALSE)
    set(Boost_NOT_FOUND_MESSAGE "only the headers of Boost are lent to this build")
  endif()
endforeach()
]])
  include(CMakePackageConfigHelpers)
  write_basic_package_version_file(
    "${host_headers}/lib/cmake/Boost/BoostConfigVersion.cmake"
    VERSION ${boost_major}.${boost_minor}.${boost_patch}
    COMPATIBILITY AnyNewerVersion
    ARCH_INDEPENDENT)
endif()
