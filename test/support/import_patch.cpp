// SPDX-License-Identifier: BSL-1.0

#include "import_patch.hpp"

#include "catch.hpp"

#include <cstring>

#include <winsock2.h>
#include <windows.h>

namespace test
{

namespace
{

template <typename T>
T* at(std::uintptr_t module, std::uintptr_t offset)
{
  return reinterpret_cast<T*>(module + offset);
}

/// Whether an import by number is that of the function. Visual C++'s library of Winsock has the
/// older functions so.
bool is_ordinal_of(const char* library, std::uintptr_t function, const char* name)
{
  const HMODULE loaded = ::GetModuleHandleA(library);
  return loaded && reinterpret_cast<std::uintptr_t>(::GetProcAddress(loaded, name)) == function;
}

/// The slot in one DLL's part of the import table, or null.
std::uintptr_t* find_in(
    std::uintptr_t module, const IMAGE_IMPORT_DESCRIPTOR& library, const char* name)
{
  auto* names = at<IMAGE_THUNK_DATA>(module, library.OriginalFirstThunk);
  auto* slots = at<IMAGE_THUNK_DATA>(module, library.FirstThunk);
  for (; names->u1.AddressOfData != 0; ++names, ++slots)
  {
    auto* slot = reinterpret_cast<std::uintptr_t*>(&slots->u1.Function);
    if (IMAGE_SNAP_BY_ORDINAL(names->u1.Ordinal))
    {
      if (is_ordinal_of(at<const char>(module, library.Name), *slot, name))
        return slot;
      continue;
    }
    const auto* by_name = at<IMAGE_IMPORT_BY_NAME>(module, names->u1.AddressOfData);
    if (std::strcmp(reinterpret_cast<const char*>(by_name->Name), name) == 0)
      return slot;
  }
  return nullptr;
}

} // namespace

std::uintptr_t* find_import(const char* name)
{
  const auto module = reinterpret_cast<std::uintptr_t>(::GetModuleHandleW(nullptr));
  const auto* dos = at<IMAGE_DOS_HEADER>(module, 0);
  const auto* headers = at<IMAGE_NT_HEADERS>(module, static_cast<std::uintptr_t>(dos->e_lfanew));
  const auto& table = headers->OptionalHeader.DataDirectory[IMAGE_DIRECTORY_ENTRY_IMPORT];
  std::uintptr_t* slot = nullptr;
  for (auto* library = at<IMAGE_IMPORT_DESCRIPTOR>(module, table.VirtualAddress);
       !slot && library->Name != 0; ++library)
    slot = find_in(module, *library, name);
  INFO(name);
  REQUIRE(slot != nullptr);
  return slot;
}

std::uintptr_t exchange_import(std::uintptr_t* slot, std::uintptr_t function)
{
  DWORD protection = 0;
  REQUIRE(::VirtualProtect(slot, sizeof(*slot), PAGE_READWRITE, &protection));
  const std::uintptr_t before = *slot;
  *slot = function;
  ::VirtualProtect(slot, sizeof(*slot), protection, &protection);
  return before;
}

} // namespace test
