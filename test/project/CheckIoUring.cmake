# SPDX-License-Identifier: BSL-1.0

# Sets CONNECTEX_HAS_IO_URING if liburing is there and the kernel lets this program use it, which in
# containers it often does not.
include(CheckCXXSourceRuns)

set(CMAKE_REQUIRED_LIBRARIES uring)
check_cxx_source_runs("
#include <liburing.h>
int main()
{
  io_uring ring;
  return io_uring_queue_init(64, &ring, 0) == 0 ? 0 : 1;
}
" CONNECTEX_HAS_IO_URING)
unset(CMAKE_REQUIRED_LIBRARIES)
