# SPDX-License-Identifier: BSL-1.0
#
# The Clang there is, by the names that distributions give it.

find_program(CONNECTEX_CLANG NAMES clang++-14 clang++-19 clang++-18 clang++ REQUIRED)
set(CMAKE_CXX_COMPILER "${CONNECTEX_CLANG}")
