// SPDX-License-Identifier: BSL-1.0

#include "versions.hpp"

#if defined(_WIN32)
#include <winsock2.h>

#include <windows.h>
#else
#include <sys/utsname.h>
#endif

#include <boost/config.hpp>
#include <boost/version.hpp>

namespace
{

std::string number_of_boost()
{
  return std::to_string(BOOST_VERSION / 100000) + '.' + std::to_string(BOOST_VERSION / 100 % 1000)
      + '.' + std::to_string(BOOST_VERSION % 100);
}

#if defined(_WIN32)
template <typename Function>
Function find_in_ntdll(const char* name)
{
  void* const found =
      reinterpret_cast<void*>(::GetProcAddress(::GetModuleHandleA("ntdll.dll"), name));
  return reinterpret_cast<Function>(found);
}

/// GetVersionEx tells a program without a manifest of an older Windows.
std::string number_of_windows()
{
  OSVERSIONINFOW version{};
  version.dwOSVersionInfoSize = sizeof(version);
  const auto get_version = find_in_ntdll<LONG(WINAPI*)(OSVERSIONINFOW*)>("RtlGetVersion");
  if (!get_version || get_version(&version) != 0)
    return "of an unknown version";
  return std::to_string(version.dwMajorVersion) + '.' + std::to_string(version.dwMinorVersion) + '.'
      + std::to_string(version.dwBuildNumber);
}

std::string name_of_system()
{
  std::string name = "Windows " + number_of_windows();
  if (const auto get_wine = find_in_ntdll<const char*(__cdecl*)()>("wine_get_version"))
    name += std::string(" by Wine ") + get_wine();
  return name;
}
#else
std::string name_of_system()
{
  utsname name{};
  if (::uname(&name) < 0)
    return "unknown";
  return std::string(name.sysname) + ' ' + name.release + ' ' + name.machine;
}
#endif

} // namespace

versions get_versions()
{
  return {CONNECTEX_VERSION, number_of_boost(), BOOST_COMPILER, name_of_system()};
}
