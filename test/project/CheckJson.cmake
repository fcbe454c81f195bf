# SPDX-License-Identifier: BSL-1.0
#
# Fails unless JSON is one JSON object whose member "bench" is NAME.

cmake_minimum_required(VERSION 3.19)

string(JSON bench ERROR_VARIABLE error GET "${JSON}" bench)
if(error)
  message(FATAL_ERROR "Not the JSON of a bench: ${error}: ${JSON}")
endif()

# The parser stops where the object ends.
if(NOT JSON MATCHES "^{.*}$" OR NOT bench STREQUAL NAME)
  message(FATAL_ERROR "Not one JSON object of the bench ${NAME}: ${JSON}")
endif()
