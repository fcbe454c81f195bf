# SPDX-License-Identifier: BSL-1.0
#
# cmake -DSOURCE=x.dot -DPICTURE=x.svg -P CheckPicture.cmake: fails unless the picture was made from the source
# as it is now. tools/pictures leaves the hash of the source in the picture.

file(SHA256 "${SOURCE}" hash)
file(READ "${PICTURE}" picture)
string(FIND "${picture}" "<!-- made from SHA-256 ${hash} -->" position)
if(position EQUAL -1)
  message(FATAL_ERROR "${PICTURE} was not made from ${SOURCE} as it is now: run tools/pictures, or tools/race_timeline.")
endif()
