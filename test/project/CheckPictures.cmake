# SPDX-License-Identifier: BSL-1.0
#
# cmake -DSOURCE_DIR=... -P CheckPictures.cmake: fails unless each picture in doc/ was made from its sources as they are
# now, can be read on a dark ground, and is shown somewhere; and unless each source has a picture. tools/pictures leaves
# the names and the hashes of the sources in the picture.

cmake_policy(VERSION 3.16)

set(made "tools/pictures makes the pictures.")
set(all_sources "")
file(GLOB documents "${SOURCE_DIR}/*.md" "${SOURCE_DIR}/doc/*.md")
set(texts "")
foreach(document IN LISTS documents)
  file(READ "${document}" text)
  string(APPEND texts "${text}")
endforeach()

file(GLOB pictures RELATIVE "${SOURCE_DIR}" "${SOURCE_DIR}/doc/*.svg" "${SOURCE_DIR}/doc/*.png")
foreach(picture IN LISTS pictures)
  file(READ "${SOURCE_DIR}/${picture}" text)
  string(REGEX MATCHALL "<!-- made from [^ ]+ SHA-256 [0-9a-f]+ -->" comments "${text}")
  if(NOT comments)
    message(SEND_ERROR "${picture} does not say what it was made from. ${made}")
  endif()
  foreach(comment IN LISTS comments)
    string(REGEX REPLACE "<!-- made from ([^ ]+) SHA-256 .*" "\\1" source "${comment}")
    list(APPEND all_sources "${source}")
    if(NOT EXISTS "${SOURCE_DIR}/${source}")
      message(SEND_ERROR "${picture} was made from ${source}, which is no longer there. ${made}")
      continue()
    endif()
    file(SHA256 "${SOURCE_DIR}/${source}" hash)
    if(NOT comment MATCHES "SHA-256 ${hash} ")
      message(SEND_ERROR "${picture} was not made from ${source} as it is now. ${made}")
    endif()
  endforeach()

  if(NOT text MATCHES "@media \\(prefers-color-scheme: dark\\)")
    message(SEND_ERROR "${picture} has no colours for a dark ground. ${made}")
  endif()
  get_filename_component(name "${picture}" NAME)
  if(NOT texts MATCHES "!\\[[^]]+\\]\\((doc/)?${name}\\)")
    message(SEND_ERROR "No document shows ${picture}, or it has no alternative text there.")
  endif()
endforeach()

file(GLOB sources RELATIVE "${SOURCE_DIR}"
  "${SOURCE_DIR}/doc/*.dot" "${SOURCE_DIR}/doc/*.py" "${SOURCE_DIR}/doc/*.txt"
  "${SOURCE_DIR}/bench/pictures/*")
foreach(source IN LISTS sources)
  if(NOT source IN_LIST all_sources)
    message(SEND_ERROR "No picture was made from ${source}. ${made}")
  endif()
endforeach()

# A picture of what to do after an error has every condition.
file(READ "${SOURCE_DIR}/include/connectex/error.hpp" header)
string(FIND "${header}" "enum class condition" begin)
string(SUBSTRING "${header}" "${begin}" -1 header)
string(FIND "${header}" "};" end)
string(SUBSTRING "${header}" 0 "${end}" header)
string(REGEX MATCHALL "\n  [a-z_]+[, =\n]" enumerators "${header}")
file(READ "${SOURCE_DIR}/doc/which_error.svg" picture)
list(LENGTH enumerators count)
if(count LESS 7)
  message(SEND_ERROR "The conditions were not found in error.hpp.")
endif()
foreach(enumerator IN LISTS enumerators)
  string(REGEX REPLACE "[^a-z_]" "" name "${enumerator}")
  if(NOT picture MATCHES "[:>]${name}[<, ]")
    message(SEND_ERROR "doc/which_error.svg does not have the condition ${name}.")
  endif()
endforeach()
