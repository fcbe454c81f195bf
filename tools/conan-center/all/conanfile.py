# SPDX-License-Identifier: BSL-1.0
from conan import ConanFile
from conan.tools.build import check_min_cppstd
from conan.tools.cmake import CMake, CMakeDeps, CMakeToolchain, cmake_layout
from conan.tools.files import copy, get, rmdir
import os


required_conan_version = ">=2.0.9"


class ConnectexConan(ConanFile):
    name = "connectex"
    description = "ConnectEx for Boost.Asio: connect and deliver the first bytes in one overlapped call"
    license = "BSL-1.0"
    url = "https://github.com/conan-io/conan-center-index"
    homepage = "@HOMEPAGE@"
    topics = ("asio", "boost", "iocp", "networking", "tcp-fast-open", "windows")

    package_type = "library"
    settings = "os", "arch", "compiler", "build_type"
    options = {"shared": [True, False], "fPIC": [True, False]}
    default_options = {"shared": False, "fPIC": True}
    implements = ["auto_shared_fpic"]

    def layout(self):
        cmake_layout(self, src_folder="src")

    def requirements(self):
        # INFO: used in connectex/error.hpp; none of Boost's libraries is linked
        self.requires("boost/1.83.0", headers=True, libs=False, transitive_headers=True)

    def validate(self):
        check_min_cppstd(self, 17)

    def build_requirements(self):
        self.tool_requires("cmake/[>=3.16 <4]")

    def source(self):
        get(self, **self.conan_data["sources"][self.version], strip_root=True)

    def generate(self):
        toolchain = CMakeToolchain(self)
        toolchain.cache_variables["CONNECTEX_BUILD_TESTS"] = False
        toolchain.cache_variables["CONNECTEX_BUILD_EXAMPLES"] = False
        toolchain.cache_variables["CONNECTEX_INSTALL"] = True
        toolchain.generate()
        CMakeDeps(self).generate()

    def build(self):
        cmake = CMake(self)
        cmake.configure()
        cmake.build()

    def package(self):
        copy(self, "LICENSE", self.source_folder, os.path.join(self.package_folder, "licenses"))
        CMake(self).install()

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
