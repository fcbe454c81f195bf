# SPDX-License-Identifier: BSL-1.0

# GCC takes a tenth of its time to look for memory that it does not need any more. Without, a large test takes 2.4
# gigabytes where it took 1.9.
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  add_compile_options(--param=ggc-min-heapsize=1000000)

  # Else std::move is a function to be compiled for each type, where nothing is optimised.
  if(CMAKE_CXX_COMPILER_VERSION VERSION_GREATER_EQUAL 12)
    add_compile_options(-ffold-simple-inlines)
  endif()
endif()
