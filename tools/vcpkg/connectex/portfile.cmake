# SPDX-License-Identifier: BSL-1.0
#
# An overlay port that builds the checkout it lies in: vcpkg install connectex --overlay-ports=CHECKOUT/tools/vcpkg
# tools/submission puts the download of a release in the place of the next line.
get_filename_component(SOURCE_PATH "${CURRENT_PORT_DIR}/../../.." ABSOLUTE)

vcpkg_cmake_configure(
    SOURCE_PATH "${SOURCE_PATH}"
    OPTIONS
        -DCONNECTEX_BUILD_TESTS=OFF
        -DCONNECTEX_BUILD_EXAMPLES=OFF
        -DCONNECTEX_INSTALL=ON
)
vcpkg_cmake_install()
vcpkg_cmake_config_fixup(CONFIG_PATH lib/cmake/connectex)
vcpkg_fixup_pkgconfig()

file(REMOVE_RECURSE
    "${CURRENT_PACKAGES_DIR}/debug/include"
    "${CURRENT_PACKAGES_DIR}/debug/share"
    "${CURRENT_PACKAGES_DIR}/share/licenses"
)

vcpkg_install_copyright(FILE_LIST "${SOURCE_PATH}/LICENSE")
