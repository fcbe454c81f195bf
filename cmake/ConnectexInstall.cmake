# SPDX-License-Identifier: BSL-1.0

include(CMakePackageConfigHelpers)

set(connectex_package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/connectex")

install(TARGETS connectex EXPORT connectexTargets
  ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}"
  LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}"
  RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}")
install(DIRECTORY "${PROJECT_SOURCE_DIR}/include/connectex"
  DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}"
  FILES_MATCHING PATTERN "*.hpp")
install(EXPORT connectexTargets
  NAMESPACE connectex::
  DESTINATION "${connectex_package_dir}")

configure_package_config_file(
  "${PROJECT_SOURCE_DIR}/cmake/connectexConfig.cmake.in"
  "${PROJECT_BINARY_DIR}/connectexConfig.cmake"
  INSTALL_DESTINATION "${connectex_package_dir}"
  NO_SET_AND_CHECK_MACRO
  NO_CHECK_REQUIRED_COMPONENTS_MACRO)

# Until 1.0 a minor version may change the interface, so 0.2 must not pass for the 0.1 that was asked for.
write_basic_package_version_file(
  "${PROJECT_BINARY_DIR}/connectexConfigVersion.cmake"
  COMPATIBILITY SameMinorVersion)

# Boost's headers have no pkg-config file that could be asked for here.
set(connectex_pc_cflags)
set(connectex_pc_libs)
if(WIN32)
  string(APPEND connectex_pc_libs " -lws2_32 -lmswsock")
else()
  string(APPEND connectex_pc_cflags " -pthread")
  string(APPEND connectex_pc_libs " -pthread")
endif()
get_target_property(connectex_type connectex TYPE)
if(connectex_type STREQUAL "SHARED_LIBRARY")
  string(APPEND connectex_pc_cflags " -DCONNECTEX_SHARED")
endif()
file(RELATIVE_PATH connectex_prefix_from_pc "/prefix/${CMAKE_INSTALL_LIBDIR}/pkgconfig" "/prefix")
configure_file(
  "${PROJECT_SOURCE_DIR}/cmake/connectex.pc.in"
  "${PROJECT_BINARY_DIR}/connectex.pc"
  @ONLY)
install(FILES "${PROJECT_BINARY_DIR}/connectex.pc"
  DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig")

install(FILES
  "${PROJECT_BINARY_DIR}/connectexConfig.cmake"
  "${PROJECT_BINARY_DIR}/connectexConfigVersion.cmake"
  DESTINATION "${connectex_package_dir}")
install(FILES "${PROJECT_SOURCE_DIR}/LICENSE"
  DESTINATION "${CMAKE_INSTALL_DATAROOTDIR}/licenses/connectex")
