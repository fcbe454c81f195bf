# SPDX-License-Identifier: BSL-1.0
#
# A preset can name one file.

include("${CMAKE_CURRENT_LIST_DIR}/AssembleWithClang.cmake")
include("${CMAKE_CURRENT_LIST_DIR}/LinkWithLld.cmake")
