# SPDX-License-Identifier: BSL-1.0
#
# cmake -DVERSION=... -DSOURCE_DIR=... -DWORK_DIR=... -P CheckSubmission.cmake: fails unless tools/submission fills in
# what ConanCenter and vcpkg are sent, and these packages are the ones that the checkout makes of itself.

cmake_minimum_required(VERSION 3.19)

# write_archive(ARCHIVE VERSION): as much of a release as is looked at.
function(write_archive archive version)
  set(release "connectex-${version}")
  file(MAKE_DIRECTORY "${WORK_DIR}/${release}")
  file(WRITE "${WORK_DIR}/${release}/CMakeLists.txt" "project(connectex VERSION ${version} LANGUAGES CXX)\n")
  execute_process(
    COMMAND "${CMAKE_COMMAND}" -E tar czf "${archive}" "${release}"
    WORKING_DIRECTORY "${WORK_DIR}"
    COMMAND_ERROR_IS_FATAL ANY)
endfunction()

# expect(FILE TEXT): the file that was written has the text.
function(expect file text)
  file(READ "${WORK_DIR}/${file}" content)
  string(FIND "${content}" "${text}" position)
  if(position EQUAL -1)
    message(SEND_ERROR "${file} lacks '${text}'")
  endif()
endfunction()

# expect_same(PATTERN): both recipes have it, and the same.
function(expect_same pattern)
  string(REGEX MATCH "${pattern}" ours "${checkout_recipe}")
  string(REGEX MATCH "${pattern}" sent "${center_recipe}")
  if(ours STREQUAL "" OR NOT ours STREQUAL sent)
    message(SEND_ERROR "conanfile.py has\n${ours}\nand the recipe for ConanCenter\n${sent}")
  endif()
endfunction()

set(submission "${SOURCE_DIR}/tools/submission")
set(repository https://github.com/owner/connectex)
set(archive "${WORK_DIR}/release.tar.gz")
file(REMOVE_RECURSE "${WORK_DIR}")
write_archive("${archive}" "${VERSION}")
execute_process(
  COMMAND "${submission}" "${repository}" "${archive}" "${WORK_DIR}"
  OUTPUT_QUIET
  COMMAND_ERROR_IS_FATAL ANY)

set(recipe conan-center-index/recipes/connectex)
set(port vcpkg/ports/connectex)
file(SHA256 "${archive}" sha256)
file(SHA512 "${archive}" sha512)
expect("${recipe}/config.yml" "\"${VERSION}\":")
expect("${recipe}/all/conandata.yml" "\"${VERSION}\":")
expect("${recipe}/all/conandata.yml" "\"${repository}/archive/refs/tags/v${VERSION}.tar.gz\"")
expect("${recipe}/all/conandata.yml" "\"${sha256}\"")
expect("${recipe}/all/conanfile.py" "homepage = \"${repository}\"")
expect("${port}/portfile.cmake" "    REPO owner/connectex\n")
expect("${port}/portfile.cmake" "    SHA512 ${sha512}\n")
expect("${port}/portfile.cmake" "vcpkg_cmake_configure(")

file(GLOB_RECURSE written "${WORK_DIR}/conan-center-index/*" "${WORK_DIR}/vcpkg/*")
foreach(file IN LISTS written)
  file(READ "${file}" content)
  if(content MATCHES "@[A-Z0-9]+@|SPDX|get_filename_component")
    message(SEND_ERROR "${file} still has '${CMAKE_MATCH_0}'")
  endif()
endforeach()

file(READ "${WORK_DIR}/${port}/vcpkg.json" manifest)
foreach(member IN ITEMS version-semver license homepage description)
  string(JSON ${member} GET "${manifest}" ${member})
endforeach()
if(NOT "${version-semver} ${license} ${homepage}" STREQUAL "${VERSION} BSL-1.0 ${repository}")
  message(SEND_ERROR "${port}/vcpkg.json has: ${version-semver} ${license} ${homepage}")
endif()

file(READ "${SOURCE_DIR}/conanfile.py" checkout_recipe)
file(READ "${WORK_DIR}/${recipe}/all/conanfile.py" center_recipe)
expect_same("    description = [^\n]*")
expect_same("    license = [^\n]*")
expect_same("    topics = [^\n]*")
expect_same("    package_type = .*auto_shared_fpic[^\n]*")
expect_same("check_min_cppstd[^\n]*17\\)")
expect_same("    def package_info.*")
expect("${recipe}/all/conanfile.py" "description = \"${description}\"")

# Hashes of another release must not come to stand beside this version.
write_archive("${archive}" 9.9.9)
execute_process(
  COMMAND "${submission}" "${repository}" "${archive}" "${WORK_DIR}"
  RESULT_VARIABLE status
  ERROR_QUIET)
if(status EQUAL 0)
  message(SEND_ERROR "tools/submission takes the archive of another release")
endif()
