# SPDX-License-Identifier: BSL-1.0

import os
import re

from conan import ConanFile
from conan.errors import ConanException
from conan.tools.build import can_run, check_min_cppstd
from conan.tools.cmake import CMake, CMakeDeps, CMakeToolchain, cmake_layout
from conan.tools.files import copy, load, rmdir

required_conan_version = ">=2.0.9"


class ConnectexConan(ConanFile):
    name = "connectex"
    description = "ConnectEx for Boost.Asio: connect and deliver the first bytes in one overlapped call"
    license = "BSL-1.0"
    topics = ("asio", "boost", "iocp", "networking", "tcp-fast-open", "windows")

    package_type = "library"
    settings = "os", "arch", "compiler", "build_type"
    options = {"shared": [True, False], "fPIC": [True, False]}
    default_options = {"shared": False, "fPIC": True}
    implements = ["auto_shared_fpic"]

    exports_sources = "CMakeLists.txt", "LICENSE", "cmake/*", "include/*", "src/*", "test/*"

    def set_version(self):
        lists = load(self, os.path.join(self.recipe_folder, "CMakeLists.txt"))
        version = re.search(r"project\(connectex VERSION ([0-9.]+)", lists)
        if not version:
            raise ConanException("CMakeLists.txt names no version of the project connectex")
        self.version = version.group(1)

    @property
    def _with_tests(self):
        return can_run(self) and not self.conf.get("tools.build:skip_test", default=False, check_type=bool)

    def layout(self):
        cmake_layout(self)

    def requirements(self):
        # Headers of Asio and Boost.System, which are in ours too; none of Boost's libraries is linked.
        self.requires("boost/[>=1.81 <2]", headers=True, libs=False, transitive_headers=True)

    def build_requirements(self):
        if self._with_tests:
            self.test_requires("catch2/[>=2.13.10 <4]")

    def validate(self):
        check_min_cppstd(self, 17)

    def generate(self):
        toolchain = CMakeToolchain(self)
        toolchain.cache_variables["CONNECTEX_BUILD_TESTS"] = self._with_tests
        toolchain.cache_variables["CONNECTEX_TEST_PROJECT"] = False
        toolchain.cache_variables["CONNECTEX_BUILD_EXAMPLES"] = False
        toolchain.cache_variables["CONNECTEX_INSTALL"] = True
        toolchain.generate()
        CMakeDeps(self).generate()

    def build(self):
        cmake = CMake(self)
        cmake.configure()
        cmake.build()
        if self._with_tests:
            cmake.ctest(cli_args=["--output-on-failure"])

    def package(self):
        copy(self, "LICENSE", self.source_folder, os.path.join(self.package_folder, "licenses"))
        CMake(self).install()

        # CMakeDeps and PkgConfigDeps write these for each consumer.
        rmdir(self, os.path.join(self.package_folder, "lib", "cmake"))
        rmdir(self, os.path.join(self.package_folder, "lib", "pkgconfig"))
        rmdir(self, os.path.join(self.package_folder, "share"))

    def package_info(self):
        self.cpp_info.libs = ["connectex"]
        self.cpp_info.set_property("cmake_file_name", "connectex")
        self.cpp_info.set_property("cmake_target_name", "connectex::connectex")
        self.cpp_info.set_property("pkg_config_name", "connectex")
        self.cpp_info.requires = ["boost::headers"]
        if self.options.shared:
            self.cpp_info.defines = ["CONNECTEX_SHARED"]
        if self.settings.os == "Windows":
            self.cpp_info.system_libs = ["ws2_32", "mswsock"]
        elif self.settings.os in ("Linux", "FreeBSD"):
            self.cpp_info.system_libs = ["pthread"]
